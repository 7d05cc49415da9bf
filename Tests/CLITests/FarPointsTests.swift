// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

/// Points so far out that double precision ends: a withheld row or an error in words, never a wrong number, a crash or a hang.
@Suite struct FarPointsTests {
  private func correlate(_ theory: String, _ points: String) throws -> CommandLineRunner.Outcome {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let file = directory.appendingPathComponent("points.tsv")
    try Data(("set\tx1\tx2\n" + points).utf8).write(to: file)
    return try CommandLineRunner.run(["correlate", theory, "--draws", "5000", "--quiet", "--points", file.path])
  }

  /// The rows of all tables, cell by cell.
  private func rows(_ outcome: CommandLineRunner.Outcome) -> [[String]] {
    outcome.output.split(separator: "\n").filter { $0.hasPrefix("A\t") }
      .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
  }

  /// Rounding of the tilted weights must not pass for a contradiction; the exact value is translation invariant all the same.
  @Test(arguments: ["100", "1000", "1e10"]) func roundingIsNoContradiction(x: String) throws {
    let outcome = try correlate("gauss-net", "A\t\(x)\t0\nA\t\(x)\t0.5\n")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let rows = rows(outcome)
    #expect(rows.count == 2)
    for row in rows {
      #expect(row.last == "under-sampled")
      #expect(abs((Double(row[5]) ?? .nan) - 0.5 * exp(-0.25 * 0.25)) < 1e-12, "\(row)")
    }
  }

  /// Control: nearer points keep their numbers.
  @Test func nearPointsKeepTheirNumbers() throws {
    let outcome = try correlate("gauss-net", "A\t1\t0\nA\t1\t0.5\n")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(rows(outcome).map(\.last) == ["ok", "ok"])
  }

  /// Beyond 2^46 an angle is no phase any more; 2^52 used to give values like 1e76.
  @Test(arguments: ["cos-net", "alpha-net", "scalar-net", "scalar-net-lattice", "euclidean-net"])
  func anglesBeyondDoublePrecisionAreRefused(theory: String) throws {
    for x in ["1e17", "1e20", "1e99"] {
      let outcome = try correlate(theory, "A\t\(x)\t0\nA\t0.5\t0\n")
      #expect(outcome.code == 3 && outcome.output.isEmpty, "\(outcome.errors)")
      #expect(outcome.errors.contains("not finite numbers") && outcome.errors.contains("nearer the origin"), "\(outcome.errors)")
    }
  }

  /// The exact column of the Gaussian regulator costs no more far out.
  @Test(.timeLimit(.minutes(1))) func exactValuesFarOutCostNothing() throws {
    let outcome = try correlate("alpha-net", "A\t1e12\t0\nA\t0\t0\n")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(rows(outcome).first?[5] == "0.0")
  }

  @Test(arguments: ["cos-net", "gauss-net", "alpha-net"]) func squaresThatOverflowAreRefused(theory: String) throws {
    let outcome = try correlate(theory, "A\t1e300\t0\nA\t-1e300\t0.5\n")
    #expect(outcome.code == 3)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorLines.count == 1 && outcome.errors.contains("points.tsv:2: x1: 1e300 is out of range"))
  }
}
