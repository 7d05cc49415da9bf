// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import ErrorAnalysis
import FieldTheories
import KnownValues
import Foundation
import NNFTTestSupport
import NumericalKernels
import Testing

@testable import EnsembleRuns

/// Do the error bars of interacting runs mean what they say? Many seeds of one short run each, with what `nnft correlate` prints held against exact
/// values, beside what it would print without control variates, and with those whose tails the samples leave open.
@Suite struct InteractingCoverageTests {
  /// φ⁴ on 2 × 2 sites at infinite width, m = 1, λ = 6: exact, quick, and identities of long tails.
  static let fourSites: [(key: String, value: String)] = [
    ("lattice.sites", "2x2"), ("architecture.mass", "1.0"), ("insertion[1].lambda", "6.0"),
  ]

  /// Pulls of one table over all seeds, in units of the root mean square of Student's t.
  struct Pulls {
    var values: [Double] = []
    var withheld = 0
    var rms: Double { (values.reduce(0) { $0 + $1 * $1 } / Double(max(1, values.count))).squareRoot() }
    var mean: Double { values.reduce(0, +) / Double(max(1, values.count)) }
  }

  /// What the seeds of one cell say.
  struct Measurement {
    /// Pulls by name of the table.
    var pulls: [String: Pulls] = [:]
    /// All sound rows within two sigmas by Student's t.
    var covered: [String: Int] = [:]
    /// p of the joint tests.
    var pValues: [String: [Double]] = [:]
    /// Pulls of the rows that are also printed with all control variates, and with none.
    var unguarded = Pulls()
    var plain = Pulls()
    /// ln of the error without control variates over the error with them, by table and row.
    var gains: [String: [Int: [Double]]] = [:]
    /// Runs that contradict an exact value.
    var contradictions = 0
  }

  /// Runs `seeds` seeds of a theory with exact values.
  static func measure(
    _ name: String, _ overrides: [(key: String, value: String)], seeds: ClosedRange<Int>,
    estimators: [String]? = ["two-point", "zero-momentum"]
  ) throws -> Measurement {
    var result = Measurement()
    var column: InteractingRunValues?
    for seed in seeds {
      let plan = try interactingPlan(name, overrides + [("run.seed", "\(seed)")], estimators: estimators)
      let run = try InteractingRun(plan, threads: 1, monitor: RunMonitor())
      column = column ?? plan.theory.knownValues
      let diagnostics = SamplingDiagnostics(run)
      let tables = try InteractingJob.tables(run, diagnostics, column: column, monitor: RunMonitor())
      for table in tables {
        result.pulls[table.name, default: Pulls()].withheld += 0
        let deviates = table.rows.map { row in row.exact.flatMap { row.estimate.pull(exact: $0) } }
        for (row, pull) in zip(table.rows, deviates) {
          guard row.estimate.reliability == .sound else {
            result.pulls[table.name, default: Pulls()].withheld += 1
            continue
          }
          guard let pull else { continue }
          let degrees = Double(row.estimate.degreesOfFreedom)
          result.pulls[table.name, default: Pulls()].values.append(pull / (degrees / (degrees - 2)).squareRoot())
          if abs(pull) <= Distributions.studentTwoSidedQuantile(0.954499736104, degrees: degrees) {
            result.covered[table.name, default: 0] += 1
          }
        }
        if table.contradictsExactValues { result.contradictions += 1 }
        if let p = table.test?.pValue { result.pValues[table.name, default: []].append(p) }
      }
      // The same samples with every control variate, whatever its tails, and with none.
      let unguarded = run.controls(withOpenTails: true)
      for (index, estimator) in plan.estimators.enumerated() {
        guard let table = tables.first(where: { $0.name == estimator.name }) else { continue }
        let old = run.finished(unguarded) {
          estimator.derive($0)
        } from: {
          $0.primaries[index]
        }
        let none = run.finished(nil) {
          estimator.derive($0)
        } from: {
          $0.primaries[index]
        }
        for (i, row) in table.rows.enumerated() {
          guard row.estimate.reliability == .sound, row.estimate.error > 0 else { continue }
          result.gains[table.name, default: [:]][i, default: []].append(log(none[i].error / row.estimate.error))
          guard let exact = row.exact else { continue }
          for (samples, path) in [(old[i], \Measurement.unguarded), (none[i], \Measurement.plain)] {
            let degrees = Double(samples.degreesOfFreedom)
            result[keyPath: path].values.append((samples.value - exact) / samples.error / (degrees / (degrees - 2)).squareRoot())
          }
        }
      }
    }
    return result
  }

