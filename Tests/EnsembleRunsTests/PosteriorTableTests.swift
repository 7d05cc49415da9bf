// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import ErrorAnalysis
import FieldTheories
import KnownValues
import NNFTTestSupport
import ParameterSampling
import Testing

@testable import EnsembleRuns

/// Tables of posteriors against what is known: two data at finite width, hidden kernels of linear networks, chains of hidden parameters. False alarm 1e-6 a joint test.
@Suite struct PosteriorTableTests {
  private typealias Overrides = [(key: String, value: String)]

  /// Of a run, the tables beside its own exact values, and beside those of a temperature half as high again.
  private static func measure(_ name: String, _ overrides: Overrides) throws -> (own: [MeasuredTable], control: [MeasuredTable]) {
    let plan = try interactingPlan(name, overrides)
    let wrong = try InteractingTheory(interactingTheory(name, overrides + [("insertion[1].temperature", "0.15")]))
    return try InteractingJob.run(plan, control: wrong, threads: 1, monitor: RunMonitor())
  }

  private static func check(
    _ tables: (own: [MeasuredTable], control: [MeasuredTable]), _ names: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for name in names {
      let (own, control) = (try #require(tables.own.named(name)?.test?.pValue), tables.control.named(name)?.test?.pValue ?? 0)
      #expect(own > 1e-6, "\(name): \(own)", sourceLocation: sourceLocation)
      #expect(control < 1e-6, "\(name), the control: \(control)", sourceLocation: sourceLocation)
    }
  }

  /// Four cosine neurons and two data: exact columns are those of the record LR0143, ln Z and the rows at the data; a row elsewhere has none.
  @Test func twoData() throws {
    func settings(_ temperature: String) -> Overrides {
      [
        ("architecture.width", "4"), ("lattice.sites", "2"), ("insertion[1].points", "[[0.0], [0.7]]"),
        ("insertion[1].labels", "[0.8, -0.3]"), ("insertion[1].temperature", temperature),
        ("insertion[1].test_points", "[[0.0], [0.7], [1.5]]"), ("sampler.kind", "\"collapsed\""), ("run.draws", "40000"),
      ]
    }
    let plan = try interactingPlan("cos-net-regression", settings("0.2"))
    let wrong = try InteractingTheory(interactingTheory("cos-net-regression", settings("0.3")))
    let tables = try InteractingJob.run(plan, control: wrong, threads: 1, monitor: RunMonitor())
    let record = try #require(ReferenceRecords.learning.first { $0.id == "LR0143" }).values
    let (predictor, covariance) = (
      try #require(tables.own.named("predictor")), try #require(tables.own.named("predictive-covariance"))
    )
    let evidence = try #require(tables.own.named("evidence"))
    func near(_ a: Double?, _ b: Double) -> Bool { a.map { abs($0 - b) < 1e-9 } ?? false }
    #expect(near(evidence.rows[0].exact, record[0]))
    #expect(near(predictor.rows[0].exact, record[1]) && near(predictor.rows[1].exact, record[2]))
    #expect(near(covariance.rows[0].exact, record[3]) && near(covariance.rows[1].exact, record[4]))
    #expect(predictor.rows[2].exact == nil)
    try Self.check(tables, ["predictor", "predictive-covariance", "evidence"])
  }

  /// `<W^T W>` of the first layer of linear networks of one and two hidden layers, exactly; a net that is not linear has none.
  @Test(arguments: ["linear-network", "deep-linear-network"]) func hiddenKernels(_ name: String) throws {
    let tables = try Self.measure(name, [("sampler.kind", "\"collapsed\""), ("run.draws", "60000"), ("lattice.sites", "1x1x1")])
    let kernel = try #require(tables.own.named("hidden-kernel"))
    #expect(kernel.rows.count == 7 && kernel.rows.allSatisfy { $0.exact != nil })
    try Self.check(tables, ["hidden-kernel"])
    let erf = try interactingTables(
      "regression-erf", [("architecture.width", "5"), ("run.draws", "2000"), ("sampler.kind", "\"collapsed\"")])
    #expect(erf.named("hidden-kernel")?.rows.count == 4 && erf.named("hidden-kernel")!.rows.allSatisfy { $0.exact == nil })
  }

  /// All exact draws of a pinned ring weigh Z, the number of `PinnedRing`'s record to 1e-11; another temperature has another.
  @Test func exactDrawsKnowZ() throws {
    func logZ(_ temperature: String) throws -> Double? {
      let tables = try interactingTables(
        "infinite-width",
        [
          (
            "insertion",
            "[{kind = \"data\", temperature = \(temperature), points = [[0], [3]], labels = [1.0, -0.5]}]"
          ), ("dimension", "1"), ("lattice.sites", "[8]"), ("architecture.mass", "0.7071067811865476"), ("run.draws", "1000"),
          ("sampler.kind", "\"exact\""),
        ], threads: 1)
      return tables.named("evidence")?.samples[0].value
    }
    let (own, control) = (try logZ("0.2") ?? .nan, try logZ("0.21") ?? .nan)
    #expect(abs(own + 2.262183803651) < 1e-11 && abs(control + 2.262183803651) > 1e-3, "\(own) \(control)")
  }

  /// Hamiltonian and Crank-Nicolson chains, of hidden parameters and of all, find the exact posteriors of shallow and deep networks.
  @Test(arguments: [
    ("cos-net-regression", "collapsed-chains", "[\"hmc\"]"), ("cos-net-regression", "collapsed-chains", "[\"pcn\"]"),
    ("deep-linear-network", "collapsed-chains", "[\"hmc\"]"), ("deep-linear-network", "chains", "[\"hmc\", \"slice\"]"),
    ("linear-network", "chains", "[\"pcn\", \"slice\"]"),
  ]) func movesMeetExactPosteriors(name: String, kind: String, moves: String) throws {
    let one: Overrides =
      name == "cos-net-regression"
      ? [
        ("architecture.width", "3"), ("lattice.sites", "2"), ("insertion[1].points", "[[0.0]]"), ("insertion[1].labels", "[0.8]"),
        ("insertion[1].test_points", "[[0.0], [1.0]]"),
      ] : [("lattice.sites", "1x1x1")]
    let thinning = moves.contains("pcn") ? "10" : "2"
    let tables = try Self.measure(
      name,
      one + [
        ("sampler.kind", "\"\(kind)\""), ("sampler.moves", moves), ("sampler.thinning", thinning), ("run.draws", "19200"),
        ("sampler.warm_up", "100"), ("sampler.control_variates", "false"),
      ])
    try Self.check(tables, ["predictor", "predictive-covariance"])
  }
}

extension [MeasuredTable] {
  fileprivate func named(_ name: String) -> MeasuredTable? { first { $0.name == name } }
}
