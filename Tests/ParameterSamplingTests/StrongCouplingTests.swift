// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldTheories
import Foundation
import KnownValues
import LatticeFields
import NNFTTestSupport
import Testing

@testable import ParameterSampling

/// The showcases; those of minutes run by hand with NNFT_LONG_TESTS.
@Suite(.serialized) struct StrongCouplingTests {
  private func seconds(_ start: Date) -> Double { Date().timeIntervalSince(start) }

  /// 32², λ = 3, m0² = −0.7: <φ²> = 0.7109(7), U4 = 0.5198(14), <φφ_nn> = 0.4770(7).
  @Test(.enabled(if: isLong)) func nearCriticalPlane() throws {
    let start = Date()
    let theory = try fieldTheory([32, 32], massSquared: -0.7, coupling: 3)
    let names = ["phi^2", "Phi^2/V", "Phi^4/V", "nn"]
    let lattice = theory.lattice
    let neighbours = (0..<1024).map { x in lattice.siteIndex([x / 32, x % 32 + 1]) }
    let measured = Observables(names) { sample in
      var (total, square, link) = (0.0, 0.0, 0.0)
      for x in 0..<1024 {
        total += sample.field[x]
        square += sample.field[x] * sample.field[x]
        link += sample.field[x] * sample.field[neighbours[x]]
      }
      let m = total * total
      return [square / 1024, m / 1024, m * m / 1024, link / 1024]
    }
    let chains = try MarkovChains.run(
      ChainPlan(
        theory: theory, recipe: try KernelRecipe(theory: theory), chains: 16, warmUp: 200, measurements: 26_000, seed: 1),
      observables: measured + Identities.applicable(to: theory), threads: 2)
    let elapsed = seconds(start)
    let series = chains.names.indices.map { i in chains.replicas.map { $0.primaries[i] } }
    let corrected = names.indices.map { ControlVariates.correct(series[$0], by: Array(series[names.count...])) }
    func gamma(_ series: [[[Double]]], _ columns: [Int], _ function: ([Double]) -> Double) -> GammaMethod {
      GammaMethod((0..<16).map { chain in ReplicaSeries(columns.map { series[$0][chain] }) }, of: function)
    }
    let binder: ([Double]) -> Double = { 1 - $0[1] / (3 * 1024 * $0[0] * $0[0]) }
    for (label, data) in [("plain", series), ("improved", corrected)] {
      let results = [
        ("phi^2", gamma(data, [0]) { $0[0] }, 0.7109, 0.0007), ("U4", gamma(data, [1, 2], binder), 0.5198, 0.0014),
        ("nn", gamma(data, [3]) { $0[0] }, 0.4770, 0.0007),
      ]
      for (name, result, known, sigma) in results {
        print("32 x 32 \(label) \(name): \(result.value)(\(result.error)) tau \(result.autocorrelationTime)")
        #expect(abs(result.value - known) < 5 * (result.error * result.error + sigma * sigma).squareRoot())
      }
    }
    print("32 x 32: \(elapsed) s; R \(chains.splitRHat("Phi^2/V")); \(chains.kernels[0])")
    #expect(elapsed < 300)
    #expect(gamma(series, [1, 2], binder).error < 0.0014)
  }

  /// L = 64, m² = 1, λ = 24, where one draw in 3000 counts.
  private static let strong = TransferMatrix(QuarticPotential(massSquared: 1, coupling: 24), sites: 64)

