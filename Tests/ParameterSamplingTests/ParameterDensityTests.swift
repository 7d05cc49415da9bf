// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import Foundation
import NNFTTestSupport
import NumericalKernels
import Testing

@testable import ParameterSampling

/// Coordinates of standard normal prior for parameters of other laws, and what Hamiltonian steps gain by them.
@Suite struct ParameterDensityTests {
  /// `P(v′ < v)` of each law, written down anew: scale s, so that `<v²> = s²`.
  private static let laws: [(density: ParameterDensity, below: @Sendable (Double) -> Double)] = [
    (.rayleigh(0.7), { v in -expm1(-v * v / 0.49) }),
    (.laplace(1.3), { v in v < 0 ? exp(2.0.squareRoot() * v / 1.3) / 2 : 1 - exp(-2.0.squareRoot() * v / 1.3) / 2 }),
    (.uniform(0.4), { v in 0.5 + v / (2 * 3.0.squareRoot() * 0.4) }),
  ]

  /// Probabilities of coordinate and parameter agree, the way there and back ends where it began, and the rate is the slope of the map. The control: a
  /// law a thousandth wider. Rounding: a probability of 0.5 to 1 is known to 1e-16, that of a tail follows from it; differences of step 1e-5 to 1e-9.
  @Test func probabilitiesAgree() {
    for (density, below) in Self.laws {
      for q in stride(from: -6, through: 5.9, by: 0.17) {
        let (v, rate) = density.parameter(q)
        let wanted = 1 - Distributions.normalTail(q)
        #expect(abs(below(v) - wanted) < 1e-15 + 1e-12 * wanted, "\(density) \(q)")
        if abs(q) < 2 { #expect(abs(below(1.001 * v) - wanted) > 1e-7 || abs(v) < 1e-3, "\(density) \(q)") }
        // Back from v the last digit of v counts by the inverse rate.
        #expect(abs(density.coordinate(v) - q) < 1e-14 * (1 + abs(q)) + 4e-16 * abs(v) / rate, "\(density) \(q)")
        let slope = (density.parameter(q + 1e-5).value - density.parameter(q - 1e-5).value) / 2e-5
        #expect(abs(slope - rate) < 1e-8 * (1 + rate), "\(density) \(q)")
      }
    }
  }

  /// Tails do not leave the numbers where normal deviates come.
  @Test func tailsAreFinite() {
    for (density, _) in Self.laws {
      for q in [-12.0, -8.5, 8.5, 12] {
        let (v, rate) = density.parameter(q)
        #expect(v.isFinite && rate.isFinite && rate >= 0, "\(density) \(q)")
      }
    }
  }

  /// After tuning, trajectories with weights of any law have steps at least half as long as those with Gaussian weights: a third, a nineteenth and
  /// 1/30 000 before the parameters had such coordinates.
  @Test func stepsAreAsLongAsThoseOfGaussianWeights() throws {
    func step(_ weights: OutputWeightLaw.Kind) throws -> Double {
      let theory = try latticeTheory([8], massSquared: 1, coupling: 6, width: 16, weights: weights)
      let kernel = HamiltonianMonteCarlo(theory)
      let evaluator = theory.makeEvaluator()
      let walker = drawnWalker(theory, evaluator)
      var random = WalkerRandomness(stream: RandomStream(seed: 3, stream: "steps"), walker: 0)
      for _ in 0..<300 { kernel.tune(kernel.sweep(walker, evaluator, coupling: 1, &random)) }
      return kernel.stepSize
    }
    let gaussian = try step(.gaussian)
    for weights in [OutputWeightLaw.Kind.laplace, .rayleigh, .uniform] {
      let other = try step(weights)
      print("step with \(weights.rawValue) weights \(other), with Gaussian ones \(gaussian)")
      #expect(other > gaussian / 2, "\(weights): \(other), \(gaussian)")
    }
  }
}
