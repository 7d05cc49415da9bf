// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import ErrorAnalysis
import FieldTheories
import LatticeFields
import NNFTTestSupport
import Testing

@testable import ParameterSampling

/// Double wells: tempering, and the moves of the zero mode.
@Suite struct BrokenPhaseTests {
  /// One site, m0² = −8, λ = 6 with a source: `p(φ) ∝ exp(4φ² − φ⁴/4 + Jφ)`, two wells 16 deep, unequal: nothing but a move
  /// across shows their shares.
  static let wells: (theory: InteractingTheory, mean: Double) = {
    let lattice = Lattice(sites: [1], spacing: 1, boundary: .periodic)
    let theory = try! InteractingTheory(
      architecture: FreeLatticeField(lattice: lattice, mass: 1),
      insertions: InsertionSum([
        QuarticInsertion(coupling: 6), MassInsertion(shift: -9), SourceInsertion(strength: 0.1),
      ]), lattice: lattice)
    let nodes = stride(from: -8.0, through: 8, by: 0.001)
    func weight(_ phi: Double) -> Double { exp(-theory.latticePotential!.value(phi) - phi * phi / 2 - 16) }
    return (theory, nodes.reduce(0) { $0 + $1 * weight($1) } / nodes.reduce(0) { $0 + weight($1) })
  }()

  private static let field = Observables(["phi"]) { [$0.field[0]] }

  private func plan(_ moves: [SamplerSettings.Move]) throws -> ChainPlan {
    ChainPlan(
      theory: Self.wells.theory, recipe: try KernelRecipe(moves, theory: Self.wells.theory), chains: 8, warmUp: 200,
      measurements: 2000)
  }

  private func pull(_ gamma: GammaMethod) -> Double { (gamma.value - Self.wells.mean) / gamma.error }

  @Test func temperingCrossesTheBarrier() throws {
    let tempering = try TemperingPlan(try plan([.hamiltonian]))
    let (analysis, swaps) = try ParallelTempering.run(tempering, observables: Self.field, threads: 2)
    #expect(swaps.allSatisfy { $0.min()! > 0.05 }, "\(tempering.ladder) \(swaps[0])")
    #expect(analysis.splitRHat("phi") < 1.05)
    #expect(abs(pull(analysis.gamma("phi"))) < StatisticalChecks.normalBound())
  }

  @Test func theZeroModeCrossesTheBarrier() throws {
    let analysis = try MarkovChains.run(try plan([.hamiltonian, .zeroMode]), observables: Self.field, threads: 2)
    #expect(analysis.splitRHat("phi") < 1.05)
    #expect(abs(pull(analysis.gamma("phi"))) < StatisticalChecks.normalBound())
  }

  /// The control: without either, chains stay where they started, and say so.
  @Test func chainsThatDoNotCrossAreFlagged() throws {
    let analysis = try MarkovChains.run(try plan([.hamiltonian]), observables: Self.field, threads: 2)
    #expect(analysis.splitRHat("phi") > 1.5)
    guard case .underSampled = analysis.estimate("phi").reliability else {
      Issue.record("chains in two wells pass for sound")
      return
    }
  }

  /// Nets of Gaussian weights on the broken side: refresh with Hamiltonian moves against sequential Monte Carlo.
  @Test func netsOnTheBrokenSide() throws {
    let lattice = Lattice(sites: [4, 4], spacing: 1, boundary: .periodic)
    let theory = try InteractingTheory(
      architecture: LatticeAlphaNet(
        kind: "alpha-net", width: 16, mass: 0.5.squareRoot(), alpha: 0, weights: .gaussian, lattice: lattice),
      insertions: InsertionSum([QuarticInsertion(coupling: 6), MassInsertion(shift: -1.5)]), lattice: lattice)
    let chains = try MarkovChains.run(
      ChainPlan(
        theory: theory, recipe: try KernelRecipe(theory: theory), chains: 8, warmUp: 200, measurements: isLong ? 20_000 : 1000),
      observables: Observables.standard(theory), threads: 2)
    let populations = try SequentialMonteCarlo.run(
      PopulationPlan(
        theory: theory, recipe: try KernelRecipe([.refresh, .slice], theory: theory), populations: 16,
        particles: isLong ? 2000 : 150, sweepsPerStep: 3), observables: Observables.standard(theory), threads: 2)
    for name in ["phi^2", "Phi^2/V", "S"] {
      let (a, b) = (chains.gamma(name), populations.estimate(name))
      let pull = (a.value - b.value) / (a.error * a.error + b.error * b.error).squareRoot()
      #expect(abs(pull) < StatisticalChecks.studentBound(degrees: 15, comparisons: 3), "\(name): \(a.value) \(b.value)")
    }
  }
}
