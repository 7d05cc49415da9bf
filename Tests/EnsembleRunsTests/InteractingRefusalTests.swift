// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import ErrorAnalysis
import FieldTheories
import Foundation
import ParameterSampling
import Testing
import TheoryLibrary

@testable import EnsembleRuns

/// What an interacting run refuses, and what it withholds.
@Suite struct InteractingRefusalTests {
  private func withheldReasons(_ tables: [MeasuredTable]) -> Set<String> {
    Set(
      tables.flatMap(\.rows).map { row in
        if case .underSampled(let reason) = row.estimate.reliability { return reason }
        return "sound"
      })
  }

  /// Weights that support nothing: every number is withheld with the reason, none contradicts anything.
  @Test func hopelessReweightingIsWithheld() throws {
    let tables = try interactingTables(
      "phi4-2d-strong", [("sampler.kind", "\"reweighting\""), ("lattice.sites", "32x32"), ("run.draws", "2000")])
    let reasons = withheldReasons(tables)
    #expect(reasons.count == 1 && reasons.first!.contains("fewer than 256"), "\(reasons)")
    for table in tables {
      let written = try table.resultTable()
      #expect(written.rows.allSatisfy { $0.last == .text("under-sampled") })
      #expect(!table.contradictsExactValues)
    }
  }

  /// Chains that are too short for their autocorrelations, or started far from equilibrium: domain walls of a strip, by moves that do not carry them.
  @Test func shortChainsAreWithheld() throws {
    let walls = [
      ("run.draws", "6400"), ("sampler.warm_up", "0"), ("sampler.moves", "[\"hmc\", \"zero-mode\"]"), ("lattice.sites", "4x32"),
      ("insertion[2].delta", "-1.5"),
    ]
    for settings in [[("run.draws", "640"), ("lattice.sites", "16x16")], walls] {
      let tables = try interactingTables(
        "phi4-2d-near-critical", settings + [("sampler.thinning", "1"), ("sampler.prior", "\"free\"")])
      let reasons = withheldReasons(tables)
      #expect(!reasons.contains("sound"), "\(reasons)")
    }
  }

  /// Nothing accepted at an absurd coupling: refused, or withheld, but never a number.
  @Test func nothingAccepted() throws {
    do {
      let tables = try interactingTables(
        "cos-net-phi4",
        [("sampler.moves", "[\"neuron-refresh\"]"), ("insertion", "[{kind = \"phi4\", lambda = 1e14}]"), ("run.draws", "640")])
      #expect(!withheldReasons(tables).contains("sound"))
    } catch let error as SamplingError {
      #expect(error.description.contains("accepted nothing"))
    }
  }

  /// One neuron is a theory too.
  @Test func oneNeuron() throws {
    let tables = try interactingTables("scalar-net-phi4", [("architecture.width", "1"), ("lattice.sites", "[4]")])
    #expect(tables.allSatisfy { !$0.contradictsExactValues })
    let exact = try #require(tables.first { $0.name == "two-point" }).rows[0]
    #expect(exact.exact != nil)
  }

  @Test func faultsNameTheirPlace() throws {
    func fault(_ name: String, _ overrides: [(key: String, value: String)]) -> String {
      do {
        _ = try interactingPlan(name, overrides)
        return "none"
      } catch { return "\(error)" }
    }
    #expect(
      fault("phi4-1d", [("sampler.kind", "\"chains\""), ("sampler.chains", "8")]).contains("sampler.chains: 8 independent units"))
    #expect(fault("cos-net-phi4", [("sampler.moves", "[\"slice\"]")]).contains("sampler.moves: the moves slice never change"))
    #expect(fault("cos-net-phi4", [("sampler.prior", "\"hartree\"")]).contains("sampler.prior: cos-net has no mass to shift"))
    #expect(
      fault("phi4-1d", [("sampler.kind", "\"reweighting\""), ("run.draws", "10"), ("run.bins", "10")]).contains("run.bins"))
    let text = TheoryLibrary.files.first { $0.name == "phi4-1d" }!.text
    for (from, to, words) in [
      ("lambda = 6.0", "lambda = -6.0", "phi4.toml:12: insertion[1].lambda"),
      ("lambda = 6.0", "lamda = 6.0", "phi4.toml:12: insertion[1].lamda"),
      ("kind = \"phi4\"", "kind = \"phi5\"", "phi4.toml:11: insertion[1].kind"),
      ("[run]", "[sampler]\nchain = 5\n[run]", "phi4.toml:20: sampler.chain"),
    ] {
      do {
        _ = try TheoryDefinition.load(
          text: text.replacingOccurrences(of: from, with: to), fileName: "phi4.toml", interactions: true)
        Issue.record("\(to) was accepted")
      } catch { #expect("\(error)".hasPrefix(words), "\(error)") }
    }
  }

  @Test func estimatorsThatDoNotFit() throws {
    #expect(throws: SelectionError.self) { try interactingPlan("cos-net-phi4", estimators: ["two-point"]) }
    let theory = try interactingTheory("phi4-1d", [("sampler.kind", "\"chains\"")])
    #expect(throws: SelectionError.self) {
      try CorrelatorRequest(
        theory: theory, estimatorNames: nil, pointFile: nil, allDisplacements: false, commonRandomNumbers: true)
    }
    #expect(throws: (any Error).self) {
      try CorrelatorRequest(
        neuronSpace: NeuronSpaceOptions(theories: [interactingTheory("scalar-net-phi4")], averages: nil), tableNames: nil,
        pointSets: nil)
    }
  }

  /// A stop is answered at once, whatever samples.
  @Test(arguments: ["reweighting", "chains", "smc", "tempering"]) func stopsEarly(kind: String) throws {
    let plan = try interactingPlan(
      "scalar-net-phi4", [("sampler.kind", "\"\(kind)\""), ("run.draws", "4000000"), ("sampler.particles", "100")])
    let monitor = RunMonitor()
    // A thread of its own: the run may occupy all of Dispatch's.
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: 0.2)
      monitor.requestStop()
    }
    #expect(throws: RunInterrupted.self) { try InteractingJob.run(plan, threads: 2, monitor: monitor) }
  }
}
