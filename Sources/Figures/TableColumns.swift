// SPDX-License-Identifier: GPL-3.0-or-later

import ResultTables

extension ResultTable {
  /// The numbers of a column, nil where missing; nil where there is no such column of numbers.
  func numbers(_ name: String) -> [Double?]? {
    guard let index = columns.firstIndex(where: { $0.name == name }), columns[index].kind != .text else { return nil }
    return rows.map {
      switch $0[index] {
      case .number(let number): number
      case .integer(let integer): Double(integer)
      case .text, .missing: nil
      }
    }
  }

  /// The word in a column of words; nil for none.
  func text(row: Int, column: String) -> String? {
    guard let index = columns.firstIndex(where: { $0.name == column }), case .text(let text) = rows[row][index] else {
      return nil
    }
    return text
  }

  /// Columns before `value`: what a row is about.
  var coordinateNames: [String] { columns.map(\.name).prefix { $0 != "value" }.map { $0 } }

  /// The coordinates of a row other than `left out`, in words: `near, 4, connected`.
  func label(ofRow row: Int, leavingOut: Set<String> = []) -> String {
    let names = coordinateNames
    return names.indices.filter { !leavingOut.contains(names[$0]) }.map { index in
      switch rows[row][index] {
      case .text(let text): Notation.quantity(text)
      case .integer(let integer): "\(names[index] == "width" ? "N" : names[index]) = \(integer)"
      case .number(let number): "\(names[index]) = \(Notation.short(number))"
      case .missing: "\(names[index]) unknown"
      }
    }.joined(separator: ", ")
  }

  /// Rows with value and error: index, value, error, exact value where known, pull where known.
  var measured: [MeasuredRow] {
    guard let values = numbers("value"), let errors = numbers("error") else { return [] }
    let (exact, pulls) = (numbers("exact"), numbers("pull"))
    return rows.indices.compactMap { row in
      guard let value = values[row], let error = errors[row], error >= 0 else { return nil }
      return MeasuredRow(row: row, value: value, error: error, exact: exact?[row], pull: pulls?[row])
    }
  }
}

/// A row that is not withheld.
struct MeasuredRow {
  let row: Int
  let value: Double
  let error: Double
  let exact: Double?
  let pull: Double?

  /// Whether the value drowns in its error.
  var isNoise: Bool { abs(value) < error }
}
