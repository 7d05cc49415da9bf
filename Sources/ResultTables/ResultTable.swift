// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// One column of a table.
public struct Column: Sendable, Hashable {
  /// What its cells hold.
  public enum Kind: String, Sendable, Hashable {
    /// Labels: words that name a row.
    case text
    /// Whole numbers.
    case integer
    /// Real numbers.
    case number
  }

  /// The name in the header row.
  public let name: String
  /// What its cells hold.
  public let kind: Kind

  /// A column of cells of one kind.
  public init(_ name: String, _ kind: Kind) {
    self.name = name
    self.kind = kind
  }
}

/// One cell of a table.
public enum Cell: Sendable, Hashable {
  /// A label, one line.
  case text(String)
  /// A whole number.
  case integer(Int)
  /// A finite number.
  case number(Double)
  /// Nothing is known, or the value is withheld; empty in files, null in JSON, `-` for people.
  case missing
}

/// A number that is no number was put into a table.
public struct NonFiniteCell: Fault {
  /// What the run fails of.
  public var kind: FaultKind { .badFile }
  /// Table, column and row.
  public let description: String
}

/// A named table of results. Numbers in it are finite, always.
public struct ResultTable: Sendable {
  /// The name after `# table:`.
  public let name: String
  /// One sentence on what it holds.
  public let summary: String
  /// The columns from left to right.
  public let columns: [Column]
  /// The rows, one cell a column.
  public private(set) var rows: [[Cell]] = []
  /// Lines printed under the table: tests and reasons; control characters in them become spaces.
  public var notes: [String] = [] { didSet { notes = notes.map { PlainText.line($0) } } }

  /// An empty table.
  public init(name: String, summary: String, columns: [Column]) {
    self.name = name
    self.summary = PlainText.line(summary)
    self.columns = columns
  }

  /// Appends a row; refuses numbers that are not finite.
  public mutating func append(_ row: [Cell]) throws(NonFiniteCell) {
    precondition(row.count == columns.count, "table \(name): \(row.count) cells for \(columns.count) columns")
    for (cell, column) in zip(row, columns) {
      if case .number(let value) = cell, !value.isFinite {
        throw NonFiniteCell(
          description: "table \(name), row \(rows.count + 1): \(column.name) is \(value), not a finite number")
      }
    }
    rows.append(row)
  }
}

/// What a file says about its origin: an ordered list of keys and one-line values.
public struct Provenance: Sendable {
  /// The entries in order.
  public private(set) var entries: [(key: String, value: String)] = []

  /// A provenance without entries.
  public init() {}

  /// Appends one; line breaks and control characters become spaces.
  public mutating func add(_ key: String, _ value: String) {
    entries.append((PlainText.line(key), PlainText.line(value.split(whereSeparator: \.isNewline).joined(separator: " "))))
  }
}
