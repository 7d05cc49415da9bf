// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// Hotelling's test of several correlated estimates against expected values, with their full jackknife covariance.
///
///     T² = δᵀ C⁻¹ δ on K directions,     (S−K)/(K(S−1)) T² ~ F(K, S−K),     S bins
///
/// C is first scaled to a correlation matrix; of its eigen-directions those above 1e-10 of the largest are kept, the rest carry no
/// information the data could resolve. Estimates without error are left out when they equal their expectation, and make the
/// test reject when they do not. Needs S > K + 1. Source: Hotelling, Ann. Math. Stat. 2 (1931) 360; Anderson, Multivariate Statistical Analysis, ch. 5.
public struct HotellingTest: Sendable {
  /// T², or nil if the bins are too few.
  public let statistic: Double?
  /// Probability of a T² at least this large if the expectations are right, or nil if the bins are too few.
  public let pValue: Double?
  /// K.
  public let directions: Int
  /// S.
  public let bins: Int

  /// Smallest relative eigenvalue of the correlation matrix that counts as a direction.
  public static let eigenvalueFloor = 1e-10

  /// Compares `samples` with `expected`, entry by entry of equal length ≥ 1.
  public init(samples: [JackknifeSamples], expected: [Double]) {
    precondition(samples.count == expected.count && !samples.isEmpty)
    bins = samples[0].weights.count
    let deviations = samples.map(\.deviations)
    let errors = deviations.map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let scale = zip(samples, expected).map { max(abs($0.value), abs($1)) }
    let noisy = samples.indices.filter { errors[$0] > 1e-14 * scale[$0] }
    let mismatch = samples.indices.contains {
      errors[$0] <= 1e-14 * scale[$0] && abs(samples[$0].value - expected[$0]) > 1e-12 * scale[$0]
    }
    guard !noisy.isEmpty else {
      (statistic, pValue, directions) = (0, mismatch ? 0 : 1, 0)
      return
    }
    let n = noisy.count
    var correlation = [Double](repeating: 0, count: n * n)
    for (a, i) in noisy.enumerated() {
      for (b, j) in noisy.enumerated() where b <= a {
        let product = zip(deviations[i], deviations[j]).reduce(0) { $0 + $1.0 * $1.1 }
        correlation[a * n + b] = product / (errors[i] * errors[j])
        correlation[b * n + a] = correlation[a * n + b]
      }
    }
    let eigen = SymmetricEigenproblem(correlation, size: n)
    let kept = (0..<n).filter { eigen.values[$0] > Self.eigenvalueFloor * eigen.values[0] }
    directions = kept.count
    guard bins > directions + 1 else {
      (statistic, pValue) = (nil, nil)
      return
    }
    let delta = noisy.map { (samples[$0].value - expected[$0]) / errors[$0] }
    let t2 = kept.reduce(0.0) { sum, k in
      let projection = zip(eigen.vectors[k], delta).reduce(0) { $0 + $1.0 * $1.1 }
      return sum + projection * projection / eigen.values[k]
    }
    let (s, k) = (Double(bins), Double(directions))
    statistic = t2
    pValue = mismatch ? 0 : Distributions.fisherTail((s - k) / (k * (s - 1)) * t2, k, s - k)
  }
}
