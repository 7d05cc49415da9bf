// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields
import NeuronMoments
import ParameterSampling
import Testing

@testable import Correlators

/// Nets whose output weights share a scale, as fields: exact tables accepted at 1e-6, a variance ten per cent larger rejected, and what needs
/// independent neurons refused.
@Suite struct SharedScaleRunTests {
  private static func theory(_ architecture: String, boundary: String = "open", variance: Double = 0.5) throws -> TheoryDefinition
  {
    try TheoryDefinition.load(
      text: """
        dimension = 1
        [architecture]
        \(architecture)
        weights = "constant"
        weights_shared_variance = \(variance)
        [lattice]
        sites = [4]
        spacing = 0.8
        boundary = "\(boundary)"
        [run]
        draws = 1000000
        seed = 8
        """, fileName: "shared.toml")
  }

  /// Few neurons of constant weights: the tails are those of s.
  private static let architectures = [
    ("kind = \"cos-net\"\nwidth = 1\nsigma_w0 = 0.5\nsigma_w1 = 1.0", "open"),
    ("kind = \"gauss-net\"\nwidth = 2\nsigma_w0 = 0.3\nsigma_w1 = 1.0\nsigma_b0 = 0.05", "open"),
    ("kind = \"scalar-net\"\nwidth = 1\nmass = 1.0\ncutoff = 0.5", "open"),
    ("kind = \"alpha-net\"\nwidth = 1\nmass = 1.0\nalpha = 0.0\nregulator = \"gaussian\"\ncutoff = 3.0", "open"),
    ("kind = \"alpha-net\"\nwidth = 1\nmass = 1.0\nalpha = 0.0\nregulator = \"lattice\"", "periodic"),
    (
      "kind = \"euclidean-net\"\nwidth = 1\nmomentum_density = \"exp(-k^2)\"\namplitude = \"1\"", "open"
    ),
    ("kind = \"dense-net\"\nactivation = \"erf\"\nwidth = 1\nsigma_w = 1.0\nsigma_b = 2.0\nsigma_v = 1.0", "open"),
  ]

  @Test(arguments: architectures.indices) func tables(index: Int) throws {
    let (text, boundary) = Self.architectures[index]
    let own = try Self.theory(text, boundary: boundary)
    let wrong = try Self.theory(text, boundary: boundary, variance: 0.55)
    let x = [0, 1, 3, 2].map { own.lattice.position($0) }
    let sets = [PointSet(name: "apart", points: x), PointSet(name: "together", points: [x[1], x[1], x[1], x[1]])]
    let estimator = PointFunctions(sets: sets)
    let plan = try RunPlan(theory: own, sites: .points(estimator.points, dimension: 1), estimators: [estimator])
    let bins = try EnsembleRun.measure(plan, threads: 2)
    let (right, control) = (
      CorrelatorJob.tables(of: bins, plan, exact: own)[0], CorrelatorJob.tables(of: bins, plan, exact: wrong)[0]
    )
    let p = try #require(right.test?.pValue)
    #expect(p > 1e-6, "\(text): p = \(p)")
    let other = try #require(control.test?.pValue)
    #expect(other < 1e-6, "\(text): control p = \(other)")
  }

  /// Rows need more networks than those of a fixed scale.
  @Test func fewNetworksAreWithheld() throws {
    let own = try TheoryDefinition.load(
      text: Self.theory(Self.architectures[0].0).resolvedText, fileName: "shared.toml", overrides: [("run.draws", "20000")])
    let x = own.lattice.position(0)
    let estimator = PointFunctions(sets: [PointSet(name: "", points: [x, x, x, x])])
    let plan = try RunPlan(theory: own, sites: .points([x], dimension: 1), estimators: [estimator])
    let table = try CorrelatorJob.run(plan, threads: 2, monitor: RunMonitor())[0]
    guard case .underSampled(let reason) = table.rows[1].estimate.reliability else {
      Issue.record("a row of 20000 networks was not withheld")
      return
    }
    #expect(reason.contains("weights_shared_variance"))
  }

  @Test func whatNeedsIndependentNeuronsIsRefused() throws {
    let own = try Self.theory(Self.architectures[0].0)
    let fault = #expect(throws: NeuronSpaceFault.self) { try IndependentNeurons(own) }
    #expect(fault?.description.contains("share a scale") == true)
    let net = LatticeAlphaNet(
      kind: "alpha-net", width: 4, mass: 1, alpha: 0, weights: .gaussian,
      lattice: Lattice(sites: [4], spacing: 1, boundary: .periodic)
    ).sharing(SharedScale(variance: 0.5))
    #expect(throws: SamplingError.self) {
      try InteractingTheory(
        architecture: net, insertions: InsertionSum([QuarticInsertion(coupling: 1, region: .lattice)]), lattice: net.lattice)
    }
    // The tilted table is left out, and asking for it is answered.
    let gauss = try Self.theory(Self.architectures[1].0)
    let sets = [PointSet(name: "a", points: [.zero, .zero])]
    let request = try CorrelatorRequest(
      theory: gauss, estimatorNames: nil, pointSets: sets, allDisplacements: false, commonRandomNumbers: false)
    #expect(request.tableNames == ["point-functions"])
  }
}
