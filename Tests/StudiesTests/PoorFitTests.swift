// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import KnownValues
import Studies
import Testing

/// What a study says of fits that fail.
@Suite struct PoorFitTests {
  /// Runs whose values at one width are moved by many errors; without `exact` nothing is known of the rows.
  private func study(shift: Double, isKnown: Bool) throws -> StudyResults {
    let plan = try StudyRuns.plan(
      "cos-net", [("study.widths", "[4, 8, 16, 32, 64]"), ("lattice.sites", "[3, 3]"), ("run.draws", "2000")],
      estimators: ["two-point"])
    return try plan.results { run in
      try run.request.measure(threads: 2, monitor: RunMonitor()).map { table in
        MeasuredTable(
          name: table.name, summary: table.summary, coordinateColumns: table.coordinateColumns,
          rows: table.rows.map { CorrelatorRow(coordinates: $0.coordinates, target: $0.target) },
          covarianceRows: Array(table.rows.indices),
          samples: table.samples.map { samples in
            let error = samples.error
            return samples.map { $0 + (run.width == 16 ? shift * error : 0) }
          },
          reliability: table.rows.map(\.estimate.reliability), draws: 2000, independentSamples: 2000,
          known: table.rows.map { isKnown ? $0.exact.map(KnownValue.init(exact:)) : nil })
      }
    }
  }

  /// The 2-point function is the same at every width, so no power of 1/N is missing where its fit fails, and a row is one test, not two. Where nothing
  /// is known further powers may be missing. Control: sound data fail nowhere.
  @Test func adviceFollowsWhatIsKnown() throws {
    let known = try study(shift: 40, isKnown: true)
    let rows = try StudyRuns.rows(known, "two-point").count / 5
    let warning = try #require(known.warnings.first { $0.contains("every model") })
    #expect(warning.contains("in \(rows) of \(rows) rows") && warning.contains("no power of 1/N is missing"), "\(warning)")
    #expect(!warning.contains("add powers"), "\(warning)")
    let unknown = try #require(study(shift: 40, isKnown: false).warnings.first { $0.contains("every model") })
    #expect(unknown.contains("in \(rows) of \(rows) rows") && unknown.contains("add powers of 1/N"), "\(unknown)")
    #expect(try !study(shift: 0, isKnown: true).warnings.contains { $0.contains("every model") })
  }
}
