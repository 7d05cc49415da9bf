// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// Schwinger functions do not change when their points change places: exact, so the closed forms must have it to rounding.
enum PermutationSymmetry {
  private static let tolerance = 1e-12

  static func experiment(_ theory: TheoryDefinition, length: Double, _ command: String) -> Experiment? {
    let points = Configuration.points(4, 0, length, theory.dimension)
    let lattice = theory.architecture.symmetries.isPeriodic ? theory.lattice : nil
    let place = lattice.map { Configuration.sites(4, 1, $0) } ?? points
    guard theory.architecture.exactValue(.cumulant(place), lattice: lattice) != nil else { return nil }
    return Experiment(
      theory: theory.title,
      claims: [
        Claim(
          "permutations", statement: "the closed form of G4c does not change under the 24 permutations of its points",
          source: theory.source, control: "one point moved")
      ], command: nil
    ) { _ in
      func value(_ points: [Point]) -> Double { theory.architecture.exactValue(.cumulant(points), lattice: lattice)! }
      let reference = value(place)
      let deviation = permutations(place).map { abs(value($0) - reference) }.max()! / abs(reference)
      var moved = place
      moved[3][0] += lattice?.spacing ?? 0.3 * length
      return [
        Evidence(
          claim: Finding(deviation: deviation, tolerance: tolerance),
          control: Finding(deviation: abs(value(moved) - reference) / abs(reference), tolerance: tolerance), draws: 0)
      ]
    }
  }

  private static func permutations(_ points: [Point]) -> [[Point]] {
    guard points.count > 1 else { return [points] }
    return points.indices.flatMap { i in
      var rest = points
      let first = rest.remove(at: i)
      return permutations(rest).map { [first] + $0 }
    }
  }
}
