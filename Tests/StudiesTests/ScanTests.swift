// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import FieldTheories
import LatticeFields
import ResultTables
import Studies
import Testing

/// Scans of a key, and widths of nets of several layers.
@Suite(.serialized) struct ScanTests {
  /// G4c(x,x,x,x) of the alpha family is least at alpha = 0, on the lattice and in the continuum. The control: 0.15 is not the place.
  @Test(arguments: ["lattice", "alpha-net"]) func alphaZeroIsTheMinimum(theory: String) throws {
    let text = theory == "lattice" ? StudyRuns.lattice(StudyRuns.alphaNet, draws: 100_000) : theory
    let results = try StudyRuns.study(
      text,
      [
        ("study.key", "architecture.alpha"), ("study.values", "[-0.9, -0.6, -0.2, 0.2, 0.6, 0.9]"), ("study.widths", "[5, 10]"),
        ("lattice.sites", "[8, 8]"), ("run.draws", "100000"),
      ], estimators: ["two-point", "four-point-xxyy"])
    let rows = try StudyRuns.rows(results, "alpha-scan").filter { $0["model"] == .text("quartic") }
    #expect(rows.count == 2)
    for row in rows {
      let (value, error) = try (StudyRuns.number(row, "value"), StudyRuns.number(row, "error"))
      #expect(row["exact"] == .number(0))
      #expect(abs(value) < 5.3 * error && abs(value - 0.15) > 8 * error, "\(value) \(error)")
    }
  }

  /// Two scanned keys run at all combinations of their values, each the run of its own two values; the minimum is looked for along both keys, at every value of the other.
  @Test func twoScansAreTheirProduct() throws {
    let overrides = [
      ("study.key", "[\"architecture.alpha\", \"architecture.mass\"]"), ("study.values", "[[-0.9, -0.3, 0.3, 0.9], [1, 2]]"),
      ("study.widths", "[4, 8]"), ("lattice.sites", "[6, 6]"), ("run.draws", "20000"),
    ]
    let text = StudyRuns.lattice(StudyRuns.alphaNet, draws: 20000)
    let study = try StudyRuns.plan(text, overrides, estimators: ["two-point"])
    #expect(study.runs.count == 16 && study.axisNames == ["alpha", "mass"])
    #expect(
      study.runs.map(\.label)[..<3] == [
        "alpha = -0.9, mass = 1, N = 4", "alpha = -0.9, mass = 1, N = 8", "alpha = -0.9, mass = 2, N = 4",
      ])
    let estimators = ["two-point", "four-point-xxyy"]
    let both = try StudyRuns.study(text, overrides, estimators: estimators)
    func heavy(_ mass: String) throws -> [[String: Cell]] {
      try StudyRuns.rows(
        try StudyRuns.study(
          text,
          [
            ("study.key", "architecture.alpha"), ("study.values", "[-0.9, -0.3, 0.3, 0.9]"), ("study.widths", "[4, 8]"),
            ("lattice.sites", "[6, 6]"), ("run.draws", "20000"), ("architecture.mass", mass),
          ], estimators: estimators), "two-point")
    }
    let rows = try StudyRuns.rows(both, "two-point")
    let own = rows.filter { $0["mass"] == .number(2) }.map { $0["value"] }
    #expect(own == (try heavy("2")).map { $0["value"] })
    // The control: the other mass.
    #expect(own != (try heavy("1")).map { $0["value"] })
    let names = both.tables.map(\.table.name)
    if names.contains("exponents") { #expect(try StudyRuns.rows(both, "exponents").allSatisfy { $0["mass"] != nil }) }
    let minima = try #require(both.tables.first { $0.table.name == "alpha-scan" }).table
    #expect(minima.columns.map(\.name).prefix(3) == ["correlator", "mass", "width"])
  }

  /// What is no product of scans is refused.
  @Test(arguments: [
    ("[\"architecture.alpha\", \"architecture.alpha\"]", "[[0, 1], [2, 3]]", "twice"),
    ("[\"architecture.alpha\", \"architecture.mass\"]", "[0, 1]", "for each of the 2 keys"),
    ("architecture.width", "[1, 2]", "widths"), ("architecture.alpha", "[1, 1]", "twice"),
  ]) func scansThatAreNone(key: String, values: String, words: String) throws {
    let error = #expect(throws: TheoryFileError.self) {
      try StudyRuns.plan("alpha-net", [("study.key", key), ("study.values", values)])
    }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  private static let layers = """
    dimension = 2
    [architecture]
    kind = "deep-net"
    activation = "relu"
    widths = [48, 24, 16]
    sigma_w = 1.4
    sigma_v = 1.0
    [lattice]
    sites = [4, 4]
    spacing = 0.5
    boundary = "open"
    """

  /// A list of widths scales as a whole; one width and a depth give equal layers; fractions of neurons are refused in one line.
  @Test func layersScaleTogether() throws {
    func widths(_ text: String, _ list: String) throws -> [[Int]] {
      try StudyRuns.plan(text, [("study.widths", list)], estimators: ["zero-momentum"]).runs.map {
        try #require($0.theory.architecture as? DeepNet).widths
      }
    }
    #expect(try widths(Self.layers, "[2, 16, 20]") == [[6, 3, 2], [48, 24, 16], [60, 30, 20]])
    #expect(try widths("deep-relu", "[8, 16]") == [[8, 8, 8], [16, 16, 16]])
    let error = #expect(throws: SelectionError.self) { try widths(Self.layers, "[16, 17]") }
    #expect(error?.description.contains("multiples of 2") == true)
  }
}
