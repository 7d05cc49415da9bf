// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import ErrorAnalysis
import KnownValues
import LatticeFields
import Testing

@testable import EnsembleRuns

/// A row far from its exact value is said by name even where the joint test is inconclusive.
@Suite struct ImprobableRowTests {
  /// Sixteen bins of deviation `error`, the first row `pull` errors off.
  private func table(pull: Double, independentSamples: Double) -> MeasuredTable {
    let bins = 16
    let rows = (0..<3).map { CorrelatorRow(coordinates: [.number(Double($0))], target: RowTarget(.moment([.zero, .zero]))) }
    let weights = [Double](repeating: 1, count: bins)
    let samples: [JackknifeSamples] = (0..<3).map { (row: Int) -> JackknifeSamples in
      let replicas: [Double] = (0..<bins).map { (bin: Int) -> Double in
        let step = bin * (row + 3) % 5 - 2
        return 1 + 0.01 * Double(step)
      }
      return JackknifeSamples(value: 1, replicas: replicas, weights: weights)
    }
    return MeasuredTable(
      name: "test", summary: "", coordinateColumns: ["r"], rows: rows, covarianceRows: [0, 1, 2], samples: samples,
      reliability: [.sound, .sound, .sound], draws: 160, independentSamples: independentSamples,
      known: [KnownValue(exact: 1 - pull * samples[0].error), KnownValue(exact: 1 - samples[1].error), nil])
  }

  @Test func saidWhereTheJointTestSaysNothing() throws {
    let far = table(pull: 40, independentSamples: 1)
    #expect(far.test?.pValue == nil && !far.contradictsExactValues)
    #expect(far.improbableRows == ["r = 0.0: pull 40.0"])
    #expect(try far.resultTable().notes.contains { $0.contains("r = 0.0: pull 40.0") })
    // The control: an ordinary pull is nobody's concern.
    let near = table(pull: 3, independentSamples: 1)
    #expect(near.improbableRows.isEmpty && near.improbableNote == nil)
  }
}
