// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import NNFTTestSupport
import Testing

/// Theories with data as a user of the command line meets them. Reference numbers: 40-digit linear algebra for the Gaussian process, Fourier integrals with the characteristic
/// function of one neuron at finite width (Tests/Fixtures/reference).
@Suite struct LearningCommandTests {
  private func rows(_ output: String, _ name: String) -> [[String: String]] { TableRows.rows(output, name) }

  private func correlate(_ theory: String, _ overrides: [String] = [], _ more: [String] = []) throws -> CommandLineRunner.Outcome
  {
    try CommandLineRunner.run(["correlate", theory] + overrides.flatMap { ["--set", $0] } + more)
  }

  private func numbers(_ rows: [[String: String]], _ column: String) -> [Double] { rows.map { Double($0[column]!)! } }

  private func agree(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
  }

  /// Three data under the cos-net: the column gp is the Gaussian process to 1e-9, and a net of 100 neurons deviates from it by the known correction of order 1/N. The control: a
  /// hundredth more noise.
  @Test func gaussianProcessBesideTheNetwork() throws {
    let outcome = try correlate("cos-net-regression")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let (predictor, covariance) = (rows(outcome.output, "predictor"), rows(outcome.output, "predictive-covariance"))
    let (forces, evidence) = (rows(outcome.output, "pin-forces"), rows(outcome.output, "evidence"))
    #expect(agree(numbers(predictor, "gp"), [-0.165486946058, 0.124996747312, 0.470691953439], 1e-11))
    let variances = covariance.filter { $0["x1"] == $0["y1"] }
    #expect(agree(numbers(variances, "gp"), [0.085778910740, 0.062276185762, 0.408833609680], 1e-11))
    #expect(agree(numbers(forces, "gp"), [1.624659608079, -2.781781986407, 2.759097264688], 1e-11))
    #expect(agree([numbers(evidence, "gp")[0]], [-4.487372739798], 1e-11))
    // ln p(y) = ln Z - (3/2) ln(0.2 pi).
    #expect(abs(numbers(evidence, "gp")[1] + 4.487372739798 - 0.697062) < 1e-6)
    #expect(evidence.map { $0["quantity"]! } == ["ln Z", "ln p(y)"] && covariance.count == 6 && forces.count == 3)
    // N (f - gp) = -0.262006, 0, -1.359547 for the predictor, -1.221199 for ln Z; the next order is below 4 % of it.
    let (values, errors) = (numbers(predictor, "value"), numbers(predictor, "error"))
    let expected = [-0.165486946 - 0.00262006, 0.124996747, 0.470691953 - 0.01359547]
    #expect(zip(values, zip(errors, expected)).allSatisfy { abs($0 - $1.1) < 6 * $1.0 + 6e-4 })
    #expect(errors.allSatisfy { $0 < 2e-3 })
    #expect(Set((predictor + evidence).map { $0["reference_kind"]! }) == ["O(1/N)"])
    let corrections = zip(numbers(predictor, "reference"), numbers(predictor, "gp")).map { 100 * ($0 - $1) }
    #expect(agree(corrections, [-0.262006057701, 7.2e-7, -1.359546607268], 1e-7))
    #expect(abs(100 * (numbers(evidence, "reference")[0] - numbers(evidence, "gp")[0]) + 1.221198701743) < 1e-7)
    let logZ = (numbers(evidence, "value")[0], numbers(evidence, "error")[0])
    #expect(abs(logZ.0 + 4.487372739798 + 0.01221199) < 6 * logZ.1 + 5e-4 && logZ.1 < 3e-3)
    #expect(outcome.output.contains("# sampler: collapsed: data and gaussian output weights"))
    let other = try correlate("cos-net-regression", ["insertion[1].temperature=0.101", "run.draws=2000"])
    #expect(!agree(numbers(rows(other.output, "predictor"), "gp"), [-0.165486946058, 0.124996747312, 0.470691953439], 1e-4))
  }

