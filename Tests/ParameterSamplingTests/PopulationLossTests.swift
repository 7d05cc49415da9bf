// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Foundation
import KnownValues
import NNFTTestSupport
import Testing

@testable import ParameterSampling

/// The collapsed action of a population loss against quadrature of the loss itself, its gradient against differences, its chains against quadrature over hidden weights.
@Suite struct PopulationLossTests {
  private static let system = PopulationLoss(
    neurons: 3, inputs: 4, inputVariance: 0.7, outputVariance: 1.3, cubic: -0.3, strength: 6)
  private static let state = (0..<12).map { sin(1.7 * Double($0) + 0.4) }

  /// Central differences of V, to 1e-8 of its gradient. The control: a gradient at another ε.
  @Test func gradient() {
    func worst(_ other: Double) -> Double {
      let action = PopulationLossAction(Self.system)
      let slopes = PopulationLossAction(
        PopulationLoss(neurons: 3, inputs: 4, inputVariance: 0.7, outputVariance: 1.3, cubic: other, strength: 6))
      var gradient = [Double](repeating: 0, count: 12)
      _ = slopes.value(Self.state)
      slopes.gradient(Self.state, into: &gradient)
      return (0..<12).map { i in
        var (up, down) = (Self.state, Self.state)
        up[i] += 1e-5
        down[i] -= 1e-5
        return abs((action.value(up) - action.value(down)) / 2e-5 - gradient[i])
      }.max()!
    }
    #expect(worst(-0.3) < 1e-8)
    #expect(worst(-0.301) > 1e-5)
  }

  /// V of one neuron of one input against quadrature over its output weight and over x, by differences to the state at rest; 1e-9. The control: a twice as strong loss.
  @Test func value() {
    func deviation(_ strength: Double) -> Double {
      let system = PopulationLoss(neurons: 1, inputs: 1, inputVariance: 0.5, outputVariance: 1.2, cubic: -0.3, strength: 5)
      let action = PopulationLossAction(system)
      /// −ln ∫ da e^{−a²/2σ_a² − (κ/2) E(f − y)²}, with E over 401 nodes of x.
      func direct(_ w: Double) -> Double {
        let nodes = (-200...200).map { 0.04 * Double($0) }
        let sum = (-400...400).reduce(0.0) { total, i in
          let a = 0.02 * Double(i)
          let loss = nodes.reduce(0.0) {
            let residual = a * erf(w * $1) - ($1 - 0.3 * ($1 * $1 * $1 - 3 * $1))
            return $0 + 0.04 / (2 * Double.pi).squareRoot() * exp(-$1 * $1 / 2) * residual * residual
          }
          return total + exp(-a * a / 2.4 - strength / 2 * (loss - 0.7))
        }
        return -log(sum)
      }
      let scale = 0.5.squareRoot()
      let x = [0.8]
      return abs((action.value(x) - 0.32 - action.value([0])) - (direct(scale * 0.8) - direct(0)))
    }
    #expect(deviation(5) < 1e-9)
    #expect(deviation(10) > 1e-2)
  }

  /// Four chains of one, two and three neurons against quadrature over the hidden weights at a false-alarm probability of 1e-6 in all. The control: ε a tenth larger.
  @Test(arguments: [(1, 1, 5.0), (2, 1, 5.0), (3, 1, 5.0), (1, 5, 20.0)])
  func chains(neurons: Int, inputs: Int, strength: Double) throws {
    let loss = PopulationLoss(
      neurons: neurons, inputs: inputs, inputVariance: 0.5, outputVariance: 1, cubic: -0.3, strength: strength)
    let chains = try (0..<4).map { try #require(loss.chain($0, trajectories: 6000, bound: 0.6, seed: 3)).series }
    func pulls(_ epsilon: Double) throws -> [Double] {
      let exact = try #require(
        PopulationPosterior(
          neurons: neurons, dimension: inputs, inputVariance: 0.5, outputVariance: 1, cubic: epsilon, strength: strength))
      let values: [PopulationLoss.Quantity: Double] = [
        .linear: exact.linear, .cubic: exact.cubic / 6.0.squareRoot(), .overlap: Double(inputs) * exact.squaredOverlap,
        .loss: exact.loss,
      ]
      return try values.map { quantity, value in
        let estimate = Estimate(GammaMethod(chains, primary: quantity.rawValue))
        return try #require(estimate.pull(exact: value))
      }
    }
    let bound = StatisticalChecks.normalBound(comparisons: 16)
    #expect(try pulls(-0.3).allSatisfy { abs($0) < bound })
    #expect(try pulls(-0.33).contains { abs($0) > bound })
  }

  /// The same seed, the same chain; chains differ.
  @Test func reproducibility() throws {
    let first = try #require(Self.system.chain(0, trajectories: 20, bound: 0.6, seed: 1))
    #expect(try #require(Self.system.chain(0, trajectories: 20, bound: 0.6, seed: 1)).series.primaries == first.series.primaries)
    #expect(try #require(Self.system.chain(1, trajectories: 20, bound: 0.6, seed: 1)).series.primaries != first.series.primaries)
  }
}
