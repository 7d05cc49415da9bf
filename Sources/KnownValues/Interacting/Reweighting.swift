// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import LatticeFields

/// How much of a free sample survives reweighting to φ⁴ on a ring, at infinite width.
///
/// A Gaussian field of mass² M², weighted with `exp(−(λ/4!) a Σφ⁴ + ½(M² − m²) a Σφ²)`, keeps the fraction
///
///     ESS(M²) = Z(m², λ)²/( Z_0(M²) Z(2m² − M², 2λ) )
///
/// of its samples; M² = m² is direct reweighting. Always exponential in the volume. Exact to 1e-10, from two transfer matrices.
/// Source: docs/physics/interacting-exact.md, "Reweighting".
public struct RingReweighting: Sendable {
  /// The target.
  public let target: TransferMatrix

  /// Towards the theory solved by `target`, a ring.
  public init(_ target: TransferMatrix) {
    precondition(target.sites != nil, "RingReweighting: a ring, not the infinite line")
    self.target = target
  }

  /// ESS fraction from the free field of mass² `priorMassSquared` > 0; needs λ > 0.
  public func effectiveSampleFraction(priorMassSquared: Double) -> Double {
    let potential = target.potential
    let doubled = TransferMatrix(
      QuarticPotential(
        massSquared: 2 * potential.massSquared - priorMassSquared, coupling: 2 * potential.coupling),
      sites: target.sites, spacing: target.spacing, linkStrength: target.linkStrength)
    return exp(
      2 * target.logPartition - target.freeLogPartition(massSquared: priorMassSquared)
        - doubled.logPartition)
  }

  /// The prior mass that keeps most, and what it keeps; golden-section search on ln M². M² to 1e-5, ESS to 1e-10.
  public func bestPrior() -> (massSquared: Double, effectiveSampleFraction: Double) {
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

  /// The rate r of `ESS ~ e^{−rV}` for direct reweighting on a long line,
  ///
  ///     r = −[ 2 ln l_0(λ) − ln l_0(0) − ln l_0(2λ) ]/a,      ln l_0(0) = −ωa/2,   sinh(ωa/2) = am/2.
  public static func decayRate(_ potential: QuarticPotential, spacing: Double = 1) -> Double {
    precondition(potential.massSquared > 0, "decayRate: m2 = \(potential.massSquared), the free theory needs m2 > 0")
    func vacuum(_ coupling: Double) -> Double {
      TransferMatrix(
        QuarticPotential(massSquared: potential.massSquared, coupling: coupling), sites: nil,
        spacing: spacing
      ).logLargestEigenvalue
    }
    let free = -asinh(spacing * potential.massSquared.squareRoot() / 2)
    return -(2 * vacuum(potential.coupling) - free - vacuum(2 * potential.coupling)) / spacing
  }
}

/// The Hartree gap equation on a periodic lattice of any dimension, for predictions; samplers solve it by code of their own (`HartreeMass`).
public enum GapEquation {
  /// `M² = m² + (λ/2) G_M(0)`, `G_M(0) = V^{-1} Σ_p 1/(p̂² + M²)`: the free field of this mass, as a prior, has no `72 D0² D²` term in the variance
  /// of its weights. One positive solution for any m² when λ > 0. Relative accuracy 1e-15, by bisection.
  public static func solve(_ potential: QuarticPotential, lattice: Lattice) -> Double {
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
