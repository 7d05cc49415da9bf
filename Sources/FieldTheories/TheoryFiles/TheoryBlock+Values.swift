// SPDX-License-Identifier: GPL-3.0-or-later

import TOMLKit

extension TheoryBlock {
  /// The range of masses, cutoffs and widths of densities: their eighth powers stay within double precision.
  static let scales = 1e-30...1e30

  /// A finite number; integers are welcome.
  public func number(
    _ key: String, default fallback: Double? = nil, in range: ClosedRange<Double>? = nil,
    above bound: Double? = nil
  ) throws -> Double {
    var given: Double?
    if let raw = value(key) {
      given = raw.double ?? raw.int.map(Double.init)
      guard let number = given else {
        throw fault(key, "expected a number, found \(raw.phrase)", cure: "write it like \(key) = 1.0")
      }
      guard number.isFinite else {
        throw fault(key, "the number is not finite", cure: "give a finite number")
      }
      if let range, !range.contains(number) {
        throw fault(
          key, "\(number) is outside \(range.lowerBound)…\(range.upperBound)",
          cure: "give a number in that range")
      }
      if let bound, !(number > bound) {
        throw fault(key, "\(number) is not above \(bound)", cure: "give a number above \(bound)")
      }
    }
    let result = try required(key, given, default: fallback, example: "1.0")
    record(key, "\(result)")
    return result
  }

  /// A whole number in a range. `1e6` and `1_000_000` both count as whole numbers.
  public func integer(_ key: String, default fallback: Int? = nil, in range: ClosedRange<Int>) throws -> Int {
    let example = "\(range.lowerBound)"
    let given = try value(key).map { try wholeNumber(key, $0, in: range, example: example) }
    let result = try required(key, given, default: fallback, example: example)
    record(key, "\(result)")
    return result
  }

  /// A truth value.
  public func flag(_ key: String, default fallback: Bool? = nil) throws -> Bool {
    let given = try value(key).map { raw in
      guard let flag = raw.bool else {
        throw fault(key, "expected true or false, found \(raw.phrase)", cure: "write it like \(key) = true")
      }
      return flag
    }
    let result = try required(key, given, default: fallback, example: "true")
    record(key, "\(result)")
    return result
  }

  /// Text: one line without control characters.
  public func text(_ key: String, default fallback: String? = nil) throws -> String {
    let given = try value(key).map { try line(key, $0, expected: "text", cure: "write it in quotes: \(key) = \"…\"") }
    let result = try required(key, given, default: fallback, example: "\"…\"")
    record(key, TOMLText.quoted(result))
    return result
  }

  /// One of a fixed set of words, all of T unless some are listed; a misspelt one is answered with the nearest.
  public func choice<T: RawRepresentable & CaseIterable>(
    _ key: String, default fallback: T? = nil, among choices: [T] = Array(T.allCases)
  ) throws -> T where T.RawValue == String {
    let known = choices.map(\.rawValue)
    let given = try value(key).map { raw in
      try line(
        key, raw, expected: "one of the words \(known.joined(separator: ", "))",
        cure: "write it in quotes, like \(key) = \"\(known.first ?? "…")\"")
    }
    let word = try required(key, given, default: fallback?.rawValue, example: "\"\(known.first ?? "…")\"")
    guard let result = choices.first(where: { $0.rawValue == word }) else { throw unknownWord(key, word, known: known) }
    record(key, TOMLText.quoted(word))
    return result
  }

  /// The error for a word outside a known list.
  public func unknownWord(_ key: String, _ word: String, known: [String]) -> TheoryFileError {
    fault(
      key, "unknown value \"\(word)\"",
      cure: Spelling.quotedHint(for: word, among: known) + "known: \(known.joined(separator: ", "))")
  }

  /// A list of whole numbers in a range; a single number is a list of one.
  public func integers(
    _ key: String, default fallback: [Int]? = nil, count: ClosedRange<Int>, in range: ClosedRange<Int>
  ) throws -> [Int] {
    let example =
      "["
      + [String](repeating: "\(max(range.lowerBound, 1))", count: count.lowerBound)
      .joined(separator: ", ") + "]"
    let given = try value(key).map { raw in
      if raw.int != nil || raw.double != nil { return [try wholeNumber(key, raw, in: range, example: example)] }
      guard let array = raw.array else {
        throw fault(key, "expected a list, found \(raw.phrase)", cure: "write it like \(key) = \(example)")
      }
      return try array.map { try wholeNumber(key, $0, in: range, example: example) }
    }
    let result = try required(key, given, default: fallback, example: example)
    guard count.contains(result.count) else {
      let wanted =
        count.lowerBound == count.upperBound
        ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
      throw fault(
        key, "the list has \(result.count) entries, expected \(wanted)", cure: "write it like \(key) = \(example)")
    }
    record(key, "\(result)")
    return result
  }

  /// A list of finite numbers; a single number is a list of one.
  public func numbers(_ key: String, count: ClosedRange<Int>) throws -> [Double] {
    let example = "[1.0, 0.5]"
    let given = try value(key).map { raw in
      if let number = raw.double ?? raw.int.map(Double.init), number.isFinite { return [number] }
      guard let array = raw.array else {
        throw fault(key, "expected a list, found \(raw.phrase)", cure: "write it like \(key) = \(example)")
      }
      return try array.map { entry in
        guard let number = entry.double ?? entry.int.map(Double.init), number.isFinite else {
          throw fault(key, "expected finite numbers, found \(entry.phrase)", cure: "write it like \(key) = \(example)")
        }
        return number
      }
    }
    let result = try required(key, given, default: nil, example: example)
    guard count.contains(result.count) else {
      throw fault(
        key, "the list has \(result.count) entries, expected \(count.lowerBound) to \(count.upperBound)",
        cure: "write it like \(key) = \(example)")
    }
    record(key, "\(result)")
    return result
  }

