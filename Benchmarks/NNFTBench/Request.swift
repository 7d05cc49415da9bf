// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import TheoryLibrary

/// A verb and `key=value` words. Keys `dimension` and `table.key` override the theory file that `theory=` names.
struct Request {
  let verb: String
  private let values: [String: String]

  init(_ line: String) {
    let words = line.split(separator: " ").map(String.init)
    verb = words.first ?? ""
    values = Dictionary(
      words.dropFirst().map { word in
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        return (parts[0], parts.count > 1 ? parts[1] : "")
      }, uniquingKeysWith: { $1 })
  }

  /// All words that decide what is prepared.
  var preparation: [String: String] { values.filter { $0.key != "evaluations" } }

  func text(_ key: String) throws -> String {
    guard let value = values[key] else { throw BenchError("\(verb) needs \(key)=") }
    return value
  }

  func integer(_ key: String, default standard: Int? = nil) throws -> Int {
    if let standard, values[key] == nil { return standard }
    guard let value = Int(try text(key)), value > 0 else {
      throw BenchError("\(key) must be a positive integer")
    }
    return value
  }

  /// Extents written `64x64`.
  func shape(_ key: String) throws -> [Int] {
    let words = try text(key).split(separator: "x")
    let extents = words.compactMap { Int($0) }
    guard extents.count == words.count, extents.allSatisfy({ $0 > 0 }) else {
      throw BenchError("\(key) must read like 64x64")
    }
    return extents
  }

  /// The library theory with its overrides.
  func theory() throws -> TheoryDefinition {
    let found = try TheoryLocator.find(text("theory"), library: TheoryLibrary.files)
    let overrides = values.filter { $0.key == "dimension" || $0.key.contains(".") }
    return try TheoryDefinition.load(
      text: found.text, fileName: found.fileName,
      overrides: overrides.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }, interactions: true)
  }
}