  /// One datum at the origin, y = 0.8, T = 0.1: ln Z, mean and variance of the field there at N = 1, 3 and 100, by both collapsed ways and by chains over all parameters; false
  /// alarm 1e-6 a number. The control: the numbers of another width.
  @Test(arguments: [
    (1, [-1.639810213680, 0.628501806457, 0.099634794329]), (3, [-1.478935138032, 0.651575606614, 0.085783979224]),
    (100, [-1.430208409665, 0.666217151402, 0.083340462187]),
  ]) func oneDatum(width: Int, exact: [Double]) throws {
    let data = [
      "insertion[1].points=[[0]]", "insertion[1].labels=[0.8]", "insertion[1].test_points=[[0]]", "lattice.sites=1",
      "architecture.width=\(width)", "run.draws=40000",
    ]
    let bound = StatisticalChecks.normalBound(comparisons: 3)
    for kind in ["collapsed", "collapsed-chains"] + (width == 3 ? ["chains"] : []) {
      let outcome = try correlate("cos-net-regression", data + ["sampler.kind=\(kind)"])
      #expect(outcome.code == 0, "\(outcome.errors)")
      let (predictor, covariance) = (rows(outcome.output, "predictor")[0], rows(outcome.output, "predictive-covariance")[0])
      let evidence = rows(outcome.output, "evidence")
      #expect(evidence.isEmpty == (kind != "collapsed"))
      for (row, value) in [(predictor, exact[1]), (covariance, exact[2])] + evidence.prefix(1).map({ ($0, exact[0]) }) {
        #expect(row["status"] == "ok")
        #expect(abs(Double(row["exact"]!)! - value) < 1e-10)
        #expect(
          abs(Double(row["value"]!)! - value) < bound * Double(row["error"]!)!, "\(kind) N = \(width): \(row), exact \(value)")
      }
      if kind == "collapsed", width == 1 {
        #expect(abs(Double(predictor["value"]!)! - 0.651575606614) > 10 * Double(predictor["error"]!)!)
      }
    }
  }

  /// A pinned ring at infinite width: exact values by linear algebra, as they are with nothing but data. The control: with phi^4 they are not known.
  @Test func pinnedRing() throws {
    let free = try correlate("pinned-string", ["run.draws=20000"])
    #expect(free.code == 0, "\(free.errors)")
    let first = rows(free.output, "predictor")[0]
    #expect(abs(Double(first["gp"]!)! - 0.753309661132) < 1e-11)
    #expect(abs(Double(rows(free.output, "evidence")[0]["gp"]!)! + 2.262183803651) < 1e-11)
    let outcome = try correlate("pinned-phi4")
    #expect(outcome.code == 0, "\(outcome.errors)")
    for (column, expected) in [("value", 0.651083653128)] {
      let row = rows(outcome.output, "predictor")[0]
      #expect(abs(Double(row[column]!)! - expected) < 6 * Double(row["error"]!)!, "\(row)")
    }
  }

  /// What cannot be done is said in one line.
  @Test(arguments: [
    (["insertion[1].labels=[0.5, -0.4]"], 3, "insertion[1].labels"),
    (["insertion[1].labels=[0.5, nan, 1]"], 3, "insertion[1].labels"),
    (["insertion[1].temperature=0"], 3, "insertion[1].temperature"),
    (["architecture.weights=\"constant\"", "sampler.kind=collapsed"], 3, "sampler.kind"),
    (["insertion[1].temperature=1e-16", "insertion[1].points=[[0], [1e-9], [1]]"], 3, "sampler.kind"),
  ]) func refusals(overrides: [String], code: Int32, key: String) throws {
    let outcome = try correlate("cos-net-regression", overrides)
    #expect(outcome.code == code && outcome.errorLines.count == 1 && outcome.errors.contains(key), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  /// Weights that count as too few draws withhold every number, and say so.
  @Test func fewEffectiveDrawsAreWithheld() throws {
    let outcome = try correlate(
      "cos-net-regression",
      ["architecture.width=2", "insertion[1].temperature=0.0001", "sampler.kind=collapsed", "run.draws=2000"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(rows(outcome.output, "predictor").allSatisfy { $0["status"] == "under-sampled" && $0["value"] == "" })
  }
}
