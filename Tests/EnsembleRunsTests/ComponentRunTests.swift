// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import ErrorAnalysis
import FieldTheories
import LatticeFields
import NNFTTestSupport
import ParameterSampling
import TheoryLibrary
import Testing

@testable import EnsembleRuns

/// Runs of fields of several components, from the theory file to the tables: exact columns accepted at 1e-6, those of another law rejected; what speaks of one output refused.
@Suite struct ComponentRunTests {
  private static func theory(_ architecture: String, boundary: String = "open", draws: Int = 60_000, insertion: String = "")
    throws -> TheoryDefinition
  {
    try TheoryDefinition.load(
      text: """
        dimension = 1
        [architecture]
        \(architecture)
        [lattice]
        sites = [4]
        spacing = 0.8
        boundary = "\(boundary)"
        [run]
        draws = \(draws)
        seed = 8
        \(insertion)
        """, fileName: "components.toml", interactions: true)
  }

  /// Architectures of every form, two outputs each, of a law that others differ from.
  private static let architectures: [(text: String, boundary: String, wrong: String)] = [
    ("kind = \"cos-net\"\nwidth = 2\nsigma_w0 = 0.7\nsigma_w1 = 1.0\noutputs = 2\nweights = \"sphere\"", "open", "gaussian"),
    (
      "kind = \"alpha-net\"\nwidth = 2\nmass = 1.0\nalpha = 0.0\nregulator = \"lattice\"\noutputs = 2\nweights = \"gaussian\"",
      "periodic", "constant"
    ),
    (
      "kind = \"dense-net\"\nactivation = \"erf\"\nwidth = 2\nsigma_w = 1.0\nsigma_b = 1.0\nsigma_v = 1.0\noutputs = 2\nweights = \"uniform\"",
      "open", "gaussian"
    ),
    (
      "kind = \"gauss-net\"\nwidth = 2\nsigma_w0 = 0.3\nsigma_b0 = 0.05\nsigma_w1 = 1.0\noutputs = 3\nweights = \"constant\"",
      "open", "sphere"
    ),
  ]

