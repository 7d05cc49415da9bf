// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import Testing
import TheoryLibrary

@Suite struct LibraryTests {
  static let areAllRegistered = TheoryLibrary.files.allSatisfy { kind(of: $0.text).flatMap(ArchitectureRegistry.entry) != nil }

  /// The word after `kind =`.
  private static func kind(of text: String) -> String? {
    text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("kind = ") }.map { String($0.dropFirst(8).dropLast()) }
  }

  @Test(.enabled(if: areAllRegistered), arguments: TheoryLibrary.files.map(\.name))
  func everyTheoryLoads(name: String) throws {
    let (text, fileName) = try TheoryLocator.find(name, library: TheoryLibrary.files)
    let theory = try TheoryDefinition.load(text: text, fileName: fileName)
    #expect(!theory.title.isEmpty && theory.source.contains("arXiv:"))
    #expect(theory.architecture.kind == Self.kind(of: text))
    let again = try TheoryDefinition.load(text: theory.resolvedText, fileName: fileName)
    #expect(again.resolvedText == theory.resolvedText)
    #expect(again.architecture.streamName == theory.architecture.streamName)
    let corner = theory.lattice.position(theory.lattice.siteCount - 1).norm
    #expect(theory.architecture.samplingObstruction(order: 4, radius: corner, draws: theory.run.draws) == nil)
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
