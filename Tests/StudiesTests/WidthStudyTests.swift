// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import ResultTables
import Studies
import Testing
import TheoryLibrary

/// Studies of whole theories. False alarm 1e-6 per test; fixed seeds.
@Suite(.serialized) struct WidthStudyTests {
  /// κ4 ~ N^{-1.00(2)}, κ6 ~ N^{-2.00(5)} in field space, for constant weights; with Gaussian weights the κ6 of the Cos-net
  /// vanishes at every N and has no exponent: the control.
  @Test(arguments: ["cos-net", "scalar-net"])
  func cumulantsFallAsTheyShould(theory: String) throws {
    func exponents(_ weights: String) throws -> [String: (Double, Double)] {
      let results = try StudyRuns.study(
        theory,
        [
          ("study.widths", "[1, 2, 3, 4]"), ("architecture.weights", weights), ("lattice.sites", "[8, 8]"),
          ("run.draws", "1000000"),
        ], estimators: ["one-point-cumulants"])
      #expect(results.contradictions.isEmpty)
      return try Dictionary(
        uniqueKeysWithValues: StudyRuns.rows(results, "exponents").map { row in
          guard case .text(let name)? = row["cumulant"] else { throw SelectionError("no name") }
          return (name, (try StudyRuns.number(row, "value"), try StudyRuns.number(row, "error")))
        })
    }
    let constant = try exponents("constant")
    for (name, power, tolerance) in [("kappa4", -1.0, 0.02), ("kappa6", -2.0, 0.05)] {
      let (value, error) = try #require(constant["one-point-cumulants \(name)"])
      #expect(error < tolerance, "\(name): \(error)")
      #expect(abs(value - power) < 5.3 * error, "\(name): \(value)")
      // The control: the neighbouring power.
      #expect(abs(value - power - 1) > 5.3 * error)
    }
    guard theory == "cos-net" else { return }
    #expect(try exponents("gaussian")["one-point-cumulants kappa6"] == nil)
  }

  /// arXiv:2604.27050 from single neurons with a fiftieth of the networks of the library study: every value at a published width
  /// agrees with the published mean, every extrapolation with Wick's value, at errors below the published ones for alpha = 0. The
  /// control: alpha = -1 held against the means of alpha = 0, wherever its rows are not withheld.
  @Test func publishedFourPointFunctions() throws {
    struct Published: Decodable {
      struct Record: Decodable {
        let N: Int
        let alpha, mean, error, wick: Double
        let points: [[Double]]
      }
      let records: [Record]
    }
    let data = try Data(contentsOf: ReferenceRecords.folder.appendingPathComponent("fourpoint_2604.27050.json"))
    let records = try JSONDecoder().decode(Published.self, from: data).records
    let results = try StudyRuns.study("fourpoint-2604.27050", [("run.draws", "20000")])
    #expect(results.contradictions.isEmpty)
    let sets = try #require(
      TheoryDefinition.load(
        text: TheoryLibrary.files.first { $0.name == "fourpoint-2604.27050" }!.text, fileName: "fourpoint"
      ).study
    ).points
    #expect(sets.count == 10)
    let measured = try StudyRuns.rows(results, "neuron-point-functions")
    let limits = try StudyRuns.rows(results, "neuron-point-functions-extrapolation")
    func row(_ rows: [[String: Cell]], _ set: String, _ alpha: Double, _ match: (String, Cell)) throws -> [String: Cell] {
      try #require(
        rows.first {
          $0["set"] == .text(set) && $0["function"] == .text("full") && $0["alpha"] == .number(alpha) && $0[match.0] == match.1
        })
    }
    var (controls, compared) = (0, 0)
    for record in records {
      let points = record.points.map(Point.init(coordinates:))
      let set = try #require(sets.first { $0.points == points }).name
      let own = try row(measured, set, record.alpha, ("width", .integer(record.N)))
      // With so few networks heavy tails at alpha = -1 and 1 withhold some rows.
      guard own["value"] != .missing || record.alpha == 0 else { continue }
      compared += 1
      let (value, error) = (try StudyRuns.number(own, "value"), try StudyRuns.number(own, "error"))
      #expect(abs(value - record.mean) < 6 * hypot(error, record.error), "\(set) \(record.alpha) \(record.N)")
      let limit = try row(limits, set, record.alpha, ("model", .text("linear")))
      guard limit["value"] != .missing || record.alpha == 0 else { continue }
      #expect(try abs(StudyRuns.number(limit, "exact") - record.wick) < 1e-6)
      #expect(try abs(StudyRuns.number(limit, "value") - record.wick) < 6 * (StudyRuns.number(limit, "error")))
      if record.alpha == 0 {
        let published = records.filter { $0.alpha == 0 && $0.points == record.points }
        let line = CorrelatedFit(
          published.map { Double($0.N) }, published.map(\.mean), covariance: CovarianceMatrix(errors: published.map(\.error))
        ) { [1, 1 / $0] }
        #expect(try published.count == 3 && StudyRuns.number(limit, "error") < line.errors[0])
        let other = try row(measured, set, -1, ("width", .integer(record.N)))
        if other["value"] != .missing,
          try abs(StudyRuns.number(other, "value") - record.mean) > 6 * hypot(StudyRuns.number(other, "error"), record.error)
        {
          controls += 1
        }
      }
    }
    #expect(compared >= 60 && controls >= 20)
  }

  /// Common random numbers correlate the widths, independent ones do not; both extrapolate to the exact limit.
  @Test(arguments: [false, true]) func streams(isCommon: Bool) throws {
    let results = try StudyRuns.study(
      "cos-net", [("study.widths", "[10, 20, 40]"), ("lattice.sites", "[8, 8]"), ("run.draws", "20000")],
      estimators: ["two-point", "four-point-xxyy"], commonRandomNumbers: isCommon)
    #expect(results.contradictions.isEmpty)
    let table = try #require(results.tables.first { $0.table.name == "two-point" })
    let pair = [0, 1].compactMap { table.samples[$0] }
    let c = JackknifeSamples.covariance(of: pair)
    let correlation = c[1] / (c[0] * c[3]).squareRoot()
    #expect(isCommon ? correlation > 0.4 : abs(correlation) < 1e-9)
    for name in ["two-point", "four-point-xxyy"] {
      for row in try StudyRuns.rows(results, "\(name)-extrapolation") { #expect(try abs(StudyRuns.number(row, "pull")) < 6) }
    }
  }

  /// An interacting net meets lattice φ⁴, known exactly on a ring, at infinite width.
  @Test func anInteractingNetMeetsItsLimit() throws {
    let results = try StudyRuns.study(
      "scalar-net-phi4", [("study.widths", "[16, 32, 64, 128]"), ("run.draws", "20000")], estimators: ["two-point"])
    for row in try StudyRuns.rows(results, "two-point-extrapolation") where row["model"] == .text("quadratic") {
      #expect(try abs(StudyRuns.number(row, "pull")) < 6)
    }
  }
}
