// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import Foundation
import LatticeFields
import NumericalKernels
import Testing

/// Do the error bars mean what they say? Many independent runs of the smallest size that is not flagged as under-sampled: the one-sigma
/// Student-t interval of every estimator must cover the exact value 68.27 % of the time within 3 percentage points. The estimators beyond the
/// 2- and 4-point functions run fewer times, with their own bound; NNFT_LONG_TESTS runs everything often enough for 2 points at one sigma and 1
/// point at two.
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
    var runs = CoverageTests.runs
    /// Rows that are withheld in more than one run of fifty take no part; else they fail the test.
    var mayWithhold = false
    /// Five binomial standard deviations at fewer runs than 4000.
    var tolerance: Double { runs == CoverageTests.runs ? CoverageTests.tolerance : 5 * (0.2166 / Double(runs)).squareRoot() }
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
      draws: SamplingAdequacy.minimumDraws(order: 4), runs: 1500),
    Case(
      name: "4-point at points", toml: cosNet(width: 30), estimators: nil,
      points: [PointSet(name: "A", points: [0, 0.5, 1, 2].map { Point($0, 0, 0, 0) })],
      draws: SamplingAdequacy.minimumDraws(order: 4), runs: 1500),
    Case(
      name: "6-point at points", toml: cosNet(width: 30), estimators: nil,
      points: [PointSet(name: "A", points: [0, 0.5, 1, 2, -0.7, 0.3].map { Point($0, 0, 0, 0) })],
      draws: SamplingAdequacy.minimumDraws(order: 6)),
  ]

  /// One network has one field of these: their tables share a run. Constant weights and α = 0 keep the tails of high powers short.
  private static let propagatorNet = """
    dimension = 1
    [architecture]
    kind = "alpha-net"
    regulator = "lattice"
    alpha = 0.0
    width = 20
    mass = 1.0
    weights = "constant"
    [lattice]
    sites = [8]
    spacing = 1.0
    boundary = "periodic"
    """

  /// Tables of one order each; what an order-8 row needs, 17 million networks a run, is beyond even the long form.
  static let furtherCases: [Case] = [
    Case(
      name: "structure function and time slices", toml: propagatorNet,
      estimators: ["structure-function", "time-slice", "vertex-operators"],
      points: [], draws: SamplingAdequacy.minimumDraws(order: 2), runs: 2000),
    Case(
      name: "order parameter, connected 2-point function",
      toml: """
        dimension = 1
        [architecture]
        kind = "infinite-width"
        mass = 1.0
        [lattice]
        sites = [8]
        spacing = 0.8
        boundary = "periodic"
        """, estimators: ["order-parameter", "connected-two-point"],
      points: [], draws: SamplingAdequacy.minimumDraws(order: 2), runs: 2000),
    Case(
      name: "effective mass", toml: propagatorNet, estimators: ["effective-mass"], points: [],
      draws: 4 * SamplingAdequacy.minimumDraws(order: 2), runs: 1000, mayWithhold: true),
    Case(
      name: "trispectrum, phi^2, kurtosis", toml: propagatorNet,
      estimators: ["trispectrum", "local-operators", "one-point-cumulants", "zero-momentum-cumulants"], points: [],
      draws: SamplingAdequacy.minimumDraws(order: 4), runs: 250),
    Case(
      name: "6-point families", toml: propagatorNet,
      estimators: [
        "six-point-xxxyyy", "six-point-xxxxyy", "local-operators", "one-point-cumulants", "zero-momentum-cumulants",
      ], points: [], draws: SamplingAdequacy.minimumDraws(order: 6), runs: 40),
  ]

  @Test(arguments: furtherCases.filter(isChosen)) func furtherIntervalsCover(one: Case) throws {
    var one = one
    if Self.isLong { one.runs = Int(Self.environment["NNFT_COVERAGE_RUNS"] ?? "") ?? 20_000 }
    try measure(one)
  }

  /// NNFT_LONG_TESTS runs all cases at length, those of 6-point functions take hours; NNFT_COVERAGE_CASE restricts them to names that contain it,
  /// NNFT_COVERAGE_RUNS says how often they run.
  private static let environment = ProcessInfo.processInfo.environment
  private static let isLong = environment["NNFT_LONG_TESTS"] != nil
  private static func isChosen(_ one: Case) -> Bool {
    isLong ? one.name.contains(environment["NNFT_COVERAGE_CASE"] ?? one.name) : one.draws < 100_000
  }

  @Test(arguments: cases.filter(isChosen)) func oneSigmaIntervalsCover(one: Case) throws {
    var one = one
    if Self.isLong { one.runs = Int(Self.environment["NNFT_COVERAGE_RUNS"] ?? "") ?? one.runs }
    try measure(one)
  }

  private func measure(_ one: Case) throws {
    var hits: [String: Int] = [:]
    var twoSigmaHits: [String: Int] = [:]
    var totals: [String: Int] = [:]
    var flagged: [String: Int] = [:]
    for seed in 1...one.runs {
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
      let order = [2, 4, 6, 8].last { SamplingAdequacy.minimumDraws(order: $0) <= one.draws } ?? 2
      let orders = Dictionary(
        uniqueKeysWithValues: plan.estimators.map { estimator in
          (estimator.name, estimator.rows.indices.map { estimator.order(ofRow: $0) })
        })
      for table in try CorrelatorJob.run(plan, threads: 1, monitor: RunMonitor()) {
        for (index, row) in table.rows.enumerated() {
          // A row of a higher order than the case was sized for, or without exact value, takes no part.
          guard row.exact != nil, orders[table.name]![index] <= order else { continue }
          guard row.estimate.reliability == .sound else {
            flagged["\(table.name)[\(index)]", default: 0] += 1
            continue
          }
          let two = Distributions.studentTwoSidedQuantile(
            0.954499736104, degrees: Double(row.estimate.degreesOfFreedom))
          let t = Distributions.studentTwoSidedQuantile(
            0.682689492137, degrees: Double(row.estimate.degreesOfFreedom))
          let key = "\(table.name)[\(index)]"
          totals[key, default: 0] += 1
          let distance = abs(row.estimate.value - row.exact!) / row.estimate.error
          if distance <= t { hits[key, default: 0] += 1 }
          if distance <= two { twoSigmaHits[key, default: 0] += 1 }
        }
      }
    }
    for (key, total) in totals.sorted(by: { $0.key < $1.key }) where !one.mayWithhold || total * 50 >= one.runs * 49 {
      let coverage = Double(hits[key] ?? 0) / Double(total)
      let twoSigma = Double(twoSigmaHits[key] ?? 0) / Double(total)
      if Self.isLong { print("coverage of \(key) at \(one.draws) networks, \(total) runs: \(coverage), \(twoSigma)") }
      #expect(abs(coverage - 0.6827) < (one.runs >= 20_000 ? 0.02 : one.tolerance), "\(key): \(coverage) of \(total)")
      if one.runs >= 20_000 { #expect(abs(twoSigma - 0.9545) < 0.01, "\(key): \(twoSigma) of \(total)") }
    }
    // Rows flagged by the data are left out; were they many, the rest would be a biased choice. A rule that needs no data withholds a row always.
    let chosen = flagged.filter { $0.value < one.runs }.values.reduce(0, +)
    #expect(one.mayWithhold || chosen * 50 <= one.runs * totals.count, "\(chosen) rows were flagged")
  }
}
