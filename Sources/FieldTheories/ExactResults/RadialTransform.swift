// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import NumericalKernels

/// A function of the distance |x|: spectral moments `J_n(r)`, propagators.
public protocol RadialFunction: Sendable {
  /// The value f at distance r ≥ 0.
  func value(at r: Double) -> Double
  /// Absolute error of ``value(at:)``.
  var absoluteError: Double { get }
}

/// The Fourier integral of a radial profile, `f(r) = ∫ d^dk g(k) cos k·r = ∫ w(k) Ω_d(kr) dk`, at any r.
///
/// Panels with few radians of phase are summed by Gauss-Legendre. On the others `Ω_d = Re[h_d e^{ikr}]` with a smooth envelope, so
/// `w h_d` is expanded in Legendre polynomials and `∫ P_j(t) e^{iωt} dt = 2 i^j j_j(ω)` integrates the oscillation exactly
/// (Filon's idea; Bakhvalov and Vasil'eva 1968). The work does not grow with r, and nothing is iterated to convergence.
/// Absolute error about 1e-16 f(0); cost about 1 µs a panel.
public struct RadialTransform: RadialFunction {
  /// What is transformed.
  public let profile: RadialProfile

  /// The transform of a profile.
  public init(_ profile: RadialProfile) { self.profile = profile }

  /// Absolute error, 2e-16 ∫|w|.
  public var absoluteError: Double { 2e-16 * profile.absoluteTotal }

  /// Panels with at most this much phase on either side of their middle are summed directly.
  private static let directPhase = 12.5

  /// The value f at distance r.
  public func value(at r: Double) -> Double {
    var sum = 0.0
    for panel in profile.panels {
      if r == 0 {
        sum += panel.mass
      } else if panel.upper * r <= RadialWave.envelopeStart {
        sum += direct(panel, r)
      } else if panel.lower * r >= RadialWave.envelopeStart && panel.upper <= 2.1 * panel.lower {
        sum += piece(panel, r)
      } else {
        // The panel reaches from the first oscillations into the asymptotic region: cut it where h_d becomes smooth, and there on
        // into pieces no wider than their distance from the origin.
        var lower = panel.lower
        let start = RadialWave.envelopeStart / r
        if lower < start {
          sum += direct(sample(lower, start), r)
          lower = start
        }
        while lower < panel.upper {
          let upper = 2.1 * lower < panel.upper ? 2 * lower : panel.upper
          sum += piece(sample(lower, upper), r)
          lower = upper
        }
      }
    }
    return sum
  }

  private func sample(_ lower: Double, _ upper: Double) -> RadialProfile.Panel {
    let half = 0.5 * (upper - lower)
    return RadialProfile.Panel(
      lower: lower, upper: upper,
      samples: GaussLegendre.panelRule.nodes.map { profile.weight(lower + half * (1 + $0)) })
  }

  private func piece(_ panel: RadialProfile.Panel, _ r: Double) -> Double {
    panel.halfWidth * r <= Self.directPhase ? direct(panel, r) : oscillatory(panel, r)
  }

  private func direct(_ panel: RadialProfile.Panel, _ r: Double) -> Double {
    let rule = GaussLegendre.panelRule
    var sum = 0.0
    for q in 0..<rule.order {
      let wave = RadialWave.value(dimension: profile.dimension, panel.node(q) * r)
      sum += rule.weights[q] * panel.samples[q] * wave
    }
    return panel.halfWidth * sum
  }

  /// `Re[ e^{icr} H Σ_q w(k_q) h(k_q r) W_q ]`, H the half width, c the middle, `W_q = Σ_j 2 i^j j_j(Hr) T_jq`.
  private func oscillatory(_ panel: RadialProfile.Panel, _ r: Double) -> Double {
    let rule = GaussLegendre.panelRule
    let n = rule.order
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: 3 * n) { scratch in
      let bessel = scratch.baseAddress!
      let (even, odd) = (bessel + n, bessel + 2 * n)
      RadialWave.sphericalBessel(panel.halfWidth * r, into: bessel, count: n)
      for q in 0..<2 * n { even[q] = 0 }
      rule.transform.withUnsafeBufferPointer { transform in
        for j in 0..<n {
          let factor = (j & 2 == 0 ? 2 : -2) * bessel[j]
          let row = transform.baseAddress! + j * n
          let target = j & 1 == 0 ? even : odd
          for q in 0..<n { target[q] += factor * row[q] }
        }
      }
      var (real, imaginary) = (0.0, 0.0)
      for q in 0..<n {
        let h = RadialWave.envelope(dimension: profile.dimension, panel.node(q) * r)
        let w = panel.samples[q]
        real += w * (h.real * even[q] - h.imaginary * odd[q])
        imaginary += w * (h.real * odd[q] + h.imaginary * even[q])
      }
      let phase = 0.5 * (panel.lower + panel.upper) * r
      return panel.halfWidth * (cos(phase) * real - sin(phase) * imaginary)
    }
  }
}
