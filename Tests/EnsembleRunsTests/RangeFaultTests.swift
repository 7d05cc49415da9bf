// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import ErrorAnalysis
import FieldTheories
import KnownValues
import Foundation
import ResultTables
import NumericalKernels
import Testing
import TheoryLibrary

@testable import EnsembleRuns
@testable import ParameterSampling

/// Numbers that leave the range of double precision are faults of the theory, found before anything is written.
@Suite struct RangeFaultTests {
  private func theory(_ name: String, _ overrides: [(key: String, value: String)]) throws -> TheoryDefinition {
    let text = TheoryLibrary.files.first { $0.name == name }!.text
    return try TheoryDefinition.load(
      text: text, fileName: name, overrides: overrides + [("run.draws", "400"), ("run.bins", "16")], interactions: true)
  }

  private func measure(_ theory: TheoryDefinition, _ estimators: [String]? = nil) throws -> [MeasuredTable] {
    try CorrelatorRequest(
      theory: theory, estimatorNames: estimators, pointSets: nil, allDisplacements: false, commonRandomNumbers: false
    ).measure(threads: 2, monitor: RunMonitor())
  }

  private func fault(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch { return (error as? TheoryFileError)?.problem ?? "another error: \(error)" }
  }

  /// Sixty-four layers of weights 1e5: no sample, no table, no NaN. Control: the net as the library has it.
  @Test func deepNets() throws {
    for (overrides, isSound) in [
      ([("architecture.depth", "64"), ("architecture.sigma_w", "1e5"), ("lattice.sites", "3x3")], false),
      ([("lattice.sites", "3x3")], true),
    ] {
      let net = try theory("deep-relu", overrides)
      var rows = 0
      let sampled = fault {
        try SampleJob(net, pointFile: nil, content: .everything, commonRandomNumbers: false).run(
          threads: 2, monitor: RunMonitor()
        ) { count, _ in rows += count }
      }
      let measured = fault { for table in try measure(net) { _ = try table.resultTable() } }
      #expect(
        (sampled == nil) == isSound && (measured == nil) == isSound && (rows == 400) == isSound,
        "\(sampled ?? "") \(measured ?? "")")
      for problem in [sampled, measured].compactMap({ $0 }) { #expect(problem.contains("not finite"), "\(problem)") }
    }
  }

  /// Fields in range whose powers are not: the table is named. Control: the two-point function alone is in range.
  @Test func moments() throws {
    let net = try theory("cos-net", [("architecture.sigma_w1", "1e30"), ("lattice.spacing", "1e10"), ("lattice.sites", "3x3")])
    let problem = fault { _ = try measure(net, ["two-point", "zero-momentum-cumulants"]) }
    #expect(problem?.contains("zero-momentum-cumulants") == true, "\(problem ?? "no fault")")
    #expect(try measure(net, ["two-point"])[0].rows.allSatisfy { $0.estimate.value.isFinite })
  }

  /// A reference that is not finite, beside a measurement that is.
  @Test func references() throws {
    let net = try theory("cos-net", [("lattice.sites", "3x3")])
    let plan = try CorrelatorRequest(
      theory: net, estimatorNames: ["two-point"], pointSets: nil, allDisplacements: false, commonRandomNumbers: false
    ).plan
    let bins = try EnsembleRun.measure(plan, threads: 2)
    for (exact, isSound) in [(0.5, true), (.infinity, false), (.nan, false)] {
      let estimator = plan.estimators[0]
      let table = MeasuredTable(
        name: estimator.name, summary: "", coordinateColumns: estimator.coordinateColumns, rows: estimator.rows,
        covarianceRows: estimator.covarianceRows, samples: estimator.derive(bins[0]), order: 2, draws: 400,
        independentSamples: 400, obstruction: { _, _ in nil }, known: estimator.rows.map { _ in KnownValue(exact: exact) })
      #expect((fault { try RangeFaults.check(table, net) } == nil) == isSound)
      _ = try table.resultTable()
    }
  }

