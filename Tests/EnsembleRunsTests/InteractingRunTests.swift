// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import ErrorAnalysis
import FieldTheories
import Foundation
import NNFTTestSupport
import ParameterSampling
import Testing
import TheoryLibrary

@testable import EnsembleRuns

/// Interacting ensembles from theory file to tables.
@Suite struct InteractingRunTests {
  /// The published envelope takes ten minutes: set NNFT_LONG_TESTS to run it.
  static let names = TheoryLibrary.files.filter {
    $0.text.contains("[[insertion]]")
      && ($0.name != "phi4-2d-envelope" || ProcessInfo.processInfo.environment["NNFT_LONG_TESTS"] != nil)
  }.map(\.name)

  /// Near-critical and three-dimensional lattices are measured on fewer sites.
  private static func overrides(_ name: String) -> [(key: String, value: String)] {
    switch name {
    case "phi4-2d-near-critical": [("lattice.sites", "16x16")]
    case "phi4-3d": [("lattice.sites", "6x6x6")]
    default: []
    }
  }

  /// Every library theory has numbers, its identities hold and its exact values agree. False alarm: 1e-6 a table.
  @Test(arguments: names) func libraryTheoriesHold(name: String) throws {
    let tables = try interactingTables(name, Self.overrides(name))
    for table in tables {
      let sound = table.rows.filter { $0.estimate.reliability == .sound }
      #expect(!sound.isEmpty, "\(name) \(table.name): \(table.rows[0].estimate.reliability)")
      #expect(!table.contradictsExactValues, "\(name) \(table.name)")
      let bound = StatisticalChecks.studentBound(degrees: table.rows[0].estimate.degreesOfFreedom, comparisons: table.rows.count)
      // Heavy-tailed rows (SD T^3) are left to the joint test, which knows their skewness.
      if let pull = sound.first?.exact.flatMap({ sound[0].estimate.pull(exact: $0) }) {
        #expect(abs(pull) < bound, "\(name) \(table.name)")
      }
      _ = try table.sampledTable()
    }
    // Deep nets whose readout is integrated out have none that hold draw by draw.
    guard name != "deep-linear-network" else { return }
    let identities = try #require(tables.first { $0.name == "identities" })
    #expect(identities.test?.pValue != nil)
  }

  /// Exact columns are there where the ensemble itself is solved, and nothing else is called exact.
  @Test func onlyExactValuesAreCalledExact() throws {
    for (name, isExact) in [
      ("phi4-0d", true), ("phi4-1d", true), ("phi4-2d-strong", true), ("phi4-2d-weak", false), ("cos-net-phi4", false),
    ] {
      let tables = try interactingTables(name, [("run.draws", "2000")])
      let sampling = try #require(tables.first { $0.name == "sampling" })
      let row = try #require(sampling.rows.first { $0.coordinates == [.text("phi^2")] })
      #expect((row.exact != nil) == isExact, "\(name)")
      #expect(try sampling.resultTable().columns.contains { $0.name == "reference_kind" } == (name == "phi4-2d-weak"))
    }
  }

  /// The control: the exact values and the identities of another coupling and of another mass are rejected by the same run.
  @Test func anotherTheoryIsRejected() throws {
    let settings = [("sampler.kind", "\"chains\""), ("run.draws", "128000")]
    for (key, value) in [("insertion[1].lambda", "6.6"), ("architecture.mass", "1.05")] {
      let text = TheoryLibrary.files.first { $0.name == "phi4-1d" }!.text
      let changed =
        key == "architecture.mass"
        ? text.replacingOccurrences(of: "mass = 1.0 ", with: "mass = \(value) ")
        : text.replacingOccurrences(of: "lambda = 6.0", with: "lambda = \(value)")
      #expect(changed != text)
      let other = try InteractingTheory(TheoryDefinition.load(text: changed, fileName: "other.toml", interactions: true))
      let (own, control) = try InteractingJob.run(
        interactingPlan("phi4-1d", settings, estimators: ["two-point"]), control: other, threads: 2, monitor: RunMonitor())
      for name in ["two-point", InteractingJob.identities] {
        #expect(!own.first { $0.name == name }!.contradictsExactValues, "\(name)")
        #expect(control.first { $0.name == name }!.contradictsExactValues, "\(name), \(key)")
      }
    }
  }

