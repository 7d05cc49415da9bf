// SPDX-License-Identifier: GPL-3.0-or-later

import TOMLKit

/// One `--set key=value`: a value that replaces or adds a key of a theory file.
///
/// The value is read as TOML; what TOML does not know is read as a list (`64x64`, `10,30,100`) or else as bare text.
/// Numbers may be written `1e6` where a whole number is wanted.
public struct TheoryOverride: Sendable, Hashable {
  /// The name that stands for the file in faults of overrides.
  public static let source = "--set"
  /// Dotted key, as given.
  public let key: String
  /// Value, as given.
  public let value: String

  /// An override.
  public init(key: String, value: String) {
    self.key = key
    self.value = value
  }

  /// Splits the argument `key=value` of `--set` at its first equals sign.
  public init(argument: String) throws {
    guard let equals = argument.firstIndex(of: "=") else {
      throw TheoryFileError(
        file: Self.source, problem: "\"\(argument)\" has no equals sign",
        cure: "write it like --set architecture.width=100")
    }
    self.init(
      key: String(argument[..<equals]), value: String(argument[argument.index(after: equals)...]))
  }

  /// The components of the key.
  func components() throws -> [String] {
    guard let path = KeyLocator.components(key) else {
      throw fault("\"\(key)\" is not a key", cure: "write it like --set architecture.width=100")
    }
    return path
  }

  /// Puts the value into a parsed file; tables on the way are made where they are missing.
  func apply(to root: TOMLTable) throws {
    let path = try components()
    var table = root
    for (depth, component) in path.dropLast().enumerated() {
      if table[component] == nil { table[component] = TOMLTable() }
      guard let next = table[component]?.table else {
        throw fault(
          "\(TOMLText.dotted(Array(path[...depth]))) is not a table",
          cure: "set \(TOMLText.dotted(Array(path[...depth]))) itself")
      }
      table = next
    }
    guard let last = path.last else { return }
    if table[last]?.table != nil {
      throw fault("this is a table, not a key", cure: "set one of its keys, like \(TOMLText.dotted(path)).KEY=VALUE")
    }
    table[last] = try parsed()
  }

  /// The value as TOML.
  private func parsed() throws -> any TOMLValueConvertible {
    let text = value.filter { $0 != " " && $0 != "\t" }.isEmpty ? "" : value
    guard !text.isEmpty else {
      throw fault("no value is given", cure: "write it like --set \(key)=VALUE")
    }
    guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
      throw fault("the value holds a line break or control character", cure: "keep it on one line, with spaces only")
    }
    if let value = Self.toml(text) { return value }
    let trimmed = text.split(separator: " ").joined(separator: " ")
    if let first = trimmed.first, "[{\"'".contains(first) {
      throw fault("\(trimmed) is not complete TOML", cure: "close its brackets and quotes, and quote it for the shell")
    }
    for separator: Character in [",", "x"] {
      let parts = trimmed.split(separator: separator, omittingEmptySubsequences: false)
        .map { String($0.split(separator: " ").joined(separator: " ")) }
      guard parts.count > 1 else { continue }
      if separator == "x", !parts.allSatisfy({ Int($0) != nil }) { continue }
      if parts.contains("") { throw fault("\(trimmed) has an empty entry", cure: "write lists like 10,30,100") }
      return TOMLArray(parts.map { Self.toml($0) ?? $0 })
    }
    return trimmed
  }

  /// The value of `value = text`, or nil where that is not TOML.
  private static func toml(_ text: String) -> (any TOMLValueConvertible)? {
    let line = "value = \(text)"
    // Bare text may hold a number sign; it is no comment.
    let isBare = !text.contains(where: { "\"'[{".contains($0) })
    guard !(isBare && text.contains("#")), TextFile.lineOfNull(text) == nil, KeyLocator(line).malformed == nil,
      let table = try? TOMLTable(string: line)
    else { return nil }
    return table["value"]
  }

  private func fault(_ problem: String, cure: String) -> TheoryFileError {
    TheoryFileError(file: Self.source, key: key, problem: problem, cure: cure)
  }
}
