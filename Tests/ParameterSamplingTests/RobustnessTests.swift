// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import ErrorAnalysis
import FieldTheories
import LatticeFields
import NumericalKernels
import Testing

@testable import ParameterSampling

/// Refusals, limits, and equal bytes for any number of threads.
@Suite struct RobustnessTests {
  private static let small = Lattice(sites: [4], spacing: 1, boundary: .periodic)

  private func net(_ width: Int = 4, weights: OutputWeightLaw.Kind = .gaussian) -> LatticeAlphaNet {
    LatticeAlphaNet(kind: "alpha-net", width: width, mass: 1, alpha: 0, weights: weights, lattice: Self.small)
  }

  private func refusal(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch { return "\(error)" }
  }

  @Test func unboundedPotentialsAreRefused() {
    let cases: [([any Insertion], OutputWeightLaw.Kind)] = [
      ([PolynomialInsertion(coefficients: [0, -0.1])], .gaussian),
      ([QuarticInsertion(coupling: 1), PolynomialInsertion(coefficients: [0, 0, -1e-3])], .gaussian),
      ([MassInsertion(shift: -0.1)], .constant), ([SourceInsertion(strength: 1)], .laplace),
    ]
    for (insertions, weights) in cases {
      let reason = refusal {
        _ = try InteractingTheory(
          architecture: net(weights: weights), insertions: InsertionSum(insertions), lattice: Self.small)
      }
      #expect(reason?.contains("normalised") == true && reason?.contains("\n") == false)
    }
    #expect(
      refusal {
        _ = try InteractingTheory(
          architecture: net(), insertions: InsertionSum([SourceInsertion(strength: 1)]), lattice: Self.small)
      } == nil)
  }

  /// Slices and Hamiltonian moves never change discrete momenta.
  @Test func movesThatLeaveParametersAreRefused() throws {
    let theory = try latticeTheory([4], massSquared: 1, coupling: 1, width: 4)
    for moves in [[.slice], [.hamiltonian], [.slice, .hamiltonian], [.flip]] as [[SamplerSettings.Move]] {
      #expect(refusal { _ = try KernelRecipe(moves, theory: theory) }?.contains("never change") == true)
    }
    #expect(refusal { _ = try KernelRecipe([.refresh], theory: theory) } == nil)
    let constant = try latticeTheory([4], massSquared: 1, coupling: 1, width: 4, weights: .constant)
    #expect(refusal { _ = try KernelRecipe([.refresh, .slice], theory: constant) }?.contains("gaussian") == true)
    #expect(refusal { _ = try KernelRecipe([.refresh, .pair], theory: theory) }?.contains("known density") == true)
    let cosNet = try InteractingTheory(
      architecture: CosNet(dimension: 1, width: 4, sigmaW0: 1, sigmaW1: 1),
      insertions: InsertionSum([QuarticInsertion(coupling: 1)]), lattice: Lattice(sites: [4], spacing: 1, boundary: .open))
    // All parameters of a Cos-net are continuous: Hamiltonian moves alone suffice.
    #expect(refusal { _ = try KernelRecipe([.hamiltonian], theory: cosNet) } == nil)
  }

  @Test func fewEffectiveSamplesAreRefused() throws {
    let theory = try fieldTheory([64], massSquared: 1, coupling: 24, prior: .asStated)
    let result = Reweighting.run(
      ReweightingPlan(theory: theory, draws: 4000), observables: Observables.standard(theory), threads: 2)
    #expect(result.effectiveFraction < 0.05)
    #expect(refusal { try result.require(effectiveSamples: 256) }?.contains("reweighting cannot reach") == true)
    let forecast = ReweightingForecast(theory)
    // 72 D0² D² + 24 D⁴ in closed form, from the free propagator.
    #expect(abs(try #require(forecast.actionVariance) - directVariance(theory, coupling: 24)) < 1e-9 * forecast.actionVariance!)
    #expect(forecast.explanation.contains("few"))
    let exact = forecast.exact(logZ: -1, logZDouble: -1.5)
    #expect(abs(exact.effectiveFraction! - 0.60653065971263342) < 1e-15)
  }

  private func directVariance(_ theory: InteractingTheory, coupling: Double) -> Double {
    let lattice = theory.lattice
    let g = (0..<lattice.siteCount).map { theory.prior.exactValue(.moment([.zero, lattice.position($0)]), lattice: lattice)! }
    let sum = g.reduce(0) { $0 + 72 * g[0] * g[0] * $1 * $1 + 24 * $1 * $1 * $1 * $1 }
    return coupling * coupling / 576 * lattice.volume * lattice.cellVolume * sum
  }

  /// Couplings at which no prior draw survives: a correct answer or a refusal, never a number that is not one.
  @Test(arguments: [1, 4, 40], [1e3, 1e8]) func enormousCouplings(width: Int, coupling: Double) throws {
    let theory = try latticeTheory([4], massSquared: 1, coupling: coupling, width: width)
    let observables = Observables.standard(theory)
    let reweighted = Reweighting.run(ReweightingPlan(theory: theory, draws: 500), observables: observables, threads: 1)
    #expect(reweighted.estimate("phi^2").value.isFinite && reweighted.logPartitionRatio.value.isFinite)
    do {
      let chains = try MarkovChains.run(
        ChainPlan(theory: theory, recipe: try KernelRecipe(theory: theory), chains: 4, warmUp: 50, measurements: 100),
        observables: observables, threads: 1)
      #expect(chains.gamma("phi^2").value.isFinite)
    } catch { #expect("\(error)".contains("accepted nothing")) }
    let populations = try SequentialMonteCarlo.run(
      PopulationPlan(theory: theory, recipe: try KernelRecipe(theory: theory), populations: 4, particles: 50),
      observables: observables, threads: 1)
    #expect(populations.logPartitionRatio.value.isFinite && populations.logPartitionRatio.value < 0)
  }

  /// A trajectory with far too long steps leaves the numbers and is rejected.
  @Test func divergentTrajectoriesAreRejected() throws {
    let theory = try fieldTheory([8], massSquared: 1, coupling: 1e6, prior: .asStated)
    let evaluator = theory.makeEvaluator()
    let walker = drawnWalker(theory, evaluator)
    let before = (walker.action, walker.parameters.block(0)[3])
    let kernel = HamiltonianMonteCarlo(theory, stepSize: 1.5)
    var random = WalkerRandomness(stream: RandomStream(seed: 1, stream: "divergence"), walker: 0)
    let counts = kernel.sweep(walker, evaluator, coupling: 1, &random)
    #expect(counts.accepted == 0)
    #expect(walker.action == before.0 && walker.parameters.block(0)[3] == before.1)
  }

  /// Equal plans give equal bytes for any number of threads, and other seeds others.
  @Test func threadsDoNotMatter() throws {
    let theories = [
      try latticeTheory([6, 6], massSquared: 0.5, coupling: 6, width: 20),
      try fieldTheory([6, 6], massSquared: -0.5, coupling: 6),
    ]
    for theory in theories {
      let recipe = try KernelRecipe(theory: theory)
      func numbers(_ threads: Int, seed: UInt64 = 1) throws -> [[Double]] {
        let observables = Observables.standard(theory)
        let chains = try MarkovChains.run(
          ChainPlan(theory: theory, recipe: recipe, chains: 5, warmUp: 20, measurements: 20, seed: seed),
          observables: observables, threads: threads)
        let populations = try SequentialMonteCarlo.run(
          PopulationPlan(theory: theory, recipe: recipe, populations: 5, particles: 20, seed: seed),
          observables: observables, threads: threads)
        let reweighted = Reweighting.run(
          ReweightingPlan(theory: theory, draws: 200, bins: 20, seed: seed), observables: observables, threads: threads)
        return chains.replicas.flatMap(\.primaries) + populations.means + [populations.logZ, reweighted.means.total.sums]
      }
      let one = try numbers(1)
      #expect(try numbers(2) == one)
      #expect(try numbers(5) == one)
      #expect(try numbers(1, seed: 2) != one)
    }
  }

  /// More chains extend fewer.
  @Test func chainsDoNotKnowOfEachOther() throws {
    let theory = try latticeTheory([6], massSquared: 0.5, coupling: 6, width: 20)
    func run(_ chains: Int) throws -> [[Double]] {
      try MarkovChains.run(
        ChainPlan(theory: theory, recipe: try KernelRecipe(theory: theory), chains: chains, warmUp: 10, measurements: 10),
        observables: Observables.standard(theory), threads: 2
      ).replicas.map { $0.primaries[0] }
    }
    #expect(try run(5).prefix(2) == run(2).prefix(2))
  }

  @Test func disagreeingChainsAreSeen() {
    func chain(_ shift: Double, _ seed: UInt64) -> [Double] {
      let values = AlignedBuffer<Double>(count: 1000, repeating: 0)
      var random = WalkerRandomness(stream: RandomStream(seed: seed, stream: "diagnostics"), walker: 0)
      random.advance()
      random.normals(0, count: 1000, into: values.pointer)
      return values.array.map { $0 + shift }
    }
    let alike = (0..<4).map { chain(0, UInt64($0)) }
    #expect(ChainDiagnostics.splitRHat(alike) < 1.01)
    #expect(ChainDiagnostics.splitRHat(alike.dropLast() + [chain(1, 9)]) > 1.05)
    // A drift within one chain shows because chains are cut in half.
    #expect(ChainDiagnostics.splitRHat([alike[0].enumerated().map { $1 + Double($0) / 500 }]) > 1.05)
    #expect(ChainDiagnostics.splitRHat([[1, 1, 1, 1], [1, 1, 1, 1]]) == 1)
    let relaxing = alike.map { $0.enumerated().map { $1 + 30 * exp(-Double($0) / 30) } }
    #expect((60...400).contains(ChainDiagnostics.warmUp(relaxing)))
    #expect(ChainDiagnostics.warmUp(alike) < 300)
  }
}
