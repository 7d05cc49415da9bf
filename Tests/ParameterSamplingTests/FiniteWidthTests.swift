// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldTheories
import LatticeFields
import NNFTTestSupport
import Testing

@testable import ParameterSampling

/// Interacting nets of 8 to 256 neurons: every sampler against high-statistics reweighting at the same width.
@Suite struct FiniteWidthTests {
  static let groups = ReferenceNetTests.Group.groups("interacting lattice net finite N (Monte Carlo)")

  enum Method: String, CaseIterable, Sendable { case reweighting, chains, hamiltonian, populations }

  /// Strong coupling at N = 16, in d = 1; the widest one; the rest in long runs.
  static let chosen = groups.filter { group in
    let p = group.records[0].parameters
    return isLong || (p["N"]?.number == 16 && p["alpha"]?.number == 0)
  }

  @Test(arguments: chosen, Method.allCases) func samplersAgree(group: ReferenceNetTests.Group, method: Method) throws {
    let theory = try theory(of: group.records[0])
    let observables = referenceObservables(theory)
    let size = isLong ? 20 : 1
    let estimates: (String) -> Estimate?
    switch method {
    case .reweighting:
      let result = Reweighting.run(
        ReweightingPlan(theory: theory, draws: 10_000 * size, bins: 128, seed: 31), observables: observables, threads: 2)
      estimates = { $0 == "lnZ" ? result.logPartitionRatio : $0 == "ESS" ? nil : result.estimate($0) }
    case .chains, .hamiltonian:
      let moves: [SamplerSettings.Move]? = method == .chains ? nil : [.refresh, .hamiltonian]
      let result = try MarkovChains.run(
        ChainPlan(
          theory: theory, recipe: try KernelRecipe(moves, theory: theory), chains: 8, warmUp: 100,
          measurements: 500 * size, seed: 32), observables: observables, threads: 2)
      estimates = { ["lnZ", "ESS"].contains($0) ? nil : Estimate(result.gamma($0)) }
      if isLong { print("\(result.kernels[0])") }
    case .populations:
      let result = try SequentialMonteCarlo.run(
        PopulationPlan(
          theory: theory, recipe: try KernelRecipe(theory: theory), populations: 20, particles: 100 * size,
          schedule: .adaptive(0.8), sweepsPerStep: 2, seed: 33), observables: observables, threads: 2)
      estimates = { $0 == "lnZ" ? result.logPartitionRatio : $0 == "ESS" ? nil : result.estimate($0) }
    }
    let (share, report) = ReferenceNetTests.worst(group, estimates)
    if isLong { print("width \(group.testDescription) \(method): \(report)") }
    #expect(share < 1, "\(report)")
  }
}
