// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import FieldTheories

/// Which field theory an architecture tends to, and what survives the limit: one Gaussian theory from different networks, the same free theory from
/// a family of momentum densities, the non-Gaussianity of correlated parameters beside that of finite width, and vanishing odd functions.
/// Source: docs/physics/validation.md.
struct Universality: ValidationSuite {
  let name = "universality"
  let summary = "different networks of one Gaussian limit, correlated weights that survive it, the alpha family, odd functions"

  let standardTheories = [
    StandardTheory(
      "gauss-net",
      [
        ("architecture.width", "5"), ("architecture.sigma_w0", "0.7"), ("architecture.sigma_b0", "0.4"), ("run.draws", "400000"),
      ]),
    StandardTheory(
      "gauss-net", [("title", "\"Gauss-net of narrow bias\""), ("architecture.width", "5"), ("run.draws", "400000")]),
    StandardTheory(
      "correlated-net", [("architecture.width", "2"), ("architecture.weights", "\"constant\""), ("run.draws", "400000")]),
    StandardTheory(
      "alpha-net", [("architecture.width", "2"), ("architecture.weights", "\"constant\""), ("run.draws", "400000")]),
    StandardTheory("cos-net", [("architecture.width", "5"), ("run.draws", "400000")]),
    // Products of five fields have long tails where amplitudes vary; constant weights take half of them.
    StandardTheory(
      "scalar-net",
      [
        ("architecture.width", "5"), ("architecture.cutoff", "3.0"), ("architecture.weights", "\"constant\""),
        ("run.draws", "400000"),
      ]),
    StandardTheory(
      "relu-net", [("architecture.width", "5"), ("architecture.weights", "\"constant\""), ("run.draws", "400000")]),
    StandardTheory("erf-net", [("architecture.width", "5"), ("run.draws", "400000")]),
  ]

  func experiments(_ theory: TheoryDefinition, command: String) throws -> [Experiment] {
    guard theory.insertions.isEmpty else { throw NotApplicable("the limits of interacting theories are those of nnft study") }
    guard theory.number("width") != nil || theory.architecture.twoPointDependsOnWidth else {
      throw NotApplicable("the field of infinite width is its own limit")
    }
    guard let length = theory.testingLength else {
      throw NotApplicable("no exact 2-point function says at which distances to test")
    }
    let experiments = try [
      LargeWidthDuality.experiment(theory, length: length),
      CorrelatedWeights.experiment(theory, length: length),
      AlphaFamily.experiment(theory, length: length),
      OddFunctions.experiment(theory, length: length),
    ].compactMap { $0 }
    guard !experiments.isEmpty else { throw NotApplicable("nothing is known of its limit that a few networks could contradict") }
    return experiments
  }
}
