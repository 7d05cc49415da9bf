// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Foundation
import NumericalKernels
import Testing

/// Bins whose draws carry statistical weights.
@Suite struct WeightedBinsTests {
  /// Bins of draws x ~ N(0,1) with weight e^{0.6 x − 0.18}: averages are those of N(0.6, 1).
  private func bins(_ seed: UInt64, count: Int = 64, draws: Int = 50, scale: Double = 1) -> (
    binned: BinnedMeans, weighted: WeightedMeans
  ) {
    var (first, second) = ([Double](repeating: 0, count: count * draws), [Double](repeating: 0, count: count * draws))
    RandomStream(seed: seed, stream: "weighted bins").normalPairs(
      use: .outputWeight, draw: 0, count: count * draws, first: &first, second: &second)
    var binned = BinnedMeans(primaryCount: 2)
    var list: [WeightedBin] = []
    for b in 0..<count {
      var bin = WeightedBin(primaryCount: 2)
      for x in first[b * draws..<(b + 1) * draws] { bin.add(logWeight: 0.6 * x - 0.18, primaries: [x, x * x]) }
      list.append(bin)
      binned.append(means: [bin.mean(0), bin.mean(1)], weight: scale * exp(bin.logWeight), samples: Double(draws))
    }
    return (binned, WeightedMeans(list))
  }

  @Test func meansAreThoseOfWeightedMeans() {
    let (binned, weighted) = bins(1)
    for i in 0..<2 {
      let (a, b) = (binned.mean(i), weighted.mean(i))
      #expect(abs(a.value - b.value) < 1e-13)
      #expect(zip(a.replicas, b.replicas).allSatisfy { abs($0 - $1) < 1e-12 })
      #expect(abs(a.error - b.error) < 1e-12 && a.weights == b.weights)
      #expect(abs(a.biasCorrected.value - b.biasCorrected.value) < 1e-12)
    }
  }

  @Test func theScaleOfWeightsDropsOut() {
    let (a, b) = (bins(2).binned, bins(2, scale: 1e-40).binned)
    #expect(abs(a.product(0, 1).value - b.product(0, 1).value) < 1e-12)
    #expect(abs(a.product(0, 0, 0).error - b.product(0, 0, 0).error) < 1e-12)
    #expect(abs(a.product(0, 0, 1, 1).value - b.product(0, 0, 1, 1).value) < 1e-12)
  }

  /// Errors cover and products between bins are unbiased; jackknife weights equal to Σ w, the wrong choice, give other errors.
  @Test func errorsCover() {
    var (chi, products, wrong) = (0.0, [Double](), 0.0)
    let runs = 400
    for seed in 0..<runs {
      let (binned, _) = bins(UInt64(100 + seed), count: 32, draws: 20)
      let mean = binned.mean(0).biasCorrected
      chi += pow((mean.value - 0.6) / mean.error, 2)
      products.append(binned.product(0, 0).biasCorrected.value)
      let bare = binned.mean(0)
      wrong += pow(
        (mean.value - 0.6) / JackknifeSamples(value: bare.value, replicas: bare.replicas, weights: binned.weights).error, 2)
    }
    // Student's t of 31 degrees has variance 31/29; five standard deviations of its mean square are 0.4.
    #expect(abs(chi / Double(runs) - 31.0 / 29) < 0.4, "\(chi / Double(runs))")
    let mean = products.reduce(0, +) / Double(runs)
    let spread = (products.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot() / Double(runs)
    #expect(abs(mean - 0.36) < 5 * spread, "\(mean) \(spread)")
    #expect(wrong != chi)
  }
}
