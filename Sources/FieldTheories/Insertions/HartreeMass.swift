// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import LatticeFields

/// The mass M of the free theory from which an interacting one is sampled best: the Hartree gap equation
///
///     M² = m² + <V″(φ)>_M = m² + Σ_k c_{2k} 2k(2k−1)(2k−3)!! G_M(0)^{k−1},        G_M(0) = V^{-1} Σ_p 1/(p̂² + M²)
///
/// (`M² = m² + (λ/2) G_M(0)` for φ⁴). Draws of mass M carry the weight `exp(−∫ V + ½ (M² − m²) ∫ φ²)`; the term quadratic in the
/// normal-ordered field, which dominates the variance of the action, is then gone. The same theory at infinite width; at finite
/// width a different, equally valid network theory. Source: docs/physics/interactions.md.
public struct HartreeMass: Sendable, Hashable {
  /// Squared mass m² of the free propagator.
  public let massSquared: Double
  /// The squared mass M² that solves the gap equation.
  public let shifted: Double

  /// Solves the gap equation by bisection in ln M², to rounding; nil where the potential pushes M² to zero.
  public init?(massSquared: Double, potential: LocalPotential, lattice: Lattice) {
    let momenta = LatticeSpectrum(lattice: lattice, mass: 1).propagator.map { 1 / $0 - 1 }
    func excess(_ squared: Double) -> Double {
      let g = momenta.reduce(0) { $0 + 1 / ($1 + squared) } / lattice.volume
      var factor = 1.0
      let curvature = potential.even.enumerated().reduce(0.0) { sum, term in
        let n = 2 * (term.offset + 1)
        if n > 2 { factor *= Double(n - 3) * g }
        return sum + term.element * Double(n * (n - 1)) * factor
      }
      return squared - massSquared - curvature
    }
    var (low, high) = (log(1e-12), log(1e12))
    guard excess(exp(low)) < 0, excess(exp(high)) > 0 else { return nil }
    for _ in 0..<200 where high - low > 1e-15 * max(1, abs(low)) {
      let middle = (low + high) / 2
      if excess(exp(middle)) < 0 { low = middle } else { high = middle }
    }
    self.massSquared = massSquared
    shifted = exp((low + high) / 2)
  }

  /// `½ (m² − M²) φ²`, which the weight gains.
  public var counterterm: LocalPotential { LocalPotential(even: [(massSquared - shifted) / 2]) }

  /// `ln Z_0(M²)/Z_0(m²) = ½ Σ_p ln[(p̂² + m²)/(p̂² + M²)]` of the Gaussian field, m² > 0: what ln Z from the shifted prior must
  /// be increased by.
  public static func logPartitionRatio(from massSquared: Double, to shifted: Double, lattice: Lattice) -> Double {
    LatticeSpectrum(lattice: lattice, mass: 1).propagator.reduce(0) {
      let momentum = 1 / $1 - 1
      return $0 + 0.5 * log((momentum + massSquared) / (momentum + shifted))
    }
  }
}
