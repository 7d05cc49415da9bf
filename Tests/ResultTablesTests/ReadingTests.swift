// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Foundation
import Testing

@testable import ResultTables

/// What every readable format gives back, and what it answers to files that are not its own.
@Suite(.serialized) struct ReadingTests {
  static let readable = OutputFormats.entries.filter { $0.reader != nil }.map(\.name)

  private func bytes(_ name: String, _ document: ResultDocument) throws -> [UInt8] {
    try #require(OutputFormats.entry(name)).render(document, TextLayout())[0].bytes
  }

  private func saved<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appendingPathComponent("run").path
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try body(path)
  }

  /// Written, read and written again: equal bytes, in its own format and in those that say no more.
  @Test(arguments: readable) func whatIsReadIsWrittenAgain(name: String) throws {
    let file = try bytes(name, ExampleDocument.make())
    let again = try saved(file) { try ResultFile.load(path: $0) }
    #expect(try bytes(name, again) == file)
    for other in ["tsv", "csv"] { #expect(try bytes(other, again) == bytes(other, ExampleDocument.make())) }
  }

  /// A million rows: equal bytes from the cells that come back, so equal cells.
  @Test(arguments: readable) func aMillionRowsReadBackIdentically(name: String) throws {
    let document = try Self.large.get()
    let file = try bytes(name, document)
    let again = try saved(file) { try ResultFile.load(path: $0) }
    let (a, b) = (document.tables[0].table, again.tables[0].table)
    #expect(a.columns == b.columns && a.notes == b.notes && a.rows.count == b.rows.count)
    #expect(a.rows == b.rows)
  }

  private static let large = Result {
    var table = ResultTable(
      name: "large", summary: "a million rows",
      columns: [
        Column("n1", .integer), Column("value", .number), Column("exact", .number), Column("status", .text),
      ])
    for row in 0..<1_000_000 {
      let x = Double(row)
      try table.append([
        .integer(row - 500_000), .number(cos(x) * (row % 3 == 0 ? 1e-300 : 1)),
        row % 7 == 0 ? .missing : .number(x / 3), .text(row % 5 == 0 ? "under-sampled" : "ok"),
      ])
    }
    table.notes = ["a note"]
    return ResultDocument(provenance: Provenance(), theory: "", tables: [SampledTable(table)])
  }

  /// Every length of a cut file and any damaged byte: an error of one line or a document, never a crash.
  @Test(arguments: readable) func damageIsRefusedOrRead(name: String) throws {
    let file = try bytes(name, ExampleDocument.make())
    var refused = 0
    func tryToRead(_ damaged: [UInt8]) throws -> Bool {
      try saved(damaged) { path in
        do {
          _ = try ResultFile.load(path: path)
          return true
        } catch let error as ResultFileError {
          #expect(error.description.hasPrefix(path) && !error.description.contains("\n"))
          refused += 1
          return false
        }
      }
    }
    for step in 0..<50 { _ = try tryToRead(Array(file.prefix(step * file.count / 50))) }
    #expect(refused > 10)
    for step in 0..<100 {
      var damaged = file
      damaged[(step * 7919 + 3) % file.count] ^= UInt8(1 << (step % 8))
      _ = try tryToRead(damaged)
    }
    #expect(try HDF5Library.openObjects == 0)
    // Control: the file itself is read.
    #expect(try tryToRead(file))
  }

  @Test func strangersAreRefused() throws {
    func refuse(_ bytes: [UInt8], _ reason: String) throws {
      try saved(bytes) { path in
        let error = try #require(throws: ResultFileError.self) { try ResultFile.load(path: path) }
        #expect(error.description.contains(reason), "\(error.description)")
      }
    }
    try refuse([], "the file is empty")
    try refuse([0x89] + Array("PNG\r\n".utf8), "this is no file of results")
    try refuse(try bytes("pyerrors", ExampleDocument.make()), "pyerrors")
    try refuse(Array("{\"a\": 1}".utf8), "no \"provenance\"")
    try refuse(Array("{\"a\": ".utf8), "cut short")
    try refuse(Array("# a: b\n".utf8), "it holds no table")
    try refuse(Array("# a: b\n# table: t\n# s\nx\tvalue\n1\n".utf8), "line 5: 1 cells in 2 columns")
    try refuse(Array("# table: t\n# s\nx,value\n1,2".utf8), "cut short")
    var zip = StoredZip()
    try zip.add("a.npy", [1, 2])
    try refuse(zip.finish(), "array meta/theory is missing")
  }
}
