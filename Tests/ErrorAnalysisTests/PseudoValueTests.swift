// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Testing

/// Pseudo-values against the plain textbook formulas of a program that knows neither weights nor jackknives.
@Suite struct PseudoValueTests {
  /// Two primaries of 24 bins, from a fixed quadratic residue sequence.
  private func bins(equal: Bool) -> BinnedMeans {
    var bins = BinnedMeans(primaryCount: 2)
    for bin in 0..<24 {
      let a = Double((bin * bin + 3 * bin + 5) % 23) / 23
      let b = Double((bin * bin * bin + 7) % 29) / 29 + 0.5 * a
      bins.append(means: [a, b], weight: equal ? 10 : Double(7 + bin % 5))
    }
    return bins
  }

  private func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }

  /// `Σ (x − x̄)(y − ȳ)/(g(g−1))`.
  private func covariance(_ x: [Double], _ y: [Double]) -> Double {
    let (a, b, g) = (mean(x), mean(y), Double(x.count))
    return zip(x, y).reduce(0) { $0 + ($1.0 - a) * ($1.1 - b) } / (g * (g - 1))
  }

  /// A few hundred roundings of numbers of order one leave 1e-12.
  @Test(arguments: [true, false]) func plainMeanAndCovarianceAreOurs(equal: Bool) {
    let bins = bins(equal: equal)
    let (a, b) = (bins.mean(0), bins.mean(1))
    let samples = [a, b, a / b, bins.product(0, 1), (a / (b * b)).biasCorrected]
    let ours = JackknifeSamples.covariance(of: samples)
    for (i, x) in samples.enumerated() {
      #expect(abs(mean(x.pseudoValues) / x.value - 1) < 1e-12)
      #expect(abs(ours[i * samples.count + i].squareRoot() / x.error - 1) < 1e-14)
      for (j, y) in samples.enumerated() {
        let plain = covariance(x.pseudoValues, y.pseudoValues)
        #expect(abs(plain - ours[i * samples.count + j]) < 1e-12 * x.error * y.error)
      }
    }
  }

  /// For bins of equal weight the pseudo-values of a mean are the bins.
  @Test func ofAMeanAreTheBins() {
    let bins = bins(equal: true)
    let values = bins.mean(1).pseudoValues
    for bin in 0..<bins.binCount { #expect(abs(values[bin] - bins[bin, 1]) < 1e-13) }
  }

  /// Control: Tukey's pseudo-values without the reflection miss the error of unequal bins, so the check above can fail.
  @Test func withoutTheReflectionTheErrorIsMissed() {
    let bins = bins(equal: false)
    let x = bins.mean(1)
    let n = x.weights.reduce(0, +)
    let tukey = zip(x.replicas, x.weights).map { replica, m in n / m * x.value - (n / m - 1) * replica }
    #expect(abs(covariance(tukey, tukey).squareRoot() / x.error - 1) > 1e-4)
  }
}
