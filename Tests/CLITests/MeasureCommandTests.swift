// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

@testable import ResultTables

/// `nnft measure`, `nnft validate --fields` and `nnft sample` of interacting theories as a user meets them.
@Suite struct MeasureCommandTests {
  private func inDirectory(_ body: (URL) throws -> Void) throws {
    let directory = try CommandLineRunner.temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    try body(directory)
  }

  private func run(_ arguments: [String], _ directory: URL) throws -> CommandLineRunner.Outcome {
    try CommandLineRunner.run(arguments, directory: directory)
  }

  /// Rows of a table without `#` lines.
  private func rows(_ text: String) -> [String] {
    text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") && !$0.isEmpty }
  }

  /// Networks of a free theory, stored and measured, give the very tables of `nnft correlate`, exact columns included. Control: other networks do not.
  @Test(arguments: ["h5", "npz"]) func freeFieldsGiveTheSameTables(ending: String) throws {
    try inDirectory { directory in
      let theory = ["cos-net", "--set", "lattice.sites=8x8", "--draws", "12000", "--width", "7", "--quiet"]
      #expect(try run(["sample"] + theory + ["--fields-only", "-o", "f.\(ending)"], directory).code == 0)
      let overrides = ["--set", "architecture.width=7", "--set", "run.draws=12000"]
      for table in ["two-point", "four-point-xxyy", "zero-momentum"] {
        let own = try run(["correlate"] + theory + ["--table", table, "--format", "tsv"], directory)
        let measured = try run(
          ["measure", "f.\(ending)", "--theory", "cos-net"] + overrides + ["--table", table, "--format", "tsv", "--quiet"],
          directory)
        #expect(own.code == 0 && measured.code == 0 && measured.errors.isEmpty, "\(own.errors)\(measured.errors)")
        #expect(rows(own.output) == rows(measured.output) && rows(own.output).count > 2)
        let other = try run(["correlate"] + theory + ["--seed", "9", "--table", table, "--format", "tsv"], directory)
        #expect(rows(other.output) != rows(measured.output))
      }
      // Without a theory the numbers are the same and nothing is exact.
      let alone = try run(["measure", "f.\(ending)", "--table", "two-point", "--format", "tsv", "--quiet"], directory)
      let own = try run(["correlate"] + theory + ["--table", "two-point", "--format", "tsv"], directory)
      for (a, b) in zip(rows(alone.output), rows(own.output)).dropFirst() {
        let (x, y) = (
          a.split(separator: "\t", omittingEmptySubsequences: false), b.split(separator: "\t", omittingEmptySubsequences: false)
        )
        #expect(x[0..<5] == y[0..<5] && x[5].isEmpty && !y[5].isEmpty)
      }
    }
  }

  @Test func fieldsAtPointsGiveTheSameTable() throws {
    try inDirectory { directory in
      let points = "set\tx1\tx2\na\t0.5\t-1\na\t1\t0.25\nb\t0\t0\nb\t0.5\t-1\nb\t0\t0\nb\t1\t1\n"
      try Data(points.utf8).write(to: directory.appendingPathComponent("p.tsv"))
      let theory = ["cos-net", "--draws", "12000", "--width", "3", "--points", "p.tsv", "--quiet"]
      #expect(try run(["sample"] + theory + ["--fields-only", "-o", "f.h5"], directory).code == 0)
      let own = try run(["correlate"] + theory + ["--format", "tsv"], directory)
      // The file knows its points; the point file says the same.
      for further in [[], ["--points", "p.tsv"]] {
        let measured = try run(
          [
            "measure", "f.h5", "--theory", "cos-net", "--set", "architecture.width=3", "--table", "point-functions", "--format",
            "tsv",
          ]
            + further, directory)
        #expect(measured.code == 0 && rows(measured.output) == rows(own.output), "\(measured.errors)")
      }
    }
  }

