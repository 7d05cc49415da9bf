// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import ResultTables
import Testing

/// `nnft study` as a user meets it.
@Suite struct StudyCommandTests {
  private static let small = ["--set", "lattice.sites=6x6", "--draws", "2000", "--estimators", "two-point"]

  private func study(_ arguments: [String], directory: URL? = nil) throws -> CommandLineRunner.Outcome {
    try CommandLineRunner.run(["study"] + arguments + ["--quiet"], directory: directory)
  }

  @Test(arguments: [
    ["cos-net", "--widths", "4,8,16"], ["cos-net", "--widths", "4,8", "--common-random-numbers"],
    ["alpha-net", "--scan", "architecture.alpha=-1,0", "--widths", "4,8,16"],
    ["alpha-net", "--scan", "architecture.alpha=-1,0", "--scan", "architecture.mass=1,2", "--widths", "4,8"],
  ]) func sameBytesForAnyThreadCount(arguments: [String]) throws {
    let one = try study(arguments + Self.small + ["--threads", "1"])
    #expect(one.code == 0, "\(one.errors)")
    #expect(one.output.contains("# table: two-point-extrapolation"))
    #expect(one.output == (try study(arguments + Self.small + ["--threads", "3"])).output)
  }

  /// All tables, the noise floor of Wick's theorem among them, are the same bytes in every process: none is a sum in the order of a dictionary.
  @Test func sameBytesInEveryProcess() throws {
    let arguments = ["cos-net", "--widths", "5,10", "--draws", "2000", "--threads", "1", "--set", "lattice.sites=24x24"]
    let first = try study(arguments)
    #expect(first.code == 0 && first.output.contains("# table: wick-deviations"), "\(first.errors)")
    for _ in 0..<6 { #expect(try study(arguments).output == first.output) }
    // The control: another seed.
    #expect(try study(arguments + ["--seed", "2"]).output != first.output)
  }

  /// The rows of a width are those of correlate at that width.
  @Test func rowsAreThoseOfCorrelate() throws {
    func rows(_ text: String) -> [[String]] {
      text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
    }
    let alone = rows(try CommandLineRunner.run(["correlate", "cos-net", "--width", "8", "--quiet"] + Self.small).output)
    let many = rows(try study(["cos-net", "--widths", "4,8"] + Self.small).output)
    let width = try #require(many[0].firstIndex(of: "width"))
    let own = many.dropFirst().filter { $0.count == many[0].count && $0[width] == "8" }.map { row in
      row.enumerated().filter { $0.offset != width }.map(\.element)
    }
    #expect(own == Array(alone.dropFirst()))
  }

  @Test(
    arguments: [
      (["cos-net"], Int32(2), "--widths"),
      (["cos-net", "--widths", "10"], 2, "--widths"),
      (["cos-net", "--widths", "10,10"], 2, "10,10"),
      (["cos-net", "--widths", "0,10"], 3, "width"),
      (["phi4-2d-weak", "--widths", "10,20"], 2, "infinite width"),
      (["cos-net", "--widths", "2,4", "--estimators", "two-pint"], 2, "two-point"),
      (["cos-net", "--scan", "architecture.sigma=1,2"], 3, "sigma"),
      (["cos-net", "--scan", "architecture.sigma_w0"], 2, "scan"),
      (["cos-net", "--scan", "architecture.width=2,4"], 3, "widths"),
      (["cos-net", "--widths", "2,4", "--set", "study.width=3"], 3, "widths"),
      (["cos-net", "--widths", "2,4", "--set", "study.space=momentum"], 3, "neuron"),
      (["fourpoint-2604.27050", "--set", "study.points.A=[[0,0]]"], 3, "points"),
      (["scalar-net-phi4", "--widths", "2,4", "--common-random-numbers"], 2, "--common-random-numbers"),
      (["scalar-net-phi4", "--widths", "2,4", "--neuron-space"], 2, "correlate the neurons"),
    ] as [([String], Int32, String)]) func faultsAreOneLine(arguments: [String], code: Int32, word: String) throws
  {
    let outcome = try CommandLineRunner.run(["study"] + arguments)
    #expect(outcome.code == code, "\(arguments): \(outcome.errors)")
    #expect(outcome.errors.contains(word) && outcome.output.isEmpty, "\(outcome.errors)")
  }

  /// Every format takes the tables, and the ones that keep samples keep the covariance between widths.
  @Test func everyFormat() throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let run = try study(["cos-net", "--widths", "4,8,16", "-o", "run.h5"] + Self.small, directory: directory)
    #expect(run.code == 0, "\(run.errors)")
    let document = try ResultFile.load(path: directory.appendingPathComponent("run.h5").path)
    #expect(document.tables.map(\.table.name) == ["two-point", "two-point-extrapolation"])
    #expect(document.tables.allSatisfy { $0.binWeights?.count == 3 * 256 && !$0.covarianceRows.isEmpty })
    for (format, name) in [("text", "a.txt"), ("npz", "a.npz"), ("json", "a.json"), ("csv", "a.csv"), ("pyerrors", "a.json.gz")] {
      let outcome = try CommandLineRunner.run(
        ["export", "run.h5", "--format", format, "-o", name, "--quiet"], directory: directory)
      #expect(outcome.code == 0, "\(format): \(outcome.errors)")
    }
  }

  /// A theory file of one's own with a `[study]` table; other commands pass over it.
  @Test func theStudyOfAFile() throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let text =
      try CommandLineRunner.run(["new", "cos-net"]).output + """

        [study]
        widths = [3, 6, 12]
        space = "neuron"
        [study.points]
        near = [[0, 0], [0.5, 0]]
        four = [[0, 0], [0.5, 0], [0, 0.5], [1, 1]]
        """
    try Data(text.utf8).write(to: directory.appendingPathComponent("mine.toml"))
    let outcome = try study(["mine.toml", "--draws", "2000"], directory: directory)
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("# table: neuron-point-functions-extrapolation"))
    #expect(outcome.output.contains("# set study.points.four: ") && outcome.output.contains("# set study.widths: [3, 6, 12]"))
    #expect(try CommandLineRunner.run(["show", "mine.toml"], directory: directory).code == 0)
    let plan = try CommandLineRunner.run(["study", "mine.toml", "--dry-run"], directory: directory)
    #expect(plan.code == 0 && plan.output.contains("N = 12: 20000 networks"))
  }
}
