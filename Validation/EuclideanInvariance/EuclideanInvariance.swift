// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import ErrorAnalysis
import FieldTheories
import LatticeFields

/// Are the n-point functions those of a Euclidean field theory? For every network the product of fields at transformed points minus that at the
/// points themselves; the means of all configurations must vanish jointly (Hotelling T² with the full covariance). Off the lattice: translations,
/// rotations and reflections of O(d); on a periodic lattice: its own group. Source: docs/physics/validation.md.
struct EuclideanInvariance: ValidationSuite {
  let name = "euclidean-invariance"
  let summary =
    "translations, rotations and reflections of 2-, 4- and 6-point functions, off the lattice where the field lives there"

  let standardTheories = [
    StandardTheory("cos-net", [("architecture.width", "5"), ("run.draws", "100000")]),
    StandardTheory(
      "gauss-net",
      [
        ("architecture.width", "5"), ("architecture.sigma_w0", "0.7"), ("architecture.sigma_b0", "0.4"), ("run.draws", "800000"),
      ]),
    StandardTheory("scalar-net", [("architecture.width", "5"), ("architecture.cutoff", "3.0"), ("run.draws", "100000")]),
    StandardTheory("euclidean-net", [("architecture.width", "5"), ("run.draws", "100000")]),
    StandardTheory(
      "scalar-net-lattice",
      [
        ("architecture.width", "20"), ("architecture.mass", "1.0"), ("architecture.weights", "\"constant\""),
        ("lattice.sites", "6x6"),
        ("run.draws", "400000"),
      ]),
    StandardTheory("relu-net", [("architecture.width", "5"), ("run.draws", "400000")]),
    StandardTheory("deep-cosine", [("architecture.width", "4"), ("run.draws", "100000")]),
    StandardTheory(
      "deep-cosine",
      [
        ("title", "\"Deep net on a cosine layer, three hidden layers\""), ("architecture.width", "6"),
        ("architecture.depth", "3"),
        ("run.draws", "100000"),
      ]),
    StandardTheory(
      "scalar-net-phi4",
      [
        ("dimension", "2"), ("architecture.width", "8"), ("architecture.mass", "0.6"), ("lattice.sites", "6x6"),
        ("insertion[1].lambda", "1.0"), ("sampler.kind", "\"chains\""), ("run.draws", "192000"),
      ]),
  ]

  /// Configurations of points for each n.
  private static let configurations = 5

  func experiments(_ theory: TheoryDefinition, command: String) throws -> [Experiment] {
    guard theory.insertions.isEmpty else { return try InteractingInvariance(theory).experiments(command) }
    guard !theory.architecture.symmetries.isPeriodic || theory.lattice.sites.allSatisfy({ $0 > 2 }) else {
      throw NotApplicable("on an axis of one or two sites no wrong motion differs from the right ones; three sites are enough")
    }
    guard theory.architecture.freeField == nil else {
      throw NotApplicable("the field of infinite width has the symmetries of its lattice by construction")
    }
    guard let length = theory.testingLength else {
      throw NotApplicable("no exact 2-point function says at which distances to test")
    }
    // Fields that grow away from the origin as exponentials have tails that grow faster.
    let reach = theory.architecture.growsFromOrigin ? 0.25 * length : length
    let orders = symmetriesHold(theory) ? [2, 4, 6] : [2, 4]
    return orders.map { experiment(theory, order: $0, length: reach, command) }
  }

  private func symmetriesHold(_ theory: TheoryDefinition) -> Bool {
    theory.architecture.symmetries.translationInvariantOrder == .max
  }

  private func experiment(_ theory: TheoryDefinition, order: Int, length: Double, _ command: String) -> Experiment {
    let symmetries = theory.architecture.symmetries
    let motions =
      symmetries.isPeriodic
      ? Motion.ofLattice(theory.lattice) : Motion.ofSpace(length: length, dimension: theory.dimension)
    let configurations = (0..<Self.configurations).map {
      symmetries.isPeriodic
        ? Configuration.sites(order, $0, theory.lattice) : Configuration.points(order, $0, length, theory.dimension)
    }
    let wrong = symmetries.isPeriodic ? Motion.stretch(by: 2) : Motion.stretch(by: 1.25)
    let claims = motions.map { motion -> Claim in
      let holds = motion.isSymmetry(of: symmetries, order: order)
      return Claim(
        "\(motion.name), n = \(order)",
        statement:
          "<phi(g x1) .. phi(g x\(order))> = <phi(x1) .. phi(x\(order))> for \(motion.words)",
        source: theory.source, expectation: holds ? .holds : .fails,
        control: holds ? wrong.words : "reflections about the origin")
    }
    return Experiment(
      theory: theory.title, claims: claims, command: nil
    ) { budget in
      let all = motions + [wrong]
      let sets = configurations.flatMap { points in
        [PointSet(name: "", points: points)] + all.map { motion in PointSet(name: motion.name, points: points.map(motion.act)) }
      }
      let estimator = PointFunctions(sets: sets)
      let draws = budget.draws(max(theory.run.draws, SamplingAdequacy.minimumDraws(order: order)))
      let rows = try theory.measured(estimator, at: estimator.points, draws: draws, budget)
      // Full functions stand first among the rows of a set.
      let full = rows.enumerated().filter { order == 2 || $0.offset % 2 == 0 }.map(\.element)
      func finding(_ motion: Int) -> Finding {
        let stride = all.count + 1
        let differences = configurations.indices.map { full[$0 * stride + 1 + motion] - full[$0 * stride] }
        return theory.finding(zero: differences, order: order, draws: draws)
      }
      let reflections = motions.firstIndex { $0.name == "reflections" }!
      return claims.indices.map { index in
        Evidence(
          claim: finding(index), control: finding(claims[index].expectation == .holds ? motions.count : reflections),
          draws: draws)
      }
    }
  }
}
