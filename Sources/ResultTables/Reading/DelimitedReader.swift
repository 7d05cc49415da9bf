// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// Reads TSV and CSV as ``DelimitedText`` writes them.
///
/// The text does not say what a column holds: it holds whole numbers if all its cells are written as such, numbers if all are
/// numbers, else texts; `set` and `status` are texts. So a table comes back with equal cells, and written again gives equal bytes.
struct DelimitedReader {
  /// Of both: the header of the first table, with tabs or without, decides.
  static let reader = ResultReader(recognises: { $0.starts(with: Array("# ".utf8)) }) { path, _ in
    let bytes = try ResultFile.bytes(path)
    return try bytes.withUnsafeBufferPointer { buffer in
      var reader = DelimitedReader(bytes: buffer)
      return try reader.document()
    }
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var separator = UInt8(ascii: "\t")
  private var quotes: Bool { separator == UInt8(ascii: ",") }
  private var position = 0
  private var line = 0

  private static let newline = UInt8(ascii: "\n")
  private static let quote = UInt8(ascii: "\"")

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  private func fault(_ problem: String) -> FileFailure { FileFailure(problem: "line \(line): \(problem)") }

  private mutating func document() throws -> ResultDocument {
    var provenance = Provenance()
    var tables: [SampledTable] = []
    while position < bytes.count, !startsTable {
      let text = try comment()
      guard let colon = text.range(of: ": ") else { throw fault("this is no line \"# key: value\"") }
      provenance.add(String(text[..<colon.lowerBound]), String(text[colon.upperBound...]))
    }
    guard position < bytes.count else { throw FileFailure(problem: "it holds no table") }
    let header = bytes[position...].split(separator: Self.newline, maxSplits: 3).dropFirst(2).first
    if header?.contains(separator) == false { separator = UInt8(ascii: ",") }
    while position < bytes.count { tables.append(SampledTable(try table())) }
    return ResultDocument(provenance: provenance, theory: "", tables: tables)
  }

  private var startsTable: Bool { bytes[position...].starts(with: "# table: ".utf8) }

  private mutating func comment() throws -> String {
    let text = String(decoding: try restOfLine(), as: UTF8.self)
    guard text.hasPrefix("# ") else { throw fault("a line that begins with # is missing here") }
    return String(text.dropFirst(2))
  }

  private mutating func restOfLine() throws -> Slice<UnsafeBufferPointer<UInt8>> {
    line += 1
    guard let end = bytes[position...].firstIndex(of: Self.newline) else { throw fault("the file is cut short") }
    defer { position = end + 1 }
    return bytes[position..<end]
  }

  private mutating func table() throws -> ResultTable {
    guard startsTable else {
      line += 1
      throw fault("a line \"# table: NAME\" is missing here")
    }
    let name = String(try comment().dropFirst("table: ".count))
    let summary = try comment()
    var fields: [Range<Int>] = []
    try row(into: &fields)
    let names = fields.map(text)
    let width = names.count
    fields = []
    var rowCount = 0
    while position < bytes.count, bytes[position] != UInt8(ascii: "#"), !isBlankBeforeTable(rowCount, width) {
      try row(into: &fields)
      rowCount += 1
      guard fields.count == rowCount * width else {
        throw fault("\(fields.count - (rowCount - 1) * width) cells in \(width) columns")
      }
    }
    let columns = names.enumerated().map { index, name in
      Self.column(name, stride(from: index, to: fields.count, by: width).lazy.map { fields[$0] }, bytes)
    }
    var table = ResultTable(name: name, summary: summary, columns: columns)
    for row in 0..<rowCount {
      try table.append(columns.indices.map { cell(fields[row * width + $0], columns[$0].kind) })
    }
    while position < bytes.count, bytes[position] == UInt8(ascii: "#"), !startsTable {
      table.notes.append(try comment())
    }
    if position < bytes.count {
      guard try restOfLine().isEmpty, position < bytes.count else { throw fault("an empty line should end the table") }
    }
    return table
  }

  /// A blank line ends a table; in a table of one column it may also be a missing cell.
  private func isBlankBeforeTable(_ rows: Int, _ width: Int) -> Bool {
    bytes[position] == Self.newline && (width > 1 || bytes[(position + 1)...].starts(with: "# table: ".utf8))
  }

  /// The fields of one line; those of CSV may be quoted and hold line breaks.
  private mutating func row(into fields: inout [Range<Int>]) throws {
    line += 1
    var start = position
    var isQuoted = false
    while position < bytes.count {
      let byte = bytes[position]
      if quotes && byte == Self.quote { isQuoted.toggle() }
      if !isQuoted && (byte == separator || byte == Self.newline) {
        fields.append(start..<position)
        start = position + 1
      }
      position += 1
      if !isQuoted && byte == Self.newline { return }
    }
    throw fault("the file is cut short")
  }

  private func text(_ field: Range<Int>) -> String {
    guard quotes, bytes[field].first == Self.quote else { return String(decoding: bytes[field], as: UTF8.self) }
    return String(decoding: bytes[field.dropFirst().dropLast()], as: UTF8.self)
      .replacingOccurrences(of: "\"\"", with: "\"")
  }

  private func cell(_ field: Range<Int>, _ kind: Column.Kind) -> Cell {
    switch kind {
    case .text: .text(text(field))
    case .integer: NumberText.integer(bytes[field]).map(Cell.integer) ?? .missing
    case .number: NumberText.number(bytes[field]).map(Cell.number) ?? .missing
    }
  }

  private static func column(
    _ name: String, _ fields: some Collection<Range<Int>>, _ bytes: UnsafeBufferPointer<UInt8>
  ) -> Column {
    if name == "set" || name == "status" { return Column(name, .text) }
    var isInteger = false
    for field in fields where !field.isEmpty {
      isInteger = true
      guard NumberText.integer(bytes[field]) != nil else {
        isInteger = false
        break
      }
    }
    if isInteger { return Column(name, .integer) }
    let isNumber = fields.allSatisfy { $0.isEmpty || NumberText.number(bytes[$0]) != nil }
    return Column(name, isNumber ? .number : .text)
  }
}

/// Numbers as the text formats write them.
enum NumberText {
  /// A whole number in its one plain form, so `7` and not `+7` or `07`.
  static func integer(_ text: some Collection<UInt8>) -> Int? {
    var digits = text[...]
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative { digits = digits.dropFirst() }
    guard let first = digits.first, digits.count < 20, first != UInt8(ascii: "0") || (digits.count == 1 && !isNegative)
    else { return nil }
    var value = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      let (shifted, overflows) = value.multipliedReportingOverflow(by: 10)
      let step = Int(digit - UInt8(ascii: "0"))
      let (sum, overflowsToo) = shifted.addingReportingOverflow(isNegative ? -step : step)
      if overflows || overflowsToo { return nil }
      value = sum
    }
    return value
  }

  /// A finite decimal number, correctly rounded.
  static func number(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Double? {
    let room = 400
    guard !text.isEmpty, text.count < room,
      text.allSatisfy({ (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) })
    else { return nil }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: room) { buffer in
      for (index, byte) in text.enumerated() { buffer[index] = CChar(bitPattern: byte) }
      buffer[text.count] = 0
      var end: UnsafeMutablePointer<CChar>?
      let value = strtod(buffer.baseAddress!, &end)
      return end == buffer.baseAddress! + text.count && value.isFinite ? value : nil
    }
  }
}
