// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import ErrorAnalysis
import FieldTheories
import KnownValues
import LatticeFields
import Testing
import TheoryLibrary

@testable import EnsembleRuns

/// Exact values that are rounding of a cancelled sum are not held against a measurement that resolves more.
@Suite struct CancelledExactValueTests {
  private func table(error: Double, rounding: Double) -> MeasuredTable {
    let weights = [Double](repeating: 1, count: 16)
    let samples = JackknifeSamples(
      value: 3 * error, replicas: weights.indices.map { 3 * error + 0.01 * error * Double($0 % 5 - 2) }, weights: weights)
    let row = CorrelatorRow(coordinates: [.text("chi2")], target: RowTarget(.zeroMomentumCumulant(order: 2)))
    return MeasuredTable(
      name: "zero-momentum", summary: "", coordinateColumns: ["observable"], rows: [row], covarianceRows: [0], samples: [samples],
      reliability: [.sound], draws: 10_000, independentSamples: 10_000,
      known: [KnownValue(value: 0, kind: .exact, source: "a sum", rounding: rounding)])
  }

  /// A measurement of 1e-30 knows more than a sum that is good to 1e-13; one of 1e-3 does not. Control: without its rounding the same exact value
  /// contradicts the first.
  @Test func withheldWhereTheMeasurementIsBetter() throws {
    let fine = table(error: 1e-30, rounding: 1e-13)
    #expect(fine.rows[0].exact == nil && !fine.contradictsExactValues)
    #expect(try fine.resultTable().notes.contains { $0.hasPrefix("no exact value in 1 rows: it is a sum whose terms cancel") })
    let coarse = table(error: 1e-3, rounding: 1e-13)
    #expect(coarse.rows[0].exact == 0 && coarse.contradictsExactValues)
    #expect(table(error: 1e-30, rounding: 0).contradictsExactValues)
  }

  /// The erf-net with a bias so small that fields add up to rounding. Control: with an ordinary bias the same rows have exact values.
  @Test func antisymmetricNet() throws {
    for (sigmaB, isKnown) in [("1.8e-27", false), ("0.5", true)] {
      let source = TheoryLibrary.files.first { $0.name == "erf-net" }!.text
      let theory = try TheoryDefinition.load(
        text: source, fileName: "erf-net",
        overrides: [("architecture.sigma_b", sigmaB), ("lattice.sites", "[6, 6]"), ("run.draws", "2000")])
      let table = try #require(
        try CorrelatorRequest(
          theory: theory, estimatorNames: ["zero-momentum"], pointSets: nil, allDisplacements: false, commonRandomNumbers: false
        ).measure(threads: 2, monitor: RunMonitor()).first { $0.name == "zero-momentum" })
      #expect(!table.contradictsExactValues && (table.rows[0].exact != nil) == isKnown, "sigma_b = \(sigmaB)")
    }
  }
}
