// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import EnsembleRuns
import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

/// A direct simulation of published four-point functions (arXiv:2604.27050, alpha = 0, N = 100, d = 2, Gaussian regulator with cutoff 100): our
/// fields, our estimator, against our exact values and against the published Monte Carlo means.
@Suite struct PublishedFourPointTests {
  struct Published: Decodable {
    struct Record: Decodable {
      let N: Int
      let alpha, scale, mean, error: Double
      let points: [[Double]]
    }
    let records: [Record]
  }

  @Test func aDirectSimulationAgreesWithTheoryAndPublication() throws {
    let data = try Data(
      contentsOf: ReferenceRecords.folder.appendingPathComponent("fourpoint_2604.27050.json"))
    let records = try JSONDecoder().decode(Published.self, from: data).records
      .filter { $0.N == 100 && $0.alpha == 0 }
    #expect(records.count == 10)
    let theory = try TheoryDefinition.load(
      text: """
        dimension = 2
        [architecture]
        kind = "alpha-net"
        width = 100
        mass = 1.0
        alpha = 0.0
        regulator = "gaussian"
        cutoff = 100.0
        weights = "constant"
        [lattice]
        sites = [2, 2]
        spacing = 1.0
        boundary = "open"
        [run]
        draws = 200000
        """, fileName: "published")
    let sets = records.enumerated().map { index, record in
      PointSet(name: "\(index)", points: record.points.map(Point.init(coordinates:)))
    }
    let estimator = PointFunctions(sets: sets)
    let plan = try RunPlan(
      theory: theory, sites: .points(estimator.points, dimension: 2), estimators: [estimator])
    let table = try CorrelatorJob.run(plan, threads: 2, monitor: RunMonitor())[0]
    #expect(!table.contradictsExactValues)
    // Per set the rows "full" and "connected"; false alarm 1e-6 over ten sets: |t| < 5.3 each.
    for (index, record) in records.enumerated() {
      let full = table.rows[2 * index]
      #expect(full.estimate.reliability == .sound)
      let exact = try #require(full.exact)
      #expect(abs(full.estimate.value - exact) < 5.3 * full.estimate.error)
      let both = (full.estimate.error * full.estimate.error + record.error * record.error).squareRoot()
      #expect(abs(full.estimate.value - record.mean) < 5.3 * both)
    }
    // The control: without the 1/N term of the width, the connected function would be a hundred times larger.
    let wrong = table.rows.enumerated().filter { $0.offset % 2 == 1 }.contains { _, row in
      abs(row.estimate.value - 100 * row.exact!) > 5.3 * row.estimate.error
    }
    #expect(wrong)
  }
}
