// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import ResultTables
import Testing

@testable import Figures

/// Text from outside reaches gnuplot as text only: whatever stands in names, labels, titles, notes, keys and file names, no command runs.
@Suite struct HostileTextTests {
  /// Every way out of a quoted text, a comment or a file name that gnuplot and the shell know; `command` is what would run.
  private static func attacks(_ command: String) -> [String] {
    [
      "';system('\(command)');'", "'.system('\(command)').'", "\";system(\"\(command)\");\"", "\\';system('\(command)');'",
      "\\\";system(\"\(command)\");\"", "`\(command)`", "'`\(command)`'", "$(\(command))", "@run", "'@run'", "\n!\(command)\n",
      "\nsystem('\(command)')\n", "\r!\(command)\r", "\u{2028}!\(command)", "\u{85}!\(command)", "\u{0B}!\(command)\u{0C}", "\\",
      "\\\\", "'\\",
      "\\\n!\(command)", "#\\", "{", "}", "{\n!\(command)\n}", "%s%n%d", "%", "%%", "| \(command)", "< \(command)", "!\(command)",
      "; !\(command)",
      "-", "-x", "'", "''", "'''", "\"", "#", "$data", "${x}", "]", "[*:*]", ",", "\\n", "\\042", "^_{}&~@",
      "<script>alert(1)</script>", "\u{202E}x",
      "a\u{0}b", "", "\u{600}\\", "%\u{301}s", "x'\u{301};system('\(command)');'\u{301}", "x\n\u{301}!\(command)\n\u{301}",
    ]
  }

  /// Every byte but zero: as it stands up to 127, as a letter of Latin 1 above.
  private static let bytes = (1...255).map { "x\(Character(Unicode.Scalar(UInt8($0))))y" }

  private static func figure(_ texts: [String]) -> Figure {
    let ticks = texts.enumerated().map { (position: Double($0.offset), text: $0.element + "\n" + $0.element) }
    let series = texts.map { Series($0, .points, [[1, 1, 0.1], [2, 2, 0.1]]) }
    func panel(_ index: Int) -> Panel {
      Panel(
        x: Axis(texts[index % texts.count]),
        y: Axis(texts[(index + 1) % texts.count], range: 0...Double(texts.count), ticks: ticks), series: series)
    }
    return Figure(table: texts.joined(), panels: (0..<3).map(panel), notes: texts)
  }

  private static func origin(_ texts: [String]) -> Provenance {
    var provenance = Provenance()
    for text in texts { provenance.add(text, text) }
    return provenance
  }

  private func inDirectory(_ body: (URL) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("nnft-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try body(directory)
  }

  @Test func textsMeanThemselves() {
    #expect(GnuplotText.quoted("it's") == "'it'.\"\\047\".'s'")
    #expect(GnuplotText.quoted("a\"`$\\") == "'a\"`$\\'")
    #expect(GnuplotText.quoted("a\nb") == "'a'.\"\\n\".'b'")
    #expect(GnuplotText.quoted("a\r\u{7}b\u{2028}") == "'a  b '")
    #expect(GnuplotText.tick("100%") == "'100%%'")
    #expect(GnuplotText.comment("a\nset output\\") == "# a set output\\ \n")
    for text in Self.bytes + Self.attacks("x") {
      for line in [GnuplotText.comment(text), GnuplotText.quoted(text) + "\n"] {
        #expect(line.unicodeScalars.dropLast().allSatisfy { !PlainText.isControl($0) } && line.hasSuffix("\n"))
        #expect(!line.hasSuffix("\\\n"))
      }
      #expect(Self.outside(GnuplotText.quoted(text)).allSatisfy { $0 == "." }, "\(text)")
    }
  }

  /// What gnuplot would read outside of quotes, the last closed.
  private static func outside(_ expression: String) -> [Unicode.Scalar] {
    var (open, rest): (Unicode.Scalar?, [Unicode.Scalar]) = (nil, [])
    for scalar in expression.unicodeScalars {
      if let quote = open {
        if scalar == quote { open = nil }
      } else if scalar == "'" || scalar == "\"" {
        open = scalar
      } else {
        rest.append(scalar)
      }
    }
    return rest + (open.map { [$0] } ?? [])
  }

  /// gnuplot itself on all of it, in every place of a figure at once, and once more on the script under a hostile name.
  @Test(.enabled(if: FigureTests.hasGnuplot, "gnuplot is not installed: apt-get install gnuplot-nox"))
  func nothingRuns() throws {
    try inDirectory { directory in
      let canary = directory.appendingPathComponent("canary").path
      let texts = Self.attacks("touch \(canary)")
      let picture = try Gnuplot().draw(Self.figure(texts), format: .svg, origin: Self.origin(texts))
      let drawn = String(decoding: picture, as: UTF8.self)
      #expect(drawn.contains("&lt;script") && !drawn.contains("<script>alert"))
      #expect(drawn.contains("%s%n%d"), "the text of a tick is no format")
      _ = try Gnuplot().draw(Self.figure(Self.bytes), format: .svg, origin: Self.origin(Self.bytes))
      #expect(!FileManager.default.fileExists(atPath: canary))

      // The control: the same canary, had a text been put into double quotes as it stands.
      let open = directory.appendingPathComponent("open.gp")
      try Data("set title \"`touch \(canary)`\"\n".utf8).write(to: open)
      try gnuplot(open.lastPathComponent, directory)
      #expect(FileManager.default.fileExists(atPath: canary))
      try FileManager.default.removeItem(atPath: canary)
    }
  }

  @Test(.enabled(if: FigureTests.hasGnuplot, "gnuplot is not installed: apt-get install gnuplot-nox"))
  func scriptsRunUnderAnyName() throws {
    try inDirectory { directory in
      let names = [
        "it's", "-x", "| touch canary", "< touch canary", "`touch canary`", "';system('touch canary');'", "a\"b$c@d\\", "-",
      ]
      for name in names {
        let script = GnuplotScript(Self.figure(["a"]), name: name, format: .svg, origin: Self.origin([name]))
        try Data(script.script.utf8).write(to: directory.appendingPathComponent("run.gp"))
        try Data(script.data.utf8).write(to: directory.appendingPathComponent(name + ".dat"))
        try gnuplot("run.gp", directory)
        #expect(FileManager.default.fileExists(atPath: directory.path + "/\(name).svg"), "\(name)")
      }
      #expect(!FileManager.default.fileExists(atPath: directory.appendingPathComponent("canary").path))
    }
  }

  private func gnuplot(_ script: String, _ directory: URL) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gnuplot", "-d", script]
    process.currentDirectoryURL = directory
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
  }
}
