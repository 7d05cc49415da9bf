// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

/// What the exit code says of a verdict, and what a refusal names.
@Suite struct VerdictCommandTests {
  /// Too little data decides nothing: exit code 6, not that of a contradiction. Control: with enough data every claim is decided, exit code 0.
  @Test(
    arguments: [
      (["free-theory", "--theory", "tanh-net", "--set", "lattice.sites=[1,1]"], Int32(6)),
      (["universality", "--theory", "cos-net", "--set", "architecture.width=1"], 0),
    ] as [([String], Int32)]) func undecidedClaims(arguments: [String], code: Int32) throws
  {
    let outcome = try CommandLineRunner.run(["validate"] + arguments + ["--quiet"])
    #expect(outcome.code == code, "\(outcome.errors) \(outcome.output)")
    #expect(outcome.output.contains("inconclusive") == (code == 6))
    if code == 6 { #expect(outcome.errors.contains("undecided") && outcome.errorLines.count == 1) }
  }

  /// `nnft list claims`: every registered thing with the suites that hold it, in lines that fit a terminal; the list of everything does without.
  @Test func matrixOfClaims() throws {
    let matrix = try CommandLineRunner.run(["list", "claims"])
    #expect(
      matrix.code == 0 && matrix.output.contains("  trispectrum ") && !matrix.output.contains("NO CLAIM"), "\(matrix.output)")
    #expect(matrix.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
    #expect(try CommandLineRunner.run(["list"]).output.contains("moves:") == false)
  }

  /// Fields that are not finite: one line, exit code 3, no table and no file.
  @Test(arguments: [["sample", "-o", "x.h5"], ["sample", "-o", "x.npz"], ["correlate"], ["correlate", "-o", "x.tsv"]])
  func nonFiniteFields(command: [String]) throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let outcome = try CommandLineRunner.run(
      [
        command[0], "deep-relu", "--set", "architecture.depth=64", "--set", "architecture.sigma_w=1e5", "--draws", "400",
        "--quiet",
      ]
        + command.dropFirst(), directory: directory)
    #expect(outcome.code == 3 && outcome.output.isEmpty && outcome.errorLines.count == 1, "\(outcome.errors)")
    #expect(outcome.errors.contains("not finite"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
  }

  /// `nnft show` says in words what no number says.
  @Test(arguments: [
    ["deep-relu", "--set", "architecture.depth=64", "--set", "architecture.sigma_w=1e5"],
    ["gauss-net-phi4", "--set", "insertion[1].lambda=1e308"], ["cos-net", "--set", "architecture.sigma_w1=1e30"],
    ["cos-net", "--set", "architecture.sigma_w1=1e-30"],
  ]) func shownNumbersAreFinite(arguments: [String]) throws {
    let outcome = try CommandLineRunner.run(["show"] + arguments)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let words = Set(outcome.output.lowercased().split { !$0.isLetter }.map(String.init))
    #expect(words.isDisjoint(with: ["nan", "inf"]), "\(outcome.output)")
    // The control: the check knows the words when it meets them.
    #expect(Set("G2 = -nan (inf)".split { !$0.isLetter }.map(String.init)).isSuperset(of: ["nan", "inf"]))
  }

  /// `[fields]` where nothing heeds it: refused in one wording, and not repeated among the settings. Control: a run of independent networks takes it.
  @Test func fieldSettings() throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    try Data("set\tx1\tx2\nA\t0\t0\nA\t1\t0\n".utf8).write(to: directory.appendingPathComponent("p.tsv"))
    func run(_ arguments: [String]) throws -> CommandLineRunner.Outcome {
      try CommandLineRunner.run(["correlate"] + arguments + ["--draws", "400", "--quiet"], directory: directory)
    }
    let scope = "how the fields of independent networks are evaluated"
    for (arguments, code, words) in [
      (["phi4-0d", "--set", "fields.precision=single"], Int32(3), ["fields.precision", scope]),
      (["phi4-0d", "--set", "fields.method=direct"], 3, ["fields.method", scope]),
      (["cos-net", "--neuron-space", "--set", "fields.tolerance=1e-6"], 2, ["fields.tolerance", scope]),
      (["cos-net", "--points", "p.tsv", "--set", "fields.method=matrix-product"], 3, ["fields.method", "direct"]),
      (["infinite-width", "--points", "p.tsv"], 3, ["--points"]),
      (["infinite-width", "--neuron-space"], 2, ["independent"]),
    ] {
      let outcome = try run(arguments)
      #expect(outcome.code == code && outcome.output.isEmpty && outcome.errorLines.count == 1, "\(arguments): \(outcome.errors)")
      for word in words { #expect(outcome.errors.contains(word), "\(arguments): \(outcome.errors)") }
      if !arguments.contains("--set") { #expect(!outcome.errors.contains("fields."), "\(outcome.errors)") }
    }
    let own = try run(["cos-net", "--set", "lattice.sites=4x4", "--set", "fields.precision=single", "--estimators", "two-point"])
    #expect(own.code == 0 && own.output.contains("# set fields.precision: \"single\""), "\(own.errors)")
    let interacting = try run(["phi4-0d", "--set", "fields.precision=double"])
    #expect(interacting.code == 0 && !interacting.output.contains("set fields."), "\(interacting.errors)")
  }
}
