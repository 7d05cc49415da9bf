// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

/// docs/dirs.md, the map of the repository, held against the manifest: every room has a row, and its last cell names the targets that the room uses.
@Suite struct DirectoryMapTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Rooms of Package.swift and what each may use.
  private static func rooms() throws -> [String: Set<String>] {
    let manifest = try String(contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)
    let table = try #require(manifest.components(separatedBy: "let rooms").last?.components(separatedBy: "\n]\n").first)
    var rooms: [String: Set<String>] = [:]
    for match in table.matches(of: /\(\s*"(\w+)",\s*\[([^\]]*)\]\s*\)/) {
      let uses = match.2.replacing(/\.product\(name: ("\w+"), package: "\w+"\)/) { $0.1 }
      rooms[String(match.1)] = Set(uses.matches(of: /"(\w+)"/).map { String($0.1) })
    }
    return rooms
  }

  /// Rooms whose row of a map is missing, or names other targets than the manifest.
  private static func stale(_ map: String) throws -> [String] {
    try rooms().filter { room, uses in
      guard let row = map.split(separator: "\n").first(where: { $0.hasPrefix("| `\(room)` |") }),
        let cell = row.split(separator: "|").last(where: { $0.contains("`") })
      else { return true }
      return Set(cell.matches(of: /`(\w+)`/).map { String($0.1) }) != uses
    }.map(\.key)
  }

  @Test func theMapIsTheManifest() throws {
    let map = try String(contentsOf: Self.root.appendingPathComponent("docs/dirs.md"), encoding: .utf8)
    #expect(try Self.rooms().count > 10)
    #expect(try Self.stale(map).isEmpty)
    // The control: one arrow more.
    let wrong = map.replacing("| `NumericalKernels` |\n", with: "| `NumericalKernels`, `FieldTheories` |\n")
    #expect(try !Self.stale(wrong).isEmpty)
  }

  /// Every file that the map names is there, wherever its room is. The control: a file that is not.
  @Test func filesOfTheMapExist() throws {
    let map = try String(contentsOf: Self.root.appendingPathComponent("docs/dirs.md"), encoding: .utf8)
    var files: Set<String> = []
    for folder in ["Sources", "Validation", "Theories"] {
      let names = try #require(FileManager.default.enumerator(atPath: Self.root.appendingPathComponent(folder).path))
      for case let name as String in names { files.insert("/\(folder)/\(name)") }
    }
    func isThere(_ name: String) -> Bool { files.contains { $0.hasSuffix("/\(name)") } }
    let named = map.matches(of: /`([\w\/+-]+\.swift)`/).map { String($0.1) }.filter { $0 != "Package.swift" }
    #expect(named.count > 40 && named.filter { !isThere($0) }.isEmpty, "\(named.filter { !isThere($0) })")
    #expect(!isThere("FieldTheories/CosNet.swift"))
  }
}
