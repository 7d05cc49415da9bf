// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// Tables for people: aligned columns, value and error as `1.2346(67)`, short coordinates, pulls to two decimals.
///
/// A narrow terminal loses the components beside a radius first, then numbers that follow the value, from the last
/// column on, then words. What tells rows apart
/// (names, radius, scanned key, width), the value, its exact value, pull and status stay; numbers are never cut.
public enum TerminalRenderer {
  /// The text; `valueWithError` renders value and error together.
  public static func render(
    _ tables: [ResultTable], provenance: Provenance, width: Int, allowsColour: Bool,
    valueWithError: (Double, Double) -> String
  ) -> String {
    var text = ""
    for (key, value) in provenance.entries where !key.hasPrefix("set ") && !key.hasPrefix("points ") {
      text += wrapped("\(key): \(value)", width: width) + "\n"
    }
    for table in tables {
      text += "\n" + emphasised(table.name, allowsColour) + ": " + table.summary + "\n"
      text += grid(table, width: width, allowsColour: allowsColour, valueWithError: valueWithError)
      for note in table.notes { text += wrapped(note, width: width) + "\n" }
    }
    return text
  }

  private static func grid(
    _ table: ResultTable, width: Int, allowsColour: Bool, valueWithError: (Double, Double) -> String
  ) -> String {
    let value = table.columns.firstIndex { $0.name == "value" }
    // `value` and `error`, `slope` and `slope_error` share a column.
    let errors = table.columns.map { column in
      let name = column.name == "value" ? "error" : column.name + "_error"
      return table.columns.firstIndex { $0.name == name }
    }
    var columns: [(header: String, cells: [String], rightAligned: Bool)] = []
    for (index, column) in table.columns.enumerated() where !errors.contains(index) {
      let error = errors[index]
      let cells = table.rows.map { row -> String in
        if let error, case .number(let v) = row[index], case .number(let e) = row[error] { return valueWithError(v, e) }
        return short(row[index], column: column.name)
      }
      columns.append((error == nil ? column.name : "\(column.name)(error)", cells, column.kind != .text))
    }
    // A status column that only says "ok" tells nothing.
    columns.removeAll { $0.header == "status" && $0.cells.allSatisfy { $0 == "ok" } }
    func length(_ index: Int) -> Int { ([columns[index].header] + columns[index].cells).map(\.count).max()! }
    var dropped: [String] = []
    while columns.indices.reduce(0, { $0 + length($1) + 2 }) - 2 > width,
      let next = dispensable(columns.map(\.header), columns.map(\.rightAligned), valueAt: value)
    {
      dropped.append(columns.remove(at: next).header)
    }
    let widths = columns.indices.map(length)
    func line(_ texts: [String]) -> String {
      let padded = zip(texts, zip(widths, columns)).map { text, layout in
        let space = String(repeating: " ", count: layout.0 - text.count)
        return layout.1.rightAligned ? space + text : text + space
      }.joined(separator: "  ")
      return String(padded.reversed().drop { $0 == " " }.reversed())
    }
    var text = emphasised(line(columns.map(\.header)), allowsColour) + "\n"
    for row in table.rows.indices { text += line(columns.map { $0.cells[row] }) + "\n" }
    if !dropped.isEmpty {
      text += wrapped("(columns that the terminal is too narrow for: \(dropped.joined(separator: ", ")))", width: width) + "\n"
    }
    return text
  }

  /// The column that a narrow terminal misses least; nil where all that are left are needed.
  private static func dispensable(_ headers: [String], _ rightAligned: [Bool], valueAt place: Int?) -> Int? {
    let value = headers.firstIndex { $0.hasPrefix("value") } ?? headers.count
    guard place != nil else { return nil }
    let isRadial = headers[..<value].contains { ["r", "phat", "t"].contains($0) }
    let components = headers.indices.filter { index in
      isRadial && index < value && headers[index].count == 2 && headers[index].last!.isNumber
    }
    let further = headers.indices.filter { $0 > value && !["exact", "pull", "status"].contains(headers[$0]) }
    return components.last ?? further.last { headers[$0].hasSuffix("_kind") } ?? further.last { rightAligned[$0] } ?? further.last
  }

  private static func short(_ cell: Cell, column: String) -> String {
    switch cell {
    case .text(let text): PlainText.line(text)
    case .integer(let integer): "\(integer)"
    case .number(let number):
      column == "pull"
        ? String(format: "%.2f", number)
        : ["chi2", "p"].contains(column)
          ? String(format: "%.3g", number) : column == "exact" ? String(format: "%.8g", number) : String(format: "%.6g", number)
    case .missing: "-"
    }
  }

  private static func emphasised(_ text: String, _ allowsColour: Bool) -> String {
    allowsColour ? "\u{1B}[1m\(text)\u{1B}[0m" : text
  }

  /// Breaks a line at spaces, continuation lines indented.
  private static func wrapped(_ text: String, width: Int) -> String {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      if !line.isEmpty, line.count + 1 + word.count > max(20, width) {
        lines.append(line)
        line = "  " + word
      } else {
        line += line.isEmpty ? String(word) : " " + word
      }
    }
    return (lines + [line]).joined(separator: "\n")
  }
}
