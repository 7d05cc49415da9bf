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
