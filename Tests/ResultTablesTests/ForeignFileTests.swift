// SPDX-License-Identifier: GPL-3.0-or-later

import CHDF5
import ErrorAnalysis
import Foundation
import Testing

@testable import ResultTables

/// Files that others have made: names, links, and what happens where a library breaks over them.
@Suite(.serialized) struct ForeignFileTests {
  private func saved<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appendingPathComponent("run").path
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try body(path)
  }

  private func document(tables: [String], column: String = "value") throws -> ResultDocument {
    ResultDocument(
      provenance: Provenance(), theory: "",
      tables: try tables.map { name in
        var table = ResultTable(name: name, summary: "", columns: [Column(column, .number)])
        try table.append([.number(1)])
        return SampledTable(table)
      })
  }

  /// JSON keeps any name, so it carries the bad ones; a quote is none.
  @Test func namesMustBeFitForPathsAndHeadings() throws {
    func load(_ tables: [String], column: String = "value") throws -> ResultDocument {
      let file = try JSONRenderer.render(document(tables: tables, column: column).tables.map(\.table), provenance: Provenance())
      return try saved(Array(file.utf8)) { try ResultFile.load(path: $0) }
    }
    let long = String(repeating: "x", count: 201)
    for (tables, words) in [
      ([""], "is empty"), (["a/../b"], "slash"), (["../\u{301}b"], "slash"), (["a\nsystem('x')"], "control character"),
      (["a\u{1B}[2J"], "control character"),
      (["a", "b", "a"], "stands twice"), (["meta"], "stands twice"), ([long], "longer than"),
    ] {
      let error = try #require(throws: ResultFileError.self) { try load(tables) }
      #expect(
        error.description.contains(words) && !error.description.contains("\n") && !error.description.contains("\u{1B}"),
        "\(error)")
    }
    #expect(throws: ResultFileError.self) { try load(["a"], column: "a/b") }
    #expect(throws: ResultFileError.self) { try load(["a"], column: "") }
    #expect(try load(["it's", "a \"b\" `c` $d"], column: "it's").tables.count == 2)
  }

  /// Summaries, notes, keys and values become one line; a terminal's own commands do not pass.
  @Test func linesStayLines() throws {
    var provenance = Provenance()
    provenance.add("key\nsystem('x')", "a\u{1B}[2Jb\nc")
    #expect(provenance.entries[0].key == "key system('x')" && provenance.entries[0].value == "a [2Jb c")
    var table = ResultTable(name: "t", summary: "a\nb\u{7}", columns: [Column("set", .text)])
    table.notes.append("x\ny")
    try table.append([.text("a\u{1B}[31m\nb")])
    #expect(table.summary == "a b " && table.notes == ["x y"])
    let shown = TerminalRenderer.render(
      [table], provenance: provenance, width: 100, allowsColour: false, valueWithError: ValueWithError.text)
    #expect(!shown.contains("\u{1B}") && shown.split(separator: "\n").count == 5)
    #expect(PlainText.line(String(repeating: "x", count: 70_000), limit: 1000).count == 1005)
  }

  /// HDF5 files that point elsewhere: external and soft links, numbers kept in another file, datasets put together from others.
  @Test(arguments: ["external", "soft", "raw", "virtual", "none"]) func otherFilesAreNotFollowed(kind: String) throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let (path, secret) = (directory.appendingPathComponent("run.h5").path, directory.appendingPathComponent("secret.h5").path)
    let whole = try HDF5Renderer.render(document(tables: ["t"]))
    for place in [path, secret] { try Data(whole.dropLast(16)).write(to: URL(fileURLWithPath: place)) }
    try HDF5Library.exclusively {
      let file = H5Fopen(path, nn_H5F_ACC_RDWR(), 0)
      #expect(file >= 0)
      let value = "/correlators/t/value"
      if kind != "none" { #expect(H5Ldelete(file, value, 0) >= 0) }
      var size: hsize_t = 1
      let space = H5Screate_simple(1, &size, nil)
      let list = H5Pcreate(nn_H5P_DATASET_CREATE())
      switch kind {
      case "external": #expect(H5Lcreate_external(secret, value, file, value, 0, 0) >= 0)
      case "soft": #expect(H5Lcreate_soft("/correlators/t/other", file, value, 0, 0) >= 0)
      case "raw": #expect(H5Pset_external(list, secret, 0, 8) >= 0)
      case "virtual": #expect(H5Pset_virtual(list, space, secret, value, space) >= 0)
      default: break
      }
      if kind == "raw" || kind == "virtual" {
        let dataset = H5Dcreate2(file, value, nn_H5T_IEEE_F64LE(), space, 0, list, 0)
        #expect(dataset >= 0)
        H5Dclose(dataset)
      }
      H5Pclose(list)
      H5Sclose(space)
      H5Fclose(file)
    }
    if kind == "none" {
      #expect(try ResultFile.load(path: path).tables[0].table.rows == [[.number(1)]])
    } else {
      let error = try #require(throws: ResultFileError.self) { try ResultFile.load(path: path) }
      #expect(error.description.contains("/correlators/t/value is") && error.description.contains("file"), "\(error)")
    }
    #expect(try HDF5Library.openObjects == 0)
  }

  /// A second process that dies, goes astray or cannot be started is one line; what it hands over is the document.
  @Test func aReaderThatBreaksIsAFaultOfTheFile() throws {
    let example = try ExampleDocument.make()
    let sealed = try HDF5Renderer.render(example)
    func read(_ shell: String, _ bytes: [UInt8]) throws -> ResultDocument {
      try saved(bytes) { path in
        try Data(NPZRenderer.render(example)).write(to: URL(fileURLWithPath: path + ".npz"))
        return try ResultFile.load(path: path, isolated: IsolatedReader(executable: "/bin/sh", arguments: ["-c", shell, "sh"]))
      }
    }
    let foreign = Array(sealed.dropLast(16))
    for (shell, words) in [
      ("kill -SEGV $$", "damaged"), ("kill -KILL $$", "damaged"), ("exit 4", "damaged"), ("exit 0", "damaged"),
      ("printf %s \"$1: what it says\"; exit 3", "what it says"),
    ] {
      let error = try #require(throws: ResultFileError.self) { try read(shell, foreign) }
      #expect(error.description.contains(words) && !error.description.contains("\n"), "\(shell): \(error)")
    }
    let again = try read("cat \"$1.npz\"", foreign)
    #expect(try HDF5Renderer.render(again) == sealed)
    // A sealed file needs no second process.
    #expect(try HDF5Renderer.render(read("kill -SEGV $$", sealed)) == sealed)
    try saved(foreign) { path in
      let absent = IsolatedReader(executable: "/no/such/program", arguments: [])
      let error = try #require(throws: ResultFileError.self) { try ResultFile.load(path: path, isolated: absent) }
      #expect(error.description.contains("does not start") && !error.description.contains("\n"))
    }
  }
}
