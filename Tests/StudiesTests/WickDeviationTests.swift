// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import ResultTables
import Studies
import Testing

/// Deviations from Wick's theorem and the noise floor beside them. Fixed seeds, false alarm 1e-6 per test.
@Suite(.serialized) struct WickDeviationTests {
  private static let four = PointSet(
    name: "four", points: [[0, 0], [0.5, 0], [0.5, 0.5], [1, 0]].map(Point.init(coordinates:)))
  private static let six = PointSet(
    name: "six", points: [[0, 0], [0.5, 0], [0.5, 0.5], [1, 0], [1, 1], [0.25, 0]].map(Point.init(coordinates:)))

  /// Errors of a Gaussian field are its floors: errors of 256 bins are good to 4.4 %, so that five and a half of that and a few
  /// percent for tails bound the ratio. The control: half the floor, as with a quarter of the pairings. On a torus, in a window (a net so wide
  /// that it is Gaussian), at chosen points.
  @Test(arguments: ["torus", "window", "points"]) func floorsAreTheErrorsOfAGaussianField(place: String) throws {
    let results: StudyResults
    switch place {
    case "torus":
      results = try StudyRuns.study(
        StudyRuns.lattice("kind = \"infinite-width\"", draws: 400_000), [],
        estimators: [
          "two-point", "four-point-xxyy", "four-point-xxxy", "six-point-xxxyyy", "six-point-xxxxyy", "one-point-cumulants",
        ])
    case "window":
      results = try StudyRuns.study(
        "cos-net", [("lattice.sites", "[5, 7]"), ("architecture.width", "500"), ("run.draws", "40000")],
        estimators: ["two-point", "four-point-xxyy", "four-point-xxxy"])
    default:
      results = try StudyRuns.study(
        "cos-net", [("architecture.width", "200"), ("run.draws", "400000")], points: [Self.four, Self.six])
    }
    let rows = try StudyRuns.rows(results, "wick-deviations")
    var families = Set<Cell>()
    for row in rows where row["floor"] != .missing {
      if case .text(let at)? = row["at"], at.hasPrefix("mean") { continue }
      families.insert(row["correlator"]!)
      let ratio = try StudyRuns.number(row, "error") / StudyRuns.number(row, "floor")
      #expect(abs(ratio - 1) < 0.3, "\(row)")
      #expect(abs(2 * ratio - 1) > 0.3)
      #expect(
        row["stands"]
          == .text(try abs(StudyRuns.number(row, "value")) < 2 * StudyRuns.number(row, "floor") ? "in noise" : "above noise"))
    }
    #expect(families.count == ["torus": 6, "window": 2, "points": 2][place]!)
  }

  /// At distances where the 2-point function is zero in double precision there is nothing to deviate from: no exact value, and no NaN. The
  /// control: near points of the same run have one.
  @Test func farPointsHaveNoExactDeviation() throws {
    let far = PointSet(name: "far", points: [[0, 0], [1e5, 0], [0, 1e5], [1e5, 1e5]].map(Point.init(coordinates:)))
    let results = try StudyRuns.study("cos-net", [("study.widths", "[2, 4]"), ("run.draws", "2000")], points: [Self.four, far])
    let rows = try StudyRuns.rows(results, "wick-deviations")
    for (label, isKnown) in [("far", false), ("four", true)] {
      let own = rows.filter { $0["at"] == .text(label) }
      #expect(own.count == 2)
      #expect(own.allSatisfy { ($0["exact"] != .missing) == isKnown })
    }
  }

  /// Measured deviations against exact ones, n = 4 and 6; a narrow net stands above the noise. The control: half of it.
  @Test func deviationsOfANarrowNet() throws {
    let results = try StudyRuns.study(
      "cos-net",
      [("study.widths", "[2, 4]"), ("architecture.weights", "constant"), ("run.draws", "400000"), ("lattice.sites", "[6, 6]")],
      points: [Self.four, Self.six])
    #expect(results.contradictions.isEmpty)
    let rows = try StudyRuns.rows(results, "wick-deviations")
    #expect(rows.count == 4)
    for row in rows {
      let (value, error, exact) = try (
        StudyRuns.number(row, "value"), StudyRuns.number(row, "error"), StudyRuns.number(row, "exact")
      )
      #expect(abs(value - exact) < 5.3 * error && abs(value - 0.5 * exact) > 8 * error, "\(row)")
      #expect(row["stands"] == .text("above noise"))
    }
    // The pairs of the six points, of which Wick's value is made, are rows too.
    let sets = Set(
      try StudyRuns.rows(results, "point-functions").compactMap { row -> String? in
        if case .text(let set)? = row["set"] { set } else { nil }
      })
    #expect(sets.count == 17 && sets.contains("six 1-2"))
  }

  /// The excess of deep relu nets at one point is `∏(1 + 5/N_l) − 1`. The control: one layer fewer.
  @Test func deepReluKurtosis() throws {
    let x = Point(coordinates: [1, 0])
    let results = try StudyRuns.study(
      "deep-relu", [("study.widths", "[32, 64]"), ("run.draws", "200000")],
      points: [PointSet(name: "x", points: [x, x, x, x])])
    let rows = try StudyRuns.rows(results, "wick-deviations")
    #expect(rows.count == 2)
    for row in rows {
      let (value, error) = try (StudyRuns.number(row, "value"), StudyRuns.number(row, "error"))
      let factor = 1 + 5 / (try StudyRuns.number(row, "width"))
      #expect(try abs(StudyRuns.number(row, "exact") - (factor * factor * factor - 1)) < 1e-12)
      #expect(abs(value - (factor * factor * factor - 1)) < 5.3 * error)
      #expect(abs(value - (factor * factor - 1)) > 8 * error)
    }
    for row in try StudyRuns.rows(results, "point-functions-extrapolation") { #expect(row["exact"] != .missing) }
  }
}
