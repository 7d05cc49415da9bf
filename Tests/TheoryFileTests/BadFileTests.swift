// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import LatticeFields
import Testing

@Suite struct BadFileTests {
  static let goodPoints =
    "# two sets\nset\tx1\tx2\n\nnear\t0\t0\nnear\t0.5\t-1e-1\nfar\t1\t2\nfar\t3\t4\nfar\t1\t2\nfar\t+.5\t0\n"

  @Test func readsPointSets() throws {
    let expected = [
      PointSet(name: "near", points: [[0, 0], [0.5, -0.1]].map(Point.init(coordinates:))),
      PointSet(name: "far", points: [[1, 2], [3, 4], [1, 2], [0.5, 0]].map(Point.init(coordinates:))),
    ]
    let text = Self.goodPoints
    for variant in [text, String(text.dropLast()), "\u{FEFF}" + text, text.replacing("\n", with: "\r\n")] {
      #expect(try PointSetFile.load(text: variant, fileName: "p.tsv", dimension: 2) == expected)
    }
  }

  static let points: [(text: String, line: Int?, key: String?, problem: String, cure: String)] = [
    ("", nil, nil, "empty", "set<tab>x1<tab>x2"),
    ("# only\n\n", nil, nil, "empty", "set<tab>x1<tab>x2"),
    ("set\tx1\tx2\n", 2, nil, "no points", "two rows"),
    ("near\t0\t0\n", 1, nil, "header", "set<tab>x1<tab>x2"),
    ("#\nset x1 x2\n", 2, nil, "header", "tabs, not spaces"),
    ("set\tx1\n", 1, nil, "header is not that of a point file in 2 dimensions", "set<tab>x1<tab>x2"),
    ("set\tx1\tx2\tx3\n", 1, nil, "header", "set<tab>x1<tab>x2"),
    ("set\tx2\tx1\n", 1, nil, "header", "set<tab>x1<tab>x2"),
    ("set\tx1\tx1\n", 1, nil, "header", "set<tab>x1<tab>x2"),
    ("set\tx1\tx2\na\t0\t0\na\t1\n", 3, nil, "2 columns, the header 3", "set<tab>x1<tab>x2"),
    ("set\tx1\tx2\na\t0\t0\t0\n", 2, nil, "4 columns", "set<tab>x1<tab>x2"),
    ("set\tx1\tx2\na 0 0\n", 2, nil, "1 columns", "tabs, not spaces"),
    ("set\tx1\tx2\na\t0\tzero\n", 2, "x2", "\"zero\" is not a number", "-1.5"),
    ("set\tx1\tx2\na\t0 \t0\n", 2, "x1", "\"0 \" is not a number", "tabs, not spaces"),
    ("set\tx1\tx2\na\t\t0\n", 2, "x1", "\"\" is not a number", "-1.5"),
    ("set\tx1\tx2\na\t0x10\t0\n", 2, "x1", "\"0x10\" is not a number", "-1.5"),
    ("set\tx1\tx2\na\t0,5\t0\n", 2, "x1", "\"0,5\" is not a number", "-1.5"),
    ("set\tx1\tx2\na\t0\tnan\n", 2, "x2", "not finite", "finite"),
    ("set\tx1\tx2\na\t-inf\t0\n", 2, "x1", "not finite", "finite"),
    ("set\tx1\tx2\na\t1e999\t0\n", 2, "x1", "not finite", "finite"),
    ("set\tx1\tx2\n\t0\t0\n", 2, "set", "not a name", "first column"),
    ("set\tx1\tx2\na \t0\t0\n", 2, "set", "not a name", "first column"),
    ("set\tx1\tx2\na\t0\t0\n", 2, "set", "a has 1 point", "2, 4 or 6"),
    ("set\tx1\tx2\na\t0\t0\nb\t0\t0\nb\t0\t0\n", 2, "set", "a has 1 point", "2, 4 or 6"),
    ("set\tx1\tx2\n" + String(repeating: "a\t0\t0\n", count: 3), 2, "set", "3 points", "2, 4 or 6"),
    ("set\tx1\tx2\n" + String(repeating: "a\t0\t0\n", count: 5), 2, "set", "5 points", "2, 4 or 6"),
    ("set\tx1\tx2\n" + String(repeating: "a\t0\t0\n", count: 7), 8, "set", "more than 6", "2, 4 or 6"),
    ("set\tx1\tx2\na\t0\t0\na\t0\t0\nb\t0\t0\nb\t0\t0\na\t1\t1\n", 6, "set", "began on line 2", "together"),
  ]

