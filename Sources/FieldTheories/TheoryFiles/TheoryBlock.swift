// SPDX-License-Identifier: GPL-3.0-or-later

import TOMLKit

/// One table of a theory file, read strictly: every key must be asked for, by name and type, and whatever is left at the end is an
/// error that names the nearest known key. Values that were defaulted are recorded, so that a run can print them all.
public final class TheoryBlock {
  /// Dotted path of the table: "" for the top level, "architecture", "lattice".
  public let path: String
  let table: TOMLTable
  private let locate: (String) -> (file: String, line: Int?)
  /// Dotted keys known to exist anywhere in a theory file of this kind; they only serve the wording of faults.
  private let vocabulary: [String]
  private var asked: [String] = []
  private var own: [(key: String, value: String)] = []
  private var blocks: [(key: String, block: TheoryBlock)] = []

  /// Wraps a parsed table; `locate` maps a dotted key to the file and line where it stands.
  public init(
    path: String, table: TOMLTable, vocabulary: [String] = [],
    locate: @escaping (String) -> (file: String, line: Int?)
  ) {
    self.path = path
    self.table = table
    self.vocabulary = vocabulary
    self.locate = locate
  }

  /// Every key asked for with the value it got (given or default, in TOML), in order; keys of sub-tables last.
  public var resolved: [(key: String, value: String)] {
    own + blocks.flatMap { $0.block.resolved }
  }

  /// The dotted name of a key of this table.
  public func dotted(_ key: String) -> String {
    path.isEmpty ? TOMLText.key(key) : "\(path).\(TOMLText.key(key))"
  }

  /// A fault at `key`.
  public func fault(_ key: String, _ problem: String, cure: String) -> TheoryFileError {
    let place = locate(dotted(key))
    return TheoryFileError(
      file: place.file, line: place.line, key: dotted(key), problem: problem, cure: cure)
  }

  /// The path of a file that the value of `key` names: relative to the folder of the theory file that names it, or to the current one where the command line
  /// does.
  func path(_ name: String, namedBy key: String) -> String {
    let file = locate(dotted(key)).file
    guard !name.hasPrefix("/"), file != TheoryOverride.source, let slash = file.lastIndex(of: "/") else { return name }
    return file[...slash] + name
  }

  /// Whether the file gives the key.
  public func has(_ key: String) -> Bool { table[key] != nil }

  /// The type of a key's value, where the file gives it.
  func type(of key: String) -> TOMLType? { table[key]?.type }

  /// Names of all keys the file gives in this table.
  public var givenKeys: [String] { table.keys.sorted() }

  /// The raw value of a key, which counts as asked for from now on.
  func value(_ key: String) -> (any TOMLValueConvertible)? {
    if !asked.contains(key) { asked.append(key) }
    return table[key]
  }

  /// The value given, or the default; a key with neither is missing.
  func required<T>(_ key: String, _ given: T?, default fallback: T?, example: String) throws -> T {
    if let result = given ?? fallback { return result }
    // A key that is missing because it is misspelt is reported where it stands.
    let local = localVocabulary
    let strangers = givenKeys.filter { !asked.contains($0) && !local.contains($0) }
    if !local.isEmpty, let misspelt = Spelling.nearest(to: key, among: strangers) {
      throw fault(misspelt, "unknown key", cure: "did you mean \"\(key)\"?")
    }
    let place = path.isEmpty ? "" : " under [\(path)]"
    throw fault(key, "this key is missing", cure: "add a line like \(key) = \(example)\(place)")
  }

  /// Notes the value a key got, in TOML; a key that is read twice is noted once.
  func record(_ key: String, _ value: String) {
    own.removeAll { $0.key == dotted(key) }
    own.append((dotted(key), value))
  }

  /// Takes back what was noted of a key that other keys stand for.
  func forget(_ key: String) { own.removeAll { $0.key == dotted(key) } }

  /// A sub-table, or an empty one where the file has none.
  public func block(_ key: String) throws -> TheoryBlock {
    if let known = blocks.first(where: { $0.key == key }) { return known.block }
    var content = TOMLTable()
    if let raw = value(key) {
      guard let sub = raw.table else {
        throw fault(key, "expected a table, found \(raw.phrase)", cure: "open it with a line [\(dotted(key))]")
      }
      content = sub
    }
    let block = TheoryBlock(path: dotted(key), table: content, vocabulary: vocabulary, locate: locate)
    blocks.append((key, block))
    return block
  }

  /// The tables of a list of tables, `[[key]]`, in order; none where the file has none. Their paths are `key[1]`, `key[2]`, …. `vocabulary`
  /// gives the keys of a table by its `kind`; they only serve the wording of faults.
  public func elements(_ key: String, vocabulary: (String) -> [String] = { _ in [] }) throws -> [TheoryBlock] {
    let known = blocks.filter { $0.key == key }
    if !known.isEmpty { return known.map(\.block) }
    guard let raw = value(key) else { return [] }
    guard let array = raw.array, !array.isEmpty else {
      throw fault(key, "expected a list of tables, found \(raw.phrase)", cure: "open each with a line [[\(dotted(key))]]")
    }
    for (index, entry) in array.enumerated() {
      guard let table = entry.table else {
        throw fault(key, "expected tables, found \(entry.phrase)", cure: "open each with a line [[\(dotted(key))]]")
      }
      let name = "\(dotted(key))[\(index + 1)]"
      let place = KeyLocator.element(dotted(key), index)
      let locate = locate
      let words = vocabulary(table["kind"]?.string ?? "").map { "\(name).\($0)" }
      let block = TheoryBlock(path: name, table: table, vocabulary: words) {
        locate($0.hasPrefix(name) ? place + $0.dropFirst(name.count) : $0)
      }
      blocks.append((key, block))
    }
    return blocks.filter { $0.key == key }.map(\.block)
  }

  /// Throws if the file gives a key nobody asked for.
  public func rejectLeftovers() throws {
    let local = asked + localVocabulary.filter { !asked.contains($0) }
    let leftovers = givenKeys.filter { !asked.contains($0) }.map { (key: $0, line: locate(dotted($0)).line ?? 0) }
    guard let key = leftovers.min(by: { $0.line < $1.line })?.key else { return }
    var hint = Spelling.quotedHint(for: key, among: local)
    if hint.isEmpty, let elsewhere = vocabulary.first(where: { $0.hasSuffix(".\(key)") }) {
      hint = "did you mean \"\(elsewhere)\"? "
    }
    throw fault(
      key, "unknown key",
      cure: hint + (local.isEmpty ? "no keys are known here" : "known here: \(local.sorted().joined(separator: ", "))"))
  }

  /// The vocabulary's keys of this table.
  private var localVocabulary: [String] {
    let prefix = path.isEmpty ? "" : path + "."
    return vocabulary.filter { $0.hasPrefix(prefix) }
      .map { String($0.dropFirst(prefix.count)) }.filter { !$0.contains(".") }
  }
}
