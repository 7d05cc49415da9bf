// SPDX-License-Identifier: GPL-3.0-or-later
// Copy to Sources/ResultTables/Formats. Steps and the list of files: docs/adding/format.md.

@testable import ResultTables

/// Tables as Markdown: who reads it, the layout in one paragraph, and where the layout is defined.
public enum MyFormat {
  /// The registry's entry.
  static let format = OutputFormat(
    name: "markdown", endings: [".md"], summary: "Markdown tables", isText: true,
    render: { document, _ in [OutputFile(bytes: Array(render(document.tables.map(\.table)).utf8))] })

  /// All tables, one after the other. Withheld values stay empty: no format invents a number.
  public static func render(_ tables: [ResultTable]) -> String {
    tables.map { table in
      let header = table.columns.map { text(.text($0.name)) }
      let lines = [header, header.map { _ in "---" }] + table.rows.map { $0.map(text) }
      return "## \(escaped(table.name))\n\n\(escaped(table.summary))\n\n"
        + lines.map { "| \($0.joined(separator: " | ")) |\n" }.joined()
    }.joined(separator: "\n")
  }

  /// Any text, of a cell, a name or a summary: what the format would read as its own signs.
  private static func escaped(_ text: String) -> String { text.replacing("|", with: "\\|") }

  private static func text(_ cell: Cell) -> String {
    switch cell {
    case .text(let text): escaped(text)
    case .integer(let number): "\(number)"
    case .number(let number): "\(number)"
    case .missing: ""
    }
  }
}
