// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import ResultTables
import Testing

@Suite struct RenderingTests {
  private func table(rows: Int = 3) throws -> ResultTable {
    var table = ResultTable(
      name: "two-point", summary: "G2(r)",
      columns: [
        Column("set", .text), Column("r", .number), Column("x1", .number), Column("x2", .number),
        Column("value", .number), Column("error", .number), Column("exact", .number),
        Column("pull", .number), Column("status", .text),
      ])
    for row in 0..<rows {
      let value = 1 / Double(row + 3) * (row % 2 == 0 ? 1 : -1e-7)
      try table.append([
        .text("a,\"b\(row)"), .number(Double(row) * 0.1), .number(0.25), .number(-0.0), .number(value),
        .number(abs(value) / 100), .missing, .missing, .text("ok"),
      ])
    }
    table.notes = ["a note"]
    return table
  }

  private var provenance: Provenance {
    var provenance = Provenance()
    provenance.add("program", "nnft")
    provenance.add("ensemble", "one\ntwo")
    provenance.add("ensemble", "three")
    return provenance
  }

  /// Every number written reads back to the very same double.
  @Test func aLargeTSVTableReadsBackIdentically() throws {
    let table = try table(rows: 100_000)
    let text = TSVRenderer.render([table], provenance: provenance)
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(lines.count == 100_001)
    for (line, row) in zip(lines.dropFirst(), table.rows) {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
      for (cell, expected) in zip(cells, row) {
        switch expected {
        case .text(let text): #expect(cell == text)
        case .integer(let integer): #expect(Int(cell) == integer)
        case .number(let number): #expect(Double(cell)?.bitPattern == number.bitPattern)
        case .missing: #expect(cell.isEmpty)
        }
      }
    }
  }

  @Test func csvQuotesWhatItMust() throws {
    let text = CSVRenderer.render([try table()], provenance: provenance)
    #expect(text.contains("\"a,\"\"b0\",0.0,0.25,-0.0,"))
    #expect(text.hasPrefix("# program: nnft\n# ensemble: one two\n# ensemble: three\n# table: two-point\n"))
  }

  @Test func jsonIsValidAndKeepsMissingCellsAsNull() throws {
    let text = try JSONRenderer.render([try table(), try table()], provenance: provenance)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let tables = try #require(object["tables"] as? [[String: Any]])
    #expect(tables.count == 2)
    let row = try #require((tables[0]["rows"] as? [[Any]])?.first)
    #expect(row[6] is NSNull)
    #expect(row[0] as? String == "a,\"b0")
    #expect((object["provenance"] as? [String: Any])?["ensemble"] as? [String] == ["one two", "three"])
  }

  @Test(arguments: [200, 60, 30, 5]) func aNarrowTerminalLosesComponentsNotNumbers(width: Int) throws {
    let text = TerminalRenderer.render(
      [try table()], provenance: provenance, width: width, allowsColour: false
    ) { "\($0)(\($1))" }
    #expect(text.contains("0.3333333333333333(0.003333333333333333)"))
    #expect(text.contains("value(error)"))
    #expect(!text.contains("status"))
    #expect(text.contains("(columns") == (width < 80))
    #expect(!text.contains("\u{1B}"))
  }

  /// An extrapolation on a narrow terminal: what tells its rows apart stays.
  @Test(arguments: [100, 60, 20]) func namesStayOnANarrowTerminal(width: Int) throws {
    var table = ResultTable(
      name: "two-point-extrapolation", summary: "",
      columns: [
        Column("r", .number), Column("x1", .number), Column("x2", .number), Column("alpha", .number), Column("model", .text),
        Column("value", .number), Column("error", .number), Column("exact", .number), Column("pull", .number),
        Column("slope", .number), Column("slope_error", .number), Column("chi2", .number), Column("dof", .integer),
        Column("p", .number), Column("status", .text),
      ])
    for model in ["linear", "quadratic"] {
      try table.append(
        [.number(0.25), .number(0.25), .number(0), .number(-0.5), .text(model)]
          + [0.123, 0.004, 0.125, -0.5, 1.5, 0.25, 3.5].map(Cell.number) + [.integer(4), .number(0.5), .text("poor fit")])
    }
    let text = TerminalRenderer.render([table], provenance: Provenance(), width: width, allowsColour: false) { "\($0)(\($1))" }
    let header = try #require(text.split(separator: "\n").first { $0.contains("value(error)") })
    for name in ["alpha", "model", "exact", "pull", "status"] { #expect(header.contains(name), "\(name) at \(width)") }
    #expect(text.contains("quadratic") && (width == 100 || !header.contains("x1")))
    #expect(header.contains("chi2") == (width == 100))
  }

  @Test func numbersThatAreNoneAreRefused() throws {
    var table = ResultTable(name: "t", summary: "", columns: [Column("value", .number)])
    for bad in [Double.nan, .infinity, -.infinity] {
      #expect(throws: NonFiniteCell.self) { try table.append([.number(bad)]) }
    }
    #expect(table.rows.isEmpty)
  }
}
