// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import NNFTTestSupport
import Testing

@testable import EnsembleRuns

/// The Gaussian field with data at sites, from theory file to tables: means and connected two-point functions beside exact values, under every
/// sampler. False alarm 1e-6 a table.
@Suite struct DataLikelihoodTests {
  private func theory(_ sampler: String, temperature: Double = 0.25, mean: Double = 1, draws: Int = 24_000) throws
    -> TheoryDefinition
  {
    let points = "region = \"points\"\npoints = [[1], [4]]\n"
    return try TheoryDefinition.load(
      text: """
        dimension = 1
        [architecture]
        kind = "infinite-width"
        mass = 1.0
        [[insertion]]
        kind = "mass"
        delta = \(1 / temperature)
        \(points)
        [[insertion]]
        kind = "source"
        J = [\(0.6 * mean / temperature), \(-0.4 * mean / temperature)]
        \(points)
        [[insertion]]
        kind = "source"
        J = "\(mean)*0.2*cos(2*pi*x1/8)"
        [lattice]
        sites = [8]
        spacing = 1.0
        boundary = "periodic"
        [sampler]
        \(sampler)
        chains = 32
        warm_up = 100
        thinning = 2
        [run]
        draws = \(draws)
        """, fileName: "data", interactions: true)
  }

  private func tables(_ theory: TheoryDefinition, control: TheoryDefinition) throws -> (
    own: [MeasuredTable], control: [MeasuredTable]
  ) {
    let file = "set\tx1\na\t0\nb\t1\nb\t2\nc\t4\nc\t4\nd\t1\nd\t4\ne\t4\n"
    let sets = try PointSetFile.load(text: file, fileName: "points.tsv", dimension: 1, sizes: [1, 2])
    return try CorrelatorRequest(
      theory: theory, estimatorNames: nil, pointSets: sets, allDisplacements: false, commonRandomNumbers: false
    ).measure(threads: 2, monitor: RunMonitor(), control: control)
  }

  @Test(arguments: [
    "kind = \"reweighting\"", "kind = \"chains\"", "kind = \"chains\"\nmoves = [\"neuron-refresh\", \"slice\", \"zero-mode\"]",
    "kind = \"smc\"", "kind = \"tempering\"",
  ]) func pointFunctionsMeetLinearAlgebra(sampler: String) throws {
    let wrong = [try theory(sampler, temperature: 0.5), try theory(sampler, mean: 0)]
    for (index, other) in (sampler.contains("chains\"\n") || sampler.contains("reweighting") ? wrong : [wrong[0]]).enumerated() {
      let (own, control) = try tables(theory(sampler), control: other)
      let table = own[0]
      #expect(table.name == "point-functions")
      #expect(
        table.rows.map(\.coordinates).map { $0[2] } == [
          .text("1-point"), .text("2-point"), .text("connected"), .text("2-point"), .text("connected"), .text("2-point"),
          .text("connected"), .text("1-point"),
        ])
      #expect(
        table.rows.allSatisfy { $0.exact != nil && $0.estimate.reliability == .sound }, "\(table.rows[0].estimate.reliability)")
      #expect(!table.contradictsExactValues, "\(sampler)")
      let bound = StatisticalChecks.studentBound(degrees: table.rows[0].estimate.degreesOfFreedom, comparisons: table.rows.count)
      for row in table.rows { #expect(abs(row.estimate.pull(exact: row.exact!)!) < bound, "\(sampler) \(row.coordinates)") }
      #expect(control[0].rows.contains { abs($0.estimate.pull(exact: $0.exact!)!) > bound }, "control \(index) agrees")
      if let z = own.first(where: { $0.name == "partition-function" }) {
        #expect(abs(z.rows[0].estimate.pull(exact: z.rows[0].exact!)!) < bound)
      }
    }
  }

  /// Point sets of theories without φ → −φ have one to four points.
  @Test func largerSetsAreRefused() throws {
    #expect(throws: TheoryFileError.self) {
      try PointSetFile.load(text: "set\tx1\na\t0\na\t1\na\t2\n", fileName: "p.tsv", dimension: 1, sizes: [1, 2])
    }
    func request(_ points: Int) throws -> CorrelatorRequest {
      let rows = (0..<points).map { "a\t\($0 % 4)\n" }.joined()
      return try CorrelatorRequest(
        theory: theory("kind = \"chains\""), estimatorNames: nil,
        pointSets: try PointSetFile.load(text: "set\tx1\n" + rows, fileName: "p.tsv", dimension: 1), allDisplacements: false,
        commonRandomNumbers: false)
    }
    #expect(throws: SelectionError.self) { try request(6) }
    _ = try request(4)
  }
}
