// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

extension LatticeAlphaNet {
  /// `<S_int>_0 = (λ/4!) V <φ⁴>_0` over the net's lattice, exact in N: `λ V [ D0²/8 + G4c(0)/24 ]`.
  func meanAction(coupling: Double) -> Double? {
    exactMoment([.zero, .zero, .zero, .zero]).map { coupling / 24 * lattice.volume * $0 }
  }

  /// `Var_0(S_int) = (λ/4!)² V a^d Σ_r [ <φ_0⁴ φ_r⁴> − <φ⁴>² ]` over the net's lattice, exact in N.
  ///
  /// While it is small against one, direct reweighting keeps about `exp(−Var_0)` of its samples. At infinite width it grows as V
  /// (``LatticePerturbationTheory/actionVariance(coupling:)``), at finite N as V² unless all neurons have one amplitude. Cost: one eight-point
  /// moment for each displacement not related to another by a symmetry of the lattice, about a tenth of a millisecond each. Source:
  /// docs/physics/interacting-exact.md, "Reweighting".
  func actionVariance(coupling: Double) -> Double? {
    var sum = 0.0
    var known: [[Int]: Double] = [:]
    for displacement in lattice.displacements() {
      let orbit = lattice.axisOrbit(displacement.vector)
      if known[orbit] == nil {
        let r = displacement.point(spacing: lattice.spacing)
        guard let value = exactValue(.compositeCumulant(4, .zero, 4, r), lattice: lattice) else { return nil }
        known[orbit] = value
      }
      sum += known[orbit]!
    }
    return coupling * coupling / 576 * lattice.volume * lattice.cellVolume * sum
  }
}
