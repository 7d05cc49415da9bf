// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import EnsembleRuns
import FieldTheories
import KnownValues
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

@testable import ParameterSampling

/// Few modes under a strong quartic length, where nothing is Gaussian: rotations and redrawn modes against the one-dimensional integral.
@Suite struct ModeRunTests {
  private func theory(_ changes: [(key: String, value: String)] = []) throws -> TheoryDefinition {
    try TheoryDefinition.load(
      text: """
        dimension = 1
        [architecture]
        kind = "mode-net"
        eigenvalues = [1.0, 0.5, 2.0]
        [[insertion]]
        kind = "length"
        ridge = -0.4
        quartic = 6.0
        targets = [0.8, -0.3, 0.5]
        [lattice]
        sites = [3]
        spacing = 1.0
        boundary = "periodic"
        [sampler]
        control_variates = false
        [run]
        draws = 64000
        seed = 3
        """, fileName: "t.toml", overrides: changes, interactions: true)
  }

  private func tables(_ theory: TheoryDefinition, control: TheoryDefinition? = nil) throws -> [MeasuredTable] {
    let request = try CorrelatorRequest(
      theory: theory, estimatorNames: nil, pointFile: nil, allDisplacements: false, commonRandomNumbers: false)
    guard let control else { return try request.measure(threads: 1, monitor: RunMonitor()) }
    return try request.measure(threads: 1, monitor: RunMonitor(), control: control).control
  }

  /// Every table agrees with its exact values at false alarm 1e-6, by rotations and by redrawn modes; a coupling larger by a quarter does not.
  @Test(arguments: ["[\"rotation\"]", "[\"neuron-refresh\"]", "[\"hmc\"]"]) func strongCoupling(moves: String) throws {
    let own = try theory([("sampler.moves", moves)])
    let tables = try tables(own)
    #expect(tables.map(\.name) == ["mode-means", "mode-variances", "sampling", "identities"])
    for table in tables {
      #expect(table.test?.pValue != nil && !table.contradictsExactValues, "\(moves) \(table.name)")
    }
    let other = try self.tables(own, control: theory([("insertion[1].quartic", "7.5")]))
    #expect(other.contains { table in table.contradictsExactValues })
  }

  /// Weighted draws give ln Z of the length: ``ModeNet`` against the average weight. Needs r ≥ 0. The control: a hundredth more coupling.
  @Test func partitionFunction() throws {
    let changes = [("insertion[1].ridge", "0.7"), ("insertion[1].quartic", "1.5"), ("sampler.kind", "\"reweighting\"")]
    let own = try theory(changes)
    let table = try #require(try tables(own).first { $0.name == "partition-function" })
    #expect(table.rows[0].exact != nil && !table.contradictsExactValues)
    let control = try theory([
      ("insertion[1].ridge", "0.7"), ("insertion[1].quartic", "1.8"), ("sampler.kind", "\"reweighting\""),
    ])
    let other = try #require(try tables(own, control: control).first { $0.name == "partition-function" })
    #expect(other.contradictsExactValues)
  }

  /// The gradient against central differences of the action; the control: the gradient at the wrong coupling.
  @Test func gradient() throws {
    let interacting = try InteractingTheory(theory())
    let evaluator = interacting.makeEvaluator()
    let walker = evaluator.makeWalker()
    for (k, value) in [0.3, -1.1, 0.7].enumerated() { walker.parameters.block(0)[k] = value }
    evaluator.evaluate(walker)
    let gradient = NetworkParameters(layout: interacting.prior.layout)
    evaluator.gradient(of: walker, into: gradient)
    for k in 0..<3 {
      let own = gradient.block(0)[k]
      func action(_ shift: Double) -> Double {
        walker.parameters.block(0)[k] += shift
        evaluator.evaluate(walker)
        walker.parameters.block(0)[k] -= shift
        return walker.action
      }
      let difference = (action(1e-5) - action(-1e-5)) / 2e-5
      #expect(abs(own - difference) < 1e-8 * max(1, abs(own)))
      #expect(abs(1.001 * own - difference) > 1e-4 * abs(own))
    }
  }

  /// A trajectory under a length alone, one vectorised loop, against the same under any action, which a coupling one unit in the last place below one takes; state and action to 1e-12, of 3 and of
  /// 20 modes. The control: the state before.
  @Test(arguments: [3, 20]) func trajectories(count: Int) throws {
    let own = try theory([
      ("architecture.eigenvalues", "\((1...count).map { 2.0 / Double($0) })"), ("lattice.sites", "\(count)"),
      ("insertion[1].targets", "\((1...count).map { 0.8 / Double($0 * $0) - 0.1 })"),
    ])
    let interacting = try InteractingTheory(own)
    let modes = try #require(interacting.prior.modes)
    func states(_ coupling: Double) -> [[Double]] {
      let (evaluator, kernel) = (interacting.makeEvaluator(), HarmonicRotation(interacting, modes))
      let walker = evaluator.makeWalker()
      var random = WalkerRandomness(stream: RandomStream(seed: 5, stream: "trajectories"), walker: 0)
      random.network(interacting.prior, into: walker.parameters)
      evaluator.evaluate(walker)
      return (0..<10).map { sweep in
        let counts = kernel.sweep(walker, evaluator, coupling: coupling, &random)
        if sweep < 5 { kernel.tune(counts) }
        return (0..<count).map { walker.parameters.block(0)[$0] } + (0..<count).map { walker.fields[0][$0] } + [walker.action]
      }
    }
    let (fast, general) = (states(1), states(1.0.nextDown))
    func deviation(_ a: [[Double]], _ b: [[Double]]) -> Double {
      zip(a, b).reduce(0) { max($0, zip($1.0, $1.1).reduce(0) { max($0, abs($1.0 - $1.1)) }) }
    }
    #expect(deviation(fast, general) < 1e-12)
    #expect(deviation(Array(fast.dropFirst()), Array(general.dropLast())) > 0.1)
  }

