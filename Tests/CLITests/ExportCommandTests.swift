// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import ResultTables
import Testing

/// Binary formats and `nnft export` as a user meets them.
@Suite struct ExportCommandTests {
  private let run = ["correlate", "cos-net", "--set", "lattice.sites=8x8", "--draws", "600", "--width", "10", "--quiet"]

  private func inDirectory(_ body: (URL) throws -> Void) throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    try body(directory)
  }

  /// `correlate --format X` and `export --format X` of the HDF5 file write the same bytes, for any number of threads.
  @Test func exportGivesWhatCorrelateGives() throws {
    try inDirectory { directory in
      let hdf5 = try CommandLineRunner.run(run + ["-o", "run.h5", "--threads", "2"], directory: directory)
      #expect(hdf5.code == 0 && hdf5.output.isEmpty && hdf5.errors.isEmpty, "\(hdf5.errors)")
      for format in OutputFormats.entries {
        let place = ["--format", format.name, "-o"]
        let direct = try CommandLineRunner.run(run + ["--threads", "1"] + place + ["a"], directory: directory)
        let exported = try CommandLineRunner.run(["export", "run.h5", "--quiet"] + place + ["b"], directory: directory)
        #expect(direct.code == 0 && exported.code == 0, "\(format.name): \(direct.errors)\(exported.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        let (a, b) = (names.filter { $0.hasPrefix("a") }, names.filter { $0.hasPrefix("b") })
        #expect(!a.isEmpty && a.count == b.count && (a.count == 1) != format.isOneFileABin)
        for (a, b) in zip(a, b) {
          let urls = [a, b].map(directory.appendingPathComponent)
          #expect(try Data(contentsOf: urls[0]) == Data(contentsOf: urls[1]), "\(format.name)")
          for url in urls { try FileManager.default.removeItem(at: url) }
        }
      }
    }
  }

  @Test func theEndingChoosesTheFormat() throws {
    try inDirectory { directory in
      for (name, start) in [("r.json", "{"), ("r.npz", "PK"), ("r", "# program")] {
        #expect(try CommandLineRunner.run(run + ["-o", name], directory: directory).code == 0)
        let content = try Data(contentsOf: directory.appendingPathComponent(name))
        #expect(content.starts(with: Data(start.utf8)))
      }
    }
  }

  /// A CSV or TSV file holds one table: several go to a file each, `--table` gives one, and an existing one of them is kept. An ending of no format is refused.
  @Test(arguments: ["csv", "tsv"]) func oneTableAFile(ending: String) throws {
    try inDirectory { directory in
      #expect(try CommandLineRunner.run(run + ["-o", "run.h5"], directory: directory).code == 0)
      let all = try ResultFile.load(path: directory.appendingPathComponent("run.h5").path).tables.map(\.table)
      #expect(all.count > 1)
      #expect(try CommandLineRunner.run(["export", "run.h5", "-o", "r.\(ending)", "--quiet"], directory: directory).code == 0)
      let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0 != "run.h5" }
      #expect(names.sorted() == all.map { "r.\($0.name).\(ending)" }.sorted())
      for table in all {
        let part = try ResultFile.load(path: directory.appendingPathComponent("r.\(table.name).\(ending)").path)
        #expect(part.tables.map(\.table.rows) == [table.rows])
      }
      let again = try CommandLineRunner.run(["export", "run.h5", "-o", "r.\(ending)"], directory: directory)
      #expect(again.code == 2 && again.errors.contains("--force"))
      let name = all[1].name
      let one = try CommandLineRunner.run(["export", "run.h5", "--table", name, "-o", "one.\(ending)"], directory: directory)
      #expect(one.code == 0)
      #expect(
        try Data(contentsOf: directory.appendingPathComponent("one.\(ending)"))
          == Data(contentsOf: directory.appendingPathComponent("r.\(name).\(ending)")))
      for place in ["r.\(ending).gz", "r.parquet", "r.dat"] {
        let refused = try CommandLineRunner.run(["export", "run.h5", "-o", place], directory: directory)
        #expect(refused.code == 2 && refused.errorLines.count == 1 && refused.errors.contains("no format has the ending"))
      }
      #expect(try CommandLineRunner.run(["export", "run.h5", "--table", "none"], directory: directory).code == 2)
    }
  }

  @Test(arguments: OutputFormats.entries.filter { !$0.isText }.map(\.name))
  func binaryFormatsNeedAFile(name: String) throws {
    let outcome = try CommandLineRunner.run(run + ["--format", name])
    #expect(outcome.code == 2 && outcome.output.isEmpty && outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("-o results"))
  }

  /// The theory in the file runs again and gives the same tables.
  @Test func theTheoryInTheFileRepeatsTheRun() throws {
    try inDirectory { directory in
      _ = try CommandLineRunner.run(run + ["-o", "run.h5"], directory: directory)
      let document = try ResultFile.load(path: directory.appendingPathComponent("run.h5").path)
      try Data(document.theory.utf8).write(to: directory.appendingPathComponent("again.toml"))
      let again = try CommandLineRunner.run(["correlate", "again.toml", "--quiet"], directory: directory)
      #expect(again.output == (try CommandLineRunner.run(["export", "run.h5"], directory: directory)).output)
    }
  }

  @Test func filesThatHoldNoResultsAreRefused() throws {
    try inDirectory { directory in
      let text = directory.appendingPathComponent("text.h5")
      try Data("no results".utf8).write(to: text)
      _ = try CommandLineRunner.run(run + ["-o", "run.h5"], directory: directory)
      let whole = try Data(contentsOf: directory.appendingPathComponent("run.h5"))
      try whole.prefix(whole.count - 100).write(to: directory.appendingPathComponent("short.h5"))
      for name in ["text.h5", "short.h5", "absent.h5", "."] {
        let outcome = try CommandLineRunner.run(["export", name, "-o", "out.npz"], directory: directory)
        #expect(outcome.code == 3 && outcome.errorLines.count == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains(name))
        #expect(!FileManager.default.fileExists(atPath: directory.appendingPathComponent("out.npz").path))
      }
    }
  }

  /// Bins of an earlier, larger run would silently join those of a smaller one.
  @Test func filesOfALargerRunAreNotMixed() throws {
    try inDirectory { directory in
      let bins = { (count: Int) in
        run + ["--format", "hadrons", "-o", "run", "--force", "--set", "run.bins=\(count)"]
      }
      #expect(try CommandLineRunner.run(bins(20), directory: directory).code == 0)
      let smaller = try CommandLineRunner.run(bins(16), directory: directory)
      #expect(smaller.code == 2 && smaller.errors.contains("run.17.h5"))
      #expect(try CommandLineRunner.run(bins(20), directory: directory).code == 0)
    }
  }
}
