// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

@testable import ResultTables

/// `nnft sample` as a user meets it; Tests/Ecosystem reads its HDF5 files.
@Suite struct SampleCommandTests {
  private let sample = ["sample", "cos-net", "--set", "lattice.sites=6x4", "--draws", "50", "--width", "7", "--quiet"]

  private func inDirectory(_ body: (URL) throws -> Void) throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    try body(directory)
  }

  @Test func bytesDoNotDependOnThreads() throws {
    try inDirectory { directory in
      for ending in ["h5", "npz"] {
        for threads in ["1", "3"] {
          let outcome = try CommandLineRunner.run(
            sample + ["-o", "\(threads).\(ending)", "--threads", threads], directory: directory)
          #expect(outcome.code == 0 && outcome.output.isEmpty && outcome.errors.isEmpty, "\(outcome.errors)")
        }
        let files = try ["1", "3"].map { try Data(contentsOf: directory.appendingPathComponent("\($0).\(ending)")) }
        #expect(files[0] == files[1])
      }
    }
  }

  @Test func aDryRunSaysWhatWouldBeWritten() throws {
    try inDirectory { directory in
      let outcome = try CommandLineRunner.run(sample + ["-o", "n.npz", "--dry-run", "--fields-only"], directory: directory)
      #expect(outcome.code == 0 && outcome.output.contains("50 networks\narray: fields/phi, 50 x 6 x 4, double\n"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }
  }

  /// The stored parameters give the stored field: φ(x) = Σ c cos(k·x + b), on the lattice and at points.
  @Test(arguments: [false, true]) func parametersGiveTheField(atPoints: Bool) throws {
    try inDirectory { directory in
      var arguments = sample + ["-o", "n.npz"]
      if atPoints {
        let text = "set\tx1\tx2\na\t0.5\t-1\na\t3\t0.25\n"
        try Data(text.utf8).write(to: directory.appendingPathComponent("points.tsv"))
        arguments += ["--points", "points.tsv"]
      }
      #expect(try CommandLineRunner.run(arguments, directory: directory).code == 0)
      let archive = try NPYArchive(ResultFile.bytes(directory.appendingPathComponent("n.npz").path))
      let parameters = archive.folder("parameters")
      let (k, c, b) = (
        try parameters.numbers("momentum"), try parameters.numbers("amplitude"), try parameters.numbers("phase")
      )
      #expect(k.shape == [50, 2, 7] && c.shape == [50, 1, 7])
      let v = try parameters.numbers("output_weight").values
      let sites = archive.folder("sites")
      let (x1, x2) = (try sites.numbers("x1").values, try sites.numbers("x2").values)
      let points = atPoints ? Array(zip(x1, x2)) : x1.flatMap { a in x2.map { (a, $0) } }
      let phi = try archive.folder("fields").numbers("phi")
      #expect(phi.shape == (atPoints ? [50, 2] : [50, 6, 4]))
      for draw in 0..<50 {
        for i in 0..<7 { #expect(abs(c.values[7 * draw + i] - v[7 * draw + i] / 7.0.squareRoot()) < 1e-15) }
        for (site, x) in points.enumerated() {
          let sum = (0..<7).reduce(0.0) { sum, i in
            let phase = k.values[14 * draw + i] * x.0 + k.values[14 * draw + 7 + i] * x.1 + b.values[7 * draw + i]
            return sum + c.values[7 * draw + i] * cos(phase)
          }
          #expect(abs(phi.values[draw * points.count + site] - sum) < 1e-12)
        }
      }
    }
  }

  @Test func partsCanBeLeftOut() throws {
    try inDirectory { directory in
      for (flag, folders) in [("--fields-only", ["meta", "sites", "fields"]), ("--parameters-only", ["meta", "parameters"])] {
        let outcome = try CommandLineRunner.run(sample + ["-o", "n.npz", "--force", flag], directory: directory)
        let archive = try NPYArchive(ResultFile.bytes(directory.appendingPathComponent("n.npz").path))
        #expect(outcome.code == 0 && archive.folders == folders)
      }
      let both = sample + ["-o", "n.npz", "--force", "--fields-only", "--parameters-only"]
      #expect(try CommandLineRunner.run(both, directory: directory).code == 2)
    }
  }

  /// A full disk, here a limit on the size of files, leaves nothing new and the old file as it was.
  @Test(arguments: ["h5", "npz"]) func aFullDiskLeavesTheOldFile(ending: String) throws {
    try inDirectory { directory in
      let path = directory.appendingPathComponent("n.\(ending)")
      try Data("old".utf8).write(to: path)
      let kept = try CommandLineRunner.run(sample + ["-o", path.path], directory: directory)
      #expect(kept.code == 2 && kept.errors.contains("--force"))
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      let command = "ulimit -f 200; exec \"$0\" sample cos-net --draws 100 --quiet --force -o \"$1\""
      process.arguments = ["-c", command, CommandLineRunner.executable.path, path.path]
      let errors = Pipe()
      process.standardError = errors
      try process.run()
      let said = String(decoding: CommandLineRunner.readToEnd(errors), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && process.terminationStatus == 5, "\(said)")
      #expect(said.split(separator: "\n").count == 1 && said.contains("cannot write"), "\(said)")
      #expect(try Data(contentsOf: path) == Data("old".utf8))
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["n.\(ending)"])
    }
  }
}
