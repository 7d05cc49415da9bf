// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

/// `nnft correlate --neuron-space` as a user meets it: bytes, columns, exit codes.
@Suite struct NeuronSpaceCommandTests {
  private static let points =
    "set\tx1\tx2\nA\t0\t0\nA\t0.5\t0\nA\t1\t0.4\nA\t-0.6\t0.9\nB\t1\t2\nB\t1\t2\nB\t1\t2\nB\t1\t2\nC\t0\t0\nC\t0.3\t0.4\n"

  /// Runs `correlate` in a directory that holds points.tsv.
  private func correlate(_ arguments: [String], quiet: Bool = true) throws -> CommandLineRunner.Outcome {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    try Data(Self.points.utf8).write(to: directory.appendingPathComponent("points.tsv"))
    return try CommandLineRunner.run(
      ["correlate"] + arguments + (quiet ? ["--quiet"] : []), directory: directory)
  }

  /// The rows of all tables, with their headers, cell by cell.
  private func rows(_ outcome: CommandLineRunner.Outcome) -> [[String]] {
    outcome.output.split(separator: "\n").filter { !$0.hasPrefix("#") }
      .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
  }

  @Test(arguments: [
    ["cos-net", "--points", "points.tsv", "--width", "10,100"], ["cos-net", "--set", "lattice.sites=12x12"],
    ["gauss-net", "--points", "points.tsv", "--neuron-averages", "raw"],
    ["cos-net", "--points", "points.tsv", "--neuron-averages", "conditional-covariance", "--width", "7"],
  ]) func sameBytesForAnyThreadCount(arguments: [String]) throws {
    func run(_ threads: Int) throws -> CommandLineRunner.Outcome {
      try correlate(arguments + ["--neuron-space", "--draws", "3000", "--threads", "\(threads)"])
    }
    let one = try run(1)
    #expect(one.code == 0, "\(one.errors)")
    #expect(one.output.contains("semi-analytic") && one.output.contains("# table: neuron-"))
    #expect(one.output == (try run(2)).output)
    #expect(one.output == (try run(7)).output)
  }

  /// Widths come from the same neurons: the rows of the first are those of a run at that width alone, cumulants scale, and
  /// every width has its own exact value.
  @Test func aListOfWidths() throws {
    let common = ["cos-net", "--neuron-space", "--points", "points.tsv", "--draws", "2000"]
    let many = rows(try correlate(common + ["--width", "10,30,100"]))
    let alone = rows(try correlate(common + ["--width", "10"]))
    #expect(many[0] == ["set", "n", "function", "width", "value", "error", "exact", "pull", "status"])
    #expect(!alone[0].contains("width"))
    #expect(many.count == 1 + 3 * (alone.count - 1))
    let first = many.dropFirst().filter { $0[3] == "10" }.map { row in
      row.enumerated().filter { $0.offset != 3 }.map(\.element)
    }
    #expect(first == Array(alone.dropFirst()))
    func value(_ width: String, _ column: Int) throws -> Double {
      try #require(many.first { $0[0] == "A" && $0[2] == "connected" && $0[3] == width }.flatMap { Double($0[column]) })
    }
    for column in [4, 5, 6] {
      #expect(abs(try value("10", column) / value("100", column) - 10) < 1e-6)
    }
  }

  /// Coincident points of the Cos-net leave nothing to sample: exact value, error 0, no pull, and a note.
  @Test func rowsWithoutVarianceAreSaid() throws {
    let outcome = try correlate(["cos-net", "--neuron-space", "--points", "points.tsv", "--width", "10"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("# rows with error 0 have no variance beyond rounding, so no pull"))
    let fixed = rows(outcome).filter { $0[0] == "B" }
    #expect(fixed.count == 2)
    for row in fixed {
      #expect(row[4] == "0.0" && row[6].isEmpty && row[7] == "ok")
      #expect(abs((Double(row[3]) ?? 0) - (Double(row[5]) ?? 1)) < 1e-12)
    }
    let text = try correlate(["cos-net", "--neuron-space", "--points", "points.tsv", "--format", "text"])
    #expect(text.code == 0 && !text.output.contains("nan"))
  }

  /// Points so close that hardly anything is left to sample print, too.
  @Test func tinyRelativeErrorsPrint() throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    try Data("set\tx1\tx2\nA\t0\t0\nA\t1e-5\t0\n".utf8).write(to: directory.appendingPathComponent("points.tsv"))
    let outcome = try CommandLineRunner.run(
      ["correlate", "cos-net", "--neuron-space", "--points", "points.tsv", "--format", "text", "--draws", "500"],
      directory: directory)
    #expect(outcome.code == 0 && outcome.output.contains("4.99999"))
  }

