// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import Testing
import TheoryLibrary

@Suite struct LibraryTests {
  /// The library theories whose architecture is registered.
  static let names = TheoryLibrary.files.filter { kind(of: $0.text).flatMap(ArchitectureRegistry.entry) != nil }.map(\.name)

  /// The word after `kind =`.
  private static func kind(of text: String) -> String? {
    text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("kind = ") }.map { String($0.dropFirst(8).dropLast()) }
  }

  @Test(arguments: names)
  func everyTheoryLoads(name: String) throws {
    let (text, fileName) = try TheoryLocator.find(name, library: TheoryLibrary.files)
    let theory = try TheoryDefinition.load(text: text, fileName: fileName, interactions: true)
    #expect(!theory.title.isEmpty && theory.source.contains("arXiv:"))
    #expect(theory.architecture.kind == Self.kind(of: text))
    let again = try TheoryDefinition.load(text: theory.resolvedText, fileName: fileName, interactions: true)
    #expect(again.resolvedText == theory.resolvedText)
    #expect(again.architecture.streamName == theory.architecture.streamName)
    let corner = theory.lattice.position(theory.lattice.siteCount - 1).norm
    #expect(theory.architecture.samplingObstruction(order: 4, radius: corner, draws: theory.run.draws) == nil)
  }

  /// Insertions act on nets of one hidden layer.
  @Test func aDeepNetRefusesInsertions() throws {
    let insertion = "\n[[insertion]]\nkind = \"phi4\"\nlambda = 1\n"
    func load(_ name: String) throws {
      let (text, fileName) = try TheoryLocator.find(name, library: TheoryLibrary.files)
      _ = try TheoryDefinition.load(text: text + insertion, fileName: fileName, interactions: true)
    }
    try load("relu-net")
    let fault = #expect(throws: TheoryFileError.self) { try load("deep-cosine") }
    #expect(fault?.problem.contains("one hidden layer") == true)
  }

  @Test func everyArchitectureHasATheory() {
    let kinds = TheoryLibrary.files.compactMap { Self.kind(of: $0.text) }
    #expect(kinds.count == TheoryLibrary.files.count)
    for entry in ArchitectureRegistry.entries { #expect(kinds.contains(entry.kind), "\(entry.kind)") }
  }

  /// `nnft new` documents every key that a theory of the kind has.
  @Test(arguments: ArchitectureRegistry.entries.map(\.kind))
  func everyTemplateLoads(kind: String) throws {
    let entry = try #require(ArchitectureRegistry.entry(kind))
    let theory = try TheoryDefinition.load(text: entry.template, fileName: kind)
    #expect(theory.architecture.kind == kind)
    let keys = KeyLocator(entry.template)
    for (key, _) in theory.resolved where key.hasPrefix("architecture.") { #expect(keys.has(key), "\(key)") }
  }
}