  /// Without a quartic term rotations are exact: every proposal is accepted, at a frequency one independent of the modes.
  @Test func harmonicLimit() throws {
    let tables = try tables(theory([("insertion[1].ridge", "2.5"), ("insertion[1].quartic", "0")]))
    #expect(tables.allSatisfy { !$0.contradictsExactValues })
    #expect(tables.contains { $0.remarks.contains { $0.hasPrefix("rotation: acceptance 1.0, 1 kick") } })
  }

  /// With eigenfunctions fields are asked for at places of the learner's inputs: 1- and 2-point functions there, and between a place and a mode, against the integral, and of free modes against Wick's
  /// theorem, at false alarm 1e-6. The control: a coupling larger by a quarter; free, other eigenvalues.
  @Test(arguments: [true, false]) func eigenfunctions(interacts: Bool) throws {
    func theory(_ eigenvalues: String, _ quartic: String) throws -> TheoryDefinition {
      try TheoryDefinition.load(
        text: """
          dimension = 1
          [architecture]
          kind = "mode-net"
          eigenvalues = \(eigenvalues)
          eigenfunctions = "cosine"
          \(interacts ? "[[insertion]]\nkind = \"length\"\nridge = -0.4\nquartic = \(quartic)\ntargets = [0.8, -0.3, 0.5]" : "")
          [lattice]
          sites = [3]
          spacing = 1.0
          boundary = "periodic"
          [run]
          draws = 64000
          seed = 3
          """, fileName: "t.toml", interactions: true)
    }
    let sets = [("A", [0.3, 0.3]), ("B", [0.3, 0.85]), ("C", [0.3, 1.0])].map {
      PointSet(name: $0.0, points: $0.1.map { Point($0, 0, 0, 0) })
    }
    let request = try CorrelatorRequest(
      theory: theory("[1.0, 0.5, 2.0]", "6.0"), estimatorNames: nil, pointSets: sets, allDisplacements: false,
      commonRandomNumbers: false)
    let wrong = try theory(interacts ? "[1.0, 0.5, 2.0]" : "[1.2, 0.5, 2.0]", "7.5")
    let (tables, other): ([MeasuredTable], [MeasuredTable])
    if interacts {
      (tables, other) = try request.measure(threads: 1, monitor: RunMonitor(), control: wrong)
    } else {
      let bins = try EnsembleRun.measure(request.plan, threads: 1)
      tables = CorrelatorJob.tables(of: bins, request.plan, exact: request.plan.theory)
      other = CorrelatorJob.tables(of: bins, request.plan, exact: wrong)
    }
    let table = try #require(tables.first { $0.name == "point-functions" })
    #expect(table.rows.allSatisfy { $0.exact != nil } && table.test?.pValue != nil && !table.contradictsExactValues)
    #expect(other.contains { $0.contradictsExactValues })
  }

  /// Cosines are orthonormal on the interval, by the midpoint rule; without eigenfunctions there is no field between sites.
  @Test func places() throws {
    let modes = ModeExpansion(count: 5, spectrum: .power(0.2), eigenfunctions: .cosine)
    for a in 0..<5 {
      for b in 0..<5 {
        let product = (0..<64).reduce(0.0) { sum, i in
          let e = modes.eigenfunctions!.values((Double(i) + 0.5) / 64, count: 5)
          return sum + e[a] * e[b] / 64
        }
        #expect(abs(product - (a == b ? 1 : 0)) < 1e-13)
      }
    }
    let place = Point(0.3, 0, 0, 0)
    #expect(modes.places([place, Point(2, 0, 0, 0)]) == [.position(0.3), .mode(2)])
    #expect(ModeExpansion(count: 5, spectrum: .power(0.2)).places([place]) == nil)
    #expect(modes.places([Point(1.5, 0, 0, 0)]) == nil)
  }

  /// Faults name their key.
  @Test(arguments: [
    ([("insertion[1].targets", "[1.0, 2.0]")], "insertion[1].targets"), ([("insertion[1].kappa", "1.0")], "insertion[1].ridge"),
    ([("insertion[1].u", "1.0")], "insertion[1].quartic"), ([("insertion[1].quartic", "0")], "insertion[1].ridge"),
    ([("lattice.spacing", "0.5")], "architecture.kind"),
    ([("architecture.eigenvalues", "[1.0, 0.0, 1.0]")], "architecture.eigenvalues"),
    ([("architecture.alpha", "0.2")], "architecture.alpha"),
  ]) func faults(changes: [(key: String, value: String)], key: String) throws {
    let fault = #expect(throws: TheoryFileError.self) { try self.theory(changes) }
    #expect(fault?.key == key, "\(String(describing: fault))")
  }
}
