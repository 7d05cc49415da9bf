// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

/// A learner of a thousand modes as a user of the command line meets it: the golden case `P = 1000, α = 0.2, β = 0.3, κ = P^0.2, u = 0.05`. Reference numbers: recursions in thirty digits and
/// the one-dimensional integral on other grids (Tests/Fixtures/reference, L6).
@Suite struct ModeCommandTests {
  private func rows(_ output: String, _ name: String) -> [[String: String]] { TableRows.rows(output, name) }

  private func number(_ row: [String: String], _ column: String) -> Double { Double(row[column]!)! }

  private func run(_ arguments: String...) throws -> CommandLineRunner.Outcome {
    let outcome = try CommandLineRunner.run(arguments)
    #expect(outcome.code == 0, "\(outcome.errors)")
    return outcome
  }

  /// Exact and approximate columns digit for digit, and the samples beside them: `χ²/P` of the means in [0.9, 1.1] and of the variances in [0.8, 1.2], four standard deviations of P independent rows
  /// being 0.18. The control: samples of half the coupling.
  @Test func goldenCase() throws {
    let outcome = try run("correlate", "power-law-regression")
    let (means, variances) = (rows(outcome.output, "mode-means"), rows(outcome.output, "mode-variances"))
    #expect(means.count == 1000 && variances.count == 1000)
    let expected: [(k: Int, exact: Double, rgK: Double, rgIR: Double, gp: Double, first: Double, variance: Double)] = [
      (1, 0.00305030, 0.00305657, 0.00305464, 0.00396529, 0.00262220, 0.00305029),
      (10, 0.01035444, 0.01043124, 0.01036799, 0.01328702, 0.00903847, 0.00291815),
      (100, 0.02178651, 0.02253789, 0.02179732, 0.02505936, 0.02081337, 0.00173037),
      (1000, 0.01036984, 0.01055426, 0.01037004, 0.01055426, 0.01034264, 0.00023215),
    ]
    for row in expected {
      let (mean, variance) = (means[row.k - 1], variances[row.k - 1])
      #expect(mean["k"] == "\(row.k)")
      let numbers = [("exact", row.exact), ("rg_k", row.rgK), ("rg_ir", row.rgIR), ("gp", row.gp), ("first_order", row.first)]
      for (column, value) in numbers { #expect(abs(number(mean, column) - value) < 6e-9, "\(row.k) \(column)") }
      #expect(abs(number(variance, "exact") - row.variance) < 6e-9)
    }
    let sampling = rows(outcome.output, "sampling")
    #expect(abs(number(sampling.first { $0["observable"] == "rho" }!, "exact") - 0.998369606) < 1e-9)
    func ratio(_ samples: [[String: String]], _ exact: [[String: String]]) -> Double {
      zip(samples, exact).reduce(0) { $0 + pow((number($1.0, "value") - number($1.1, "exact")) / number($1.0, "error"), 2) }
        / 1000
    }
    let (first, second) = (ratio(means, means), ratio(variances, variances))
    #expect((0.9...1.1).contains(first), "chi^2/P of means \(first)")
    #expect((0.8...1.2).contains(second), "chi^2/P of variances \(second)")
    let other = try run("correlate", "power-law-regression", "--set", "insertion[1].u=0.025")
    #expect(ratio(rows(other.output, "mode-means"), means) > 1.5)
  }

  /// Equal bytes for any number of threads, and the free modes at points.
  @Test func bytesAndFreeModes() throws {
    let few = ["correlate", "scale-free-transfer", "--draws", "1600", "--set", "sampler.warm_up=20"]
    #expect(try CommandLineRunner.run(few + ["--estimators", "all"]).output == CommandLineRunner.run(few).output)
    let (one, two) = (
      try CommandLineRunner.run(few + ["--threads", "1"]).output, try CommandLineRunner.run(few + ["--threads", "2"]).output
    )
    #expect(!one.isEmpty && one == two)
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("modes-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let (theory, points) = (directory.appendingPathComponent("m.toml"), directory.appendingPathComponent("p.tsv"))
    let text = try run("new", "mode-net").output
    try text.write(to: theory, atomically: true, encoding: .utf8)
    try "set\tx1\none\t0\none\t0\ntwo\t1\ntwo\t1\n".write(to: points, atomically: true, encoding: .utf8)
    let free = rows(try run("correlate", theory.path, "--points", points.path, "--draws", "4000").output, "point-functions")
    #expect(free.compactMap { $0["exact"].flatMap(Double.init) } == [1, pow(2, -1.2)])
    let refused = try CommandLineRunner.run(["correlate", "power-law-regression", "--estimators", "two-point"])
    #expect(refused.code == 2 && refused.errors.contains("mode-means, mode-variances"))
    let wrong = try CommandLineRunner.run(["correlate", "cos-net", "--set", "insertion[1].kind=length"])
    #expect(wrong.code != 0)
  }

  /// The flow, the predictor, the transfer and the scaling law of the golden case from one command.
  @Test func flowStudy() throws {
    let output = try run("study", "power-law-regression").output
    let trajectory = rows(output, "flow-trajectory")
    let (bare, last) = (trajectory[0], trajectory[trajectory.count - 1])
    #expect(abs(number(bare, "ridge") - 251.188643151) < 1e-8 && abs(number(bare, "quartic") - 75.3565929453) < 1e-9)
    // The differential equation at l = P: all but the last mode.
    #expect(abs(number(last, "ridge_flow") - 326.241609033) < 1e-4 && abs(number(last, "quartic_flow") - 67.5909713293) < 1e-4)
    #expect(output.contains("r = 326.371008410") && output.contains("U = 67.56515164"))
    #expect(output.contains("Hartree mass 75.2591316"))
    #expect(output.contains("largest relative change of a mean 5.4") && output.contains("largest relative change of a mean 0.95"))
    let losses = rows(output, "scaling-law")
    let golden = try #require(losses.first { $0["modes"] == "1000" })
    for (column, value) in [
      ("bias", 0.246494819639), ("variance", 0.751874786848), ("bias_rg_ir", 0.246604713797), ("variance_rg_ir", 0.752212203717),
      ("bias_gp", 0.287978647623), ("variance_gp", 0.837621402443), ("bias_integral", 0.287977963958),
      ("variance_integral", 0.837622088637), ("ridge_effective", 326.447774454),
    ] { #expect(abs(number(golden, column) / value - 1) < 1e-8, "\(column)") }
    let refused = try CommandLineRunner.run(["study", "power-law-regression", "--widths", "2,4"])
    #expect(refused.code == 2)
  }
}
