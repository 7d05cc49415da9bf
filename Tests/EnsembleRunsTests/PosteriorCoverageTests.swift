// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import ErrorAnalysis
import Foundation
import KnownValues
import NNFTTestSupport
import NumericalKernels
import ParameterSampling
import Testing

@testable import EnsembleRuns

/// Do one-sigma error bars of posteriors cover exact values 68 % of the time, whatever sampled them? Small networks under data of known answer, many seeds of one short run each.
@Suite struct PosteriorCoverageTests {
  /// Rows with an exact value, and how many of these lie within one sigma by Student's t.
  struct Coverage {
    var rows = 0
    var covered = 0
    var withheld = 0
    var squares = 0.0
    var share: Double { Double(covered) / Double(max(1, rows)) }
    var rms: Double { (squares / Double(max(1, rows))).squareRoot() }
  }

  /// Runs seeds of a theory; by name of the table. Exact values are those of the theory, or of `other`.
  static func measure(
    _ name: String, _ overrides: [(key: String, value: String)], seeds: ClosedRange<Int>,
    other: [(key: String, value: String)] = []
  ) throws -> [String: Coverage] {
    var result: [String: Coverage] = [:]
    let column = try interactingPlan(name, overrides + other).theory.knownValues
    for seed in seeds {
      let plan = try interactingPlan(name, overrides + [("run.seed", "\(seed)")])
      let run = try InteractingRun(plan, threads: 1, monitor: RunMonitor())
      for table in try InteractingJob.tables(run, SamplingDiagnostics(run), column: column, monitor: RunMonitor())
      where DataTables.names.contains(table.name) || table.name == InteractingJob.evidence {
        for row in table.rows {
          guard row.estimate.reliability == .sound else {
            result[table.name, default: Coverage()].withheld += 1
            continue
          }
          guard let pull = row.exact.flatMap({ row.estimate.pull(exact: $0) }) else { continue }
          let degrees = Double(row.estimate.degreesOfFreedom)
          result[table.name, default: Coverage()].rows += 1
          result[table.name]!.squares += pull * pull * (degrees - 2) / degrees
          if abs(pull) <= Distributions.studentTwoSidedQuantile(0.682689492137, degrees: degrees) {
            result[table.name]!.covered += 1
          }
        }
      }
    }
    return result
  }

  // MARK: - Short form

  private static let oneDatum: [(key: String, value: String)] = [
    ("architecture.width", "3"), ("lattice.sites", "2"), ("insertion[1].points", "[[0.0]]"), ("insertion[1].labels", "[0.8]"),
    ("insertion[1].test_points", "[[0.0]]"),
  ]

