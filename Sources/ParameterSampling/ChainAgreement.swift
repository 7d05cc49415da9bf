// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import ErrorAnalysis
import NumericalKernels

/// Whether chains sample one distribution, judged by tests of stated false-alarm probability instead of a threshold on R̂, which grows with
/// autocorrelation (R̂² ≈ 1 + (2 τ_int − 1)/n) and so measures the length of chains.
///
/// The measurements of all chains are replaced by normal scores of their ranks, `z = Φ^{-1}((r − 3/8)/(N + 1/4))`, so that heavy tails cannot hide
/// a disagreement. Of each chain the two halves of h measurements have means m. Two tests:
///
///     spread   F = Σ (m − m̄)²/(2g − 1) / (2 τ_int Γ(0)/h)   against Fisher's law with 2g − 1 and N/(2W + 1) degrees of freedom
///     drift    t = mean over chains of (second half − first half), in its own standard errors, against Student's law with g − 1
///
/// τ_int and Γ(0) are those of the Γ method within chains, with the bias of each chain's own mean taken off, `1 + (2W + 1)/n`. Chains in different
/// wells spread more than any of them fluctuates; a warm-up that is too short shows as drift. Sources: ranks: Vehtari, Gelman, Simpson, Carpenter,
/// Bürkner, arXiv:1903.08008; Γ method: Wolff, hep-lat/0306017. Cost O(N log N).
public struct ChainAgreement: Sendable {
  /// p-value of the spread of the halves' means; 0 where chains are too short for a test.
  public let spread: Double
  /// p-value of the difference between second and first halves, two-sided; 1 for a single chain.
  public let drift: Double

  /// False-alarm probability of each of the two tests.
  public static let falseAlarm = 1e-4

  /// The smaller p-value.
  public var pValue: Double { min(spread, drift) }
  /// Whether neither test rejects.
  public var isFound: Bool { pValue >= Self.falseAlarm }

  /// Tests series of one observable, a chain each; longer ones are cut to the shortest.
  public init(_ chains: [[Double]]) {
    let half = (chains.map(\.count).min() ?? 0) / 2
    let length = 2 * half
    let pooled = chains.flatMap { $0.prefix(length) }
    guard half >= GammaMethod.minimumMeasurements, pooled.allSatisfy(\.isFinite) else {
      (spread, drift) = (0, 0)
      return
    }
    let scores = Self.normalScores(Self.withoutRounding(pooled))
    let replicas = chains.indices.map { ReplicaSeries([Array(scores[$0 * length..<($0 + 1) * length])]) }
    let halves = stride(from: 0, to: scores.count, by: half).map { scores[$0..<$0 + half].reduce(0, +) / Double(half) }
    let centre = halves.reduce(0, +) / Double(halves.count)
    let degrees = Double(halves.count - 1)
    let between = halves.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / degrees
    let gamma = GammaMethod(replicas)
    let variance = gamma.error * gamma.error * Double(gamma.measurements) / Double(half)
    let within = variance * (1 + Double(2 * gamma.window + 1) / Double(length))
    if between <= 0 {
      spread = 1
    } else if !(within > 0) || !within.isFinite {
      spread = 0
    } else {
      spread = Distributions.fisherTail(between / within, degrees, Double(gamma.degreesOfFreedom))
    }
    drift = Self.drift(chains.indices.map { halves[2 * $0 + 1] - halves[2 * $0] })
  }

  /// Two-sided p-value of a mean of independent differences; 1 for one of them.
  private static func drift(_ differences: [Double]) -> Double {
    let g = Double(differences.count)
    guard g > 1 else { return 1 }
    let mean = differences.reduce(0, +) / g
    let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (g - 1)
    guard variance > 0 else { return mean == 0 ? 1 : 0 }
    return Distributions.studentTwoSidedTail(mean / (variance / g).squareRoot(), degrees: g - 1)
  }

  /// The values in units of 1e-9 standard deviations, whole numbers: what differs by less shares a rank. Zeros of a symmetry or of an absent mode are zeros to rounding, and ranks
  /// would take the last bits for an observable.
  static func withoutRounding(_ values: [Double]) -> [Double] {
    let mean = values.reduce(0, +) / Double(values.count)
    let size = values.reduce(0) { max($0, abs($1 - mean)) }
    guard size > 0 else { return values.map { _ in 0 } }
    let deviation =
      size * (values.reduce(0) { $0 + (($1 - mean) / size) * (($1 - mean) / size) } / Double(values.count)).squareRoot()
    return values.map { (($0 - mean) / (1e-9 * deviation)).rounded() }
  }

  /// Normal scores of the ranks; equal values share the mean of their ranks.
  static func normalScores(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    let n = Double(values.count)
    var scores = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      let rank = Double(start + 1 + end) / 2
      let tail = 1 - (rank - 0.375) / (n + 0.25)
      let score = Distributions.normalQuantile(tail: tail)
      for place in start..<end { scores[order[place]] = score }
      start = end
    }
    return scores
  }
}
