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

  enum Method: String, CaseIterable, Sendable { case reweighting, slice, hamiltonian, populations }

  /// Every net by reweighting, and by every other method those of N = 16 at strong coupling, the rest in long runs.
  static let cases: [(ReferenceNetTests.Group, Method)] = groups.flatMap { group in
    let p = group.records[0].parameters
    let isChosen = isLong || (p["N"]?.number == 16 && p["alpha"]?.number == 0)
    return (isChosen ? Method.allCases : [.reweighting]).map { (group, $0) }
  }

  /// False alarm 1e-6 a case.
  @Test(arguments: cases) func samplersAgree(group: ReferenceNetTests.Group, method: Method) throws {
    let theory = try theory(of: group.records[0])
    let observables = referenceObservables(theory)
    let size = isLong ? 20 : 1
    let estimates: (String) -> Estimate?
    switch method {
    case .reweighting:
      let result = Reweighting.run(
        ReweightingPlan(theory: theory, draws: 10_000 * size, bins: 128, seed: 31),
        observables: observables + ReferenceNetTests.weight,
        threads: 2)
      estimates = { ReferenceNetTests.estimate(result, theory, $0) }
    case .slice, .hamiltonian:
      let moves: [SamplerSettings.Move] = [.refresh, method == .slice ? .slice : .hamiltonian]
      let result = try MarkovChains.run(
        ChainPlan(
          theory: theory, recipe: try KernelRecipe(moves, theory: theory), chains: 8, warmUp: 100,
          measurements: 500 * size, seed: 32), observables: observables, threads: 2)
      let (second, fourth) = (result.names.firstIndex(of: "Phi^2/V")!, result.names.firstIndex(of: "Phi^4/V")!)
      let volume = theory.lattice.volume
      estimates = { name in
        if ["lnZ", "ESS"].contains(name) { return nil }
        if name == "chi4" {
          return Estimate(result.gamma { $0[fourth] - 3 * volume * $0[second] * $0[second] })
        }
        return Estimate(result.gamma(name))
      }
      if isLong { print("\(result.kernels[0])") }
    case .populations:
      let result = try SequentialMonteCarlo.run(
        PopulationPlan(
          theory: theory, recipe: try KernelRecipe(theory: theory), populations: 20, particles: 100 * size,
          schedule: .adaptive(0.8), sweepsPerStep: 2, seed: 33), observables: observables, threads: 2)
      let means = WeightedMeans(logWeights: result.logZ, primaries: result.means, bins: 20)
      estimates = { name in
        switch name {
        case "lnZ": result.logPartitionRatio
        case "ESS": nil
        case "chi4": ReferenceNetTests.chi4(result.names, theory) { means.mean($0) }
        default: result.estimate(name)
        }
      }
    }
    let (share, report) = ReferenceNetTests.worst(group, estimates)
    if isLong { print("width \(group.testDescription) \(method): \(report)") }
    #expect(share < 1, "\(report)")
  }
}
