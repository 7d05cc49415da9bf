// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// Hotelling's test of several correlated estimates against expected values, with their full jackknife covariance.
///
///     T² = δᵀ C⁻¹ δ on K directions,     (S−K)/(K(S−1)) T² ~ F(K, S−K),     S = bins − fitted coefficients
///
/// C is first scaled to a correlation matrix. Of its eigen-directions those are kept whose eigenvalue, relative to the largest, is above
/// 1e-10 (or a larger floor that the caller states, where rows have long tails) and above one over the number of independent samples behind the bins (directions with less variance may live on single
/// samples that were not drawn), and whose bins are nearly normal; the rest are counted as left out. Without these cuts p-values
/// of small networks come out as 1e-10 for correct data (docs/physics/errors.md). Estimates without error are left out when they
/// equal their expectation, and make the test reject when they do not. Needs S > K + 1. Source: Hotelling, Ann. Math. Stat. 2
/// (1931) 360; Anderson, Multivariate Statistical Analysis, ch. 5.
public struct HotellingTest: Sendable {
  /// T², or nil if the bins are too few.
  public let statistic: Double?
  /// Probability of a T² at least this large if the expectations are right, or nil if the bins are too few.
  public let pValue: Double?
  /// Number K of tested directions.
  public let directions: Int
  /// Directions above 1e-10 left out because the samples do not resolve them.
  public let leftOut: Int
  /// Number of bins.
  public let bins: Int
  /// S, the bins less the fitted coefficients.
  private let freedom: Double

  /// Smallest relative eigenvalue of the correlation matrix that counts as a direction.
  public static let eigenvalueFloor = 1e-10

  /// The floor for rows of long tails, such as high powers of the field: where such rows cancel to less than a tenth of their variance, what is left
  /// are the tails, which do not cancel and which few samples show (docs/physics/errors.md).
  public static let longTailFloor = 0.1

  /// Fewest independent samples for a p-value that holds at 1e-6; with fewer the tails of the directions are not yet seen.
  public static let minimumSamples = 4096.0

  /// Compares `samples` with `expected`, entry by entry of equal length ≥ 1. `independentSamples` stand behind the bins; nil for data
  /// known to be Gaussian.
  public init(
    samples: [JackknifeSamples], expected: [Double], independentSamples: Double? = nil,
    leastEigenvalue: Double = HotellingTest.eigenvalueFloor
  ) {
    precondition(samples.count == expected.count && !samples.isEmpty)
    bins = samples[0].weights.count
    let scaled = samples.map { ScaledNumbers($0.deviations) }
    let errors = scaled.map(\.norm)
    let scale = zip(samples, expected).map { max(abs($0.value), abs($1)) }
    let noisy = samples.indices.filter { errors[$0] > 1e-14 * scale[$0] }
    let mismatch = samples.indices.contains {
      errors[$0] <= 1e-14 * scale[$0] && abs(samples[$0].value - expected[$0]) > 1e-12 * scale[$0]
    }
    // Fitted coefficients take degrees of freedom as bins would.
    freedom = Double(samples.map(\.degreesOfFreedom).min()! + 1)
    guard !noisy.isEmpty else {
      (statistic, pValue, directions, leftOut) = (0, mismatch ? 0 : 1, 0, 0)
      return
    }
    let n = noisy.count
    // Deviations in units of their own errors.
    let norms = scaled.map(\.scaledNorm)
    var correlation = [Double](repeating: 0, count: n * n)
    for (a, i) in noisy.enumerated() {
      for (b, j) in noisy.enumerated() where b <= a {
        let product = zip(scaled[i].values, scaled[j].values).reduce(0) { $0 + $1.0 * $1.1 }
        correlation[a * n + b] = product / (norms[i] * norms[j])
        correlation[b * n + a] = correlation[a * n + b]
      }
    }
    let eigen = SymmetricEigenproblem(correlation, size: n)
    let floor = max(leastEigenvalue, independentSamples.map { 1 / max(1, $0) } ?? 0)
    let resolved = (0..<n).filter { eigen.values[$0] > Self.eigenvalueFloor * eigen.values[0] }
    let kept = resolved.filter { k in
      eigen.values[k] > floor * eigen.values[0]
        && Self.isNearlyNormal(
          (0..<samples[0].weights.count).map { bin in
            zip(eigen.vectors[k], noisy).reduce(0) { $0 + $1.0 * scaled[$1.1].values[bin] / norms[$1.1] }
          })
    }
    directions = kept.count
    leftOut = resolved.count - kept.count
    guard directions > 0, freedom > Double(directions + 1),
      independentSamples ?? Self.minimumSamples >= Self.minimumSamples
    else {
      (statistic, pValue) = (nil, nil)
      return
    }
    let delta = noisy.map { (samples[$0].value - expected[$0]) / errors[$0] }
    let t2 = kept.reduce(0.0) { sum, k in
      let projection = zip(eigen.vectors[k], delta).reduce(0) { $0 + $1.0 * $1.1 }
      return sum + projection * projection / eigen.values[k]
    }
    statistic = t2
    pValue = mismatch ? 0 : Self.tail(t2, freedom, Double(directions))
  }

  /// The T² of a p-value, `0 < tail < 1`, on the tested directions; accurate to 1e-6. Cost: forty tails of an F distribution.
  public func statistic(tail: Double) -> Double {
    let (s, k) = (freedom, Double(directions))
    precondition(k > 0 && s > k + 1, "HotellingTest: \(directions) directions in \(bins) bins")
    var (low, high) = (0.0, k)
    while Self.tail(high, s, k) > tail { (low, high) = (high, 2 * high) }
    while high - low > 1e-6 * high {
      let middle = 0.5 * (low + high)
      if Self.tail(middle, s, k) > tail { low = middle } else { high = middle }
    }
    return high
  }

  private static func tail(_ statistic: Double, _ s: Double, _ k: Double) -> Double {
    Distributions.fisherTail((s - k) / (k * (s - 1)) * statistic, k, s - k)
  }

  /// Whether the mean of bins with deviations y is normal far into its tails: `|Σy³|/(Σy²)^{3/2}` (skewness/√n) and
  /// `Σy⁴/(Σy²)² − 3/S` (excess kurtosis/n) below 0.1 and 0.05, or six standard deviations of Gaussian bins if that is more.
  private static func isNearlyNormal(_ y: [Double]) -> Bool {
    var (second, third, fourth) = (0.0, 0.0, 0.0)
    for value in y {
      let square = value * value
      second += square
      third += square * value
      fourth += square * square
    }
    let s = Double(y.count)
    return abs(third) <= max(skewnessBound, 6 * 6.0.squareRoot() / s) * second * second.squareRoot()
      && fourth / (second * second) - 3 / s <= max(kurtosisBound, 6 * (24 / s).squareRoot() / s)
  }
  static let skewnessBound = 0.1
  static let kurtosisBound = 0.05
}
