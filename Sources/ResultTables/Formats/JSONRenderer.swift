// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// One JSON object: `provenance` (object of strings, in order of appearance; repeated keys become lists), `tables` (name, summary, columns,
/// rows as arrays, notes). Missing cells are null.
public enum JSONRenderer {
  /// The whole document.
  public static func render(_ tables: [ResultTable], provenance: Provenance) throws -> String {
    var keys: [String] = []
    var values: [String: [String]] = [:]
    for (key, value) in provenance.entries {
      if values[key] == nil { keys.append(key) }
      values[key, default: []].append(value)
    }
    let origin = try keys.map { key in
      let list = try values[key]!.map(string)
      return "    \(try string(key)): " + (list.count == 1 ? list[0] : "[" + list.joined(separator: ", ") + "]")
    }
    var text = "{\n  \"provenance\": {\n" + origin.joined(separator: ",\n") + "\n  },\n  \"tables\": [\n"
    for (index, table) in tables.enumerated() {
      let columns = try table.columns.map { "{\"name\": \(try string($0.name)), \"kind\": \"\($0.kind.rawValue)\"}" }
      text += """
        \(index == 0 ? "" : ",\n")    {
              "name": \(try string(table.name)),
              "summary": \(try string(table.summary)),
              "columns": [\(columns.joined(separator: ", "))],
              "rows": [

        """
      for (number, row) in table.rows.enumerated() {
        text += number == 0 ? "        [" : ",\n        ["
        for (column, cell) in row.enumerated() {
          if column > 0 { text += ", " }
          text += try self.cell(cell)
        }
        text += "]"
      }
      text += """

              ],
              "notes": [\((try table.notes.map(string)).joined(separator: ", "))]
            }
        """
    }
    return text + "\n  ]\n}\n"
  }

  /// A cell as JSON.
  static func cell(_ cell: Cell) throws -> String {
    switch cell {
    case .text(let text): try string(text)
    case .integer(let integer): "\(integer)"
    case .number(let number): "\(number)"
    case .missing: "null"
    }
  }

  /// A text as JSON.
  public static func string(_ text: String) throws -> String {
    let isPlain = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    if isPlain { return "\"" + text + "\"" }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    return String(decoding: try encoder.encode(text), as: UTF8.self)
  }
}
