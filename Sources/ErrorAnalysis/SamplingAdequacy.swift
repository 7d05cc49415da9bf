// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
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
    func override(_ o: Int, _ d: Int) -> Int { ProcessInfo.processInfo.environment["NNFT_MIN_\(o)"].flatMap(Int.init) ?? d }
    switch order {
    case ...2: return override(2, 64)
    case ...4: return override(4, 256)
    default: return override(6, 2048)
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
    guard total > 0 else { return .sound }
    let excess = squares.reduce(0) { $0 + $1 * $1 } / (total * total) - 3 / Double(bins)
    guard excess <= largestExcess else {
      let share = Int((100 * squares.max()! / total).rounded())
      return .underSampled(
        "heavy tails: one bin of \(bins) carries \(share) % of the squared error; draw more networks")
    }
    return .sound
  }

  /// Largest tolerated `κ/n = Σd⁴/(Σd²)² − 3/bins`, the excess kurtosis of the data over their number as the bins' deviations d
  /// show it.
  ///
  /// By the Edgeworth expansion of Student's t the coverage of a one-sigma interval is `68.3 % − 0.081 κ/n` (the skewness drops out at one
  /// sigma), so 0.2 costs 1.6 points. Source: Hall, The Bootstrap and Edgeworth Expansion (1992), sec. 2.6.
  static let largestExcess = 0.5
}
