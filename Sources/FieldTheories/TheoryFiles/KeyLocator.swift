// SPDX-License-Identifier: GPL-3.0-or-later

/// Finds the line on which each key of a TOML text stands (the parser keeps no positions of keys).
///
/// It follows `[table]` and `[[array]]` headers, dotted and quoted keys, multi-line strings and lists, and inline tables.
/// It is meant for texts the parser has accepted; on any other text it still ends, with the keys it understood. Paths are
/// followed eight tables deep.
public struct KeyLocator: Sendable {
  /// Every key and table in order of appearance, as a dotted key (`architecture.width`) with its line, from 1.
  public private(set) var entries: [(key: String, line: Int)] = []
  /// The first table header without a name or value that cannot be one, and the text before its statement. The parser would stop the
  /// program on some of these (its assertions `parse_key`, `parse_value`, `parse_time`), so it must not see them. Dates and times,
  /// of which a theory file has none, are refused too.
  let malformed: (line: Int, problem: String, before: String)?
  private var lines: [String: Int] = [:]

  /// Scans a text. Cost: linear in its length.
  public init(_ text: String) {
    var scanner = KeyScanner(text)
    scanner.scan()
    malformed = scanner.malformed
    for (path, line) in scanner.found {
      for depth in 1...path.count {
        let key = TOMLText.dotted(Array(path.prefix(depth)))
        guard lines[key] == nil else { continue }
        lines[key] = line
        entries.append((key, line))
      }
    }
  }

  /// The line of a key, or, where the text does not give the key, of the nearest table around it; nil at the top level.
  public func line(of dotted: String) -> Int? {
    guard let path = Self.components(dotted) else { return nil }
    for depth in stride(from: path.count, to: 0, by: -1) {
      if let line = lines[TOMLText.dotted(Array(path.prefix(depth)))] { return line }
    }
    return nil
  }

  /// Whether the text gives the key or table.
  public func has(_ dotted: String) -> Bool { lines[dotted] != nil }

  /// The dotted name under which element `index` (from 0) of a list of tables `[[key]]` is found: the first has the name of the list.
  static func element(_ key: String, _ index: Int) -> String {
    index == 0 ? key : TOMLText.dotted((components(key) ?? [key]).dropLast() + ["\(components(key)?.last ?? key)[\(index + 1)]"])
  }

  /// The components of a dotted key, or nil where the text is not one: `a."b c".d` has three.
  public static func components(_ dotted: String) -> [String]? {
    var scanner = KeyScanner(dotted)
    guard let path = scanner.dottedKey(), scanner.isAtEnd else { return nil }
    return path
  }
}

/// A cursor over the bytes of a TOML text.
private struct KeyScanner {
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1
  /// Paths of keys and tables with their lines.
  var found: [([String], Int)] = []
  private(set) var malformed: (line: Int, problem: String, before: String)?
  private var statement = 0
  private static let greatestDepth = 8

  init(_ text: String) {
    bytes = Array(text.utf8)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  var isAtEnd: Bool { position >= bytes.count }
  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func record(_ path: [String], _ line: Int) {
    found.append((Array(path.prefix(Self.greatestDepth)), line))
  }

  private func matches(_ word: String) -> Bool { bytes[position...].starts(with: word.utf8) }

  private mutating func advance(_ count: Int = 1) {
    for _ in 0..<count where position < bytes.count {
      if bytes[position] == UInt8(ascii: "\n") { line += 1 }
      position += 1
    }
  }

  private mutating func skipBlanks(newlines: Bool = false) {
    while let byte = current {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"): advance()
      case UInt8(ascii: "\n") where newlines, UInt8(ascii: "\r") where newlines: advance()
      case UInt8(ascii: "#") where newlines: skipLine()
      default: return
      }
    }
  }

  private mutating func skipLine() {
    while let byte = current, byte != UInt8(ascii: "\n") { advance() }
  }

  /// Reads the whole text.
  mutating func scan() {
    var table: [String] = []
    var elements: [[String]: Int] = [:]
    while true {
      skipBlanks(newlines: true)
      guard let byte = current else { return }
      let start = line
      statement = position
      if byte == UInt8(ascii: "[") {
        advance()
        let isElement = current == UInt8(ascii: "[")
        if isElement { advance() }
        skipBlanks()
        if !startsKey { refuse("the brackets name no table") }
        if let path = dottedKey() {
          table = Array(path.prefix(Self.greatestDepth))
          if isElement {
            elements[table, default: 0] += 1
            if let count = elements[table], count > 1 { table[table.count - 1] += "[\(count)]" }
          }
          found.append((table, start))
        }
        skipLine()
      } else if let path = dottedKey(), current == UInt8(ascii: "=") {
        advance()
        record(table + path, start)
        skipValue(of: table + path, depth: 0)
      } else {
        skipLine()
      }
    }
  }