  /// An action that is the difference of infinities: refused, with the number of samples. Control: fields in range.
  @Test func interactingRuns() throws {
    func run(mass: String, lambda: String, delta: String) throws -> String? {
      let theory = try shiftedTheory(
        "1", spacing: 1, mass: mass, lambda: lambda, delta: delta, run: "draws = 400\nbins = 16")
      return fault { _ = try measure(theory, ["two-point", "zero-momentum", "one-point-cumulants"]) }
    }
    let problem = try run(mass: "1e-30", lambda: "1e200", delta: "-1e260")
    #expect(
      problem?.hasSuffix(" of 400 samples have weights or fields that are not finite numbers") == true, "\(problem ?? "no fault")"
    )
    #expect((300...400).contains(problem.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0))
    #expect(try run(mass: "1.5", lambda: "1.0", delta: "-1.0") == nil)
  }

  /// Couplings near the end of the range, whose squares are beyond it: no note and no provenance holds what is no number.
  @Test func notesAreFinite() throws {
    let theory = try theory("gauss-net-phi4", [("insertion[1].lambda", "1e308")])
    let request = try CorrelatorRequest(
      theory: theory, estimatorNames: nil, pointSets: nil, allDisplacements: false, commonRandomNumbers: false)
    let tables = try request.measure(threads: 2, monitor: RunMonitor())
    let lines = try tables.flatMap { try $0.resultTable().notes } + RunProvenance.lines(request, version: "").entries.map(\.value)
    func words(_ text: String) -> Set<String> { Set(text.lowercased().split { !$0.isLetter }.map(String.init)) }
    for line in lines { #expect(words(line).isDisjoint(with: ["nan", "inf"]), "\(line)") }
    #expect(words("split R-hat = -nan, <S> = inf").isSuperset(of: ["nan", "inf"]))
  }

  /// A sample whose weight is no number counts once, however many estimators see it.
  @Test(arguments: [["two-point"], ["two-point", "momentum-propagator", "zero-momentum"]])
  func rejectedSamplesCountOnce(estimators: [String]) throws {
    let net = try theory("phi4-1d", [("sampler.kind", "reweighting")])
    let plan = try #require(
      CorrelatorRequest(
        theory: net, estimatorNames: estimators, pointSets: nil, allDisplacements: false, commonRandomNumbers: false
      ).interacting)
    let generator = ReweightingPlan(theory: plan.theory, draws: 400, bins: 4, seed: 1)
    let (recorder, work) = (UnitRecorder(plan, generator.dependence), generator.makeWorker())
    let sites = AlignedBuffer<Double>(count: plan.theory.lattice.siteCount, repeating: 0)
    for unit in 0..<generator.unitCount {
      var count = 0
      let totals = work(unit, RunMonitor()) { sample in
        count += 1
        recorder.record(
          count % 10 > 0 ? sample : Sample(of: sample.walker, sample.evaluator, sites: sites, logWeight: .nan))
      }
      #expect(recorder.finish(unit: unit, totals: totals).rejected == 10)
    }
  }
}

/// Empty intervals of `one-point-distribution`.
@Suite struct EmptyIntervalTests {
  /// Far tails of a Gaussian field that no network reached are left out and said; the rest agrees at every seed. Control: held against the exact
  /// values of another mass the same rows are rejected.
  @Test func emptyIntervalsAreNoContradiction() throws {
    func theory(_ seed: Int, mass: Double = 0.5) throws -> TheoryDefinition {
      let text = TheoryLibrary.files.first { $0.name == "infinite-width" }!.text
      return try TheoryDefinition.load(
        text: text, fileName: "infinite-width",
        overrides: [
          ("lattice.sites", "4x4"), ("run.draws", "20000"), ("run.seed", "\(seed)"), ("architecture.mass", "\(mass)"),
        ])
    }
    var empty = 0
    for seed in 1...4 {
      let own = try theory(seed)
      let plan = try CorrelatorRequest(
        theory: own, estimatorNames: ["one-point-distribution"], pointSets: nil, allDisplacements: false,
        commonRandomNumbers: false
      ).plan
      let bins = try EnsembleRun.measure(plan, threads: 2)
      let table = CorrelatorJob.tables(of: bins, plan, exact: own)[0]
      #expect(
        table.test?.pValue != nil && !table.contradictsExactValues, "seed \(seed): \(String(describing: table.test?.pValue))")
      for row in table.rows where row.estimate.value == 0 {
        empty += 1
        #expect(row.estimate.reliability != .sound)
      }
      if table.rows.contains(where: { $0.estimate.value == 0 }) {
        #expect(try table.resultTable().notes.contains { $0.contains("a count of zero has no error") })
      }
      #expect(CorrelatorJob.tables(of: bins, plan, exact: try theory(seed, mass: 0.55))[0].contradictsExactValues)
    }
    #expect(empty > 0)
  }
}
