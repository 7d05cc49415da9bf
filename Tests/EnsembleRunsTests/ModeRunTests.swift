// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import EnsembleRuns
import FieldTheories
import KnownValues
import NNFTTestSupport
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

  /// Without a quartic term rotations are exact: every proposal is accepted, at a frequency one independent of the modes.
  @Test func harmonicLimit() throws {
    let tables = try tables(theory([("insertion[1].ridge", "2.5"), ("insertion[1].quartic", "0")]))
    #expect(tables.allSatisfy { !$0.contradictsExactValues })
    #expect(tables.contains { $0.remarks.contains { $0.hasPrefix("rotation: acceptance 1.0, 4 kicks") } })
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
