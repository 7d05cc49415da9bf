// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import FieldTheories
import LatticeFields
import Testing

@testable import EnsembleRuns

/// Data in R^D from the theory file to the tables: posteriors of one datum at finite width and of many at infinite width, the Ward identity, and what is refused.
@Suite struct ComponentDataTests {
  private static func text(
    width: Int = 2, labels: String = "[[0.8, 0.0]]", points: String = "[[0.0]]", temperature: Double = 0.1,
    sampler: String = "collapsed", further: String = "", draws: Int = 40_000
  ) -> String {
    """
    dimension = 1
    [architecture]
    kind = "cos-net"
    width = \(width)
    sigma_w0 = 1.0
    sigma_w1 = 1.0
    outputs = 2
    [[insertion]]
    kind = "data"
    temperature = \(temperature)
    points = \(points)
    labels = \(labels)
    test_points = [[0.0], [0.7]]
    \(further)
    [lattice]
    sites = [4]
    spacing = 0.5
    boundary = "open"
    [sampler]
    kind = "\(sampler)"
    [run]
    draws = \(draws)
    """
  }

  private static func request(_ text: String, _ names: [String]? = nil) throws -> (TheoryDefinition, CorrelatorRequest) {
    let theory = try TheoryDefinition.load(text: text, fileName: "vector data", interactions: true)
    return (
      theory,
      try CorrelatorRequest(
        theory: theory, estimatorNames: names, pointSets: nil, allDisplacements: false, commonRandomNumbers: false)
    )
  }

  /// One datum at N = 2: means, variances along and across the label, ln Z and the Ward identity; another temperature is noticed by each.
  @Test(arguments: ["collapsed", "collapsed-chains", "reweighting"]) func oneDatum(_ sampler: String) throws {
    let (own, request) = try Self.request(Self.text(sampler: sampler))
    let wrong = try own.varied([("insertion[1].temperature", "0.12")])
    let (tables, control) = try request.measure(threads: 1, monitor: RunMonitor(), control: wrong)
    func named(_ list: [MeasuredTable], _ name: String) throws -> MeasuredTable { try #require(list.first { $0.name == name }) }
    for table in tables { #expect(!table.contradictsExactValues, "\(table.name)") }
    let predictor = try named(tables, "predictor")
    #expect(predictor.coordinateColumns == ["component", "x1"] && predictor.rows.count == 4)
    #expect(abs(try #require(predictor.rows[0].exact) - 0.623429218733) < 1e-11)
    #expect(abs(try #require(predictor.rows[1].exact) - 0.487960878775) < 1e-11)
    #expect(predictor.rows[2].exact == 0)
    let covariance = try named(tables, "predictive-covariance")
    let variances = covariance.rows.filter { $0.coordinates[1] == .number(0) && $0.coordinates[2] == .number(0) }.map(\.exact)
    #expect(try abs(#require(variances[0]) - 0.090197360607) < 1e-11 && abs(#require(variances[1]) - 0.077928652342) < 1e-11)
    let identities = try named(tables, "identities")
    #expect(identities.rows.map(\.coordinates).suffix(2) == [[.text("Ward Q")], [.text("Ward Phi")]])
    for name in ["predictor", "identities"] { #expect(try named(control, name).contradictsExactValues, "\(name)") }
    if sampler != "collapsed-chains" {
      let evidence = try named(tables, "evidence")
      #expect(abs(try #require(evidence.rows[0].exact) + 2.366778426474) < 1e-11)
      #expect(try named(control, "evidence").contradictsExactValues)
    }
  }

  /// Labels in two directions leave no Ward identity; each component of a Gaussian field is regressed apart, and the limit of a net stands beside it.
  @Test func manyData() throws {
    let (_, request) = try Self.request(
      Self.text(width: 30, labels: "[[0.5, 0.2], [-0.4, 0.6]]", points: "[[0.0], [1.0]]", draws: 4000))
    let tables = try request.measure(threads: 1, monitor: RunMonitor())
    #expect(try !#require(tables.first { $0.name == "identities" }).rows.contains { $0.coordinates == [.text("Ward Q")] })
    let predictor = try #require(tables.first { $0.name == "predictor" })
    let limits = predictor.rows.indices.compactMap { predictor.annotatedNumber("gp", row: $0) }
    #expect(limits.count == 4 && abs(limits[0] - limits[2]) > 0.1)
  }

  /// The field of infinite width under data and (φ·φ)², labels in one direction that is no axis: the Ward identity holds, that of other labels does not.
  @Test func wardIdentityBesideQuarticInsertion() throws {
    let text = """
      dimension = 1
      [architecture]
      kind = "infinite-width"
      mass = 0.8
      outputs = 3
      [[insertion]]
      kind = "phi4"
      lambda = 3.0
      [[insertion]]
      kind = "data"
      temperature = 0.3
      points = [[0.0], [2.0]]
      labels = [[0.6, 0.3, 0.0], [-0.4, -0.2, 0.0]]
      [lattice]
      sites = [5]
      spacing = 1.0
      boundary = "periodic"
      [sampler]
      kind = "chains"
      [run]
      draws = 32000
      """
    let (own, request) = try Self.request(text, ["predictor"])
    let wrong = try own.varied([("insertion[2].labels", "[[0.9, 0.45, 0.0], [-0.4, -0.2, 0.0]]")])
    let (tables, control) = try request.measure(threads: 1, monitor: RunMonitor(), control: wrong)
    let (identities, others) = (tables.first { $0.name == "identities" }, control.first { $0.name == "identities" })
    #expect(
      try #require(identities).rows.map(\.coordinates) == [
        [.text("SD phi")], [.text("SD M")], [.text("Ward Q")], [.text("Ward Phi")],
      ])
    #expect(try !#require(identities).contradictsExactValues && #require(others).contradictsExactValues)
  }

  @Test(arguments: [
    ("labels = [[0.8, 0.0]]", "labels = [0.8]", "expected a list"), ("[[0.8, 0.0]]", "[[0.8, 0.0, 1.0]]", "expected 2"),
    ("labels = [[0.8, 0.0]]", "labels = [[0.8, 0.0], [1.0, 2.0]]", "expected 1"),
    ("points = [[0.0]]\nlabels = [[0.8, 0.0]]", "inputs = \"grid\"\ncount = 3\ntarget = \"x1\"", "have one component"),
  ])
  func refusals(_ from: String, _ to: String, _ words: String) {
    let text = Self.text().replacing(from, with: to)
    let fault = #expect(throws: TheoryFileError.self) {
      try TheoryDefinition.load(text: text, fileName: "vector data", interactions: true)
    }
    #expect(fault?.description.contains(words) ?? false, "\(fault?.description ?? "")")
  }
}
