// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

/// docs/dirs.md, the map of the repository, held against the manifest: every folder of `Sources` is in it, every target that uses others has a row, and the row's
/// last cell names them.
@Suite struct DirectoryMapTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Targets of Package.swift that use others, tests and benchmarks left out, and what each may use.
  private static func targets() throws -> [String: Set<String>] {
    let manifest = try String(contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)
      .replacing(/\.target\(name: ("\w+"), condition: \.when\(traits: \["\w+"\]\)\)/) { $0.1 }
    let table = try #require(manifest.components(separatedBy: "let rooms").last?.components(separatedBy: "\n]\n").first)
    var rooms: [String: Set<String>] = [:]
    for match in table.matches(of: /\(\s*"(\w+)",\s*\[([^\]]*)\]\s*\)/) {
      rooms[String(match.1)] = names(match.2)
    }
    for match in manifest.matches(of: /(?:target|executableTarget)\(\s*name: "(\w+)",\s*dependencies: \[([^\]]*)\]/)
    where FileManager.default.fileExists(atPath: root.appendingPathComponent("Sources/\(match.1)").path) {
      rooms[String(match.1)] = names(match.2)
    }
    return rooms
  }

  /// The targets and products of a list.
  private static func names(_ list: Substring) -> Set<String> {
    let uses = list.replacing(/\.product\(name: ("\w+"), package: "[\w-]+"\)/) { $0.1 }
    return Set(uses.matches(of: /"(\w+)"/).map { String($0.1) })
  }

  /// Targets whose row of a map is missing, or names other targets than the manifest.
  private static func stale(_ map: String) throws -> [String] {
    try targets().filter { room, uses in
      guard let row = map.split(separator: "\n").first(where: { $0.hasPrefix("| `\(room)` |") }),
        let cell = row.split(separator: "|").last(where: { $0.contains("`") })
      else { return true }
      return Set(cell.matches(of: /`(\w+)`/).map { String($0.1) }) != uses
    }.map(\.key)
  }

  @Test func theMapIsTheManifest() throws {
    let map = try String(contentsOf: Self.root.appendingPathComponent("docs/dirs.md"), encoding: .utf8)
    #expect(try Self.targets().count > 14 && Self.targets()["nnft"]?.contains("ArgumentParser") == true)
    #expect(try Self.stale(map).isEmpty)
    for folder in try FileManager.default.contentsOfDirectory(atPath: Self.root.appendingPathComponent("Sources").path) {
      #expect(map.contains("`\(folder)`"), "\(folder) is not in the map")
    }
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