  /// Too few neurons for the level, and log-normal neurons out of reach, are withheld with the reason.
  @Test func poorSamplingIsWithheld() throws {
    let few = try correlate([
      "cos-net", "--neuron-space", "--points", "points.tsv", "--neuron-averages", "raw", "--draws", "50",
    ])
    #expect(few.code == 0)
    #expect(few.output.contains("5000 neurons are too few for raw estimates of 4-point functions; draw at least 16384"))
    let far = try correlate(["gauss-net", "--neuron-space", "--points", "points.tsv"])
    #expect(far.code == 0)
    #expect(rows(far).filter { $0[0] == "B" }.allSatisfy { $0.last == "under-sampled" })
  }

  @Test(arguments: [
    (["cos-net", "--neuron-averages", "raw"], "--neuron-space"),
    (
      ["cos-net", "--neuron-space", "--neuron-averages", "phase"],
      "known: raw, weights, weights-and-phases, conditional-covariance"
    ),
    (["gauss-net", "--neuron-space", "--neuron-averages", "weights-and-phases"], "uniform phases"),
    (
      ["cos-net", "--neuron-space", "--set", "architecture.weights=laplace", "--neuron-averages", "conditional-covariance"],
      "gaussian"
    ),
    (["cos-net", "--width", "10,20"], "--neuron-space"),
    (["cos-net", "--neuron-space", "--width", "10,10"], "--width"),
    (["cos-net", "--neuron-space", "--width", "10,"], "--width"),
    (["cos-net", "--neuron-space", "--estimators", "two-point"], "neuron-two-point"),
    (["cos-net", "--neuron-space", "--estimators", ""], "no table is named"),
    (["cos-net", "--neuron-space", "--estimators", "neuron-two-point,neuron-two-point"], "named twice"),
    (["cos-net", "--neuron-space", "--table", "two-point"], "no table"),
    (["cos-net", "--neuron-space", "--points", "points.tsv", "--all-displacements"], "--all-displacements"),
  ]) func badUsage(arguments: [String], hint: String) throws {
    let outcome = try correlate(arguments)
    #expect(outcome.code == 2, "\(arguments): \(outcome.errors)")
    #expect(outcome.output.isEmpty && outcome.errors.contains(hint), "\(outcome.errors)")
    #expect(outcome.errorLines.first.map { !$0.isEmpty } == true)
    // The parser of arguments adds its usage lines; our own refusals are one line.
    if outcome.errors.hasPrefix("nnft:") { #expect(outcome.errorLines.count == 1) }
  }

  @Test func badFilesAndWidths() throws {
    let missing = try correlate(["cos-net", "--neuron-space", "--points", "nowhere.tsv"])
    #expect(missing.code == 3 && missing.errorLines.count == 1)
    let zero = try correlate(["cos-net", "--neuron-space", "--width", "10,0"])
    #expect(zero.code == 3 && zero.errors.contains("width"))
  }

  /// A net without <F^6> has no joint test and no error bars beyond two points, in fields or in neuron space; it used to end the program.
  @Test func momentsThatDoNotExistAreNoTrap() throws {
    let theory = try CommandLineRunner.temporaryDirectory().appendingPathComponent("heavy.toml")
    defer { try? FileManager.default.removeItem(at: theory.deletingLastPathComponent()) }
    try """
    dimension = 2
    [architecture]
    kind = "euclidean-net"
    width = 20
    sigma_w1 = 1.0
    momentum_density = "exp(-k)"
    amplitude = "exp(k/5)"
    [lattice]
    sites = [6, 6]
    spacing = 0.5
    boundary = "open"
    """.write(to: theory, atomically: true, encoding: .utf8)
    for more in [[], ["--neuron-space"]] {
      let outcome = try correlate([theory.path, "--draws", "300"] + more)
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(outcome.output.contains("no error bar"))
    }
  }

  @Test func dryRunAndForecast() throws {
    let outcome = try correlate(["cos-net", "--neuron-space", "--width", "10,30", "--draws", "1e9", "--dry-run"])
    #expect(outcome.code == 0)
    #expect(outcome.output.contains("neuron space: weights-and-phases") && outcome.output.contains("forecast: about"))
    #expect(outcome.output.contains("table neuron-four-point-xxyy:"))
  }

  /// The error of the first row is small enough at once, or after more networks.
  @Test func untilError() throws {
    let outcome = try correlate(
      ["cos-net", "--neuron-space", "--points", "points.tsv", "--width", "100", "--draws", "300", "--until-error", "1e-3"],
      quiet: false)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let row = try #require(rows(outcome).dropFirst().first)
    #expect((Double(row[4]) ?? 1) <= 1e-3 * (Double(row[3]) ?? 0))
  }
}
