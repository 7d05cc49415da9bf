// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldTheories
import LatticeFields
import NNFTTestSupport
import Testing

@testable import ParameterSampling

/// Clusters of the sign at infinite width; that they keep the target is in ``EquilibriumTests``.
@Suite struct ClusterTests {
  /// Bonds of half or twice their strength are seen by the check that accepts the right ones, in one and two dimensions, on axes of one and two
  /// sites too.
  @Test(arguments: [[6], [2, 4], [1, 5], [2, 2, 2]]) func wrongBondsAreSeen(sites: [Int]) throws {
    let theory = try fieldTheory(sites, massSquared: 0.3, coupling: 12, prior: .asStated)
    let equilibrium = Equilibrium(theory, share: 0.25)
    let right = equilibrium.verdicts(of: [try #require(ClusterFlip(theory))], draws: 4000)
    #expect(!right.contains { $0.isRejected }, "\(sites): \(right)")
    for factor in [0.5, 2] {
      let wrong = equilibrium.verdicts(of: [try #require(ClusterFlip(theory, bondFactor: factor))], draws: 4000)
      #expect(wrong.contains { $0.isRejected }, "\(sites), \(factor): \(wrong)")
    }
  }

  /// The noise still is that of the field: evaluated anew, field and action stay what they are, to rounding.
  @Test func noiseFollowsTheField() throws {
    let theory = try fieldTheory([8, 6], massSquared: 0.1, coupling: 3, prior: .asStated)
    let (evaluator, clusters) = (theory.makeEvaluator(), try #require(ClusterFlip(theory)))
    let walker = drawnWalker(theory, evaluator, draw: 3)
    var random = WalkerRandomness(stream: .init(seed: 1, stream: "clusters"), walker: 0)
    for _ in 0..<100 { _ = clusters.sweep(walker, evaluator, coupling: 1, &random) }
    let (before, action) = (walker.fields[0].array, walker.action)
    evaluator.evaluate(walker)
    for (a, b) in zip(before, walker.fields[0].array) { #expect(abs(a - b) < 1e-12) }
    #expect(abs(action - walker.action) < 1e-11 * abs(action))
  }

  /// Two unequal wells 16 deep at one site: clusters give their shares, where Hamiltonian moves alone stay (``BrokenPhaseTests``).
  @Test func clustersCrossTheBarrier() throws {
    let (theory, mean) = BrokenPhaseTests.wells
    let analysis = try MarkovChains.run(
      ChainPlan(
        theory: theory, recipe: try KernelRecipe([.hamiltonian, .cluster], theory: theory), chains: 8, warmUp: 200,
        measurements: 2000), observables: Observables(["phi"]) { [$0.field[0]] }, threads: 2)
    let gamma = analysis.gamma("phi")
    #expect(abs(gamma.value - mean) < StatisticalChecks.normalBound() * gamma.error)
  }

  /// Deep in the broken phase on a strip of 4 x 32 sites domain walls stand for hundreds of trajectories; clusters move them.
  @Test func domainWallsMove() throws {
    let theory = try fieldTheory([4, 32], massSquared: -1.2, coupling: 3, prior: .asStated)
    func time(_ moves: [SamplerSettings.Move]) throws -> Double {
      try MarkovChains.run(
        ChainPlan(
          theory: theory, recipe: try KernelRecipe(moves, theory: theory), chains: 4, warmUp: 100, measurements: 1500),
        observables: Observables.standard(theory), threads: 2
      ).gamma("Phi^2/V").autocorrelationTime
    }
    let (with, without) = (try time([.hamiltonian, .cluster]), try time([.hamiltonian, .zeroMode]))
    print("domain walls: tau \(with) with clusters, \(without) without")
    #expect(with < 5 && without > 3 * with)
  }

  /// Nets of finite width have no such move.
  @Test func netsAreRefused() throws {
    let lattice = Lattice(sites: [6], spacing: 1, boundary: .periodic)
    let net = try InteractingTheory(
      architecture: LatticeAlphaNet(kind: "alpha-net", width: 4, mass: 1, alpha: 0, weights: .gaussian, lattice: lattice),
      insertions: InsertionSum([QuarticInsertion(coupling: 6)]), lattice: lattice)
    #expect(ClusterFlip(net) == nil)
    #expect(throws: SamplingError.self) { try KernelRecipe([.refresh, .cluster], theory: net) }
  }
}
