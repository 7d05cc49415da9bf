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
  /// Runs a library theory, or the text of one, with overrides that include its study.
  private func study(
    _ name: String, _ overrides: [(key: String, value: String)], estimators: [String]? = nil, commonRandomNumbers: Bool = false
  ) throws -> StudyResults {
    let text = TheoryLibrary.files.first { $0.name == name }?.text ?? name
    func load(_ further: [(key: String, value: String)]) throws -> TheoryDefinition {
      try TheoryDefinition.load(text: text, fileName: "study", overrides: overrides + further, interactions: true)
    }
    let settings = try load([]).study ?? .none
    let study = try WidthStudy(
      settings, estimatorNames: estimators, commonRandomNumbers: commonRandomNumbers, load: load)
    return try study.results { try $0.request.measure(threads: 2, monitor: RunMonitor()) }
  }

  /// Rows of a table as dictionaries.
  private func rows(_ results: StudyResults, _ name: String) throws -> [[String: Cell]] {
    let table = try #require(results.tables.first { $0.table.name == name }).table
    return table.rows.map { Dictionary(uniqueKeysWithValues: zip(table.columns.map(\.name), $0)) }
  }

  private func number(_ row: [String: Cell], _ name: String) throws -> Double {
    switch row[name] {
    case .number(let number)?: return number
    case .integer(let integer)?: return Double(integer)
    default: throw SelectionError("\(name) is missing")
    }
  }

  /// κ4 ~ N^{-1.00(2)}, κ6 ~ N^{-2.00(5)} in field space, for constant weights; with Gaussian weights the κ6 of the Cos-net vanishes at every N
  /// and has no exponent: the control.
  @Test(arguments: ["cos-net", "scalar-net"])
  func cumulantsFallAsTheyShould(theory: String) throws {
    func exponents(_ weights: String) throws -> [String: (Double, Double)] {
      let results = try study(
        theory,
        [
          ("study.widths", "[1, 2, 3, 4]"), ("architecture.weights", weights), ("lattice.sites", "[8, 8]"),
          ("run.draws", "1000000"),
        ], estimators: ["one-point-cumulants"])
      #expect(results.contradictions.isEmpty)
      return try Dictionary(
        uniqueKeysWithValues: rows(results, "exponents").map { row in
          guard case .text(let name)? = row["cumulant"] else { throw SelectionError("no name") }
          return (name, (try number(row, "value"), try number(row, "error")))
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

  /// arXiv:2604.27050 from single neurons with a fiftieth of the networks of the library study: every value at a published width agrees with the
  /// published mean, every extrapolation with Wick's value, at errors below the published ones for alpha = 0. The control: alpha = -1 held against
  /// the means of alpha = 0, wherever its rows are not withheld.
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
    let results = try study("fourpoint-2604.27050", [("run.draws", "20000")])
    #expect(results.contradictions.isEmpty)
    let sets = try #require(
      TheoryDefinition.load(
        text: TheoryLibrary.files.first { $0.name == "fourpoint-2604.27050" }!.text, fileName: "fourpoint"
      ).study
    ).points
    #expect(sets.count == 10)
    let measured = try rows(results, "neuron-point-functions")
    let limits = try rows(results, "neuron-point-functions-extrapolation")
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
      let (value, error) = (try number(own, "value"), try number(own, "error"))
      #expect(abs(value - record.mean) < 6 * hypot(error, record.error), "\(set) \(record.alpha) \(record.N)")
      let limit = try row(limits, set, record.alpha, ("model", .text("linear")))
      guard limit["value"] != .missing || record.alpha == 0 else { continue }
      #expect(try abs(number(limit, "exact") - record.wick) < 1e-6)
      #expect(try abs(number(limit, "value") - record.wick) < 6 * (number(limit, "error")))
      if record.alpha == 0 {
        let published = records.filter { $0.alpha == 0 && $0.points == record.points }
        let line = CorrelatedFit(
          published.map { Double($0.N) }, published.map(\.mean), covariance: CovarianceMatrix(errors: published.map(\.error))
        ) { [1, 1 / $0] }
        #expect(try published.count == 3 && number(limit, "error") < line.errors[0])
        let other = try row(measured, set, -1, ("width", .integer(record.N)))
        if other["value"] != .missing,
          try abs(number(other, "value") - record.mean) > 6 * hypot(number(other, "error"), record.error)
        {
          controls += 1
        }
      }
    }
    #expect(compared >= 60 && controls >= 20)
  }

  private static func quartic(_ coupling: Double) -> String {
    """
    dimension = 2
    [architecture]
    kind = "infinite-width"
    mass = 1.0
    [[insertion]]
    kind = "phi4"
    lambda = \(coupling)
    [lattice]
    sites = [8, 8]
    spacing = 1.0
    boundary = "periodic"
    [run]
    draws = 1000000
    """
  }

  /// Infinite width, 8x8, m = λ = 1: the effective coupling without its one-loop term is λ within 2 %. The control: with it, it is not.
  @Test func theQuarticCouplingIsLambda() throws {
    let results = try study(Self.quartic(1), [], estimators: ["zero-momentum"])
    let table = try rows(results, "quartic-coupling")
    let bare = try #require(table.first { $0["modes"] == .text("chi4/chi2^4") })
    let cleaned = try #require(table.first { $0["modes"] == .text("chi4/chi2^4, one loop removed") })
    #expect(try number(cleaned, "error") < 0.005)
    #expect(try abs(number(cleaned, "value") - 1) < 0.02)
    #expect(try abs(number(bare, "value") - 1) > 0.02 + 5.3 * number(bare, "error"))
  }

  /// Free nets of finite width: amputated functions follow the non-local formula, by the joint test of each run; they vanish at infinite width.
  @Test func freeNetsHaveANonLocalCoupling() throws {
    let results = try study(
      """
      dimension = 2
      [architecture]
      kind = "alpha-net"
      width = 10
      mass = 1.0
      alpha = 0.0
      regulator = "lattice"
      [lattice]
      sites = [8, 8]
      spacing = 1.0
      boundary = "periodic"
      [run]
      draws = 200000
      """, [("study.widths", "[10, 20, 40]")], estimators: ["zero-momentum", "trispectrum", "momentum-propagator"])
    #expect(results.contradictions.isEmpty)
    let table = try rows(results, "quartic-coupling")
    let opposite = table.filter { $0["modes"] == .text("(1,0)(-1,0)(0,1)(0,-1)") }
    #expect(opposite.count == 3)
    for row in opposite {
      // V/(N G_q G_k), p^2 = 4 sin^2(pi/8).
      let inverse = 1 + 4 * pow(sin(Double.pi / 8), 2)
      let expected = 64 / (try number(row, "width")) * inverse * inverse
      #expect(try abs(number(row, "exact") - expected) < 1e-9 * expected)
    }
    let zero = table.filter { $0["modes"] == .text("chi4/chi2^4") }
    for row in zero {
      #expect(try abs(number(row, "pull")) < 5.3)
      // The control: half the 1/N.
      #expect(try abs(number(row, "value") - 0.5 * number(row, "exact")) > 5.3 * number(row, "error"))
    }
  }

  /// Common random numbers correlate the widths, independent ones do not; both extrapolate to the exact limit.
  @Test(arguments: [false, true]) func streams(isCommon: Bool) throws {
    let results = try study(
      "cos-net", [("study.widths", "[10, 20, 40]"), ("lattice.sites", "[8, 8]"), ("run.draws", "20000")],
      estimators: ["two-point", "four-point-xxyy"], commonRandomNumbers: isCommon)
    #expect(results.contradictions.isEmpty)
    let table = try #require(results.tables.first { $0.table.name == "two-point" })
    let pair = [0, 1].compactMap { table.samples[$0] }
    let c = JackknifeSamples.covariance(of: pair)
    let correlation = c[1] / (c[0] * c[3]).squareRoot()
    #expect(isCommon ? correlation > 0.4 : abs(correlation) < 1e-9)
    for name in ["two-point", "four-point-xxyy"] {
      for row in try rows(results, "\(name)-extrapolation") { #expect(try abs(number(row, "pull")) < 6) }
    }
  }

  /// An interacting net meets lattice φ⁴, known exactly on a ring, at infinite width.
  @Test func anInteractingNetMeetsItsLimit() throws {
    let results = try study(
      "scalar-net-phi4", [("study.widths", "[16, 32, 64, 128]"), ("run.draws", "20000")], estimators: ["two-point"])
    for row in try rows(results, "two-point-extrapolation") where row["model"] == .text("quadratic") {
      #expect(try abs(number(row, "pull")) < 6)
    }
  }
}
