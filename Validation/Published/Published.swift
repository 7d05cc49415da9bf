// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories

/// Settings of the literature: the four-point functions of arXiv:2604.27050 against closed forms and against the published means, and nets of one input
/// as in arXiv:2008.08601, whose n-point functions approach those of a Gaussian process as the width grows.
struct Published: ValidationSuite {
  let name = "published"
  let summary =
    "arXiv:2604.27050: four-point functions at the published points; arXiv:2008.08601: deviations from the Gaussian process"

  let standardTheories =
    [StandardTheory("fourpoint-2604.27050")] + GaussianProcessLimit.theories.map { StandardTheory($0.name, text: $0.text) }

  func experiments(_ theory: TheoryDefinition, command: String) throws -> [Experiment] {
    guard theory.insertions.isEmpty, let study = theory.study, !study.points.isEmpty else {
      throw NotApplicable("it repeats published runs of free nets; `nnft validate published` does")
    }
    if let fourPoint = try FourPointOfAlpha(theory) { return try fourPoint.experiments(command) }
    if let limit = try GaussianProcessLimit(theory) { return [try limit.experiment()] }
    throw NotApplicable(
      "the theory's parameters and points are none of the published ones; `nnft validate published` repeats those")
  }
}
