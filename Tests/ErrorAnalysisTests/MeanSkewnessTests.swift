// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Foundation
import Testing

/// The skewness of means, from the draws themselves.
@Suite struct MeanSkewnessTests {
  private static let draws = (0..<40).map { i -> (logWeight: Double, value: Double) in
    (0.3 * sin(Double(7 * i)), cos(Double(3 * i)) + (i == 11 ? 9 : 0))
  }

  private static func skewness(_ draws: ArraySlice<(logWeight: Double, value: Double)>, shift: Double = 0, scale: Double = 1)
    -> MeanSkewness
  {
    var result = MeanSkewness(observables: 2)
    for draw in draws { result.add(logWeight: draw.logWeight + shift, values: [scale * draw.value, 0]) }
    return result
  }

  /// `(Σ u³)²/(Σ u²)³`, whatever the scale of the weights, in one piece or two; rounding of 40 terms.
  @Test func isTheFormula() {
    let u = Self.draws.map { exp($0.logWeight) * $0.value }
    let (second, third) = (u.reduce(0) { $0 + $1 * $1 }, u.reduce(0) { $0 + $1 * $1 * $1 })
    let expected = third * third / (second * second * second)
    // The control: the plain average of cubes without weights is another number.
    let plain = Self.draws.map(\.value)
    let other = pow(plain.reduce(0) { $0 + $1 * $1 * $1 }, 2) / pow(plain.reduce(0) { $0 + $1 * $1 }, 3)
    #expect(abs(other - expected) > 1e-3 * expected)
    for shift in [0, -700, 600.0] {
      var merged = Self.skewness(Self.draws[..<15], shift: shift)
      merged.merge(Self.skewness(Self.draws[15...], shift: shift))
      for skewness in [Self.skewness(Self.draws[...], shift: shift), merged] {
        #expect(abs(skewness[0] - expected) < 1e-11 * expected)
        #expect(skewness[1] == 0)
      }
    }
  }

  /// Other units are powers of two: the same bits.
  @Test func unitsDropOut() {
    let one = Self.skewness(Self.draws[...])[0]
    for exponent in [-200.0, -50, 50, 200] { #expect(Self.skewness(Self.draws[...], scale: exp2(exponent))[0] == one) }
    #expect(Self.skewness(Self.draws[...], scale: 1e150)[0] == .infinity)
  }

  /// One draw that carries all is as skewed as a mean can be; a symmetric sample is not skewed.
  @Test func bounds() {
    var (single, symmetric) = (MeanSkewness(observables: 1), MeanSkewness(observables: 1))
    for value in [0, 0, 3.0] { single.add(logWeight: 0, values: [value]) }
    for value in [-2, 1, -1, 2.0] { symmetric.add(logWeight: 0, values: [value]) }
    #expect(single[0] == 1 && symmetric[0] == 0)
  }
}
