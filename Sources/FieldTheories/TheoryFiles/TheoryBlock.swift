// SPDX-License-Identifier: GPL-3.0-or-later

import TOMLKit

/// One table of a theory file, read strictly: every key must be asked for, by name and type, and whatever is left at the end is an
/// error that names the nearest known key. Values that were defaulted are recorded, so that a run can print them all.
public final class TheoryBlock {
  /// Dotted path of the table: "" for the top level, "architecture", "lattice".
  public let path: String
  private let table: TOMLTable
  private let locate: (String) -> (file: String, line: Int?)
  private var asked: [String] = []
  /// Every key asked for with the value it got (given or default), in order.
  public private(set) var resolved: [(key: String, value: String)] = []

  /// Wraps a parsed table; `locate` maps a dotted key to the file and line where it stands.
  public init(path: String, table: TOMLTable, locate: @escaping (String) -> (file: String, line: Int?)) {
    self.path = path
    self.table = table
    self.locate = locate
  }

  /// The dotted name of a key of this table.
  public func dotted(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// A fault at `key`.
  public func fault(_ key: String, _ problem: String, cure: String) -> TheoryFileError {
    let place = locate(dotted(key))
    return TheoryFileError(
      file: place.file, line: place.line, key: dotted(key), problem: problem, cure: cure)
  }

  /// Whether the file gives the key.
  public func has(_ key: String) -> Bool { table[key] != nil }

  private func value(_ key: String) -> (any TOMLValueConvertible)? {
    asked.append(key)
    return table[key]
  }

  private func required<T>(_ key: String, _ given: T?, default fallback: T?, example: String) throws -> T {
    if let result = given ?? fallback { return result }
    throw fault(key, "this key is missing", cure: "add a line like \(key) = \(example)")
  }

  private func record(_ key: String, _ value: some Any) { resolved.append((dotted(key), "\(value)")) }

  /// A finite number; integers are welcome.
  public func number(
    _ key: String, default fallback: Double? = nil, in range: ClosedRange<Double>? = nil,
    above bound: Double? = nil
  ) throws -> Double {
    var given: Double?
    if let raw = value(key) {
      given = raw.double ?? raw.int.map(Double.init)
      guard let number = given else {
        throw fault(key, "expected a number, found \(raw.type.phrase)", cure: "write it like \(key) = 1.0")
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
    record(key, result)
    return result
  }

  /// A whole number in a range. `1e6` and `1_000_000` both count as whole numbers.
  public func integer(_ key: String, default fallback: Int? = nil, in range: ClosedRange<Int>) throws -> Int {
    var given: Int?
    if let raw = value(key) {
      given = raw.int ?? raw.double.flatMap { Int(exactly: $0) }
      guard let integer = given else {
        throw fault(
          key, "expected a whole number, found \(raw.double.map { "\($0)" } ?? raw.type.phrase)",
          cure: "write it like \(key) = \(range.lowerBound)")
      }
      guard range.contains(integer) else {
        throw fault(
          key, "\(integer) is outside \(range.lowerBound)…\(range.upperBound)",
          cure: "give a whole number in that range")
      }
    }
    let result = try required(key, given, default: fallback, example: "\(range.lowerBound)")
    record(key, result)
    return result
  }

  /// Text.
  public func text(_ key: String, default fallback: String? = nil) throws -> String {
    var given: String?
    if let raw = value(key) {
      given = raw.string
      guard given != nil else {
        throw fault(key, "expected text, found \(raw.type.phrase)", cure: "write it in quotes: \(key) = \"…\"")
      }
    }
    let result = try required(key, given, default: fallback, example: "\"…\"")
    record(key, "\"\(result)\"")
    return result
  }

  /// One of a fixed set of words; a misspelt one is answered with the nearest.
  public func choice<T: RawRepresentable & CaseIterable>(
    _ key: String, default fallback: T? = nil
  ) throws -> T where T.RawValue == String {
    let word = try text(key, default: fallback?.rawValue)
    guard let result = T(rawValue: word) else {
      throw unknownWord(key, word, known: T.allCases.map(\.rawValue))
    }
    return result
  }

  /// The error for a word outside a known list.
  public func unknownWord(_ key: String, _ word: String, known: [String]) -> TheoryFileError {
    let hint = Spelling.nearest(to: word, among: known).map { "did you mean \"\($0)\"? " } ?? ""
    return fault(key, "unknown value \"\(word)\"", cure: hint + "known: \(known.joined(separator: ", "))")
  }

  /// A list of whole numbers in a range.
  public func integers(
    _ key: String, default fallback: [Int]? = nil, count: ClosedRange<Int>, in range: ClosedRange<Int>
  ) throws -> [Int] {
    var given: [Int]?
    if let raw = value(key) {
      guard let array = raw.array else {
        throw fault(key, "expected a list, found \(raw.type.phrase)", cure: "write it like \(key) = [64, 64]")
      }
      given = try array.map { element in
        guard let n = element.int ?? element.double.flatMap({ Int(exactly: $0) }) else {
          throw fault(
            key, "expected whole numbers, found \(element.type.phrase)", cure: "write it like \(key) = [64, 64]")
        }
        guard range.contains(n) else {
          throw fault(
            key, "\(n) is outside \(range.lowerBound)…\(range.upperBound)", cure: "give whole numbers in that range")
        }
        return n
      }
    }
    let result = try required(key, given, default: fallback, example: "[64, 64]")
    guard count.contains(result.count) else {
      let wanted =
        count.lowerBound == count.upperBound
        ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
      throw fault(key, "found \(result.count) entries, expected \(wanted)", cure: "give \(wanted) entries")
    }
    record(key, result)
    return result
  }

  /// A list of texts.
  public func texts(_ key: String, default fallback: [String]? = nil) throws -> [String] {
    var given: [String]?
    if let raw = value(key) {
      guard let array = raw.array else {
        throw fault(key, "expected a list, found \(raw.type.phrase)", cure: "write it like \(key) = [\"…\"]")
      }
      given = try array.map { element in
        guard let word = element.string else {
          throw fault(
            key, "expected texts, found \(element.type.phrase)", cure: "write it like \(key) = [\"…\"]")
        }
        return word
      }
    }
    let result = try required(key, given, default: fallback, example: "[\"…\"]")
    record(key, result)
    return result
  }

  /// A sub-table, or an empty one where the file has none.
  public func block(_ key: String) throws -> TheoryBlock {
    if let raw = value(key) {
      guard let sub = raw.table else {
        throw fault(key, "expected a table, found \(raw.type.phrase)", cure: "open it with a line [\(dotted(key))]")
      }
      return TheoryBlock(path: dotted(key), table: sub, locate: locate)
    }
    return TheoryBlock(path: dotted(key), table: TOMLTable(), locate: locate)
  }

  /// Names of all keys the file gives in this table.
  public var givenKeys: [String] { table.keys.sorted() }

  /// Throws if the file gives a key nobody asked for.
  public func rejectLeftovers() throws {
    for key in givenKeys where !asked.contains(key) {
      let hint = Spelling.nearest(to: key, among: asked).map { "did you mean \"\($0)\"? " } ?? ""
      throw fault(key, "unknown key", cure: hint + "known here: \(asked.sorted().joined(separator: ", "))")
    }
  }
}

extension TOMLType {
  /// The type in words, for messages.
  var phrase: String {
    switch self {
    case .table: "a table"
    case .array: "a list"
    case .string: "text"
    case .int: "a whole number"
    case .double: "a number"
    case .bool: "true or false"
    case .date, .time, .dateTime: "a date or time"
    }
  }
}
