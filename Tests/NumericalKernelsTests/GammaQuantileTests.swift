// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import NumericalKernels
import Testing

/// The inverse of the cumulative Gamma distribution, over six decades of shapes.
@Suite struct GammaQuantileTests {
  private static let probabilities = [0.001, 0.3, 0.5, 0.9, 1 - 0x1p-20]

  /// Bisection in forty digits (mpmath 1.3).
  @Test(
    arguments: [
      (
        0.01,
        [5.6607381470618812e-301, 2.9174171917458721e-53, 4.4655350189103487e-31, 1.5035936230702909e-5, 7.1934549082518941]
      ),
      (0.1, [6.0730483624078825e-31, 3.5860860184109461e-6, 0.00059339110446022594, 0.26615455373883775, 9.500659552289022]),
      (0.5, [7.8539857463124494e-7, 0.074235930916272725, 0.22746821155978638, 1.3527717270477073, 12.009725083868144]),
      (2, [0.045402017769489557, 1.0973492107034916, 1.6783469900166607, 3.8897201698674291, 16.738691844940914]),
      (100, [71.921397495000407, 94.524299358880718, 99.666864919315489, 113.01052385984448, 155.04666188905257]),
      (10_000, [9693.8243858237259, 9947.3192620195836, 9999.6666686420474, 10128.367373674177, 10483.549376381181]),
    ] as [(Double, [Double])])
  func references(shape: Double, expected: [Double]) {
    for (probability, x) in zip(Self.probabilities, expected) {
      let value = Distributions.gammaQuantile(probability, shape: shape)
      // A probability of 0.001 has a relative rounding error of 1e-16, and x one of that over the shape.
      #expect(abs(value - x) <= (3e-12 + 2e-16 / shape * 10) * x, "\(probability): \(value), \(x)")
    }
  }

  /// Shape one: −ln(1 − p), down to the smallest and largest deviates there are.
  @Test func exponential() {
    for exponent in 1...53 {
      let small = exp2(-Double(exponent))
      #expect(abs(Distributions.gammaQuantile(small, shape: 1) / -log1p(-small) - 1) < 1e-13)
      #expect(abs(Distributions.gammaQuantile(1 - small, shape: 1) / -log(small) - 1) < 1e-13)
    }
  }

  /// Finite and increasing for every shape that a shared scale may have.
  @Test func monotone() {
    for shape in [0.01, 0.03, 0.3, 1.7, 30, 1e3, 1e4] {
      var last = 0.0
      for step in 1..<2000 {
        let value = Distributions.gammaQuantile(Double(step) / 2000, shape: shape)
        // Below 1e-308 nothing is left.
        #expect(value.isFinite && (value > last || value == 0), "\(shape), \(step)")
        last = value
      }
      #expect(Distributions.gammaQuantile(1 - 0x1p-53, shape: shape).isFinite)
      #expect(Distributions.gammaQuantile(0x1p-53, shape: shape) >= 0)
    }
  }
}