  // MARK: - Short form

  /// 250 runs of 64 chains, 3200 samples together, <φ²> alone, since rows share their fluctuations: `Σ pull²` stays below 1.05 times the bound of χ² at
  /// a false alarm of 1e-6. The control: all ten identities taken out of the same samples bin by bin, with coefficients of the other bins, exceed it.
  @Test func errorsOfShortRunsAreTrue() throws {
    let settings =
      Self.fourSites + [("sampler.kind", "\"chains\""), ("run.draws", "3200"), ("sampler.warm_up", "50")]
    let seeds = 250
    var (guarded, unguarded, gains) = (0.0, 0.0, 0.0)
    for seed in 1...seeds {
      let plan = try interactingPlan("phi4-2d-strong", settings + [("run.seed", "\(seed)")], estimators: ["two-point"])
      let run = try InteractingRun(plan, threads: 2, monitor: RunMonitor())
      let exact = try #require(Self.exactSquare)
      func samples(_ controls: InteractingRun.Controls?) -> JackknifeSamples {
        run.finished(controls) {
          plan.estimators[0].derive($0)
        } from: {
          $0.primaries[0]
        }[0]
      }
      func square(_ samples: JackknifeSamples) -> Double {
        let degrees = Double(samples.degreesOfFreedom)
        let pull = (samples.value - exact) / samples.error
        return pull * pull * (degrees - 2) / degrees
      }
      let new = samples(run.controls())
      guarded += square(new)
      unguarded += square(
        Self.correctedWithoutRefit(
          (0..<run.records.count).map { run.records[$0].primaries[0][0] }, run.records.map { plan.identities($0) }))
      gains += log(samples(nil).error / new.error)
    }
    let bound = 1.05 * StatisticalChecks.chiSquaredBound(degrees: seeds)
    print(
      "2x2, \(seeds) seeds: chi2 \(guarded), with open tails \(unguarded), bound \(bound), gain \(exp(gains / Double(seeds)))")
    #expect(guarded < bound)
    #expect(unguarded > bound)
    // The gain that is real stays.
    #expect(exp(gains / Double(seeds)) > 5)
  }

  /// Means corrected one by one with least-squares coefficients of the other bins: unbiased, and their spread lacks what coefficients that share bins have
  /// in common. `degreesOfFreedom` is that of the fit.
  private static func correctedWithoutRefit(_ a: [Double], _ controls: [[Double]]) -> JackknifeSamples {
    let (bins, count) = (a.count, controls[0].count)
    var corrected = BinnedMeans(primaryCount: 1)
    for left in 0..<bins {
      let others = (0..<bins).filter { $0 != left }
      func centred(_ x: [Double]) -> [Double] {
        let mean = x.reduce(0, +) / Double(x.count)
        return x.map { $0 - mean }
      }
      func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
      // Gram and Schmidt; each combination's value in the bin that was left out goes along.
      var value = a[left]
      var rest = centred(others.map { a[$0] })
      var basis: [(column: [Double], value: Double)] = []
      for k in 0..<count {
        var (column, own) = (centred(others.map { controls[$0][k] }), controls[left][k])
        for q in basis {
          let overlap = dot(q.column, column)
          column = zip(column, q.column).map { $0 - overlap * $1 }
          own -= overlap * q.value
        }
        let size = dot(column, column).squareRoot()
        basis.append((column.map { $0 / size }, own / size))
        let slope = dot(basis[k].column, rest)
        rest = zip(rest, basis[k].column).map { $0 - slope * $1 }
        value -= slope * basis[k].value
      }
      corrected.append(means: [value], weight: 1)
    }
    return corrected.mean(0).withFittedCoefficients(count)
  }

  private static let exactSquare: Double? = {
    guard let plan = try? interactingPlan("phi4-2d-strong", fourSites, estimators: ["two-point"]) else { return nil }
    return plan.theory.knownValues.values([plan.estimators[0].rows[0].target])[0]?.value
  }()

  // MARK: - Full matrix

  private static let environment = ProcessInfo.processInfo.environment

