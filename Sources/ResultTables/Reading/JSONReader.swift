// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// Reads what ``JSONRenderer`` wrote, cell by cell: no tree of the whole file is built.
enum JSONReader {
  static let reader = ResultReader(recognises: { start in
    start.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{")
  }) { path, _ in
    let bytes = try ResultFile.bytes(path)
    return try bytes.withUnsafeBufferPointer { buffer in
      var scanner = JSONScanner(buffer)
      let document = try document(&scanner)
      try scanner.finish()
      return document
    }
  }

  private static func document(_ scanner: inout JSONScanner) throws -> ResultDocument {
    var provenance: Provenance?
    var tables: [SampledTable]?
    try scanner.object { key, scanner in
      switch key {
      case "provenance":
        var origin = Provenance()
        try scanner.object { key, scanner in
          if scanner.isAtArray {
            try scanner.array { origin.add(key, try $0.string()) }
          } else {
            origin.add(key, try scanner.string())
          }
        }
        provenance = origin
      case "tables":
        var list: [SampledTable] = []
        try scanner.array { list.append(SampledTable(try table(&$0))) }
        tables = list
      default: try scanner.skip()
      }
    }
    guard let provenance, let tables else { throw FileFailure(problem: "it has no \"provenance\" or no \"tables\"") }
    return ResultDocument(provenance: provenance, theory: "", tables: tables)
  }

  private static func table(_ scanner: inout JSONScanner) throws -> ResultTable {
    var (name, summary) = ("", "")
    var table: ResultTable?
    var notes: [String] = []
    try scanner.object { key, scanner in
      switch key {
      case "name": name = try scanner.string()
      case "summary": summary = try scanner.string()
      case "columns":
        var columns: [Column] = []
        try scanner.array { columns.append(try column(&$0)) }
        table = ResultTable(name: name, summary: summary, columns: columns)
      case "rows":
        guard let columns = table?.columns else { throw FileFailure(problem: "a table has rows before columns") }
        try scanner.array { scanner in
          var row: [Cell] = []
          row.reserveCapacity(columns.count)
          try scanner.array { scanner in
            guard row.count < columns.count else { throw FileFailure(problem: "a row of table \(name) is too long") }
            row.append(try scanner.cell(columns[row.count].kind))
          }
          guard row.count == columns.count else { throw FileFailure(problem: "a row of table \(name) is too short") }
          try table!.append(row)
        }
      case "notes": try scanner.array { notes.append(try $0.string()) }
      default: try scanner.skip()
      }
    }
    guard var table else { throw FileFailure(problem: "table \(name) has no columns") }
    table.notes = notes
    return table
  }

  private static func column(_ scanner: inout JSONScanner) throws -> Column {
    var name: String?
    var kind: Column.Kind?
    try scanner.object { key, scanner in
      switch key {
      case "name": name = try scanner.string()
      case "kind": kind = Column.Kind(rawValue: try scanner.string())
      default: try scanner.skip()
      }
    }
    guard let name, let kind else { throw FileFailure(problem: "a column has no name or is of unknown kind") }
    return Column(name, kind)
  }
}

/// Walks through JSON (RFC 8259) from value to value.
struct JSONScanner {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var depth = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  private func fault(_ problem: String) -> FileFailure {
    FileFailure(problem: position < bytes.count ? "byte \(position): \(problem)" : "the file is cut short")
  }

  /// The next byte that is no white space; it is not consumed.
  private mutating func peek() -> UInt8? {
    while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
    return position < bytes.count ? bytes[position] : nil
  }

  private mutating func take(_ character: Unicode.Scalar) throws {
    guard peek() == UInt8(ascii: character) else { throw fault("\"\(character)\" is missing here") }
    position += 1
  }

  /// Whether an array comes next.
  var isAtArray: Bool {
    mutating get { peek() == UInt8(ascii: "[") }
  }

  /// Members of an object; `body` consumes each value.
  mutating func object(_ body: (String, inout JSONScanner) throws -> Void) throws {
    try list("{", "}") { scanner in
      let key = try scanner.string()
      try scanner.take(":")
      try body(key, &scanner)
    }
  }

  /// Elements of an array; `body` consumes each.
  mutating func array(_ body: (inout JSONScanner) throws -> Void) throws { try list("[", "]", body) }

  private mutating func list(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONScanner) throws -> Void
  ) throws {
    try take(open)
    depth += 1
    guard depth < 64 else { throw fault("too many brackets within brackets") }
    if peek() != UInt8(ascii: close) {
      try body(&self)
      while peek() == UInt8(ascii: ",") {
        position += 1
        try body(&self)
      }
    }
    try take(close)
    depth -= 1
  }

  /// Reads a text and its closing quotation mark.
  mutating func string() throws -> String {
    try take("\"")
    let start = position
    var isPlain = true
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      if bytes[position] == UInt8(ascii: "\\") {
        isPlain = false
        position += 1
      }
      position += 1
    }
    guard position < bytes.count else { throw fault("") }
    position += 1
    if isPlain { return String(decoding: bytes[start..<(position - 1)], as: UTF8.self) }
    let quoted = Data(bytes[(start - 1)..<position])
    guard let text = try? JSONDecoder().decode(String.self, from: quoted) else {
      throw fault("a text with an unknown escape ends here")
    }
    return text
  }

  /// A cell of a column.
  mutating func cell(_ kind: Column.Kind) throws -> Cell {
    if peek() == UInt8(ascii: "n") {
      try word("null")
      return .missing
    }
    if kind == .text { return .text(try string()) }
    let token = token()
    switch kind {
    case .integer: if let integer = NumberText.integer(token) { return .integer(integer) }
    case .number: if let number = NumberText.number(token) { return .number(number) }
    case .text: break
    }
    throw fault("no \(kind == .integer ? "whole " : "")number ends here")
  }

  private mutating func token() -> Slice<UnsafeBufferPointer<UInt8>> {
    let start = position
    while position < bytes.count, ![0x2C, 0x5D, 0x7D, 0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
    return bytes[start..<position]
  }

  private mutating func word(_ word: String) throws {
    guard bytes[position...].starts(with: word.utf8) else { throw fault("this is no JSON") }
    position += word.utf8.count
  }

  /// Passes over any value.
  mutating func skip() throws {
    switch peek() {
    case UInt8(ascii: "{"): try object { try $1.skip() }
    case UInt8(ascii: "["): try array { try $0.skip() }
    case UInt8(ascii: "\""): _ = try string()
    default: guard !token().isEmpty else { throw fault("a value is missing here") }
    }
  }

  /// Nothing but white space may follow.
  mutating func finish() throws {
    guard peek() == nil else { throw fault("something follows the end") }
  }
}
