// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import KnownValues
import LatticeFields
import ParameterSampling

/// `ln Z/Z(0)` as a run prints it, and what is known of it. Z(0) is the free ensemble of the theory file; samples drawn from a shifted mass M refer to
/// that mass, which for the free field itself an exact shift takes back.
struct PartitionReference {
  /// What the row is called.
  let name: String
  /// What is added to the logarithm relative to the ensemble that is sampled.
  let shift: Double
  /// The known value; nil where there is none.
  let value: KnownValue?
  /// The same at infinite width, where that is not what is measured.
  let limit: Double?

  /// Of a theory, by what its column knows.
  init(_ theory: InteractingTheory, _ column: InteractingRunValues) {
    let mass = theory.prior.freeField != nil ? theory.hartree.flatMap { $0.massSquared > 0 ? $0 : nil } : nil
    let shift = mass.map { HartreeMass.logPartitionRatio(from: $0.massSquared, to: $0.shifted, lattice: theory.lattice) } ?? 0
    name = theory.hartree == nil || mass != nil ? "ln Z/Z(0)" : "ln Z/Z(0) of mass M"
    self.shift = shift
    let constants = theory.terms.reduce(0) { $0 + $1.region.volume(theory.lattice) * $1.potential.constant }
    value = column.logPartitionRatio?.shifted(by: shift).shifted(by: -constants)
    limit = column.limitOfLogPartitionRatio.map { $0 - constants }
  }

  /// What every identity says.
  static let identity = KnownValue(value: 0, kind: .exact, source: "integration by parts")
}

extension InteractingTheory {
  /// What is known of it.
  var knownValues: InteractingRunValues {
    InteractingRunValues(prior: prior, terms: terms, lattice: lattice, hasData: !data.isEmpty)
  }
}
