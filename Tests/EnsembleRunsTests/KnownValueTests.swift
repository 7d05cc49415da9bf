// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import Foundation
import KnownValues
import NNFTTestSupport
import Testing

@testable import EnsembleRuns

/// What is known of solved ensembles stands beside what is measured, whatever the mass of the prior: ln Z, <S>, sixth cumulants, the worth of
/// reweighting. False alarm 1e-6 a comparison.
@Suite struct KnownValueTests {
  private func theory(_ sites: String, delta: Double, lambda: Double = 6, prior: String, draws: Int = 20_000) throws
    -> TheoryDefinition
  {
    try shiftedTheory(
      sites, spacing: 0.8, mass: "1.0", lambda: "\(lambda)", delta: "\(delta)", sampler: "prior = \"\(prior)\"",
      run: "draws = \(draws)")
  }

  private func tables(_ theory: TheoryDefinition, control: TheoryDefinition, estimators: [String]) throws
    -> (own: [MeasuredTable], control: [MeasuredTable])
  {
    try CorrelatorRequest(
      theory: theory, estimatorNames: estimators, pointSets: nil, allDisplacements: false, commonRandomNumbers: false
    ).measure(threads: 2, monitor: RunMonitor(), control: control)
  }

  /// The distance from the exact value, in errors; both must be there.
  private func pull(_ row: MeasuredTable.Row) throws -> Double {
    let exact = try #require(row.exact)
    return try #require(row.estimate.pull(exact: exact))
  }

  /// ln Z of a theory with a mass insertion, from both priors, and the action. Control: another coupling.
  @Test(arguments: ["1", "6", "2, 2", "4, 4"], ["free", "hartree"])
  func partitionFunctionAndAction(sites: String, prior: String) throws {
    for delta in sites == "4, 4" ? [0.5] : [0.5, -1.4] {
      let (own, control) = try tables(
        theory(sites, delta: delta, prior: prior), control: theory(sites, delta: delta, lambda: 12, prior: prior),
        estimators: ["two-point"])
      for (name, label) in [("partition-function", "ln Z/Z(0)"), ("sampling", "S")] {
        func row(_ tables: [MeasuredTable]) throws -> MeasuredTable.Row {
          try #require(tables.first { $0.name == name }?.rows.first { $0.coordinates == [.text(label)] })
        }
        let measured = try row(own)
        let pull = try self.pull(measured)
        let bound = StatisticalChecks.studentBound(degrees: measured.estimate.degreesOfFreedom, comparisons: 1)
        #expect(abs(pull) < bound, "\(sites) \(prior) delta \(delta) \(label): \(pull)")
        let wrong = try row(control)
        #expect(try abs(self.pull(wrong)) > bound, "\(sites) \(prior) \(label)")
      }
    }
  }

  /// The share of draws that reweighting keeps is exact at a shifted prior too, and is what a run finds. Control: the share of the other prior.
  @Test(arguments: ["1", "6", "2, 2"]) func effectiveSamples(sites: String) throws {
    var exact: [Double] = []
    for prior in ["free", "hartree"] {
      let plan = try #require(
        CorrelatorRequest(
          theory: theory(sites, delta: 0.5, prior: prior, draws: 100_000), estimatorNames: ["two-point"], pointSets: nil,
          allDisplacements: false, commonRandomNumbers: false
        ).interacting)
      let forecast = plan.choice.forecast
      let share = try #require(forecast.effectiveFraction)
      exact.append(share)
      #expect(forecast.isExact && forecast.explanation.contains("Var S"))
      let run = try InteractingRun(plan, threads: 2, monitor: RunMonitor())
      let kept = SamplingDiagnostics(run).effectiveSamples / 100_000
      #expect(abs(kept / share - 1) < 0.03, "\(sites) \(prior): \(kept), not \(share)")
    }
    #expect(abs(exact[0] / exact[1] - 1) > 0.06)
  }

  /// The sixth cumulant of a single site has an exact value. Control: that of another coupling.
  @Test func sixthCumulant() throws {
    let (own, control) = try tables(
      theory("1", delta: 0, prior: "free", draws: 700_000), control: theory("1", delta: 0, lambda: 12, prior: "free"),
      estimators: ["one-point-cumulants"])
    let (row, wrong) = (own[0].rows[2], control[0].rows[2])
    #expect(row.coordinates == [.text("kappa6")] && row.estimate.reliability == .sound)
    let bound = StatisticalChecks.studentBound(degrees: row.estimate.degreesOfFreedom, comparisons: 1)
    #expect(try abs(pull(row)) < bound)
    #expect(try abs(pull(wrong)) > bound)
  }

  /// A reference says by which rule it was chosen. Control: a solved theory has exact values and no such line.
  @Test func referencesSayTheirRule() throws {
    func notes(_ name: String) throws -> [String] {
      try interactingTables(name, [("run.draws", "2000")], estimators: ["two-point"])[0].resultTable().notes
    }
    #expect(try notes("scalar-net-phi4").contains { $0.hasPrefix("reference:") && $0.contains("a tenth of its value") })
    #expect(try notes("phi4-2d-weak").contains { $0.hasPrefix("reference:") && $0.contains("half of its value") })
    #expect(try !notes("phi4-1d").contains { $0.hasPrefix("reference:") })
  }
}