  /// `count` lists of `columns` finite numbers each.
  public func rows(_ key: String, count: Int, of columns: Int) throws -> [[Double]] {
    let example = "[[" + [String](repeating: "0.5", count: columns).joined(separator: ", ") + "]]"
    let cure = "write it like \(key) = \(example), one list a point and one number an output"
    let given = try value(key).map { raw -> [[Double]] in
      guard let array = raw.array else { throw fault(key, "expected a list of lists, found \(raw.phrase)", cure: cure) }
      return try array.map { row in
        guard let entries = row.array else { throw fault(key, "expected a list, found \(row.phrase)", cure: cure) }
        let numbers = try entries.map { entry in
          guard let number = entry.double ?? entry.int.map(Double.init), number.isFinite else {
            throw fault(key, "expected finite numbers, found \(entry.phrase)", cure: cure)
          }
          return number
        }
        guard numbers.count == columns else {
          throw fault(key, "a list has \(numbers.count) numbers, expected \(columns)", cure: cure)
        }
        return numbers
      }
    }
    let result = try required(key, given, default: nil, example: example)
    guard result.count == count else { throw fault(key, "there are \(result.count) lists, expected \(count)", cure: cure) }
    record(key, "\(result)")
    return result
  }

  /// A list of texts.
  public func texts(_ key: String, default fallback: [String]? = nil) throws -> [String] {
    let given = try value(key).map { try words(key, $0) }
    let result = try required(key, given, default: fallback, example: "[\"…\"]")
    record(key, "[" + result.map(TOMLText.quoted).joined(separator: ", ") + "]")
    return result
  }

  /// A list of texts, or the single word `automatic` (the default), which is nil; any other single word is a list of one.
  func textsOrAutomatic(_ key: String, automatic: String) throws -> [String]? {
    guard let raw = value(key), raw.string != automatic else {
      record(key, TOMLText.quoted(automatic))
      return nil
    }
    let result = raw.string == nil ? try words(key, raw) : [try line(key, raw, expected: "text", cure: "")]
    record(key, "[" + result.map(TOMLText.quoted).joined(separator: ", ") + "]")
    return result
  }

  /// A list of tables of whole numbers, each of `rows` rows of `columns` numbers (bare where that is one); or the single word `automatic` (the
  /// default), which is nil.
  func integerTables(_ key: String, automatic: String, rows: Int, columns: Int) throws -> [[[Int]]]? {
    guard let raw = value(key), raw.string != automatic else {
      record(key, TOMLText.quoted(automatic))
      return nil
    }
    let row = columns == 1 ? "1" : "[" + [String](repeating: "0", count: columns).joined(separator: ", ") + "]"
    let example = "[[" + [String](repeating: row, count: rows).joined(separator: ", ") + "]]"
    func list(_ raw: any TOMLValueConvertible, _ expected: String, _ count: Int? = nil) throws -> TOMLArray {
      guard let array = raw.array, !array.isEmpty, count == nil || array.count == count else {
        throw fault(
          key, "expected \(expected), found \(raw.array.map { "a list of \($0.count)" } ?? raw.phrase)",
          cure: "write it like \(key) = \(example)")
      }
      return array
    }
    let tables = try list(raw, "a list of momentum quadruples").map { table in
      try list(table, "\(rows) modes", rows).map { entry -> [Int] in
        if columns == 1 && entry.array == nil { return [try wholeNumber(key, entry, in: Self.modes, example: "1")] }
        return try list(entry, "\(columns) whole numbers a mode", columns).map {
          try wholeNumber(key, $0, in: Self.modes, example: "1")
        }
      }
    }
    record(key, "\(tables)")
    return tables
  }

  private static let modes = -(1 << 30)...(1 << 30)

  private func words(_ key: String, _ raw: any TOMLValueConvertible) throws -> [String] {
    let cure = "write it like \(key) = [\"…\"]"
    guard let array = raw.array else { throw fault(key, "expected a list, found \(raw.phrase)", cure: cure) }
    return try array.map { try line(key, $0, expected: "texts", cure: cure) }
  }

  private func line(_ key: String, _ raw: any TOMLValueConvertible, expected: String, cure: String) throws -> String {
    guard let text = raw.string else {
      throw fault(key, "expected \(expected), found \(raw.phrase)", cure: cure)
    }
    guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
      throw fault(key, "the text holds a line break or control character", cure: "keep it on one line, with spaces only")
    }
    return text
  }

  private func wholeNumber(
    _ key: String, _ raw: any TOMLValueConvertible, in range: ClosedRange<Int>, example: String
  ) throws -> Int {
    guard let integer = raw.int ?? raw.double.flatMap({ Int(exactly: $0) }) else {
      throw fault(key, "expected a whole number, found \(raw.phrase)", cure: "write it like \(key) = \(example)")
    }
    guard range.contains(integer) else {
      throw fault(
        key, "\(integer) is outside \(range.lowerBound)…\(range.upperBound)", cure: "give a whole number in that range")
    }
    return integer
  }
}

extension TOMLValueConvertible {
  /// What stands there, for messages: the value itself where it is short, else its type.
  var phrase: String {
    switch type {
    case .table: "a table"
    case .array: "a list"
    case .string: "the text \(TOMLText.quoted(String((string ?? "").prefix(40))))"
    case .int: "the number \(int ?? 0)"
    case .double: "the number \(double ?? 0)"
    case .bool: "\(bool ?? false)"
    case .date, .time, .dateTime: "a date or time"
    }
  }
}
