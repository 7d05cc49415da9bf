// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import KnownValues
import TheoryLibrary
import Testing

@testable import Validation

/// What the suites of interacting theories are made of.
@Suite struct InteractingSuiteTests {
  private func theory(_ name: String, _ overrides: [(key: String, value: String)] = []) throws -> TheoryDefinition {
    let text = TheoryLibrary.files.first { $0.name == name }!.text
    return try TheoryDefinition.load(text: text, fileName: name, overrides: overrides, interactions: true)
  }

  /// Of every theory at least its own way; moves that leave parameters unmoved are no way.
  @Test func waysOfSampling() throws {
    let site = try SamplingWay.all(theory("phi4-0d")).map(\.name)
    #expect(
      site == [
        "reweighting", "chains of neuron-refresh", "chains of neuron-refresh, slice", "chains of neuron-refresh, hmc",
        "chains of neuron-refresh, pcn", "chains of neuron-refresh, sign-flip", "sequential Monte Carlo", "tempering",
      ])
    let ring = try SamplingWay.all(theory("phi4-1d")).map(\.name)
    #expect(ring.contains("chains of hmc, zero-mode") && !ring.contains { $0.contains("neuron-refresh") })
    // Expensive: its own sampler and another.
    let envelope = try SamplingWay.all(theory("phi4-2d-envelope")).map(\.name)
    #expect(envelope.count == 2 && envelope[0] == "chains of neuron-refresh, pair, small-steps")
    let free = try theory("cos-net")
    #expect(throws: NotApplicable.self) { try Samplers().experiments(free, command: "cos-net") }
  }

  @Test func insertionsAreTakenAway() throws {
    let free = try theory("scalar-net-phi4").varied([("lattice.sites", "4")], without: ["insertion", "sampler"])
    #expect(free.insertions.isEmpty && free.lattice.sites == [4] && free.architecture is LatticeAlphaNet)
    let wrong = try #require(try theory("phi4-2d-near-critical").withWrongCoupling(1.1))
    #expect(wrong.words == "lambda x 1.1" && abs(24 * wrong.theory.insertions.latticePotential!.coefficient(4) - 3.3) < 1e-12)
    #expect(try free.withWrongCoupling(1.1) == nil)
  }

  /// The response of two neurons on four sites: measured against the slope of the exact quadrature in λ, and the wrong width rejected. False alarm 1e-6.
  @Test func responseIsTheSlope() throws {
    let free = try theory("scalar-net-phi4", [("architecture.width", "2"), ("lattice.sites", "4")])
      .varied([("run.draws", "400000")], without: ["insertion", "sampler"])
    let estimator = ActionResponse(free.lattice, displacements: [0, 1, 2])
    let plan = try RunPlan(theory: free, sites: .lattice(free.lattice), estimators: [estimator])
    let samples = estimator.derive(try EnsembleRun.measure(plan, threads: 2)[0])
    let step = 1e-3
    func exact(_ coupling: Double) -> [Double] {
      FewNeuronQuadrature(width: 2, lattice: free.lattice, massSquared: 1, alpha: -1, coupling: coupling).twoPoint
    }
    let (none, one, two) = (exact(0), exact(step), exact(2 * step))
    let net = try #require(free.architecture as? LatticeAlphaNet)
    let formula = net.firstOrderTwoPoint().map(\.total)
    for r in 0..<3 {
      let slope = (4 * one[r] - 3 * none[r] - two[r]) / (2 * step)
      #expect(abs(slope - formula[r]) < 0.02 * abs(formula[r]), "\(r): \(slope), \(formula[r])")
      #expect(abs(samples[r].value - formula[r]) < 5.2 * samples[r].error, "\(r): \(samples[r].value), \(formula[r])")
      #expect(abs(samples[r].value - 0.8 * formula[r]) > 5.2 * samples[r].error, "\(r)")
    }
  }

  @Test func severalFindingsShareTheirFalseAlarm() {
    let findings = [0.5, 0.01, 0.2].map { ("", Finding(pValue: $0, text: "")) }
    #expect(Finding(all: findings).pValue == 0.03)
    #expect(Finding(all: findings + [("", Finding(pValue: nil, text: ""))]).pValue == nil)
    #expect(Finding(all: [("", Finding(pValue: 0.7, text: ""))]).pValue == 0.7)
  }

  /// Series are claimed only where their third order is below the errors.
  @Test func weakCouplingIsWeak() throws {
    #expect(try WeakCoupling(theory("phi4-2d-weak", [("insertion[1].lambda", "0.03")])) != nil)
    #expect(try WeakCoupling(theory("phi4-2d-weak")) == nil)
    #expect(try WeakCoupling(theory("phi4-0d")) == nil)
  }
}
