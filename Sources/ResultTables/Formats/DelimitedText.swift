// SPDX-License-Identifier: GPL-3.0-or-later

/// Tab-separated tables: `#` lines carry provenance and notes, then one header row; several tables are separated by a
/// blank line and a `# table: NAME` line. Numbers are the shortest decimals that read back to the same double.
public enum TSVRenderer {
  /// The whole file.
  public static func render(_ tables: [ResultTable], provenance: Provenance) -> String {
    DelimitedText(
      separator: "\t",
      quote: { text in
        guard !text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else { return text }
        return text.map { $0 == "\t" || $0.isNewline ? " " : $0 }.reduce(into: "") { $0.append($1) }
      }
    ).render(tables, provenance: provenance)
  }
}

/// Comma-separated tables with the same `#` lines; fields are quoted as in RFC 4180 where they must be.
public enum CSVRenderer {
  /// The whole file.
  public static func render(_ tables: [ResultTable], provenance: Provenance) -> String {
    DelimitedText(
      separator: ",",
      quote: { text in
        text.contains { $0 == "," || $0 == "\"" || $0.isNewline }
          ? "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
          : text
      }
    ).render(tables, provenance: provenance)
  }
}

struct DelimitedText {
  let separator: String
  let quote: (String) -> String

  func render(_ tables: [ResultTable], provenance: Provenance) -> String {
    var text = ""
    for (key, value) in provenance.entries { text += "# \(key): \(value)\n" }
    for (index, table) in tables.enumerated() {
      if index > 0 { text += "\n" }
      text += "# table: \(table.name)\n# \(table.summary)\n"
      text += table.columns.map { quote($0.name) }.joined(separator: separator) + "\n"
      for row in table.rows {
        for (column, cell) in row.enumerated() {
          if column > 0 { text += separator }
          append(cell, to: &text)
        }
        text += "\n"
      }
      for note in table.notes { text += "# \(note)\n" }
    }
    return text
  }

  private func append(_ cell: Cell, to text: inout String) {
    switch cell {
    case .text(let label): text += quote(label)
    case .integer(let integer): text += integer.description
    case .number(let number): text += number.description
    case .missing: break
    }
  }

  /// A cell without quotes; empty where it is missing.
  static func plain(_ cell: Cell) -> String {
    switch cell {
    case .text(let text): text
    case .integer(let integer): "\(integer)"
    case .number(let number): "\(number)"
    case .missing: ""
    }
  }
}
