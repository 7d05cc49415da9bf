// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import LatticeFields
import Testing

@Suite struct GoodTheoryTests {
  @Test func readsEveryKey() throws {
    let momenta = "momenta = [[[1, 0], [-1, 0], [0, 1], [0, -1]]]\nvertex_charge = 0.5"
    let file = goodFile.replacing("\n[run]", with: "\n\(momenta)\n[run]")
    let theory = try loadTheory(file)
    #expect(theory.title == "A test")
    #expect(theory.source == "eq. 1")
    #expect(theory.dimension == 2)
    #expect(theory.architecture.streamName == "test-net d=2 N=100 sigma=0.5 v=laplace")
    #expect(theory.lattice == Lattice(sites: [64, 32], spacing: 0.25, boundary: .open))
    #expect(theory.correlators.estimators == ["two-point"])
    #expect(theory.correlators.firstSeparation == [1, 2])
    #expect(theory.correlators.secondSeparation == [0, -3])
    #expect(theory.run.draws == 5000)
    #expect(theory.run.seed == 7)
    #expect(theory.run.bins == 100)
    #expect(theory.fields == FieldSettings(method: .direct, tolerance: 1e-6, precision: .single))
    #expect(theory.fileName == "a.toml")
    #expect(theory.correlators.momenta == [[[1, 0], [-1, 0], [0, 1], [0, -1]]])
    #expect(theory.correlators.vertexCharge == 0.5)
    #expect(theory.resolvedText == file.replacing("\n[", with: "\n\n["))
  }

  static let short = """
    dimension = 1
    architecture = { kind = "test-lattice", width = 1e1 }
    lattice.sites = [8]
    lattice.spacing = 1
    lattice.boundary = "periodic"
    """

