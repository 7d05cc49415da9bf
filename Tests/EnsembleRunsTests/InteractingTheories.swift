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

/// φ⁴ at infinite width with a shift of its mass, reweighted, on a periodic lattice; numbers as they stand in the file, `sampler` and `run` further lines.
func shiftedTheory(
  _ sites: String, spacing: Double, mass: String, lambda: String, delta: String, sampler: String = "", run: String
) throws -> TheoryDefinition {
  try TheoryDefinition.load(
    text: """
      dimension = \(sites.split(separator: ",").count)
      [architecture]
      kind = "infinite-width"
      mass = \(mass)
      [[insertion]]
      kind = "phi4"
      lambda = \(lambda)
      [[insertion]]
      kind = "mass"
      delta = \(delta)
      [lattice]
      sites = [\(sites)]
      spacing = \(spacing)
      boundary = "periodic"
      [sampler]
      kind = "reweighting"
      \(sampler)
      [run]
      \(run)
      """, fileName: "shifted", interactions: true)
}
