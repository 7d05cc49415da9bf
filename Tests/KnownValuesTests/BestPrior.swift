// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import LatticeFields

@testable import KnownValues

extension RingReweighting {
  /// The prior mass that keeps most, and what it keeps; golden-section search on ln M². M² to 1e-5, ESS to 1e-10.
  func bestPrior() -> (massSquared: Double, effectiveSampleFraction: Double) {
    let target = target
    let hartree = GapEquation.solve(
      target.potential, lattice: Lattice(sites: [target.sites!], spacing: target.spacing, boundary: .periodic))
    var (low, high) = (log(hartree / 8), log(2 * hartree))
    let golden = (5.0.squareRoot() - 1) / 2
    func value(_ x: Double) -> Double { effectiveSampleFraction(priorMassSquared: exp(x)) }
    var (a, b) = (high - golden * (high - low), low + golden * (high - low))
    var (fa, fb) = (value(a), value(b))
    while high - low > 1e-5 {
      if fa > fb {
        (high, b, fb) = (b, a, fa)
        a = high - golden * (high - low)
        fa = value(a)
      } else {
        (low, a, fa) = (a, b, fb)
        b = low + golden * (high - low)
        fb = value(b)
      }
    }
    let best = (low + high) / 2
    return (exp(best), value(best))
  }
}

/// The Hartree gap equation on a periodic lattice of any dimension; samplers solve it by code of their own (`HartreeMass`).
enum GapEquation {
  /// `M² = m² + (λ/2) G_M(0)`, `G_M(0) = V^{-1} Σ_p 1/(p̂² + M²)`: the free field of this mass, as a prior, has no `72 D0² D²` term in the variance
  /// of its weights. One positive solution for any m² when λ > 0. Relative accuracy 1e-15, by bisection.
  static func solve(_ potential: QuarticPotential, lattice: Lattice) -> Double {
    let momenta = LatticeTransform(lattice).squaredMomenta()
    func excess(_ square: Double) -> Double {
      let tadpole = momenta.reduce(0) { $0 + 1 / ($1 + square) } / lattice.volume
      return square - potential.massSquared - potential.coupling / 2 * tadpole
    }
    var (low, high) = (0.0, max(1, potential.massSquared))
    while excess(high) < 0 { high *= 2 }
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if middle == low || middle == high { break }
      if excess(middle) < 0 { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