  @Test func statesEveryDefault() throws {
    let theory = try loadTheory(Self.short)
    let resolved = theory.resolved.map { "\($0.key) = \($0.value)" }
    #expect(
      resolved == [
        "title = \"a\"", "source = \"\"", "dimension = 1", "architecture.kind = \"test-lattice\"",
        "architecture.width = 10", "architecture.sigma = 1.0", "architecture.weights = \"gaussian\"",
        "lattice.sites = [8]", "lattice.spacing = 1.0", "lattice.boundary = \"periodic\"",
        "correlators.estimators = \"automatic\"", "correlators.first_separation = [1]",
        "correlators.second_separation = [1]", "correlators.momenta = \"automatic\"",
        "correlators.vertex_charge = 1.0", "run.draws = 20000", "run.seed = 1", "run.bins = 256",
        "fields.method = \"automatic\"", "fields.tolerance = 1e-09",
        "fields.precision = \"double\"",
      ])
    #expect(theory.correlators.estimators == nil)
  }

  /// The resolved text is a fixed point: it reads back to the same theory and the same text.
  @Test(
    arguments: [
      (goodFile, []), (short, []), (short, [("run.draws", "100"), ("lattice.sites", "1")]),
      (goodFile(line: 1, #"title = "quote \" slash \\ umlaut ä""#), []),
      (goodFile(line: 7, "sigma = 1e-300"), [("run.seed", "a text seed"), ("architecture.width", "1e6")]),
      (goodFile(line: 7, "sigma = 0.1"), [("correlators.estimators", "a,b"), ("lattice.spacing", "1e20")]),
    ] as [(String, [(key: String, value: String)])])
  func resolvedTextReadsBack(text: String, overrides: [(key: String, value: String)]) throws {
    let first = try loadTheory(text, overrides)
    let second = try loadTheory(first.resolvedText)
    #expect(second.resolved.map { $0.key + $0.value } == first.resolved.map { $0.key + $0.value })
    #expect(second.resolvedText == first.resolvedText)
    #expect(second.architecture.streamName == first.architecture.streamName)
    #expect(second.lattice == first.lattice)
    #expect(second.run == first.run)
    #expect(second.correlators == first.correlators)
  }

  @Test func endingsOfLinesDoNotMatter() throws {
    let theory = try loadTheory("\u{FEFF}" + goodFile.replacing("\n", with: "\r\n"))
    #expect(try theory.resolvedText == loadTheory(goodFile).resolvedText)
  }

  @Test(arguments: [
    ("architecture.width", "10", "10"), ("architecture.width", "1e6", "1000000"),
    ("architecture.width", "1_000", "1000"), (" architecture . width ", " 12 ", "12"),
    ("run.draws", "1e6", "1000000"), ("run.seed", "first try", "\"first try\""), ("run.seed", "0", "0"),
    ("lattice.sites", "[8, 9]", "[8, 9]"), ("lattice.sites", "8x9", "[8, 9]"),
    ("lattice.sites", "8, 9", "[8, 9]"), ("lattice.sites", "1e1,9", "[10, 9]"),
    ("lattice.spacing", "2", "2.0"), ("architecture.weights", "uniform", "\"uniform\""),
    ("architecture.weights", "'uniform'", "\"uniform\""), ("title", "two words", "\"two words\""),
    ("title", "a # b", "\"a # b\""), ("title", "'a # b'", "\"a # b\""), ("title", "an axis", "\"an axis\""),
    ("correlators.estimators", "a,b", "[\"a\", \"b\"]"), ("correlators.estimators", "automatic", "\"automatic\""),
    ("correlators.first_separation", "-1,2", "[-1, 2]"), ("correlators.vertex_charge", "2", "2.0"),
    ("correlators.momenta", "[[[1, 0], [-1, 0], [0, 31], [0, 1]]]", "[[[1, 0], [-1, 0], [0, 31], [0, 1]]]"),
    ("architecture.kind", "test-net", "\"test-net\""),
  ])
  func overridesReplaceKeys(key: String, value: String, result: String) throws {
    let theory = try loadTheory(goodFile, [(key, value)])
    let plain = key.filter { $0 != " " }
    #expect(theory.resolved.first { $0.key == plain }?.value == result)
    #expect(try theory.resolved.count == loadTheory(goodFile).resolved.count)
  }

  @Test func overridesCanMakeATheory() throws {
    let theory = try loadTheory(
      "# nothing here\n",
      [
        ("dimension", "1"), ("architecture.kind", "test-net"), ("architecture.width", "3"),
        ("lattice.sites", "[4]"), ("lattice.spacing", "0.5"), ("lattice.boundary", "open"),
      ])
    #expect(theory.architecture.width == 3)
  }

  /// In one dimension a mode is a bare number, and what is printed reads back.
  @Test func momentaOfOneDimension() throws {
    let theory = try loadTheory(Self.short + "\n[correlators]\nmomenta = [[1, 1, -2, 0], [4, 4, [4], 4]]\n")
    #expect(theory.correlators.momenta == [[[1], [1], [-2], [0]], [[4], [4], [4], [4]]])
    #expect(try loadTheory(theory.resolvedText).correlators.momenta == theory.correlators.momenta)
  }

  @Test func seeds() throws {
    let seeds = try ["1", "2", "one", "two", "One"].map { try loadTheory(goodFile, [("run.seed", $0)]).run.seed }
    #expect(Set(seeds).count == seeds.count)
    #expect(seeds[0] == 1)
  }

  @Test func splitsArguments() throws {
    #expect(try TheoryOverride(argument: "a.b=c=d") == TheoryOverride(key: "a.b", value: "c=d"))
    #expect(throws: TheoryFileError.self) { try TheoryOverride(argument: "a.b") }
  }

  @Test func findsTheoriesByPathAndName() throws {
    let library = [(name: "cos-net", text: "cos"), (name: "gauss-net", text: "gauss")]
    #expect(try TheoryLocator.find("cos-net", library: library).text == "cos")
    let folder = FileManager.default.temporaryDirectory.appending(path: "nnft-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "mine.toml").path
    try Data(goodFile.utf8).write(to: URL(filePath: file))
    let found = try TheoryLocator.find(file, library: library)
    #expect(found.text == goodFile && found.fileName == file)
    #expect(try TheoryLocator.find(file, library: [(file, "library")]).text == goodFile)
    let theory = try TheoryDefinition.load(path: file, registry: TestNet.registry)
    #expect(theory.fileName == file && theory.title == "A test")
  }
}
