// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// How much of a free sample survives reweighting to φ⁴ on a ring, at infinite width.
///
/// A Gaussian field of mass² M², weighted with `exp(−(λ/4!) a Σφ⁴ + ½(M² − m²) a Σφ²)`, keeps the fraction
///
///     ESS(M²) = Z(m², λ)²/( Z_0(M²) Z(2m² − M², 2λ) )
///
/// of its samples; M² = m² is direct reweighting. Always exponential in the volume. Exact to 1e-10, from two transfer matrices.
/// Source: docs/physics/interacting-exact.md, "Reweighting".
public struct RingReweighting: Sendable {
  /// The theory that is reweighted to.
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
}