  /// All samplers agree on a net of eight neurons, from file to table. False alarm 1e-6 over all comparisons.
  @Test func samplersAgree() throws {
    let common = [("architecture.width", "8"), ("run.draws", "32000")]
    let kinds: [[(String, String)]] = [
      [("sampler.kind", "\"reweighting\"")], [("sampler.kind", "\"smc\"")],
      [("sampler.kind", "\"chains\""), ("sampler.moves", "[\"neuron-refresh\", \"hmc\"]")],
      [("sampler.kind", "\"chains\""), ("sampler.moves", "[\"neuron-refresh\", \"slice\"]"), ("sampler.thinning", "2")],
      [("sampler.kind", "\"tempering\"")],
    ]
    let results = try kinds.map { kind in
      try interactingTables("scalar-net-phi4", common + kind, estimators: ["two-point", "zero-momentum"])
        .prefix(2).flatMap { $0.rows.map(\.estimate) }
    }
    let pairs = kinds.indices.flatMap { i in (0..<i).map { ($0, i) } }
    let bound = StatisticalChecks.studentBound(degrees: 31, comparisons: pairs.count * results[0].count)
    var least = Double.infinity
    for (i, j) in pairs {
      for (a, b) in zip(results[i], results[j]) {
        #expect(a.reliability == .sound && b.reliability == .sound, "\(kinds[i]) \(a.reliability) \(kinds[j]) \(b.reliability)")
        let error = (a.error * a.error + b.error * b.error).squareRoot()
        #expect(abs(a.value - b.value) < bound * error, "\(kinds[i]) \(a.value) \(kinds[j]) \(b.value)")
        least = min(least, error / abs(a.value))
      }
    }
    // The control: such errors would see the free theory, whose <phi^2> is larger by more than a tenth.
    #expect(least < 0.02)
  }

  @Test(arguments: ["reweighting", "chains", "smc", "tempering"]) func bytesDoNotDependOnThreads(kind: String) throws {
    let settings = [
      ("sampler.kind", "\"\(kind)\""), ("run.draws", "1600"), ("sampler.chains", "16"), ("sampler.populations", "16"),
      ("sampler.particles", "100"), ("sampler.warm_up", "20"),
    ]
    let runs = try [1, 2, 7].map { threads in
      try interactingTables("scalar-net-phi4", settings, threads: threads).map { try $0.resultTable() }
    }
    #expect(runs[0].map(\.rows) == runs[1].map(\.rows) && runs[0].map(\.rows) == runs[2].map(\.rows))
    #expect(runs[0].map(\.notes) == runs[1].map(\.notes))
    #expect(runs[0].contains { $0.name == "two-point" && !$0.rows.isEmpty })
  }

  @Test func automaticChoice() throws {
    #expect(try interactingPlan("phi4-1d").choice.kind == .reweighting)
    #expect(try interactingPlan("phi4-2d-strong").choice.kind == .chains)
    #expect(try interactingPlan("phi4-2d-weak").choice.kind == .reweighting)
    // Two wells at finite width: m0^2 = 1 - 3 on a small lattice.
    let text = TheoryLibrary.files.first { $0.name == "scalar-net-phi4" }!.text
    let wells =
      text.replacingOccurrences(of: "kind = \"smc\"", with: "kind = \"auto\"").replacingOccurrences(
        of: "lambda = 6.0", with: "lambda = 0.5")
      + "[[insertion]]\nkind = \"mass\"\ndelta = -3.0\n"
    let theory = try TheoryDefinition.load(text: wells, fileName: "wells.toml", interactions: true)
    let request = try CorrelatorRequest(
      theory: theory, estimatorNames: ["two-point"], pointFile: nil, allDisplacements: false, commonRandomNumbers: false)
    #expect(request.interacting?.choice.kind == .tempering)
  }

  /// Data alone at infinite width have a Gaussian posterior, which is drawn exactly, and ln Z comes out to rounding; the control: with φ⁴ beside them they have none.
  @Test func automaticChoiceOfGaussianPosteriors() throws {
    let data = ("insertion", #"[{kind = "data", temperature = 0.2, points = [[0], [3]], labels = [1.0, -0.5]}]"#)
    let plan = try interactingPlan("pinned-phi4", [data, ("run.draws", "2000")])
    #expect(plan.choice.kind == .exact && plan.samplerLine.contains("Matheron"))
    let tables = try InteractingJob.run(plan, threads: 1, monitor: RunMonitor())
    let pulls = tables.first { $0.name == "predictor" }!.rows.compactMap { row in
      row.exact.flatMap { row.estimate.pull(exact: $0) }
    }
    #expect(pulls.count == 8 && pulls.allSatisfy { abs($0) < StatisticalChecks.studentBound(degrees: 255, comparisons: 8) })
    #expect(try interactingPlan("pinned-phi4").choice.kind != .exact)
  }
}
