// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import ResultTables
import Testing

/// `nnft plot` as a user meets it.
@Suite struct PlotCommandTests {
  static let hasGnuplot = ["/usr/bin", "/usr/local/bin"].contains {
    FileManager.default.isExecutableFile(atPath: $0 + "/gnuplot")
  }

  private func inDirectory(_ body: (URL) throws -> Void) throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let run = [
      "correlate", "cos-net", "--set", "lattice.sites=8x8", "--set", "lattice.spacing=1", "--draws", "20000", "--width", "3",
      "--quiet",
    ]
    #expect(try CommandLineRunner.run(run + ["-o", "run.h5"], directory: directory).code == 0)
    try body(directory)
  }

  private func names(_ directory: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
  }

  @Test(.enabled(if: hasGnuplot, "gnuplot is not installed: apt-get install gnuplot-nox"))
  func everyTableBecomesAFigure() throws {
    try inDirectory { directory in
      let all = try CommandLineRunner.run(["plot", "run.h5"], directory: directory)
      #expect(all.code == 0 && all.output.isEmpty, "\(all.errors)")
      let figures = try names(directory).filter { $0.hasSuffix(".svg") }
      #expect(figures.contains("run-two-point.svg") && figures.count > 1)
      let kept = try CommandLineRunner.run(["plot", "run.h5"], directory: directory)
      #expect(kept.code == 2 && kept.errors.contains("--force"))

      // One table goes to the very name; script and data make the same figure again.
      let one = ["plot", "run.h5", "--table", "two-point", "--script", "-o", "g2.png", "--quiet"]
      #expect(try CommandLineRunner.run(one, directory: directory).code == 0)
      let picture = try Data(contentsOf: directory.appendingPathComponent("g2.png"))
      try FileManager.default.removeItem(at: directory.appendingPathComponent("g2.png"))
      let gnuplot = Process()
      gnuplot.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      gnuplot.arguments = ["gnuplot", "-d", "g2.gp"]
      gnuplot.currentDirectoryURL = directory
      try gnuplot.run()
      gnuplot.waitUntilExit()
      #expect(try Data(contentsOf: directory.appendingPathComponent("g2.png")) == picture)

      // Every format that is read gives the same figure.
      for ending in ["tsv", "csv", "json", "npz"] {
        _ = try CommandLineRunner.run(
          ["export", "run.h5", "--table", "two-point", "-o", "again.\(ending)", "--quiet"], directory: directory)
        let plot = ["plot", "again.\(ending)", "--table", "two-point", "-o", "g2.png", "--quiet", "--force"]
        let outcome = try CommandLineRunner.run(plot, directory: directory)
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(try Data(contentsOf: directory.appendingPathComponent("g2.png")) == picture, "\(ending)")
      }
    }
  }

  @Test func withoutGnuplotOneLineSaysWhatToInstall() throws {
    try inDirectory { directory in
      let outcome = try CommandLineRunner.run(["plot", "run.h5"], directory: directory, environment: ["PATH": "/nowhere"])
      #expect(outcome.code == 5 && outcome.errorLines.count == 1 && outcome.errors.contains("gnuplot-nox"))
      #expect(try names(directory) == ["run.h5"])
    }
  }

  /// gnuplot ends with code 0 on a full disk; a program that does the same stands for it.
  @Test func aFigureCutOffByAFullDiskIsNotKept() throws {
    try inDirectory { directory in
      let program = directory.appendingPathComponent("gnuplot")
      for (ending, whole, cut) in [
        ("svg", "<svg></svg>", "<svg></sv"), ("pdf", "%PDF-1.5 %%EOF", "%PDF-1.5 %%"), ("png", "PNG..IEND....", "PNG.."),
      ] {
        for (picture, code) in [(whole, Int32(0)), (cut, 5)] {
          try Data("#!/bin/sh\nprintf %s '\(picture)' > ${2%.gp}.\(ending)\n".utf8).write(to: program)
          try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
          let outcome = try CommandLineRunner.run(
            ["plot", "run.h5", "--table", "two-point", "-o", "g2.\(ending)", "--force", "--quiet"], directory: directory,
            environment: ["PATH": directory.path])
          #expect(outcome.code == code, "\(picture): \(outcome.errors)")
          #expect(outcome.errors.contains("disk") == (code == 5) && outcome.errorLines.count == (code == 5 ? 1 : 0))
        }
        #expect(try names(directory).contains("g2.\(ending)"))
      }
    }
  }

  @Test func mistakesAreNamed() throws {
    try inDirectory { directory in
      try Data().write(to: directory.appendingPathComponent("empty.h5"))
      try Data([0x89, 0x50, 0x4E, 0x47]).write(to: directory.appendingPathComponent("picture.png"))
      let mistakes: [(arguments: [String], code: Int32, words: String)] = [
        (["run.h5", "-o", "figure.jpg"], 2, ".svg, .pdf or .png"), (["run.h5", "--table", "two"], 2, "its tables: two-point"),
        (["run.h5", "--log", "--linear"], 2, "--l"), (["absent.h5"], 3, "cannot read absent.h5"),
        (["empty.h5"], 3, "the file is empty"), (["picture.png"], 3, "no file of results"), (["."], 3, "no regular file"),
      ]
      for (arguments, code, words) in mistakes {
        let outcome = try CommandLineRunner.run(["plot"] + arguments, directory: directory)
        #expect(outcome.code == code && outcome.errors.contains(words), "\(arguments): \(outcome.errors)")
      }
    }
  }
}
