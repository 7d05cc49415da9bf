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

  /// An override of one key.
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

  /// One step down into a file: a key, or element `index` (from 1) of the list of tables of that name.
  private struct Step {
    let name: String
    let index: Int?

    /// The component under which ``KeyLocator`` finds it.
    var component: String { index.map { $0 == 1 ? name : "\(name)[\($0)]" } ?? name }
  }

  /// The components of the key as ``KeyLocator`` names them: the first of a list of tables has the name of the list.
  func components() throws -> [String] { try steps().map(\.component) }

  /// The steps of the key: `architecture.width`, `insertion[2].lambda`, `a."b c".d`.
  private func steps() throws -> [Step] {
    if let path = KeyLocator.components(key) { return path.map { Step(name: $0, index: nil) } }
    let steps = key.split(separator: ".", omittingEmptySubsequences: false).compactMap { part -> Step? in
      let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
      guard let path = KeyLocator.components(String(pieces[0])), path.count == 1 else { return nil }
      if pieces.count == 1 { return Step(name: path[0], index: nil) }
      guard pieces.count == 2, pieces[1].hasSuffix("]"), let index = Int(pieces[1].dropLast()) else { return nil }
      return Step(name: path[0], index: index)
    }
    guard steps.count == key.split(separator: ".", omittingEmptySubsequences: false).count else {
      throw fault("\"\(key)\" is not a key", cure: "write it like --set architecture.width=100, or insertion[1].lambda=2")
    }
    return steps
  }

  /// Puts the value into a parsed file; tables on the way are made where they are missing, elements of lists are not.
  func apply(to root: TOMLTable) throws {
    let path = try steps()
    var table = root
    for (depth, step) in path.dropLast().enumerated() {
      let place = TOMLText.dotted(path[...depth].map(\.name))
      if let index = step.index {
        table = try element(index, of: table[step.name], place)
        continue
      }
      if table[step.name] == nil { table[step.name] = TOMLTable() }
      guard let next = table[step.name]?.table else {
        let isList = table[step.name]?.array.map { !$0.isEmpty && $0.allSatisfy { $0.table != nil } } ?? false
        throw fault(
          isList ? "\(place) is a list of tables" : "\(place) is not a table",
          cure: isList
            ? "say which: \(place)[1].\(TOMLText.dotted(path[(depth + 1)...].map(\.name)))" : "set \(place) itself")
      }
      table = next
    }
    guard let last = path.last else { return }
    let whole = TOMLText.dotted(path.map(\.name))
    guard last.index == nil else {
      throw fault("this is a table, not a key", cure: "set one of its keys, like \(key).KEY=VALUE")
    }
    if table[last.name]?.table != nil {
      throw fault("this is a table, not a key", cure: "set one of its keys, like \(whole).KEY=VALUE")
    }
    table[last.name] = try parsed()
  }

  /// Element `index`, from 1, of a list of tables.
  private func element(_ index: Int, of value: (any TOMLValueConvertible)?, _ place: String) throws -> TOMLTable {
    guard let array = value?.array, !array.isEmpty else {
      throw fault(
        value == nil || value?.array != nil ? "the file has no [[\(place)]]" : "\(place) is not a list of tables",
        cure: "add [[\(place)]] to the file, or leave the index out")
    }
    guard (1...array.count).contains(index) else {
      throw fault(
        "there \(array.count == 1 ? "is 1 table" : "are \(array.count) tables") [[\(place)]], counted from 1",
        cure: "write \(place)[1]" + (array.count == 1 ? "" : " to \(place)[\(array.count)]"))
    }
    guard let table = array[index - 1].table else {
      throw fault("\(place) is not a list of tables", cure: "set \(place) itself")
    }
    return table
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