  /// ln Z = −13.523 and <φ²> = 0.2125 at infinite width, within five errors and both to 1 %; direct reweighting is refused.
  @Test func populationsAtStrongCoupling() throws {
    let start = Date()
    let field = try fieldTheory([64], massSquared: 1, coupling: 24, prior: .asStated)
    let result = try SequentialMonteCarlo.run(
      PopulationPlan(
        theory: field, recipe: try KernelRecipe(theory: field), populations: 16, particles: isLong ? 1000 : 100,
        sweepsPerStep: 1, seed: 1), observables: Observables.standard(field), threads: 2)
    let (z, square) = (result.logPartitionRatio, result.estimate("phi^2"))
    if isLong {
      print(
        "infinite width: ln Z \(z.value)(\(z.error)) exact \(Self.strong.logPartitionRatio) phi^2 \(square.value)(\(square.error)) exact \(Self.strong.siteMoment(2)) steps \(result.steps[0]) \(seconds(start)) s"
      )
    }
    let bound = StatisticalChecks.studentBound(degrees: 15, comparisons: 2)
    for (estimate, exact) in [(z, Self.strong.logPartitionRatio), (square, Self.strong.siteMoment(2))] {
      #expect(estimate.reliability == .sound)
      #expect(
        abs(estimate.value - exact) < bound * estimate.error && abs(estimate.value / exact - 1) < 0.01, "\(estimate) \(exact)")
      // The control: the answer at a coupling a quarter smaller.
      let other = TransferMatrix(QuarticPotential(massSquared: 1, coupling: 18), sites: 64)
      let wrong = exact < 0 ? other.logPartitionRatio : other.siteMoment(2)
      #expect(abs(estimate.value - wrong) > bound * estimate.error)
    }
    let direct = Reweighting.run(
      ReweightingPlan(theory: field, draws: 10_000, bins: 64, seed: 1), observables: Observables([]) { _ in [] }, threads: 2)
    #expect(throws: SamplingError.self) { try direct.require(effectiveSamples: 100) }
  }

  /// The same from nets of four widths, quadratic in 1/N: to 1 %.
  @Test(.enabled(if: isLong), arguments: [OutputWeightLaw.Kind.constant, .gaussian])
  func widthsAtStrongCoupling(weights: OutputWeightLaw.Kind) throws {
    let widths = [256, 512, 1024, 2048]
    var estimates: [(z: Estimate, square: Estimate)] = []
    for width in widths {
      let start = Date()
      let theory = try latticeTheory([64], massSquared: 1, coupling: 24, width: width, weights: weights)
      let result = try SequentialMonteCarlo.run(
        PopulationPlan(
          theory: theory, recipe: try KernelRecipe(theory: theory), populations: 16, particles: 250,
          schedule: .adaptive(0.9), sweepsPerStep: 2, seed: 1), observables: Observables.standard(theory), threads: 2)
      let (z, square) = (result.logPartitionRatio, result.estimate("phi^2"))
      estimates.append((z, square))
      print(
        "\(weights.rawValue) N = \(width): ln Z \(z.value)(\(z.error)) \(z.reliability) phi^2 \(square.value)(\(square.error)) steps \(result.steps[0]) \(seconds(start)) s"
      )
    }
    for (name, values, exact) in [
      ("ln Z", estimates.map(\.z), Self.strong.logPartitionRatio), ("phi^2", estimates.map(\.square), Self.strong.siteMoment(2)),
    ] {
      for order in 1...2 {
        let fit = CorrelatedFit(
          widths.map { 1 / Double($0) }, values.map(\.value), covariance: CovarianceMatrix(errors: values.map(\.error))
        ) { x in (0...order).map { pow(x, Double($0)) } }
        let (value, error) = (fit.parameters[0], fit.errors[0])
        print(
          "\(weights.rawValue) \(name), order \(order) in 1/N: \(fit.parameters) (\(error)) exact \(exact), off \(100 * (value / exact - 1)) %, chi2 \(fit.chiSquared)/\(fit.degreesOfFreedom)"
        )
        if order == 2 { #expect(abs(value / exact - 1) < 0.01 && error < 0.005 * abs(exact)) }
      }
    }
  }

  /// How long correlations of a net are, on the symmetric and on the broken side.
  @Test(.enabled(if: isLong)) func autocorrelationsOfNets() throws {
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
        print(
          "16x16 N=128 delta=\(delta) \(moves.map(\.rawValue)): phi^2 \(square.value)(\(square.error)) tau \(square.autocorrelationTime); Phi^2/V \(total.value)(\(total.error)) tau \(total.autocorrelationTime); \(chains.kernels[0])"
        )
      }
    }
  }
}
