// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import NumericalKernels

/// Sums over weighted draws whose weights are known by their logarithm only, `w = e^ℓ`: all are kept relative to the largest
/// weight seen.
///
///     weight = Σ e^{ℓ−s},   squares = Σ e^{2(ℓ−s)},   sums_i = Σ e^{ℓ−s} a_i,   s = max ℓ
///
/// so weights may span any range without overflow. Two bins merge into the bin of all their draws.
public struct WeightedBin: Sendable, Codable {
  /// s; −∞ while every weight is zero.
  public private(set) var logScale = -Double.infinity
  /// Sum of the weights, `Σ w/e^s`.
  public private(set) var weight = 0.0
  /// Sum of the squared weights, `Σ (w/e^s)²`.
  public private(set) var squares = 0.0
  /// Weighted sums of the primaries, `Σ w a_i/e^s`.
  public private(set) var sums: [Double]
  /// Draws, those of weight zero included.
  public private(set) var draws = 0
  /// Draws left out because weight or primaries were not numbers.
  public private(set) var rejected = 0

  /// An empty bin.
  public init(primaryCount: Int) { sums = [Double](repeating: 0, count: primaryCount) }

  /// Adds one draw. ℓ = −∞ is a draw of weight zero; NaN, +∞ and primaries that are not finite (at a positive weight) are
  /// counted as ``rejected``. Returns whether the draw was taken.
  @discardableResult
  public mutating func add(logWeight: Double, primaries: [Double]) -> Bool {
    precondition(primaries.count == sums.count, "WeightedBin: \(primaries.count) primaries, not \(sums.count)")
    if logWeight == -.infinity {
      draws += 1
      return true
    }
    guard logWeight.isFinite, primaries.allSatisfy(\.isFinite) else {
      rejected += 1
      return false
    }
    draws += 1
    rescale(to: max(logScale, logWeight))
    let w = exp(logWeight - logScale)
    weight += w
    squares += w * w
    for i in sums.indices { sums[i] += w * primaries[i] }
    return true
  }

  /// Adds the draws of another bin.
  public mutating func merge(_ other: WeightedBin) {
    precondition(other.sums.count == sums.count, "WeightedBin: \(other.sums.count) primaries, not \(sums.count)")
    draws += other.draws
    rejected += other.rejected
    guard other.weight > 0 else { return }
    rescale(to: max(logScale, other.logScale))
    let w = exp(other.logScale - logScale)
    weight += w * other.weight
    squares += w * w * other.squares
    for i in sums.indices { sums[i] += w * other.sums[i] }
  }

  /// Visits the sums.
  public mutating func visit(_ state: inout StateVisitor) {
    state.visit(&logScale)
    state.visit(&weight)
    state.visit(&squares)
    state.visit(&sums)
    state.visit(&draws)
    state.visit(&rejected)
  }

  private mutating func rescale(to scale: Double) {
    guard scale > logScale else { return }
    let factor = exp(logScale - scale)
    logScale = scale
    weight *= factor
    squares *= factor * factor
    for i in sums.indices { sums[i] *= factor }
  }

  /// `Σ w a_i/Σ w`; 0 where no draw has weight.
  public func mean(_ i: Int) -> Double { weight > 0 ? sums[i] / weight : 0 }

  /// `ln Σ w`; −∞ where no draw has weight.
  public var logWeight: Double { logScale + log(weight) }

  /// `ln (Σ w/draws)`: the logarithm of a ratio of partition functions. −∞ where no draw has weight.
  public var logMeanWeight: Double { logWeight - log(Double(draws)) }

  /// Kish's effective number of samples `(Σ w)²/Σ w²`, between 0 (no weight at all) and ``draws``.
  public var effectiveSamples: Double { weight > 0 ? weight * weight / squares : 0 }

  /// Share of the heaviest draw, `max w/Σ w`; 1 where no draw has weight.
  public var largestShare: Double { weight > 0 ? 1 / weight : 1 }
}
