// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

#if canImport(Glibc)
  import Glibc
#endif

/// Errors and intervals by drawing bins with replacement; for functions of means too crooked for the jackknife (quantiles,
/// fits, minima).
///
/// Resample b draws g of the g bins, bin k c_k times, and evaluates f at `a_i = Σ_k c_k W_k a_ki/Σ_k c_k W_k`, W the weights
/// of the bins. For statistical weights that is the ratio estimator, numerator and denominator resampled together. Equal
/// seeds choose equal bins, so replicas of different functions of the same bins are correlated as the data are. Source: Efron
/// and Tibshirani, An Introduction to the Bootstrap (1993). Randomness: ``RandomStream`` "bootstrap", resample b, bin
/// position. Cost: resamples × (bins × primaries + one f).
public struct Bootstrap: Sendable {
  /// f of the means over all bins; biased as f is curved.
  public let value: Double
  /// f of every resample, those not finite left out.
  public let replicas: [Double]
  /// g.
  public let bins: Int
  /// Whether the error may be believed.
  public let reliability: Reliability

  /// Resamples bins of independent draws.
  public init(
    _ means: BinnedMeans, resamples: Int = 1000, seed: UInt64, of function: ([Double]) -> Double
  ) {
    self.init(
      logWeights: means.weights.map { log($0) },
      means: (0..<means.binCount).map { bin in (0..<means.primaryCount).map { means[bin, $0] } },
      resamples: resamples, seed: seed, function)
  }

  /// Resamples bins of weighted draws: weighted ratio estimators.
  public init(
    _ means: WeightedMeans, resamples: Int = 1000, seed: UInt64, of function: ([Double]) -> Double
  ) {
    self.init(
      logWeights: means.bins.map(\.logWeight),
      means: means.bins.map { bin in bin.sums.indices.map { bin.mean($0) } },
      resamples: resamples, seed: seed, function)
  }

  private init(
    logWeights: [Double], means: [[Double]], resamples: Int, seed: UInt64, _ function: ([Double]) -> Double
  ) {
    let g = means.count
    precondition(g > 0 && resamples > 1, "Bootstrap: \(g) bins, \(resamples) resamples")
    /// f at the means over the bins with these positions; nil without weight or outside the domain of f.
    func evaluate(_ positions: [Int]) -> Double? {
      let scale = positions.reduce(-Double.infinity) { max($0, logWeights[$1]) }
      guard scale.isFinite else { return nil }
      var sums = [Double](repeating: 0, count: means[0].count)
      var total = 0.0
      for k in positions {
        let w = exp(logWeights[k] - scale)
        total += w
        for i in sums.indices { sums[i] += w * means[k][i] }
      }
      let result = function(sums.map { $0 / total })
      return result.isFinite ? result : nil
    }
    let stream = RandomStream(seed: seed, stream: "bootstrap")
    let uniform = AlignedBuffer<Double>(count: g, repeating: 0)
    let unused = AlignedBuffer<Double>(count: g, repeating: 0)
    let whole = evaluate(Array(0..<g))
    value = whole ?? 0
    bins = g
    replicas = (0..<resamples).compactMap { b in
      stream.uniformPairs(
        use: .phase, draw: UInt64(b), count: g, first: uniform.pointer, second: unused.pointer)
      return evaluate((0..<g).map { min(g - 1, Int(uniform[$0] * Double(g))) })
    }
    if whole == nil {
      reliability = .underSampled("the function of the means is not finite there")
    } else if g < SamplingAdequacy.minimumBins {
      reliability = .underSampled("\(g) bins give no error bar; use at least \(SamplingAdequacy.minimumBins)")
    } else if replicas.count < resamples {
      reliability = .underSampled("\(resamples - replicas.count) of \(resamples) resamples leave the domain of the function")
    } else {
      reliability = .sound
    }
  }

  /// The standard error: the deviation of the replicas times √(g/(g−1)), which makes it the standard error of a mean of g
  /// bins. Infinity without two bins and two replicas.
  public var error: Double {
    guard bins > 1, replicas.count > 1 else { return .infinity }
    let n = Double(replicas.count)
    let mean = replicas.reduce(0, +) / n
    let deviations = ScaledNumbers(replicas.map { $0 - mean })
    let variance = deviations.values.reduce(0) { $0 + $1 * $1 } / (n - 1)
    return deviations.restored((variance * Double(bins) / Double(bins - 1)).squareRoot())
  }

  /// Estimated bias of ``value``: mean of the replicas − value.
  public var bias: Double {
    replicas.isEmpty ? 0 : replicas.reduce(0, +) / Double(replicas.count) - value
  }

  /// The percentile interval that holds the middle `probability` of the replicas, linear between order statistics; nil
  /// without two replicas.
  public func interval(_ probability: Double = 0.6827) -> ClosedRange<Double>? {
    precondition(probability > 0 && probability < 1, "Bootstrap: probability \(probability)")
    guard replicas.count > 1 else { return nil }
    let sorted = replicas.sorted()
    func quantile(_ p: Double) -> Double {
      let position = p * Double(sorted.count - 1)
      let below = min(sorted.count - 2, Int(position))
      return sorted[below] + (position - Double(below)) * (sorted[below + 1] - sorted[below])
    }
    return quantile((1 - probability) / 2)...quantile((1 + probability) / 2)
  }
}

extension Estimate {
  /// Value and error of a bootstrap, with bins − 1 degrees of freedom.
  public init(_ bootstrap: Bootstrap) {
    self.init(
      value: bootstrap.value, error: bootstrap.error, degreesOfFreedom: bootstrap.bins - 1,
      reliability: bootstrap.reliability)
  }
}
