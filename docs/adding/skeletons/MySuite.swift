// SPDX-License-Identifier: GPL-3.0-or-later
// Copy to Validation/MySuite. Steps and the list of files: docs/adding/suite.md and docs/adding/claim.md.

import FieldTheories
import LatticeFields
import Validation

/// Claims that are tested alike: what they have in common, and their source.
struct MySuite: ValidationSuite {
  let name = "my-suite"
  let summary = "one line for nnft list"
  let standardTheories = [StandardTheory("cos-net", [("architecture.width", "5")])]

  func experiments(_ theory: TheoryDefinition, command: String) throws -> [Experiment] {
    guard theory.insertions.isEmpty else { throw NotApplicable("exact 2-point functions are those of free theories") }
    return [Self.symmetry(theory)].compactMap { $0 }
  }

  /// A claim, nil where it does not apply. Data come from `budget.draws(...)`; this one compares closed forms.
  static func symmetry(_ theory: TheoryDefinition) -> Experiment? {
    let (architecture, x) = (theory.architecture, Point(0.7, 0, 0, 0))
    func value(_ a: Point, _ b: Point) -> Double? { architecture.exactValue(.moment([a, b]), lattice: theory.lattice) }
    guard let forth = value(.zero, x), let back = value(x, .zero), let wrong = value(.zero, .zero) else { return nil }
    return Experiment(
      theory: theory.title,
      claims: [
        Claim(
          "exchange of points", statement: "G2(x,y) = G2(y,x)", source: "docs/physics/free-theories.md",
          control: "G2(x,x) in place of G2(y,x)")
      ], command: nil
    ) { _ in
      [
        Evidence(
          claim: Finding(deviation: abs(forth - back), tolerance: 1e-14),
          control: Finding(deviation: abs(forth - wrong), tolerance: 1e-14), draws: 0)
      ]
    }
  }
}
