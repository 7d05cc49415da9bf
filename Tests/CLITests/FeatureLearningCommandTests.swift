// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

/// `nnft study` of theories with `[study.teacher]` and `[study.modular]`: the reference numbers of docs/physics/feature-learning.md through the command line, and refusals.
@Suite struct FeatureLearningCommandTests {
  /// The critical noise, the levels of kernel adaptation at β = 1/8 and the mixed phase, each to the last digit stated. The control: another ε.
  @Test func teacher() throws {
    func study(_ cubic: String) throws -> String {
      let outcome = try CommandLineRunner.run([
        "study", "grokking-teacher", "--quiet", "--set", "study.teacher.noise=[0.18, 0.17]", "--set",
        "study.teacher.scales=[0.125]", "--set", "study.teacher.cubic=\(cubic)", "--draws", "400", "--set",
        "study.teacher.sampled_scales=[0.005]",
      ])
      try #require(outcome.code == 0, "\(outcome.errors)")
      return outcome.output
    }
    let output = try study("-0.3")
    func number(_ table: String, _ column: String, _ condition: (([String: String]) -> Bool) = { _ in true }) throws -> Double {
      let text = TableRows.rows(output, table).first(where: condition)?[column]
      return try #require(text.flatMap(Double.init))
    }
    #expect(abs(try number("grokking-transition", "value") { $0["quantity"] == "sigma_c^2" } - 0.17871945473507614) < 1e-9)
    #expect(abs(try number("grokking-transition", "value") { $0["quantity"] == "u_c" } - 30.669132784067692) < 1e-7)
    #expect(abs(try number("grokking-phases", "droplets") { $0["noise"] == "0.17" } - 0.8265109300819835) < 1e-8)
    #expect(
      abs(try number("kernel-adaptation", "linear") { $0["noise"] == "0.18" && $0["level"] == "B" } - 0.74136714927112) < 1e-9)
    #expect(
      abs(try number("kernel-adaptation", "cubic") { $0["noise"] == "0.18" && $0["level"] == "A" } + 0.01945984549736257) < 1e-9)
    #expect(TableRows.rows(output, "grokking-posterior").count == 10)
    let others = TableRows.rows(try study("-0.2"), "grokking-transition")
    let other = try #require(others.first?["value"].flatMap(Double.init))
    #expect(abs(other - 0.12281967400741162) < 1e-9)
  }

  /// Ends of the mixed phase and amplitudes at P = 401.
  @Test func modular() throws {
    let outcome = try CommandLineRunner.run(["study", "grokking-modular", "--quiet"])
    try #require(outcome.code == 0, "\(outcome.errors)")
    let ends = Dictionary(
      uniqueKeysWithValues: TableRows.rows(outcome.output, "modular-transition").compactMap { row in
        row["quantity"].flatMap { name in row["value"].flatMap(Double.init).map { (name, $0) } }
      })
    #expect(abs(try #require(ends["start"]) - 0.23601504270189347) < 1e-12)
    #expect(abs(try #require(ends["end"]) - 0.17601504270189347) < 1e-12)
    #expect(abs(try #require(ends["a at the end"]) + 0.7457789159829742) < 1e-12)
    let plateau = TableRows.rows(outcome.output, "modular-plateau")
    let row = try #require(plateau.first { $0["noise"] == "0.2" })
    #expect(abs(try #require(row["a"].flatMap(Double.init)) + 0.8474006252161607) < 1e-10)
    #expect(abs(try #require(row["lambda"].flatMap(Double.init)) - 0.03601587495596746) < 1e-10)
  }

  /// Kernels that adapt: of linear neurons the predictor nears the exact one as the scale grows, and that of the prior's kernel does not move.
  @Test func adaptation() throws {
    let outcome = try CommandLineRunner.run([
      "study", "linear-network", "--quiet", "--set", "architecture.width=100", "--set", "study.adaptation.scales=[1, 1000]",
      "--draws", "2000",
    ])
    try #require(outcome.code == 0, "\(outcome.errors)")
    let rows = TableRows.rows(outcome.output, "adapted-predictor")
    try #require(rows.count == 4)
    func number(_ row: Int, _ column: String) throws -> Double { try #require(rows[row][column].flatMap(Double.init)) }
    for point in 0..<2 {
      #expect(try abs(number(point, "gaussian_process") - number(2 + point, "gaussian_process")) < 1e-12)
      #expect(try abs(number(2 + point, "adapted") / number(2 + point, "exact") - 1) < 0.005)
      #expect(try abs(number(2 + point, "gaussian_process") / number(2 + point, "exact") - 1) > 0.1)
    }
    #expect(TableRows.rows(outcome.output, "adapted-weights").count == 12)
  }

  /// Refusals, each in one line that names what is wrong.
  @Test(arguments: [
    (["study", "grokking-teacher", "--set", "architecture.activation=\"relu\""], 2, "erf"),
    (["study", "grokking-teacher", "--set", "study.teacher.noise=[0]"], 3, "study.teacher.noise"),
    (["study", "grokking-teacher", "--set", "study.teacher.nois=[0.1]"], 3, "noise"),
    (["study", "grokking-teacher", "--set", "study.teacher.sampled_scales=[8]"], 2, "sampled_scales"),
    (["study", "grokking-teacher", "--draws", "10"], 2, "--draws"),
    (["study", "cos-net", "--set", "study.adaptation.scales=[1]"], 2, "one hidden layer"),
    (["study", "adapting-erf", "--set", "study.adaptation.scales=[0]"], 3, "study.adaptation.scales"),
    (["study", "grokking-teacher", "--set", "study.widths=[1, 2]"], 3, "study.widths"),
    (["study", "grokking-teacher", "--estimators", "two-point"], 2, "--estimators"),
    (["study", "grokking-modular", "--set", "study.modular.decay=0"], 3, "study.modular.decay"),
  ])
  func refusals(words: [String], code: Int32, mentions: String) throws {
    let outcome = try CommandLineRunner.run(words)
    #expect(outcome.code == code, "\(outcome.errors)")
    #expect(outcome.errors.contains(mentions), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
  }
}
