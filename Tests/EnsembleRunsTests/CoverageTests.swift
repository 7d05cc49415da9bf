// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import Foundation
import LatticeFields
import NumericalKernels
import Testing

/// Do the error bars mean what they say? Many independent runs of the smallest size that is not flagged as under-sampled: the one-sigma
/// Student-t interval of every estimator must cover the exact value 68.27 % of the time within 3 percentage points.
@Suite struct CoverageTests {
  static let runs = 4000
  /// Binomial standard deviation at 4000 runs: 0.74 points. A row whose true coverage is 68.27 % leaves ±3 points with
  /// probability 5e-5; errors too small by 10 % cover 63.3 % and are seen.
  static let tolerance = 0.03

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let toml: String
    let estimators: [String]?
    let points: [PointSet]
    let draws: Int
    var testDescription: String { name }
  }

  private static func cosNet(width: Int) -> String {
    """
    dimension = 1
    [architecture]
    kind = "cos-net"
    width = \(width)
    sigma_w0 = 1.0
    sigma_w1 = 1.0
    [lattice]
    sites = [8]
    spacing = 0.5
    boundary = "open"
    """
  }

  private static let latticeNet = """
    dimension = 1
    [architecture]
    kind = "scalar-net-lattice"
    width = 20
    mass = 1.0
    weights = "constant"
    [lattice]
    sites = [8]
    spacing = 1.0
    boundary = "periodic"
    """

  static let cases: [Case] = [
    Case(
      name: "2-point", toml: cosNet(width: 30), estimators: ["two-point"], points: [],
      draws: SamplingAdequacy.minimumDraws(order: 2)),
    Case(
      name: "propagator", toml: latticeNet, estimators: ["momentum-propagator"], points: [],
      draws: SamplingAdequacy.minimumDraws(order: 2)),
    Case(
      name: "4-point families", toml: cosNet(width: 30),
      estimators: ["four-point-xxyy", "four-point-xxxy", "four-point-split", "zero-momentum"], points: [],
      draws: SamplingAdequacy.minimumDraws(order: 4)),
    Case(
      name: "4-point at points", toml: cosNet(width: 30), estimators: nil,
      points: [PointSet(name: "A", points: [0, 0.5, 1, 2].map { Point($0, 0, 0, 0) })],
      draws: SamplingAdequacy.minimumDraws(order: 4)),
    Case(
      name: "6-point at points", toml: cosNet(width: 30), estimators: nil,
      points: [PointSet(name: "A", points: [0, 0.5, 1, 2, -0.7, 0.3].map { Point($0, 0, 0, 0) })],
      draws: SamplingAdequacy.minimumDraws(order: 6)),
  ]

  /// The 6-point case takes minutes: set NNFT_LONG_TESTS to run it.
  private static let isLong = ProcessInfo.processInfo.environment["NNFT_LONG_TESTS"] != nil

  @Test(arguments: cases.filter { isLong || $0.draws < 10_000 }) func oneSigmaIntervalsCover(one: Case) throws {
    var hits: [String: Int] = [:]
    var totals: [String: Int] = [:]
    var flagged = 0
    for seed in 1...Self.runs {
      let theory = try TheoryDefinition.load(
        text: one.toml, fileName: "coverage",
        overrides: [("run.seed", "\(seed)"), ("run.draws", "\(one.draws)"), ("run.bins", "64")])
      let plan: RunPlan
      if one.points.isEmpty {
        plan = try RunPlan(
          theory: theory, sites: .lattice(theory.lattice),
          estimators: try EstimatorSelection(
            theory: theory, names: one.estimators, allDisplacements: false
          ).estimators)
      } else {
        let estimator = PointFunctions(sets: one.points)
        plan = try RunPlan(
          theory: theory, sites: .points(estimator.points, dimension: 1), estimators: [estimator])
      }
      for table in try CorrelatorJob.run(plan, threads: 1, monitor: RunMonitor()) {
        for (index, row) in table.rows.enumerated() {
          guard row.estimate.reliability == .sound else {
            flagged += 1
            continue
          }
          let t = Distributions.studentTwoSidedQuantile(
            0.682689492137, degrees: Double(row.estimate.degreesOfFreedom))
          let key = "\(table.name)[\(index)]"
          totals[key, default: 0] += 1
          if abs(row.estimate.value - row.exact!) <= t * row.estimate.error { hits[key, default: 0] += 1 }
        }
      }
    }
    for (key, total) in totals.sorted(by: { $0.key < $1.key }) {
      let coverage = Double(hits[key] ?? 0) / Double(total)
      if Self.isLong { print("coverage of \(key) at \(one.draws) networks: \(coverage)") }
      #expect(abs(coverage - 0.6827) < Self.tolerance, "\(key): \(coverage) of \(total)")
    }
    // Rows flagged by the data are left out; were they many, the rest would be a biased choice.
    #expect(flagged * 50 <= Self.runs * totals.count, "\(flagged) rows were flagged")
  }
}
