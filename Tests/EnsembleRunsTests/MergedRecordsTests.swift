// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import Foundation
import Testing
import TheoryLibrary

@testable import EnsembleRuns

/// Runs of different seeds, pooled: means weighted by draws, errors of all units together.
@Suite struct MergedRecordsTests {
  private func tables(_ name: String, _ overrides: [(key: String, value: String)], _ runs: [(seed: Int, draws: Int)]) throws
    -> [MeasuredTable]
  {
    let text = TheoryLibrary.files.first { $0.name == name }!.text
    let files = try runs.map { run in
      let theory = try TheoryDefinition.load(
        text: text, fileName: name, overrides: overrides + [("run.seed", "\(run.seed)"), ("run.draws", "\(run.draws)")],
        interactions: true)
      let request = try CorrelatorRequest(
        theory: theory, estimatorNames: ["two-point"], pointSets: nil, allDisplacements: false, commonRandomNumbers: false)
      let stored = StoredRequest(
        theory: theory, estimatorNames: ["two-point"], pointSets: nil, allDisplacements: false, commonRandomNumbers: false)
      let path = NSTemporaryDirectory() + "merged-\(UUID().uuidString)"
      defer { unlink(path) }
      let file = try RecordFile(
        creating: path, RecordFile.Header(program: "nnft test", plans: request.statements, request: stored))
      _ = try request.collect(threads: 2, monitor: RunMonitor(archive: file))
      return file
    }
    let merged = try MergedRecords(files, isIndependent: runs.count > 1)
    #expect(merged.draws == runs.reduce(0) { $0 + $1.draws } && (merged.remark != nil) == (runs.count > 1))
    return try merged.request.measure(threads: 1, monitor: RunMonitor(archive: merged))
  }

  /// Means are those weighted by draws; the variance is that of one run of all draws: F of 176 and 255 degrees of freedom, 1e-6 over all rows. Control: the
  /// variance of the first run alone, of a sixth of the draws, is six times that.
  @Test func poolsOfSeedsAreOneLongerRun() throws {
    let overrides = [("lattice.sites", "8x8"), ("run.bins", "128")]
    let parts = try [(1, 2000), (2, 10000)].map { try tables("scalar-net-lattice", overrides, [(seed: $0.0, draws: $0.1)])[0] }
    let pool = try tables("scalar-net-lattice", overrides, [(1, 2000), (2, 10000)])[0]
    let single = try tables("scalar-net-lattice", [("lattice.sites", "8x8"), ("run.bins", "256")], [(3, 12000)])[0]
    var (furthest, control) = (0.0, 0.0)
    for row in pool.rows.indices {
      let expected = (parts[0].rows[row].estimate.value + 5 * parts[1].rows[row].estimate.value) / 6
      #expect(abs(pool.rows[row].estimate.value - expected) < 1e-13 * abs(pool.rows[0].estimate.value))
      func logarithm(_ table: MeasuredTable) -> Double {
        2 * log(table.rows[row].estimate.error / single.rows[row].estimate.error)
      }
      furthest = max(furthest, abs(logarithm(pool)))
      control = max(control, abs(logarithm(parts[0])))
    }
    // ln F is close to normal with variance 2/176 + 2/255; 5.5 of its deviations are passed by one in 1e7 and a dozen rows. Fields that are no
    // Gaussian numbers widen it: half as much again.
    let bound = 5.5 * 1.5 * (2.0 / 176 + 2.0 / 255).squareRoot()
    #expect(furthest < bound && control > 1.05 * bound, "\(furthest), control \(control), bound \(bound)")
  }

  /// Populations carry weights of their own, which are on one scale in all runs.
  @Test func populationsPool() throws {
    let overrides = [("sampler.populations", "16"), ("sampler.particles", "40"), ("sampler.least_ess", "16")]
    let pool = try tables("scalar-net-phi4", overrides, [(1, 640), (2, 640), (3, 1280)])
    let row = try #require(pool.first { $0.name == "two-point" }?.rows.first)
    #expect(row.estimate.error > 0 && row.estimate.error < abs(row.estimate.value))
    let test = try #require(pool.first { $0.name == "identities" }?.test)
    // Pooled with weights on different scales, identities would not come out zero.
    #expect(test.pValue.map { $0 > 1e-6 } ?? true)
  }
}
