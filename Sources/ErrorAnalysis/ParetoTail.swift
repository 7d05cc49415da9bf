// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import NumericalKernels

/// The shape k of a generalized Pareto law fitted to the largest weights: weights have moments of order below 1/k only.
///
/// The tail are the `min(n/5, 3√(n/r))` largest of n weights, r their relative efficiency. Averages with k < 0.5 have a
/// variance; up to ``threshold`` they are usable in practice, beyond it value and error are not to be trusted however many
/// draws. Source: Vehtari, Simpson, Gelman, Yao, Gabry, arXiv:1507.02646 (the tail, the threshold, the prior of ten draws at
/// k = 1/2); the fit is the empirical Bayes estimate of Zhang and Stephens, Technometrics 51 (2009) 316. Numbers are those of
/// arviz. Cost O(n log n).
public struct ParetoTail: Sendable {
  /// k; nil if fewer than five weights stand out above the rest (few draws, or many equal weights): then nothing can be said.
  public let shape: Double?
  /// Number of weights behind k.
  public let count: Int
  /// Number n of draws.
  public let draws: Int

  /// Largest k at which averages over n draws are usable: `min(1 − 1/log10 n, 0.7)`.
  public var threshold: Double { min(1 - 1 / log10(Double(max(2, draws))), 0.7) }

  /// Whether k is below ``threshold``. Without a k nothing is held against the weights: judge them by their effective samples.
  public var reliability: Reliability {
    guard let shape, shape > threshold else { return .sound }
    let digits = (100 * shape).rounded() / 100
    return .underSampled("the weights have a heavy tail (Pareto k = \(digits)): their average need not converge")
  }

  /// Fits the largest of `logWeights`; −∞ is weight zero, NaN and +∞ are left out. `relativeEfficiency` is effective
  /// samples/draws of the draws as they are correlated; 1 if independent.
  public init(logWeights: [Double], relativeEfficiency: Double = 1) {
    let sorted = logWeights.filter { !$0.isNaN && $0 < .infinity }.sorted()
    let n = sorted.count
    let tail = Int(clamping: min(Double(n) / 5, 3 * (Double(n) / relativeEfficiency).squareRoot()).rounded(.up))
    draws = n
    guard let largest = sorted.last, largest.isFinite, tail + 1 <= n else {
      (shape, count) = (nil, 0)
      return
    }
    let cutoff = max(sorted[n - tail - 1] - largest, log(Double.leastNormalMagnitude))
    let base = exp(cutoff)
    let excesses = sorted[(n - tail)...].map { exp($0 - largest) - base }.filter { $0 > 0 }
    count = excesses.count
    shape = count > 4 ? Self.fit(excesses) : nil
  }

  /// k of ascending positive numbers: the posterior mean of b = −k/σ on a grid, then `k = mean ln(1 − b x)`, drawn towards
  /// 1/2 as by ten draws.
  private static func fit(_ x: [Double]) -> Double? {
    let n = Double(x.count)
    let grid = 30 + Int(n.squareRoot())
    let quartile = x[Int(n / 4 + 0.5) - 1]
    func shape(_ b: Double) -> Double { x.reduce(0) { $0 + log1p(-b * $1) } / n }
    let candidates = (1...grid).map { j in
      (1 - (Double(grid) / (Double(j) - 0.5)).squareRoot()) / (3 * quartile) + 1 / x[x.count - 1]
    }
    let profile = candidates.map { b in
      let k = shape(b)
      return n * (log(-b / k) - k - 1)
    }
    let weights = profile.map { l in 1 / profile.reduce(0) { $0 + exp($1 - l) } }
    let kept = zip(candidates, weights).filter { $0.1 >= 10 * Double.ulpOfOne }
    let b = kept.reduce(0) { $0 + $1.0 * $1.1 } / kept.reduce(0) { $0 + $1.1 }
    let k = (n * shape(b) + 5) / (n + 10)
    return k.isFinite ? k : nil
  }
}