  /// Three cosine neurons under one datum, 120 seeds of 512 collapsed draws; the predictor alone, so that runs are independent: its covering is binomial, at a false alarm of 1e-6. The control:
  /// exact values of a temperature half as high again.
  @Test func errorsOfShortPosteriorsAreTrue() throws {
    let (seeds, settings) = (120, Self.oneDatum + [("sampler.kind", "\"collapsed\""), ("run.draws", "512"), ("run.bins", "64")])
    let own = try Self.measure("cos-net-regression", settings, seeds: 1...seeds)["predictor"]
    let other = try Self.measure(
      "cos-net-regression", settings, seeds: 1...20, other: [("insertion[1].temperature", "0.15")])["predictor"]
    let bound = StatisticalChecks.normalBound(comparisons: 1) * (0.683 * 0.317 / Double(seeds)).squareRoot()
    let (share, control) = (try #require(own).share, try #require(other).share)
    #expect(own?.rows == seeds && own?.withheld == 0)
    #expect(abs(share - 0.6827) < bound, "\(share)")
    // Of 20 seeds.
    #expect(abs(control - 0.6827) > bound * (Double(seeds) / 20).squareRoot(), "\(control)")
  }

  /// Where output weights are integrated out of the rows, identities of drawn weights explain nothing of them, and are not regressed out; the control: rows of the same theory measured on drawn
  /// fields, those of its chains.
  @Test(arguments: ["collapsed", "collapsed-chains"]) func integratedRowsHaveNoControlVariates(kind: String) throws {
    let own = try interactingPlan("cos-net-regression", Self.oneDatum + [("sampler.kind", "\"\(kind)\"")])
    #expect(own.controlVariatesLine == nil)
    let drawn = try interactingPlan("cos-net-regression", Self.oneDatum + [("sampler.kind", "\"chains\"")])
    #expect(drawn.controlVariatesLine != nil)
  }

  // MARK: - Full matrix

  private static let environment = ProcessInfo.processInfo.environment

  /// A posterior, and the ways to sample it: the kind, and its moves where they are stated.
  private static let theories:
    [(name: String, file: String, settings: [(key: String, value: String)], ways: [(String, [String])])] = {
      let hidden: [(String, [String])] = [("collapsed-chains", ["hmc"]), ("collapsed-chains", ["pcn"])]
      let whole: [(String, [String])] = [
        ("chains", ["neuron-refresh", "slice"]), ("chains", ["hmc"]), ("chains", ["pcn", "slice"]), ("tempering", []),
        ("smc", []),
      ]
      let shallow: [(String, [String])] = [("collapsed", []), ("collapsed-chains", ["neuron-refresh"])] + hidden + whole
      return [
        ("one datum", "cos-net-regression", oneDatum, [("reweighting", [])] + shallow),
        // Plain weights of linear networks count as too few draws, and are withheld.
        ("linear", "linear-network", [("lattice.sites", "1x1x1")], shallow),
        (
          "deep linear", "deep-linear-network", [("lattice.sites", "1x1x1")],
          [("collapsed", [])] + hidden + [("chains", ["hmc", "slice"]), ("tempering", []), ("smc", [])]
        ),
        (
          "pinned field", "infinite-width",
          [
            (
              "insertion",
              #"[{kind = "data", temperature = 0.2, points = [[0], [3], [3]], labels = [1.0, -0.9, -0.1], weights = [1.0, 0.5, 0.5]}]"#
            ), ("dimension", "1"), ("lattice.sites", "[8]"), ("lattice.spacing", "1.0"), ("architecture.mass", "0.7"),
          ],
          [("reweighting", []), ("exact", []), ("chains", ["hmc"]), ("chains", ["pcn"]), ("tempering", []), ("smc", [])]
        ),
      ]
    }()

  struct Cell: Sendable, CustomTestStringConvertible {
    let name: String
    let file: String
    let settings: [(key: String, value: String)]
    var testDescription: String { name }
  }

  /// NNFT_COVERAGE runs cells whose names contain its value (`all` for every one), NNFT_COVERAGE_SEEDS says how often (400).
  private static let cells: [Cell] = {
    guard let wanted = environment["NNFT_COVERAGE"] else { return [] }
    return theories.flatMap { theory in
      theory.ways.map { kind, moves in
        let list = moves.map { "\"\($0)\"" }.joined(separator: ", ")
        return Cell(
          name: (["posterior", theory.name, kind] + moves).joined(separator: " "), file: theory.file,
          settings: theory.settings + [
            ("sampler.kind", "\"\(kind)\""), ("run.draws", "6400"), ("run.bins", "32"), ("sampler.chains", "16"),
            ("sampler.warm_up", "50"), ("sampler.populations", "32"), ("sampler.particles", "200"),
          ] + (moves.isEmpty ? [] : [("sampler.moves", "[\(list)]")]))
      }
    }.filter { wanted == "all" || $0.name.contains(wanted) }
  }()

  /// One sigma covers 68 ± 5 % of each table's rows, widened by the binomial spread of fewer than 400 seeds.
  @Test(arguments: cells) func intervalsCover(cell: Cell) throws {
    let seeds = Int(Self.environment["NNFT_COVERAGE_SEEDS"] ?? "") ?? 400
    let result = try Self.measure(cell.file, cell.settings, seeds: 1001...1000 + seeds)
    let widening = max(1, (400 / Double(seeds)).squareRoot())
    for (table, coverage) in result.sorted(by: { $0.key < $1.key }) {
      print(
        "\(cell.name), \(seeds) seeds, \(table): "
          + String(
            format: "%d rows, %d withheld, one sigma %.1f %%, rms %.3f", coverage.rows, coverage.withheld, 100 * coverage.share,
            coverage.rms))
      guard coverage.rows >= seeds / 2 else { continue }
      #expect(abs(coverage.share - 0.683) < 0.05 * widening, "\(cell.name) \(table)")
    }
    #expect(result.values.contains { $0.rows >= seeds / 2 }, "\(cell.name): nothing to judge")
  }
}
