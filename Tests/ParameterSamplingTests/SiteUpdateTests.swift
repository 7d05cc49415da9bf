// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

@testable import ParameterSampling

/// Local moves of the field of infinite width; that they keep the target on rings is in ``EquilibriumTests``.
@Suite struct SiteUpdateTests {
  /// Two and three dimensions, odd and even extents, axes of one and two sites: exact draws stay what they are. The controls: no
  /// acceptance at all, and one that takes four times the potential.
  @Test(arguments: [[3, 3], [1, 5], [2, 2, 2]]) func wrongAcceptanceIsSeen(sites: [Int]) throws {
    let theory = try fieldTheory(sites, massSquared: 0.3, coupling: 12, prior: .asStated)
    let equilibrium = Equilibrium(theory, share: 0.25)
    let right = equilibrium.verdicts(of: [try #require(SiteUpdates(theory))], draws: 4000)
    #expect(!right.contains { $0.isRejected }, "\(sites): \(right)")
    for factor in [0, 4.0] {
      let wrong = equilibrium.verdicts(of: [try #require(SiteUpdates(theory, acceptanceFactor: factor))], draws: 4000)
      #expect(wrong.contains { $0.isRejected }, "\(sites), \(factor): \(wrong)")
    }
  }

  /// Noise, field and action stay in step; of a free field every proposal is accepted.
  @Test func noiseFollowsTheField() throws {
    let theory = try fieldTheory([8, 6], massSquared: 0.1, coupling: 3, prior: .asStated)
    let (evaluator, sites) = (theory.makeEvaluator(), try #require(SiteUpdates(theory)))
    let walker = drawnWalker(theory, evaluator, draw: 3)
    var random = WalkerRandomness(stream: .init(seed: 1, stream: "sites"), walker: 0)
    for _ in 0..<100 { sites.tune(sites.sweep(walker, evaluator, coupling: 1, &random)) }
    let counts = sites.sweep(walker, evaluator, coupling: 1, &random)
    #expect(counts.proposals == 3 * 48 && counts.probability > 0.8 * Double(counts.proposals))
    let (before, action) = (walker.fields[0].array, walker.action)
    evaluator.evaluate(walker)
    for (a, b) in zip(before, walker.fields[0].array) { #expect(abs(a - b) < 1e-12) }
    #expect(abs(action - walker.action) < 1e-11 * abs(action))
    let free = sites.sweep(walker, evaluator, coupling: 0, &random)
    #expect(free.probability == Double(free.proposals))
  }

  /// Nets of finite width, and potentials at listed points, have no such move.
  @Test func othersAreRefused() throws {
    let lattice = Lattice(sites: [6], spacing: 1, boundary: .periodic)
    let net = try InteractingTheory(
      architecture: LatticeAlphaNet(kind: "alpha-net", width: 4, mass: 1, alpha: 0, weights: .gaussian, lattice: lattice),
      insertions: InsertionSum([QuarticInsertion(coupling: 6)]), lattice: lattice)
    #expect(SiteUpdates(net) == nil)
    #expect(throws: SamplingError.self) { try KernelRecipe([.refresh, .site], theory: net) }
    #expect(SiteUpdates(try Mixtures.field(6)) == nil)
  }
}
