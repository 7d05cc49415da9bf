// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldTheories
import Foundation
import LatticeFields
import Testing

@testable import ParameterSampling

/// The showcases: minutes, run by hand with NNFT_LONG_TESTS.
@Suite(.serialized, .enabled(if: isLong)) struct StrongCouplingTests {
  private func seconds(_ start: Date) -> Double { Date().timeIntervalSince(start) }

  /// 32², λ = 3, m0² = −0.7: <φ²> = 0.7109(7), U4 = 0.5198(14), <φφ_nn> = 0.4770(7).
  @Test func nearCriticalPlane() throws {
    let start = Date()
    let theory = try fieldTheory([32, 32], massSquared: -0.7, coupling: 3)
    let chains = try MarkovChains.run(
      ChainPlan(
        theory: theory, recipe: try KernelRecipe(theory: theory), chains: 16, warmUp: 300, measurements: 4000, seed: 1),
      observables: referenceObservables(theory), threads: 2)
    let volume = theory.lattice.volume
    let i = chains.names.firstIndex(of: "Phi^2/V")!, j = chains.names.firstIndex(of: "Phi^4/V")!
    let binder = chains.gamma { 1 - $0[j] / (3 * volume * $0[i] * $0[i]) }
    let (square, neighbour) = (chains.gamma("phi^2"), chains.gamma("G2(1)"))
    print("32x32: phi^2 \(square.value)(\(square.error)) tau \(square.autocorrelationTime) R \(chains.splitRHat("phi^2"))")
    print("U4 \(binder.value)(\(binder.error)) tau \(chains.gamma("Phi^2/V").autocorrelationTime); nn \(neighbour.value)(\(neighbour.error))")
    print("Vp^2 \(chains.gamma("Phi^2/V").value) \(chains.gamma("Phi^2/V").error); M2 \(theory.hartree!.shifted); \(chains.kernels[0]); \(seconds(start)) s")
    #expect(abs(square.value - 0.7109) < 5 * (square.error * square.error + 0.0007 * 0.0007).squareRoot())
    #expect(abs(binder.value - 0.5198) < 5 * (binder.error * binder.error + 0.0014 * 0.0014).squareRoot())
    #expect(abs(neighbour.value - 0.4770) < 5 * (neighbour.error * neighbour.error + 0.0007 * 0.0007).squareRoot())
  }

  /// L = 64, m² = 1, λ = 24, where one draw in 3000 counts: ln Z = −13.523 and <φ²> = 0.2125 at infinite width.
  @Test func populationsAtStrongCoupling() throws {
    for width in [256, 512, 1024] {
      let start = Date()
      let theory = try latticeTheory([64], massSquared: 1, coupling: 24, width: width)
      let result = try SequentialMonteCarlo.run(
        PopulationPlan(
          theory: theory, recipe: try KernelRecipe(theory: theory), populations: 16, particles: 200,
          schedule: .adaptive(0.9), sweepsPerStep: 1, seed: 1), observables: Observables.standard(theory), threads: 2)
      let (z, square) = (result.logPartitionRatio, result.estimate("phi^2"))
      print("N=\(width): ln Z \(z.value)(\(z.error)) \(z.reliability) phi^2 \(square.value)(\(square.error)) steps \(result.ladders[0].count) survivors \(result.survivors[0]) \(seconds(start)) s")
    }
    let start = Date()
    let field = try fieldTheory([64], massSquared: 1, coupling: 24, prior: .asStated)
    let result = try SequentialMonteCarlo.run(
      PopulationPlan(
        theory: field, recipe: try KernelRecipe(theory: field), populations: 16, particles: 500, sweepsPerStep: 2, seed: 1),
      observables: Observables.standard(field), threads: 2)
    let (z, square) = (result.logPartitionRatio, result.estimate("phi^2"))
    print("infinite width: ln Z \(z.value)(\(z.error)) phi^2 \(square.value)(\(square.error)) steps \(result.ladders[0].count) \(seconds(start)) s")
    #expect(abs(z.value + 13.523) < 5 * z.error)
    #expect(abs(square.value - 0.2125) < 5 * square.error + 5e-5)
  }

  /// How long correlations of a net are, on the symmetric and on the broken side.
  @Test func autocorrelationsOfNets() throws {
    for (mass, delta) in [(0.5, 0.0), (0.5, -1.5)] {
      for moves in [[.refresh], [.refresh, .slice], [.refresh, .slice, .flip]] as [[SamplerSettings.Move]] {
        let lattice = Lattice(sites: [16, 16], spacing: 1, boundary: .periodic)
        let theory = try InteractingTheory(
          architecture: LatticeAlphaNet(
            kind: "alpha-net", width: 128, mass: mass.squareRoot(), alpha: 0, weights: .gaussian, lattice: lattice),
          insertions: InsertionSum([QuarticInsertion(coupling: 6), MassInsertion(shift: delta)]), lattice: lattice)
        let chains = try MarkovChains.run(
          ChainPlan(
            theory: theory, recipe: try KernelRecipe(moves, theory: theory), chains: 8, warmUp: 200, measurements: 2000),
          observables: Observables.standard(theory), threads: 2)
        let (square, total) = (chains.gamma("phi^2"), chains.gamma("Phi^2/V"))
        print("16x16 N=128 delta=\(delta) \(moves.map(\.rawValue)): phi^2 \(square.value)(\(square.error)) tau \(square.autocorrelationTime); Phi^2/V \(total.value)(\(total.error)) tau \(total.autocorrelationTime); \(chains.kernels[0])")
      }
    }
  }
}