  private mutating func refuse(_ problem: String) {
    guard malformed == nil else { return }
    malformed = (line, problem, String(decoding: bytes[..<statement], as: UTF8.self))
  }

  /// Whether a key may begin here.
  private var startsKey: Bool {
    guard let byte = current else { return false }
    return byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || TOMLText.isBare(byte)
  }

  /// Reads `a . "b c" . 'd'` and the blanks after it.
  mutating func dottedKey() -> [String]? {
    var path: [String] = []
    while true {
      skipBlanks()
      guard let component = keyComponent() else { return nil }
      path.append(component)
      skipBlanks()
      guard current == UInt8(ascii: ".") else { return path }
      advance()
    }
  }

  private mutating func keyComponent() -> String? {
    guard let byte = current else { return nil }
    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { return quoted(byte) }
    let start = position
    let ends = Array(" \t\r\n.=[]{}\"'#,".utf8)
    while let byte = current, !ends.contains(byte) { advance() }
    return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
  }

  /// Reads text in single quotes (`quote` doubled three times: many lines) and returns it, escapes resolved.
  private mutating func quoted(_ quote: UInt8) -> String? {
    advance()
    var content: [UInt8] = []
    while let byte = current, byte != UInt8(ascii: "\n") {
      if byte == quote {
        advance()
        return String(decoding: content, as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        advance()
        content += escapeSequence()
        continue
      }
      content.append(byte)
      advance()
    }
    return nil
  }

  private mutating func escapeSequence() -> [UInt8] {
    guard let byte = current else { return [] }
    advance()
    switch byte {
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      let count = byte == UInt8(ascii: "u") ? 4 : 8
      let digits = bytes[position..<min(position + count, bytes.count)]
      guard digits.count == count,
        let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
        let scalar = Unicode.Scalar(value)
      else { return [] }
      advance(count)
      return Array(String(Character(scalar)).utf8)
    default: return [byte]
    }
  }

  private mutating func skipString(_ quote: UInt8) {
    let fence = String(repeating: quote == UInt8(ascii: "'") ? "'" : "\"", count: 3)
    guard matches(fence) else {
      _ = quoted(quote)
      return
    }
    advance(3)
    while !isAtEnd, !matches(fence) {
      if current == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") { advance() }
      advance()
    }
    advance(3)
    // Up to two quotes may belong to the text before the fence.
    for _ in 0..<2 where current == quote { advance() }
  }

  /// Passes over a value; keys of inline tables are recorded under `path`. The depth bound matches the parser's.
  private mutating func skipValue(of path: [String], depth: Int) {
    skipBlanks()
    guard depth < 256, let byte = current else { return }
    if ",]}\r\n#".utf8.contains(byte) { refuse("a value is missing") }
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): skipString(byte)
    case UInt8(ascii: "["):
      advance()
      while true {
        skipBlanks(newlines: true)
        guard let next = current, next != UInt8(ascii: "]") else { break }
        let start = position
        skipValue(of: path, depth: depth + 1)
        skipBlanks(newlines: true)
        if current == UInt8(ascii: ",") { advance() }
        if position == start { advance() }
      }
      advance()
    case UInt8(ascii: "{"):
      advance()
      while true {
        skipBlanks(newlines: true)
        guard let next = current, next != UInt8(ascii: "}") else { break }
        let (start, keyLine) = (position, line)
        if let key = dottedKey(), current == UInt8(ascii: "=") {
          advance()
          record(path + key, keyLine)
          skipValue(of: path + key, depth: depth + 1)
        }
        skipBlanks(newlines: true)
        if current == UInt8(ascii: ",") { advance() }
        if position == start { advance() }
      }
      advance()
    default:
      let ends = Array(",]}\r\n#".utf8)
      let start = position
      while let byte = current, !ends.contains(byte) { advance() }
      let word = String(decoding: bytes[start..<position], as: UTF8.self)
        .split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
      if !TOMLText.isPlainValue(word) { refuse("\(word) is neither number nor truth value nor text in quotes") }
    }
  }
}
