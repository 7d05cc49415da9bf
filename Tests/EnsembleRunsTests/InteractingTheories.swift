// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import ParameterSampling
import TheoryLibrary

@testable import EnsembleRuns

/// An interacting library theory with keys overridden.
func interactingTheory(_ name: String, _ overrides: [(key: String, value: String)] = []) throws -> TheoryDefinition {
  let text = TheoryLibrary.files.first { $0.name == name }!.text
  return try TheoryDefinition.load(text: text, fileName: "\(name).toml", overrides: overrides, interactions: true)
}

/// Its plan for `estimators`, nil for the default ones.
func interactingPlan(
  _ name: String, _ overrides: [(key: String, value: String)] = [], estimators: [String]? = nil
) throws -> InteractingPlan {
  try CorrelatorRequest(
    theory: interactingTheory(name, overrides), estimatorNames: estimators, pointFile: nil, allDisplacements: false,
    commonRandomNumbers: false
  ).interacting!
}

/// The tables of an interacting run.
func interactingTables(
  _ name: String, _ overrides: [(key: String, value: String)] = [], estimators: [String]? = nil, threads: Int = 2
) throws -> [MeasuredTable] {
  try InteractingJob.run(interactingPlan(name, overrides, estimators: estimators), threads: threads, monitor: RunMonitor())
}