  /// Theory, settings, samplers.
  private static let theories: [(name: String, file: String, settings: [(key: String, value: String)], kinds: [String])] = [
    ("2x2", "phi4-2d-strong", fourSites, ["chains", "tempering", "smc", "reweighting"]),
    ("4x4", "phi4-2d-strong", [], ["chains", "tempering", "smc"]),
    ("ring", "phi4-1d", [], ["chains", "tempering", "smc", "reweighting"]),
    ("site", "phi4-0d", [], ["chains", "tempering", "smc", "reweighting"]),
    ("weak", "phi4-2d-weak", [], ["reweighting"]),
    ("net", "scalar-net-phi4", [("architecture.width", "16")], ["chains", "tempering", "smc", "reweighting"]),
  ]

  struct Cell: Sendable, CustomTestStringConvertible {
    let name: String
    let file: String
    let settings: [(key: String, value: String)]
    var testDescription: String { name }
  }

  /// NNFT_COVERAGE runs cells whose names contain its value (`all` for every one), NNFT_COVERAGE_SEEDS says how often (300).
  private static let cells: [Cell] = {
    guard let wanted = environment["NNFT_COVERAGE"] else { return [] }
    return theories.flatMap { theory in
      theory.kinds.flatMap { kind in
        ["6400", "40000"].map { draws in
          Cell(
            name: "\(theory.name) \(kind) \(draws)", file: theory.file,
            settings: theory.settings + [("sampler.kind", "\"\(kind)\""), ("run.draws", draws)])
        }
      }
    }.filter { wanted == "all" || $0.name.contains(wanted) }
  }()

  /// Pulls of every table: root mean square 1 ± 0.07, two sigmas cover 95 ± 1.5 %, joint p uniform (Kolmogorov and Smirnov, p > 1e-3), each widened by
  /// the binomial spread of fewer than 300 seeds.
  @Test(arguments: cells) func intervalsCover(cell: Cell) throws {
    let seeds = Int(Self.environment["NNFT_COVERAGE_SEEDS"] ?? "") ?? 300
    let result = try Self.measure(cell.file, cell.settings, seeds: 1001...1000 + seeds)
    let widening = max(1, (300 / Double(seeds)).squareRoot())
    func brief(_ x: Double) -> String { String(format: "%.3f", x) }
    print(
      "\(cell.name), \(seeds) seeds: \(result.contradictions) contradictions, two- and four-point rows rms \(brief(result.unguarded.rms)) with open tails, \(brief(result.plain.rms)) without control variates"
    )
    for (table, pulls) in result.pulls.sorted(by: { $0.key < $1.key }) {
      let count = pulls.values.count
      let share = Double(result.covered[table] ?? 0) / Double(max(1, count))
      let p = (result.pValues[table] ?? []).sorted()
      let ks = Self.kolmogorov(p)
      let gain = result.gains[table].map { rows in
        rows.sorted { $0.key < $1.key }.map { brief(exp($0.value.reduce(0, +) / Double($0.value.count))) }.joined(separator: " ")
      }
      print(
        "  \(table): \(count) rows, \(pulls.withheld) withheld, mean \(brief(pulls.mean)), rms \(brief(pulls.rms)), two sigmas \(brief(100 * share)) %, largest "
          + "\(brief(pulls.values.map(abs).max() ?? 0)), joint p: \(p.count) runs, KS \(brief(ks)), below 0.01 \(p.count { $0 < 0.01 })"
          + (gain.map { ", errors without over with, row by row: \($0)" } ?? ""))
      guard count >= seeds else { continue }
      #expect(abs(pulls.rms - 1) < 0.07 * widening, "\(cell.name) \(table)")
      #expect(abs(share - 0.9545) < 0.015 * widening, "\(cell.name) \(table)")
      if p.count >= seeds / 2 { #expect(ks > 1e-3, "\(cell.name) \(table)") }
    }
    #expect(result.contradictions == 0)
  }

  /// Probability of a larger distance of sorted numbers from the uniform law, by the limit law with Stephens' correction.
  static func kolmogorov(_ sorted: [Double]) -> Double {
    guard !sorted.isEmpty else { return 1 }
    let n = Double(sorted.count)
    let distance = sorted.enumerated().map { max(abs($1 - Double($0) / n), abs($1 - Double($0 + 1) / n)) }.max()!
    let x = distance * (n.squareRoot() + 0.12 + 0.11 / n.squareRoot())
    guard x > 0.2 else { return 1 }
    var sum = 0.0
    for k in 1...100 {
      let term = exp(-2 * Double(k * k) * x * x)
      sum += k % 2 == 1 ? term : -term
    }
    return min(1, max(0, 2 * sum))
  }
}
