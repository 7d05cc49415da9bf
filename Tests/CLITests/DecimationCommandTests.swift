// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

/// `correlators.cutoff` and `nnft measure --cutoff`: the same numbers of the same fields, exact values of what is left, refusals.
@Suite struct DecimationCommandTests {
  /// Fields that are drawn and measured at once, and the same fields from a file; the exact values are those of the modes that stay. The control: without a cutoff.
  @Test func sampledAndOutsideFields() throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appendingPathComponent("fields.npz").path
    let theory = ["infinite-width", "--draws", "400", "--set", "lattice.sites=[6, 6]"]
    func table(_ words: [String]) throws -> [[String: String]] {
      let outcome = try CommandLineRunner.run(words + ["--estimators", "two-point", "--quiet"])
      try #require(outcome.code == 0, "\(outcome.errors)")
      return TableRows.rows(outcome.output, "two-point")
    }
    func numbers(_ rows: [[String: String]], _ column: String) -> [Double] { rows.compactMap { $0[column].flatMap(Double.init) } }
    let cut = try table(["correlate"] + theory + ["--set", "correlators.cutoff=1.5"])
    let sampled = try CommandLineRunner.run(["sample"] + theory + ["-o", path, "--quiet"])
    try #require(sampled.code == 0, "\(sampled.errors)")
    let outside = try table(
      ["measure", path, "--cutoff", "1.5", "--theory", "infinite-width", "--set", "lattice.sites=[6, 6]"])
    let whole = try table(["correlate"] + theory)
    let (own, file) = (numbers(cut, "value"), numbers(outside, "value"))
    #expect(own.count == cut.count && own.count == file.count && own.count > 3)
    #expect(zip(own, file).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(zip(numbers(cut, "exact"), numbers(outside, "exact")).allSatisfy { abs($0 - $1) < 1e-14 })
    #expect(numbers(cut, "exact").count == own.count)
    #expect(abs(numbers(whole, "value")[0] - own[0]) > 0.05)
    // G_<(0) = (1/V) Σ_{p̂ ≤ 1.5} 1/(p̂² + m²), with the mass of the library's file.
    let shown = try CommandLineRunner.run(["correlate"] + theory + ["--dry-run"])
    let mass = try #require(
      shown.output.split(separator: "\n").first { $0.contains("architecture.mass") }.flatMap {
        Double($0.split(separator: " ").last!)
      })
    let spacing = try #require(
      shown.output.split(separator: "\n").first { $0.contains("lattice.spacing") }.flatMap {
        Double($0.split(separator: " ").last!)
      })
    var sum = 0.0
    for n in 0..<6 {
      for m in 0..<6 {
        let square = [n, m].reduce(0.0) { $0 + pow(2 / spacing * sin(.pi * Double($1) / 6), 2) }
        if square <= 2.25 { sum += 1 / (square + mass * mass) / (36 * spacing * spacing) }
      }
    }
    #expect(abs(numbers(cut, "exact")[0] - sum) < 1e-12)
  }

  /// Refusals in one line each.
  @Test(arguments: [
    (["correlate", "cos-net", "--set", "correlators.cutoff=1"], 3, "correlators.cutoff"),
    (["correlate", "infinite-width", "--set", "correlators.cutoff=-1"], 3, "correlators.cutoff"),
    (["correlate", "power-law-regression", "--set", "correlators.cutoff=1"], 3, "correlators.cutoff"),
    (["measure", "nothing.npz", "--cutoff", "-1"], 2, "--cutoff"),
  ])
  func refusals(words: [String], code: Int32, mentions: String) throws {
    let outcome = try CommandLineRunner.run(words)
    #expect(outcome.code == code, "\(outcome.errors)")
    #expect(outcome.errors.contains(mentions), "\(outcome.errors)")
  }
}
