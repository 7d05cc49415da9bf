// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import ResultTables
import Testing

/// Results, names and places from outside that are hostile, damaged or merely odd, through the program itself.
@Suite struct HostileResultTests {
  private func inDirectory(_ body: (URL) throws -> Void) throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    try body(directory)
  }

  private func names(_ directory: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
  }

  private func document(table name: String) throws -> ResultDocument {
    var provenance = Provenance()
    provenance.add("program", "';system('cd; touch canary');'")
    var table = ResultTable(
      name: name, summary: "`cd; touch canary`",
      columns: [Column("r", .number), Column("value", .number), Column("error", .number)])
    for row in 0..<4 { try table.append([.number(Double(row)), .number(exp(-Double(row))), .number(0.01)]) }
    return ResultDocument(provenance: provenance, theory: "", tables: [SampledTable(table)])
  }

  private static let readable = OutputFormats.entries.filter { $0.reader != nil }.map(\.name)

  /// A table whose name is a command that would leave a file at home, in every format that is read, drawn and exported: the figure has the name, and nothing ran.
  @Test(.enabled(if: PlotCommandTests.hasGnuplot, "gnuplot is not installed: apt-get install gnuplot-nox"), arguments: readable)
  func namesOfTablesAreNames(format: String) throws {
    try inDirectory { directory in
      let name = "two'; system('cd; touch canary'); y='"
      let bytes = try #require(OutputFormats.entry(format)).render(document(table: name), TextLayout())[0].bytes
      try Data(bytes).write(to: directory.appendingPathComponent("run"))
      let outcome = try CommandLineRunner.run(
        ["plot", "run", "--script"], directory: directory, environment: ["HOME": directory.path])
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(try names(directory) == ["run", "run-\(name).dat", "run-\(name).gp", "run-\(name).svg"])
    }
  }

  @Test(.enabled(if: PlotCommandTests.hasGnuplot, "gnuplot is not installed: apt-get install gnuplot-nox"))
  func everydayNamesOfFilesWork() throws {
    try inDirectory { directory in
      let text = TSVRenderer.render(try document(table: "two-point").tables.map(\.table), provenance: Provenance())
      for (file, output) in [
        ("run (Bob's).tsv", nil), ("run.tsv", "o'neil.svg"), ("run.tsv", "./-x.svg"),
        ("a'.system('cd; touch canary').'b.tsv", nil),
        ("run.tsv", "`cd; touch canary`.svg"),
      ] as [(String, String?)] {
        try Data(text.utf8).write(to: directory.appendingPathComponent(file))
        let plot = ["plot", file, "--quiet"] + (output.map { ["-o", $0] } ?? [])
        let outcome = try CommandLineRunner.run(plot, directory: directory, environment: ["HOME": directory.path])
        #expect(outcome.code == 0, "\(file), \(output ?? ""): \(outcome.errors)")
        let figure = output ?? String(file.dropLast(4)) + "-two-point.svg"
        #expect(FileManager.default.fileExists(atPath: directory.path + "/" + figure))
      }
      #expect(try !names(directory).contains("canary"))
    }
  }

  /// Flipped bits in HDF5 files without a seal, drawn by a fixed generator: read or refused in one line, whatever the library does.
  /// With NNFT_LONG_TESTS a thousand of them.
  @Test func damagedFilesEndInOneLine() throws {
    try inDirectory { directory in
      let run = [
        "correlate", "cos-net", "--set", "lattice.sites=4x4", "--draws", "400", "--width", "3", "--quiet", "-o", "run.h5",
      ]
      #expect(try CommandLineRunner.run(run, directory: directory).code == 0)
      let whole = [UInt8](try Data(contentsOf: directory.appendingPathComponent("run.h5")).dropLast(16))
      // The control: the file itself, without its seal, gives the same tables as with it.
      try Data(whole).write(to: directory.appendingPathComponent("foreign.h5"))
      let foreign = try CommandLineRunner.run(["export", "foreign.h5"], directory: directory)
      let sealed = try CommandLineRunner.run(["export", "run.h5"], directory: directory)
      #expect(foreign.code == 0 && foreign.output == sealed.output && !sealed.output.isEmpty)
      let count = ProcessInfo.processInfo.environment["NNFT_LONG_TESTS"] == nil ? 12 : 1000
      var codes: [Int32: Int] = [:]
      for seed in 0..<count {
        var generator = SplitMix(state: UInt64(seed))
        var damaged = whole
        for _ in 0..<(1 + generator.next(below: 8)) {
          damaged[generator.next(below: damaged.count)] ^= UInt8(1 << generator.next(below: 8))
        }
        try Data(damaged).write(to: directory.appendingPathComponent("damaged.h5"))
        let outcome = try CommandLineRunner.run(["export", "damaged.h5"], directory: directory)
        #expect(
          outcome.code == 0 || outcome.code == 3 && outcome.errorLines.count == 1,
          "seed \(seed): \(outcome.code) \(outcome.errors)")
        codes[outcome.code, default: 0] += 1
      }
      #expect(codes[3] ?? 0 > 0, "\(codes)")
    }
  }

  /// A generator for places and bits.
  private struct SplitMix {
    var state: UInt64

    mutating func next(below bound: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return Int((z ^ (z >> 31)) % UInt64(bound))
    }
  }

  /// Where results cannot go: a mistake of usage in one line, before anything is run; `-` is standard output.
  @Test func placesToWriteTo() throws {
    try inDirectory { directory in
      let run = ["correlate", "cos-net", "--set", "lattice.sites=4x4", "--draws", "40", "--quiet"]
      try FileManager.default.createSymbolicLink(atPath: directory.path + "/dangling.h5", withDestinationPath: "nothing")
      try FileManager.default.createSymbolicLink(atPath: directory.path + "/loop.h5", withDestinationPath: "loop.h5")
      for place in ["", "no/x.h5", "dangling.h5", "loop.h5", "."] {
        for command in [run, ["sample", "cos-net", "--draws", "2"]] {
          let outcome = try CommandLineRunner.run(command + ["-o", place, "--force"], directory: directory)
          #expect(outcome.code == 2 && outcome.errorLines.count == 1 && outcome.output.isEmpty, "\(place): \(outcome.errors)")
        }
      }
      #expect(try names(directory) == ["dangling.h5", "loop.h5"])
      let (plain, dash) = (try CommandLineRunner.run(run), try CommandLineRunner.run(run + ["-o", "-"], directory: directory))
      #expect(dash.code == 0 && !dash.output.isEmpty && dash.output == plain.output)
      #expect(try CommandLineRunner.run(run + ["-o", "-", "--format", "hdf5"], directory: directory).code == 2)
      #expect(try CommandLineRunner.run(["sample", "cos-net", "-o", "-"], directory: directory).code == 2)
      #expect(try names(directory) == ["dangling.h5", "loop.h5"])
    }
  }

  /// Bins left over from a larger run are refused before the run, not after it.
  @Test func leftoverBinsAreRefusedBeforeTheRun() throws {
    try inDirectory { directory in
      let run = ["correlate", "cos-net", "--draws", "1e9", "--set", "run.bins=16", "--format", "hadrons", "-o", "run"]
      try Data().write(to: directory.appendingPathComponent("run.17.h5"))
      let forced = try CommandLineRunner.run(run + ["--force"], directory: directory)
      #expect(forced.code == 2 && forced.errors.contains("run.17.h5") && forced.errorLines.count == 1)
      try FileManager.default.moveItem(atPath: directory.path + "/run.17.h5", toPath: directory.path + "/run.9.h5")
      let kept = try CommandLineRunner.run(run, directory: directory)
      #expect(kept.code == 2 && kept.errors.contains("run.9.h5"))
    }
  }

  @Test func linesOfErrorsAreShort() throws {
    let long = String(repeating: "x", count: 70_000)
    for arguments in [["correlate", long], ["export", long], [long], ["show", "cos-net", "--set", "architecture.\(long)=1"]] {
      let outcome = try CommandLineRunner.run(arguments)
      #expect([2, 3].contains(outcome.code) && outcome.errorLines.allSatisfy { $0.count < 1100 }, "\(outcome.code)")
    }
    let outcome = try CommandLineRunner.run(["correlate", "\u{1B}[2J"])
    #expect(outcome.code == 3 && !outcome.errors.contains("\u{1B}"))
  }

  /// A forecast of more than an hour is said before the run; a short run has none.
  @Test func longRunsAreAnnounced() throws {
    let long = try CommandLineRunner.run(["correlate", "cos-net", "--draws", "1e14", "--threads", "1"], interruptAfter: 1)
    #expect(
      long.code == 4 && long.errors.contains("a long run: about") && long.errors.contains(" h on 1 thread"), "\(long.errors)")
    let short = try CommandLineRunner.run(["correlate", "cos-net", "--draws", "40", "--set", "lattice.sites=4x4"])
    #expect(short.code == 0 && !short.errors.contains("a long run"))
  }
}
