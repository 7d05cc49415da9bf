// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import NNFTTestSupport
import NumericalKernels
import Testing

/// Rows of long tails that nearly cancel: what is left of them are the tails, which a joint test of few samples must not resolve.
@Suite struct HotellingFloorTests {
  /// 64 bins of a row x and of x + 0.1 y, y = 0.05 but for one draw in a thousand of 6400, which makes its mean zero.
  private static func rows(_ trial: UInt64) -> [JackknifeSamples] {
    var (x, u) = ([Double](repeating: 0, count: 6400), [Double](repeating: 0, count: 6400))
    RandomStream(seed: 3, stream: "cancelling rows").normalPairs(use: .phase, draw: trial, count: 6400, first: &x, second: &u)
    var bins = BinnedMeans(primaryCount: 2)
    for bin in 0..<64 {
      var means = [0.0, 0.0]
      for i in bin * 100..<bin * 100 + 100 {
        // P(u > 3.0902) = 1e-3.
        let rare = (u[i] > 3.0902 ? -49.95 : 0.05) * 0.1 + 0.02 * u[i]
        means[0] += x[i] / 100
        means[1] += (x[i] + rare) / 100
      }
      bins.append(means: means, weight: 100)
    }
    return [bins.mean(0), bins.mean(1)]
  }

  /// With the floor for long tails the direction is left out; two independent rows keep both. The control: without it the direction counts.
  @Test func cancellingRowsAreOneDirection() {
    let rows = Self.rows(0)
    let free = HotellingTest(samples: rows, expected: [0, 0], leastEigenvalue: 1e-10)
    let guarded = HotellingTest(samples: rows, expected: [0, 0], leastEigenvalue: HotellingTest.longTailFloor)
    #expect(guarded.directions == 1 && guarded.leftOut == 1)
    #expect(free.directions + free.leftOut == 2)
    let apart = HotellingTest(
      samples: [rows[0], Self.rows(1)[0]], expected: [0, 0], leastEigenvalue: HotellingTest.longTailFloor)
    #expect(apart.directions == 2 && apart.leftOut == 0)
    #expect(HotellingTest(samples: rows, expected: [0, 0]).directions == free.directions)
    // It still rejects what is wrong along what it keeps.
    let wrong = HotellingTest(samples: rows, expected: [0.1, 0.1], leastEigenvalue: HotellingTest.longTailFloor)
    #expect(wrong.pValue! < 1e-6)
  }
}
