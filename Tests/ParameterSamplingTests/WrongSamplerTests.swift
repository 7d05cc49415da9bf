// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import ErrorAnalysis
import FieldTheories
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

@testable import ParameterSampling

/// Deliberately wrong samplers: what the tests above must reject, and the right ones beside them.
@Suite struct WrongSamplerTests {
  /// Redraws neurons and never asks.
  final class RefreshWithoutQuestion: MarkovKernel {
    let architecture: any Architecture
    let proposal: Network
    init(_ theory: InteractingTheory) {
      architecture = theory.prior
      proposal = Network(layout: theory.prior.layout)
    }
    let name = "wrong refresh"
    var movedBlocks: Set<Int> { Set(architecture.layout.blocks.indices) }
    let setting = ""
    func tune(_ counts: KernelCounts) {}
    func sweep(
      _ walker: Walker, _ evaluator: ActionEvaluator, coupling: Double, _ random: inout WalkerRandomness
    ) -> KernelCounts {
      random.advance()
      random.network(architecture, into: proposal.parameters)
      evaluator.update(proposal)
      let neurons = 0..<1
      let action = evaluator.propose(neurons, of: walker, from: proposal)
      evaluator.accept(neurons, of: walker, from: proposal, action: action)
      return KernelCounts()
    }
  }

  private static let group = ReferenceNetTests.exact.first {
    let p = $0.records[0].parameters
    return p["N"]?.number == 2 && p["lam"]?.number == 24
  }!

  private func share(_ recipe: KernelRecipe) throws -> Double {
    let theory = try theory(of: Self.group.records[0])
    return ReferenceNetTests.worst(
      Self.group, try ReferenceNetTests.estimates(theory, .refresh, samples: 40_000, recipe: recipe)
    ).share
  }

  @Test func refreshWithoutQuestionIsSeen() throws {
    #expect(try share(KernelRecipe { [ReferenceNetTests.SingleRefresh($0)] }) < 1)
    #expect(try share(KernelRecipe { [ReferenceNetTests.SingleRefresh($0), RefreshWithoutQuestion($0)] }) > 1)
  }

  @Test(arguments: [0.8, 1, 1.25]) func sliceOfTheWrongVarianceIsSeen(scale: Double) throws {
    let result = try share(
      KernelRecipe { [ReferenceNetTests.SingleRefresh($0), EllipticalSlice($0, scale: scale)] })
    #expect(scale == 1 ? result < 1 : result > 1, "\(result)")
  }

  /// Any force gives a correct but useless Hamiltonian sampler: what shows the sign is ΔH, of order ε² only if the force is that
  /// of H.
  @Test(arguments: [1.0, -1]) func theSignOfTheForceShowsInTheEnergy(sign: Double) throws {
    let nets: [InteractingTheory] = [
      try latticeTheory([8, 8], massSquared: 1, coupling: 6, width: 20),
      try fieldTheory([16], massSquared: -0.5, coupling: 3),
      try InteractingTheory(
        architecture: CosNet(dimension: 2, width: 20, sigmaW0: 1, sigmaW1: 1),
        insertions: InsertionSum([QuarticInsertion(coupling: 10)]),
        lattice: Lattice(sites: [6, 6], spacing: 0.5, boundary: .open)),
      // Through the adjoint of layers, and of hidden parameters alone.
      try Mixtures.general(12), try Mixtures.deep(6),
      try EquilibriumTests.hidden(DenseNet(dimension: 1, width: 12, activation: .erf, sigmaW: 1, sigmaB: 0.5, sigmaV: 2)),
      // Weights that move through a coordinate.
      try latticeTheory([8, 8], massSquared: 1, coupling: 6, width: 20, weights: .rayleigh),
      try latticeTheory([8, 8], massSquared: 1, coupling: 6, width: 20, weights: .laplace),
      try latticeTheory([8, 8], massSquared: 1, coupling: 6, width: 20, weights: .uniform),
    ]
    for theory in nets {
      let evaluator = theory.makeEvaluator()
      func energyError(_ step: Double) -> Double {
        var squares = 0.0
        for draw in 0..<20 as Range<UInt64> {
          let kernel = HamiltonianMonteCarlo(theory, stepSize: step, forceSign: sign)
          let walker = drawnWalker(theory, evaluator, draw: draw)
          var random = WalkerRandomness(stream: RandomStream(seed: 2, stream: "energy"), walker: Int(draw))
          _ = kernel.sweep(walker, evaluator, coupling: 1, &random)
          squares += kernel.energyError * kernel.energyError
        }
        return (squares / 20).squareRoot()
      }
      let (fine, coarse) = (energyError(0.01), energyError(0.02))
      // Steps are fitted to the time drawn, so they are not exactly halved.
      let isSecondOrder = coarse < 0.3 && (0.15...0.4).contains(fine / coarse)
      #expect(isSecondOrder == (sign > 0), "\(theory.prior.kind): \(fine) \(coarse)")
    }
  }

  /// Pair moves with and without the ratio of proposal densities, against plain refresh.
  @Test(arguments: [true, false]) func theHastingsFactorOfPairsIsNeeded(hastings: Bool) throws {
    let theory = try InteractingTheory(
      architecture: CosNet(dimension: 1, width: 2, sigmaW0: 1.5, sigmaW1: 2),
      insertions: InsertionSum([QuarticInsertion(coupling: 20)]),
      lattice: Lattice(sites: [6], spacing: 0.7, boundary: .open))
    func run(_ recipe: KernelRecipe, seed: UInt64) throws -> ChainAnalysis {
      try MarkovChains.run(
        ChainPlan(theory: theory, recipe: recipe, chains: 8, warmUp: 100, measurements: 5000, seed: seed),
        observables: Observables.standard(theory), threads: 2)
    }
    let plain = try run(KernelRecipe { [ReferenceNetTests.SingleRefresh($0)] }, seed: 1)
    let paired = try run(
      KernelRecipe { [ReferenceNetTests.SingleRefresh($0), PairMove($0, hastings: hastings)] }, seed: 2)
    let pulls = ["S", "phi^2", "phi^4"].map { name in
      let (a, b) = (plain.gamma(name), paired.gamma(name))
      return abs(a.value - b.value) / (a.error * a.error + b.error * b.error).squareRoot()
    }
    let bound = StatisticalChecks.normalBound(comparisons: 3)
    #expect(hastings ? pulls.max()! < bound : pulls.max()! > bound, "\(pulls)")
  }
}