  @Test(arguments: architectures.indices) func tables(_ index: Int) throws {
    let (text, boundary, wrongLaw) = Self.architectures[index]
    let own = try Self.theory(text, boundary: boundary)
    let wrong = try own.varied([("architecture.weights", "\"\(wrongLaw)\"")])
    let x = [0, 1, 3, 2].map { own.lattice.position($0) }
    let sets = [PointSet(name: "apart", points: x), PointSet(name: "pairs", points: [x[1], x[1], x[2], x[2]])]
    let request = try CorrelatorRequest(
      theory: own, estimatorNames: nil, pointSets: sets, allDisplacements: false, commonRandomNumbers: false)
    #expect(request.tableNames == ["point-functions", "component-point-functions"])
    let bins = try EnsembleRun.measure(request.plan, threads: 1)
    let right = CorrelatorJob.tables(of: bins, request.plan, exact: own)
    let control = CorrelatorJob.tables(of: bins, request.plan, exact: wrong)
    for table in right { #expect(!table.contradictsExactValues && table.test?.pValue != nil, "\(table.name)") }
    #expect(control[1].contradictsExactValues)
  }

  /// Infinite width: every component a free field of its own, independent of the others.
  @Test func freeField() throws {
    let own = try Self.theory("kind = \"infinite-width\"\nmass = 1.0\noutputs = 3", boundary: "periodic", draws: 20_000)
    let request = try CorrelatorRequest(
      theory: own, estimatorNames: nil, pointSets: nil, allDisplacements: false, commonRandomNumbers: false)
    #expect(request.tableNames.suffix(2) == ["component-four-point", "component-symmetry"])
    for table in try request.measure(threads: 1, monitor: RunMonitor()) {
      #expect(!table.contradictsExactValues, "\(table.name)")
    }
    let wrong = try own.varied([("architecture.mass", "1.1")])
    let bins = try EnsembleRun.measure(request.plan, threads: 1)
    #expect(CorrelatorJob.tables(of: bins, request.plan, exact: wrong)[0].contradictsExactValues)
  }

  /// Every sampler of two outputs under `(φ·φ)²` meets the radial integrals, at a false alarm of 1e-6; a coupling a fifth larger is not it.
  @Test(arguments: [
    ("chains", "[\"neuron-refresh\", \"slice\"]"), ("chains", "[\"neuron-refresh\", \"hmc\"]"),
    ("chains", "[\"neuron-refresh\", \"pcn\"]"), ("tempering", "\"automatic\""), ("smc", "\"automatic\""),
    ("reweighting", "\"automatic\""),
  ]) func samplersOfTwoOutputs(kind: String, moves: String) throws {
    let plan = try interactingPlan(
      "o2-net",
      [
        ("sampler.kind", "\"\(kind)\""), ("sampler.moves", moves), ("run.draws", "19200"), ("run.bins", "64"),
        ("sampler.particles", "300"), ("sampler.populations", "64"), ("sampler.control_variates", "false"),
      ])
    let wrong = try InteractingTheory(interactingTheory("o2-net", [("insertion[1].lambda", "7.2")]))
    let (tables, control) = try InteractingJob.run(plan, control: wrong, threads: 1, monitor: RunMonitor())
    func p(_ tables: [MeasuredTable]) -> Double { tables.first { $0.name == "sampling" }?.test?.pValue ?? .nan }
    #expect(p(tables) > 1e-6, "\(p(tables))")
    #expect(p(control) < 1e-6, "\(p(control))")
  }

  /// The library theory: radial integrals, the identity of the weights, ln Z; a coupling ten per cent larger is not it.
  @Test func quarticInsertion() throws {
    let text = try #require(TheoryLibrary.files.first { $0.name == "o2-net" }?.text)
    let own = try TheoryDefinition.load(text: text, fileName: "o2-net", overrides: [("run.draws", "20000")], interactions: true)
    let request = try CorrelatorRequest(
      theory: own, estimatorNames: nil, pointSets: nil, allDisplacements: false, commonRandomNumbers: false)
    let wrong = try own.varied([("insertion[1].lambda", "6.6")])
    let (tables, control) = try request.measure(threads: 1, monitor: RunMonitor(), control: wrong)
    for table in tables { #expect(!table.contradictsExactValues, "\(table.name)") }
    #expect(control.contains { $0.contradictsExactValues })
    let sampling = try #require(tables.first { $0.name == "sampling" })
    let exact = try #require(sampling.rows.first { $0.coordinates == [.text("phi^2")] }?.exact)
    #expect(abs(2 * exact - 0.705605686156) < 1e-11)
    let partition = try #require(tables.first { $0.name == "partition-function" }?.rows[0].exact)
    #expect(abs(partition + 0.534229517002) < 1e-11)
  }

  /// Chains at infinite width: the Schwinger-Dyson equations of three components in a double well; those of another coupling do not hold.
  @Test func schwingerDyson() throws {
    let own = try Self.theory(
      "kind = \"infinite-width\"\nmass = 1.0\noutputs = 3", boundary: "periodic", draws: 32_000,
      insertion: """
        [[insertion]]
        kind = "phi4"
        lambda = 6.0
        [[insertion]]
        kind = "mass"
        delta = -1.5
        [sampler]
        kind = "chains"
        """)
    let request = try CorrelatorRequest(
      theory: own, estimatorNames: ["two-point"], pointSets: nil, allDisplacements: false, commonRandomNumbers: false)
    let wrong = try own.varied([("insertion[1].lambda", "12.0")])
    let (tables, control) = try request.measure(threads: 1, monitor: RunMonitor(), control: wrong)
    let (identities, others) = (tables.first { $0.name == "identities" }, control.first { $0.name == "identities" })
    #expect(try #require(identities).rows.count == 2)
    #expect(try !#require(identities).contradictsExactValues && #require(others).contradictsExactValues)
  }

  @Test func refusals() throws {
    let theory = try Self.theory(Self.architectures[0].text)
    let fault = #expect(throws: SelectionError.self) {
      try CorrelatorRequest(
        neuronSpace: NeuronSpaceOptions(theories: [theory], averages: nil), tableNames: nil, pointSets: nil)
    }
    #expect(fault?.description.contains("--neuron-space speaks of one output") ?? false)
    let single = try theory.varied([("architecture.outputs", "1")])
    #expect(throws: SelectionError.self) {
      try CorrelatorRequest(
        theory: single, estimatorNames: ["component-symmetry"], pointSets: nil, allDisplacements: false,
        commonRandomNumbers: false)
    }
    let automatic = try CorrelatorRequest(
      theory: single, estimatorNames: nil, pointSets: nil, allDisplacements: false, commonRandomNumbers: false)
    #expect(!automatic.tableNames.contains("component-symmetry") && automatic.omissions.allSatisfy { !$0.contains("component") })
  }
}
