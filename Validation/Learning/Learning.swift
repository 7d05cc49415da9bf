// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import FieldTheories

/// Networks with data: posteriors against exact solutions, the ways to sample them against each other, exact identities of the evidence, the approach to the Gaussian process
/// of infinite width, and learning curves.
struct Learning: ValidationSuite {
  let name = "learning"
  let summary =
    "posteriors of networks with data: exact solutions, identities of ln Z, samplers against each other, the Gaussian process limit, learning curves"

  private static func pinnedField(_ kind: String) -> String {
    """
    title = "A lattice field of infinite width with data, \(kind)"
    source = "Rasmussen and Williams (2006), eqs. (2.23)-(2.24)"
    dimension = 1
    [architecture]
    kind = "infinite-width"
    mass = 0.7071067811865476
    [[insertion]]
    kind = "data"
    temperature = 0.2
    points = [[0], [3], [3]]
    labels = [1.0, -0.9, -0.1]
    weights = [1.0, 0.5, 0.5]
    [lattice]
    sites = [8]
    spacing = 1.0
    boundary = "periodic"
    [sampler]
    kind = "\(kind)"
    [run]
    draws = 40000
    """
  }

  let standardTheories = [
    StandardTheory("pinned-field", text: Self.pinnedField("reweighting")),
    StandardTheory("pinned-field-exact", text: Self.pinnedField("exact")),
    StandardTheory(
      "cos-net-regression",
      [
        ("architecture.width", "3"), ("lattice.sites", "2"), ("insertion[1].points", "[[0.0]]"), ("insertion[1].labels", "[0.8]"),
        ("insertion[1].test_points", "[[0.0], [1.0]]"),
      ]),
    StandardTheory(
      "cos-net-regression",
      [
        ("title", "\"One datum of a Cos-net of two outputs\""), ("architecture.width", "2"), ("architecture.outputs", "2"),
        ("lattice.sites", "2"), ("insertion[1].points", "[[0.0]]"), ("insertion[1].labels", "[[0.8, 0.0]]"),
        ("insertion[1].test_points", "[[0.0], [1.0]]"), ("sampler.kind", "\"collapsed\""),
      ]),
    StandardTheory("cos-net-regression", [("architecture.width", "8"), ("lattice.sites", "2")]),
    StandardTheory("linear-network", [("sampler.kind", "\"collapsed\""), ("insertion[1].test_labels", "[0.8, 0.0]")]),
    StandardTheory("deep-linear-network", [("sampler.kind", "\"collapsed\"")]),
    StandardTheory("learning-curve"),
    StandardTheory(
      "regression-erf",
      [
        ("architecture.width", "8"), ("insertion[1].temperature", "0.5"), ("lattice.sites", "2x2"),
        ("sampler.kind", "\"collapsed\""),
      ]),
  ]

  func experiments(_ theory: TheoryDefinition, command: String) throws -> [Experiment] {
    if let curve = theory.study?.curve {
      let curves = LearningCurves(theory, curve)
      return [curves.exact(command), curves.effectiveRidge(command)]
    }
    guard !theory.insertions.data.isEmpty else { throw NotApplicable("the theory has no data") }
    let posterior = Posterior(theory)
    // Labels of several outputs are lists of lists: exact posteriors and identities, that of Ward among them.
    guard theory.architecture.outputs == 1 else {
      return try [posterior.solution(command), posterior.identities(command)].compactMap { $0 }
    }
    return try [
      posterior.solution(command), posterior.identities(command), posterior.evidence(), posterior.agreement(),
      posterior.hiddenMoves(), posterior.limit(),
      GaussianRegression(theory)?.experiment(),
    ].compactMap { $0 }
  }
}