  /// A set of any number of points gives its pairs; `<φ(x)φ(y)>` of a Cos-net is known at each.
  @Test func aSetOfThreePointsGivesItsPairs() throws {
    try inDirectory { directory in
      try Data("set\tx1\tx2\nall\t0\t0\nall\t0.5\t0\nall\t0\t1\n".utf8).write(to: directory.appendingPathComponent("p.tsv"))
      let sampled = try run(
        ["sample", "cos-net", "--draws", "4000", "--points", "p.tsv", "--fields-only", "--quiet", "-o", "f.npz"], directory)
      #expect(sampled.code == 0, "\(sampled.errors)")
      let measured = try run(
        ["measure", "f.npz", "--theory", "cos-net", "--table", "point-functions", "--format", "tsv", "--quiet"], directory)
      #expect(measured.code == 0, "\(measured.errors)")
      #expect(
        rows(measured.output).dropFirst().map { String($0.prefix { $0 != "\t" }) }
          == ["1,1", "1,2", "1,3", "2,2", "2,3", "3,3"].map { "all \($0)" })
      #expect(measured.output.contains("joint test of 6 rows"))
    }
  }

  /// Samples of an interacting theory, stored and measured: values and errors of `nnft correlate` without control variates, for every kind of sampler.
  @Test(arguments: [("chains", "chains=16"), ("reweighting", "warm_up=0"), ("smc", "populations=16")])
  func interactingSamplesGiveTheSameTables(kind: String, setting: String) throws {
    try inDirectory { directory in
      var theory = ["phi4-1d", "--draws", "16000", "--quiet", "--set", "lattice.sites=8", "--set", "insertion[1].lambda=0.2"]
      for value in ["sampler.kind=\(kind)", "sampler.control_variates=false"]
        + (kind == "reweighting" ? [] : ["sampler.\(setting)"])
      {
        theory += ["--set", value]
      }
      for ending in ["h5", "npz"] {
        var files: [Data] = []
        for threads in ["1", "3"] {
          let sampled = try run(
            ["sample"] + theory + ["--fields-only", "-o", "\(threads).\(ending)", "--threads", threads], directory)
          #expect(sampled.code == 0, "\(sampled.errors)")
          files.append(try Data(contentsOf: directory.appendingPathComponent("\(threads).\(ending)")))
        }
        #expect(files[0] == files[1], "\(kind) \(ending)")
        let own = try run(["correlate"] + theory + ["--table", "two-point", "--format", "json"], directory)
        let measured = try run(["measure", "1.\(ending)", "--table", "two-point", "--format", "json", "--quiet"], directory)
        #expect(own.code == 0 && measured.code == 0, "\(own.errors)\(measured.errors)")
        let tables = try [own, measured].map { try numbers($0.output, directory) }
        #expect(tables[0].count > 4 && tables[0].allSatisfy { $0[1] > 0 })
        for (a, b) in zip(tables[0], tables[1]) {
          #expect(abs(a[0] - b[0]) <= 1e-12 * abs(a[0]) && abs(a[1] - b[1]) <= 1e-9 * a[1], "\(kind): \(a) \(b)")
        }
        #expect(tables[0].count == tables[1].count)
      }
    }
  }

  /// Reweighted networks can be those of another theory; chains cannot, and say so by the rule of `nnft correlate`.
  @Test func reweightedNetworksCanBeShared() throws {
    try inDirectory { directory in
      func sample(_ coupling: String, _ further: [String]) throws -> (code: Int32, errors: String, fields: [Double]) {
        let outcome = try run(
          [
            "sample", "phi4-1d", "--draws", "100", "--set", "lattice.sites=8", "--set", "insertion[1].lambda=\(coupling)",
            "--force",
          ]
            + ["--fields-only", "--quiet", "-o", "f.npz"] + further, directory)
        guard outcome.code == 0 else { return (outcome.code, outcome.errors, []) }
        let file = try FieldFile(path: directory.appendingPathComponent("f.npz").path)
        return (0, "", try file.numbers(try #require(file.array("fields/phi"))))
      }
      let weighted = ["--set", "sampler.kind=reweighting"]
      let shared = try ["0.1", "0.2"].map { try sample($0, weighted + ["--common-random-numbers"]).fields }
      #expect(shared[0] == shared[1] && shared[0].count == 800)
      #expect(try sample("0.1", weighted).fields != sample("0.2", weighted).fields)
      let chains = try sample("0.1", ["--set", "sampler.kind=chains", "--common-random-numbers"])
      #expect(chains.code == 2 && chains.errors.contains("--common-random-numbers concerns independent networks"))
    }
  }

  /// Value and error of every row that has both.
  private func numbers(_ json: String, _ directory: URL) throws -> [[Double]] {
    let path = directory.appendingPathComponent("\(UUID().uuidString).json").path
    try Data(json.utf8).write(to: URL(fileURLWithPath: path))
    let table = try ResultFile.load(path: path).tables[0].table
    let (value, error) = (table.columns.firstIndex { $0.name == "value" }!, table.columns.firstIndex { $0.name == "error" }!)
    return table.rows.compactMap { row in
      guard case .number(let a) = row[value], case .number(let b) = row[error] else { return nil }
      return [a, b]
    }
  }

  /// Malformed files, and what is missing beside sound ones: one line, the right exit code, and the word that helps.
  @Test func faultsAreOneLine() throws {
    try inDirectory { directory in
      func write(_ name: String, _ arrays: [NamedArray]) throws {
        var zip = StoredZip()
        for array in arrays { try zip.add("\(array.name).npy", NPZRenderer.npy(array)) }
        try Data(try zip.finish()).write(to: directory.appendingPathComponent(name))
      }
      let values = (0..<256).map { Double($0) }
      try write("good.npz", [.numbers("phi", values, shape: [16, 4, 4])])
      try write("nan.npz", [.numbers("phi", values.map { $0 == 100 ? .nan : $0 }, shape: [16, 4, 4])])
      try write("huge.npz", [.numbers("phi", values.map { $0 * 1e200 }, shape: [16, 4, 4])])
      try write("two.npz", [.numbers("a", values, shape: [16, 16]), .numbers("b", values, shape: [16, 16])])
      try write("row.npz", [.numbers("phi", values)])
      try write("empty.npz", [.numbers("phi", [], shape: [0, 4, 4])])
      try write("weights.npz", [.numbers("phi", values, shape: [16, 16]), .numbers("log_weights", [1, 2, 3])])
      try Data(try Data(contentsOf: directory.appendingPathComponent("good.npz")).prefix(1500)).write(
        to: directory.appendingPathComponent("cut.npz"))
      try Data("no arrays\n".utf8).write(to: directory.appendingPathComponent("text.npz"))
      #expect(
        try run(["sample", "cos-net", "--set", "lattice.sites=4x4", "--draws", "20", "--quiet", "-o", "cut.h5"], directory).code
          == 0)
      let whole = try Data(contentsOf: directory.appendingPathComponent("cut.h5"))
      try whole.prefix(whole.count / 2).write(to: directory.appendingPathComponent("cut.h5"))
      let place = ["--spacing", "1", "--boundary", "open"]
      for (arguments, code, word) in [
        (["good.npz"], 2, "--spacing"), (["good.npz", "--spacing", "1"], 2, "--boundary"),
        (["good.npz", "--lattice", "5x5"] + place, 3, "--lattice"), (["good.npz", "--array", "psi"] + place, 3, "phi"),
        (["good.npz", "--log-weights", "w"] + place, 3, "weights"),
        (["good.npz", "--theory", "phi4-1d"] + place, 2, "dimension"),
        (["nan.npz"] + place, 3, "draw 6"), (["huge.npz"] + place, 3, "1e308"), (["two.npz"] + place, 3, "--array"),
        (["row.npz"] + place, 3, "axis"), (["empty.npz"] + place, 3, "empty"), (["weights.npz"] + place, 3, "log_weights"),
        (["cut.npz"] + place, 3, "cut short"), (["text.npz"] + place, 3, "no file of arrays"), (["cut.h5"] + place, 3, "damaged"),
        (["none.npz"] + place, 3, "none.npz"), (["good.npz", "--spacing", "0"], 2, "--spacing"),
        (["good.npz", "--points", "p.tsv"], 3, "p.tsv"), (["good.npz", "--chains", "--log-weights", "phi"] + place, 3, "weight"),
      ] as [([String], Int32, String)] {
        let outcome = try run(["measure"] + arguments + ["--quiet"], directory)
        #expect(outcome.code == code && outcome.output.isEmpty, "\(arguments) \(outcome.code) \(outcome.errors)")
        #expect(outcome.errors.contains(word), "\(arguments) \(outcome.errors)")
        #expect(code == 2 || outcome.errorLines.count == 1, "\(outcome.errors)")
      }
    }
  }

  /// The fields of a Gauss-net of few neurons: their 4-point functions are not translation invariant, and have all symmetries about the middle; those of a
  /// Cos-net have both.
  @Test func gaussNetFieldsFailTranslations() throws {
    try inDirectory { directory in
      let place = ["--set", "lattice.sites=8x8", "--set", "lattice.spacing=0.3", "--fields-only", "--quiet"]
      let net = ["--set", "architecture.sigma_w0=0.7", "--set", "architecture.sigma_b0=0.2", "--width", "5"]
      #expect(try run(["sample", "gauss-net", "--draws", "100000", "-o", "gauss.npz"] + place + net, directory).code == 0)
      #expect(try run(["sample", "cos-net", "--draws", "40000", "-o", "cos.npz", "--width", "5"] + place, directory).code == 0)
      let gauss = try run(["validate", "euclidean-invariance", "--fields", "gauss.npz", "--quiet"], directory)
      func line(_ outcome: CommandLineRunner.Outcome, _ name: String) -> String {
        outcome.output.split(separator: "\n").first { $0.contains(" \(name): ") }.map(String.init) ?? ""
      }
      #expect(gauss.code == 1, "\(gauss.output)")
      #expect(line(gauss, "translations, n = 4").contains("FAIL"), "\(gauss.output)")
      for name in ["translations, n = 2", "rotations, n = 2", "rotations, n = 4", "reflections, n = 4"] {
        #expect(line(gauss, name).contains("ok  "), "\(gauss.output)")
      }
      let cos = try run(["validate", "euclidean-invariance", "--fields", "cos.npz", "--quiet"], directory)
      #expect(cos.code == 0, "\(cos.output)")
      #expect(line(cos, "translations, n = 4").contains("ok  "), "\(cos.output)")
    }
  }

  @Test func fieldOptionsNeedFields() throws {
    try inDirectory { directory in
      for arguments in [["validate", "--spacing", "1"], ["validate", "--fields", "f.npz", "--theory", "cos-net"]] {
        let outcome = try run(arguments, directory)
        #expect(outcome.code == 2 && outcome.errors.contains("--fields"))
      }
    }
  }
}
