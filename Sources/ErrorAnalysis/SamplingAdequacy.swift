// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// Whether a jackknife error may be believed: enough networks for the order of the correlator, enough bins, and no bin that carries the
/// error alone.
///
/// The rules are calibrated so that one-sigma Student-t intervals of the smallest run that is not flagged cover the truth
/// 68.3 % of the time within 3 percentage points (docs/physics/errors.md).
public enum SamplingAdequacy {
  /// Fewest bins for an error bar.
  public static let minimumBins = 16

  /// Fewest networks for an n-point function: cumulant estimators are skew, and the skewness falls like 1/√draws.
  public static func minimumDraws(order: Int) -> Int {
    switch order {
    case ...2: 64
    case ...4: 256
    default: 2048
    }
  }

  /// Applies the rules to one estimate of order n.
  public static func reliability(of samples: JackknifeSamples, order: Int, draws: Int) -> Reliability {
    let needed = minimumDraws(order: order)
    guard draws >= needed else {
      return .underSampled("\(draws) networks are too few for \(order)-point functions, draw at least \(needed)")
    }
    let bins = samples.weights.count
    guard bins >= minimumBins else {
      return .underSampled("\(bins) bins give no error bar, use at least \(minimumBins)")
    }
    let squares = samples.deviations.map { $0 * $0 }
    let total = squares.reduce(0, +)
    guard samples.value.isFinite, total.isFinite else {
      return .underSampled("the numbers overflow double precision")
    }
    let largest = (squares.max() ?? 0) / total
    guard total == 0 || largest <= largestShare(bins: bins) else {
      return .underSampled(
        "one bin of \(bins) carries \(Int((100 * largest).rounded())) % of the squared error: heavy tails, draw more networks")
    }
    return .sound
  }

  /// The share of the squared deviations that the largest of `bins` Gaussian bins exceeds with probability 1e-6: `q²/bins` with
  /// q the two-sided normal quantile at 1 − 1e-6/bins, at most one half.
  static func largestShare(bins: Int) -> Double {
    let q = Distributions.normalTwoSidedQuantile(1 - 1e-6 / Double(bins))
    return max(0.5, min(1, q * q / Double(bins)))
  }
}