  @Test(arguments: points)
  func badPointsAreAnswered(input: (text: String, line: Int?, key: String?, problem: String, cure: String)) throws {
    let error = #expect(throws: TheoryFileError.self) {
      try PointSetFile.load(text: input.text, fileName: "p.tsv", dimension: 2)
    }
    let fault = try #require(error)
    #expect(fault.file == "p.tsv")
    #expect(fault.line == input.line, "\(fault)")
    #expect(fault.key == input.key, "\(fault)")
    #expect(fault.problem.contains(input.problem), "\(fault)")
    #expect(fault.cure.contains(input.cure), "\(fault)")
    #expect(fault.description.split(whereSeparator: \.isNewline).count == 1)
  }

  @Test func badFilesAreAnswered() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "nnft-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
      let path = folder.appending(path: name).path
      try Data(bytes).write(to: URL(filePath: path))
      return path
    }
    let good = Array(goodFile.utf8)
    let locked = try file("locked.toml", good)
    #expect(chmod(locked, 0) == 0)
    var cases: [(path: String, line: Int?, problem: String, cure: String)] = [
      (folder.appending(path: "none.toml").path, nil, "no such file", "check the path"),
      (try file("a.toml", good) + "/b", nil, "no such file", "check the path"),
      (folder.path, nil, "directory", "file in it"),
      ("", nil, "not a file name", "check the path"),
      ("a\0b", nil, "not a file name", "check the path"),
      (folder.appending(path: String(repeating: "n", count: 300)).path, nil, "cannot be opened", "path"),
      (try file("latin.toml", good + [0x61, 0x3D, 0x22, 0xE4, 0x22, 0x0A]), 25, "not UTF-8", "save it as UTF-8"),
      (try file("huge.toml", [UInt8](repeating: 0x23, count: (1 << 20) + 1)), nil, "larger than 1 MiB", "text file"),
      (try file("empty.toml", []), nil, "empty", "nnft new"),
      ("/dev/zero", nil, "larger than 1 MiB", "text file"),
    ]
    // The superuser reads everything.
    if getuid() != 0 { cases.append((locked, nil, "may not be read", "chmod")) }
    for expected in cases {
      let error = #expect(throws: TheoryFileError.self, "\(expected.path)") {
        try TheoryDefinition.load(path: expected.path, registry: TestNet.registry)
      }
      let fault = try #require(error)
      #expect(fault.line == expected.line, "\(fault)")
      #expect(fault.problem.contains(expected.problem), "\(fault)")
      #expect(fault.cure.contains(expected.cure), "\(fault)")
    }
    let atLimit = try file("limit.toml", good + [UInt8](repeating: 0x23, count: (1 << 20) - good.count))
    #expect(throws: Never.self) { try TheoryDefinition.load(path: atLimit, registry: TestNet.registry) }
    #expect(throws: TheoryFileError.self) {
      try PointSetFile.load(path: folder.appending(path: "none.tsv").path, dimension: 1)
    }
  }

  @Test(arguments: [
    ("cosnet", "did you mean the library theory cos-net?"), ("gauss-nte.toml", "did you mean the library theory gauss-net?"),
    ("./x/cos-net.toml", "did you mean the library theory cos-net?"), ("zzzzzzzzzz", "library theories: cos-net, gauss-net"),
  ])
  func unknownTheoriesAreAnswered(name: String, cure: String) throws {
    let error = #expect(throws: TheoryFileError.self) {
      try TheoryLocator.find(name, library: [("cos-net", ""), ("gauss-net", "")])
    }
    #expect(try #require(error).cure.contains(cure))
    #expect(try #require(error).file == name)
  }
}
