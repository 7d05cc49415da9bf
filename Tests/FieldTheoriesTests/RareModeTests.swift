// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields
import Testing

@testable import FieldTheories

/// How many networks products of mode amplitudes need.
@Suite struct RareModeTests {
  static func net(width: Int, weights: OutputWeightLaw.Kind = .constant) -> LatticeAlphaNet {
    LatticeAlphaNet(
      kind: "alpha-net", width: width, mass: 1, alpha: 0, weights: weights,
      lattice: Lattice(sites: [8], spacing: 1, boundary: .periodic))
  }

  /// Kurtoses of compound Poisson sums worked out by hand: at the zone corner of eight sites P = 0.0558511, so ν = 1.117021 for N = 20; there
  /// κ(A⁴) = 1487.0 with weights ±1, and eight times that are needed.
  @Test func theZoneCornerNeedsThreeTimesTheOrdersMinimum() {
    let corner = CorrelationFunction.trispectrum(modes: [[4], [4], [4], [4]])
    #expect(abs(Self.net(width: 20).modeProbability([4]) * 20 - 1.117021) < 1e-6)
    #expect(Self.net(width: 20).rareModeObstruction(corner, draws: 11891) != nil)
    #expect(Self.net(width: 20).rareModeObstruction(corner, draws: 11901) == nil)
    // Gaussian weights: κ = 4922.
    #expect(Self.net(width: 20, weights: .gaussian).rareModeObstruction(corner, draws: 39353) != nil)
    #expect(Self.net(width: 20, weights: .gaussian).rareModeObstruction(corner, draws: 39393) == nil)
  }

  /// Very wide nets are Gaussian: 12, 204 for a real amplitude, 6, 84.77 for a complex one, 47 for the product of two powers, all below the
  /// minimum of their order.
  @Test func wideNetsAskForNoMore() {
    let wide = Self.net(width: 10_000_000)
    func needs(_ function: CorrelationFunction, _ kurtosis: Double) -> Bool {
      wide.rareModeObstruction(function, draws: Int(8 * kurtosis * 0.99)) != nil
        && wide.rareModeObstruction(function, draws: Int(8 * kurtosis * 1.01) + 1) == nil
    }
    #expect(needs(.zeroMomentumCumulant(order: 2), 12))
    #expect(needs(.zeroMomentumCumulant(order: 4), 204))
    #expect(needs(.binderCumulant, 204))
    #expect(needs(.propagator(mode: [4]), 12))
    #expect(needs(.propagator(mode: [1]), 6))
    #expect(needs(.trispectrum(modes: [[1], [1], [-1], [-1]]), 84.7664))
    #expect(needs(.trispectrum(modes: [[1], [-1], [2], [-2]]), 47.0 + 1.0 / 3))
  }

  /// Amplitudes that do not pair have zero mean: the kurtosis of a real part.
  @Test func unpairedProducts() {
    let wide = Self.net(width: 10_000_000)
    // X = A_1² A_2* A_0, A_0 real: 1.5 · (4! /2!²)·2·3 − 3 with <|A|^{2k}> = k!, <|A|⁸>/<|A|⁴>² = 24/4.
    let kurtosis = 1.5 * 6 * 2 * 3 - 3
    let function = CorrelationFunction.trispectrum(modes: [[1], [1], [-2], [0]])
    #expect(wide.rareModeObstruction(function, draws: Int(8 * kurtosis * 0.99)) != nil)
    #expect(wide.rareModeObstruction(function, draws: Int(8 * kurtosis * 1.01)) == nil)
  }
}
