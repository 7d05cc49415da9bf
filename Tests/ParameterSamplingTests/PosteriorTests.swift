// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import ErrorAnalysis
import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

@testable import ParameterSampling

/// Nets of finite width under data: given momenta and phases, Gaussian output weights make φ Gaussian, so that mean and evidence are linear
/// algebra, and what is left is an average over hidden parameters,
///
///     <φ(x)> = E[Z m(x)]/E[Z],   Z = N(y; 0, K + T),   m = k (K + T)^{-1} y,   K_ab = (σ²/N) Σ_i cos_i(a) cos_i(b).
///
/// Every sampler must find it. False alarm 1e-6 a comparison.
@Suite struct PosteriorTests {
  static let data = (points: [-0.6, 0.9], values: [0.9, -0.5], temperature: 0.2)
  static let width = 3

  static func theory(temperature: Double = data.temperature) throws -> InteractingTheory {
    try InteractingTheory(
      architecture: CosNet(dimension: 1, width: width, sigmaW0: 1.2, sigmaW1: 1.3),
      insertions: InsertionSum([
        DataInsertion(
          region: .points(data.points.map { Point($0, 0, 0, 0) }), values: data.values, temperature: temperature)
      ]), lattice: Lattice(sites: [3], spacing: 0.5, boundary: .open))
  }

  /// The posterior mean and second moment at every site, from hidden parameters alone, with errors.
  static func truth(_ draws: Int) throws -> (mean: [(Double, Double)], square: [(Double, Double)]) {
    let theory = try theory()
    let net = theory.prior as! CosNet
    let sites = (0..<3).map { theory.lattice.position($0)[0] }
    let all = data.points + sites
    let walker = theory.makeEvaluator().makeWalker()
    let variance = net.outputWeights.variance / Double(width)
    var rows: [(weight: Double, mean: [Double], square: [Double])] = []
    for draw in 0..<draws {
      net.drawParameters(RandomStream(seed: 91, stream: "hidden"), draw: UInt64(draw), into: walker.parameters)
      let (k, b) = (walker.parameters.block(net.momentumBlock), walker.parameters.block(net.phaseBlock))
      let features = all.map { x in (0..<width).map { cos(k[$0] * x + b[$0]) } }
      func kernel(_ i: Int, _ j: Int) -> Double { variance * zip(features[i], features[j]).reduce(0) { $0 + $1.0 * $1.1 } }
      let (p, q, r) = (kernel(0, 0) + data.temperature, kernel(0, 1), kernel(1, 1) + data.temperature)
      let determinant = p * r - q * q
      let (y, z) = (data.values[0], data.values[1])
      let (u, v) = ((r * y - q * z) / determinant, (p * z - q * y) / determinant)
      let mean = sites.indices.map { kernel(2 + $0, 0) * u + kernel(2 + $0, 1) * v }
      let square = sites.indices.map { s in
        let (a, c) = (kernel(2 + s, 0), kernel(2 + s, 1))
        return kernel(2 + s, 2 + s) - (r * a * a - 2 * q * a * c + p * c * c) / determinant + mean[s] * mean[s]
      }
      rows.append((exp(-0.5 * (y * u + z * v)) / determinant.squareRoot(), mean, square))
    }
    func ratio(_ value: (Int) -> Double) -> (Double, Double) {
      let total = rows.reduce(0) { $0 + $1.weight }
      let mean = rows.indices.reduce(0) { $0 + rows[$1].weight * value($1) } / total
      let error = rows.indices.reduce(0) { $0 + pow(rows[$1].weight * (value($1) - mean), 2) }.squareRoot() / total
      return (mean, error)
    }
    return (sites.indices.map { s in ratio { rows[$0].mean[s] } }, sites.indices.map { s in ratio { rows[$0].square[s] } })
  }

  static let observables = Observables((0..<3).map { "phi(\($0))" } + (0..<3).map { "phi^2(\($0))" }) { sample in
    (0..<3).map { sample.field[$0] } + (0..<3).map { sample.field[$0] * sample.field[$0] }
  }

  /// Largest distance from the truth in errors.
  private func worst(_ truth: (mean: [(Double, Double)], square: [(Double, Double)]), _ estimate: (String) -> Estimate) -> Double
  {
    zip(Self.observables.names, truth.mean + truth.square).map { name, known in
      let measured = estimate(name)
      return abs(measured.value - known.0) / (measured.error * measured.error + known.1 * known.1).squareRoot()
    }.max()!
  }

  @Test func samplersMeetTheTruth() throws {
    let truth = try Self.truth(60_000)
    let theory = try Self.theory()
    let weighted = Reweighting.run(
      ReweightingPlan(theory: theory, draws: 60_000, bins: 100, seed: 3), observables: Self.observables, threads: 2)
    #expect(worst(truth) { weighted.estimate($0) } < 5.8)
    for moves in [[.refresh, .slice], [.hamiltonian], [.refresh, .pair, .step]] as [[SamplerSettings.Move]] {
      let chains = try MarkovChains.run(
        ChainPlan(
          theory: theory, recipe: KernelRecipe(moves, theory: theory), chains: 32, warmUp: 100, measurements: 400, thinning: 2,
          seed: 5), observables: Self.observables, threads: 2)
      #expect(worst(truth) { chains.estimate($0) } < 7, "\(moves)")
    }
    let population = try SequentialMonteCarlo.run(
      PopulationPlan(theory: theory, recipe: KernelRecipe(theory: theory), populations: 32, particles: 300, seed: 4),
      observables: Self.observables, threads: 2)
    #expect(worst(truth) { population.estimate($0) } < 7)
    // Control: twice the temperature.
    let warm = Reweighting.run(
      ReweightingPlan(theory: try Self.theory(temperature: 0.4), draws: 60_000, bins: 100, seed: 3),
      observables: Self.observables,
      threads: 2)
    #expect(worst(truth) { warm.estimate($0) } > 7, "the control agrees")
  }
}
