// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// Whether a jackknife error may be believed: enough networks for the order of the correlator, enough bins, and no heavy tail.
///
/// By the Edgeworth expansion of Student's t a one-sigma interval covers `68.3 % − 8.1 points · κ/n`, one of two sigmas
/// `95.4 % − 25 points · γ²/n + 1.8 points · κ/n`, γ and κ the skewness and excess kurtosis of what is averaged and n the number of
/// networks (Hall, The Bootstrap and Edgeworth Expansion, 1992, sec. 2.6). The rule before the run bounds γ²/n, that from the data κ/n.
/// Measured coverage: docs/physics/errors.md.
public enum SamplingAdequacy {
  /// Fewest bins for an error bar.
  public static let minimumBins = 16

  /// Fewest networks for an n-point function: fifty times the squared skewness of what the connected function of a Gaussian φ at one point
  /// averages to first order, the Hermite polynomial He_n(φ): `γ² = (n!)³/((n/2)!)⁶` (8, 216, 8000, 343 000 for n = 2, 4, 6, 8). An interval of
  /// two sigmas loses half a percentage point there.
  public static func minimumDraws(order: Int) -> Int {
    switch order {
    case ...2: 400
    case ...4: 10_800
    case ...6: 400_000
    default: 17_150_000
    }
  }

  /// Largest tolerated γ²/n of a mean whose skewness is measured (``MeanSkewness``): half of what ``minimumDraws(order:)`` admits, since draws that
  /// miss a tail look less skewed than they are.
  public static let largestSquaredSkewness = 0.01

  /// Largest tolerated `Σd⁴/(Σd²)² − 3/bins`, which estimates κ/n from the deviations d of the bins. One half means that about one
  /// bin carries the error; a tighter bound would bias coverage by discarding just the runs that saw the tail.
  public static let largestExcess = 0.5

  /// Applies the rules to one estimate of order n from `draws` independent units, networks or neurons.
  public static func reliability(
    of samples: JackknifeSamples, order: Int, draws: Int, unit: String = "networks"
  ) -> Reliability {
    let needed = minimumDraws(order: order)
    guard draws >= needed else {
      return .underSampled(
        "\(draws) \(unit) are too few for \(order)-point functions; draw at least \(needed)")
    }
    return reliability(of: samples, unit: unit)
  }

  /// Applies the rules to one estimate whose mean has the measured squared skewness γ²/n, and the rules of the data.
  public static func reliability(
    of samples: JackknifeSamples, squaredSkewness: Double, unit: String = "networks"
  ) -> Reliability {
    guard squaredSkewness <= largestSquaredSkewness else {
      let factor = squaredSkewness / largestSquaredSkewness
      let times = factor < 1e6 ? "about \(max(2, Int(factor.rounded(.up)))) times as many" : "many more"
      return .underSampled("long tails: the mean is too skewed for an error bar; draw \(times) \(unit)")
    }
    return reliability(of: samples, unit: unit)
  }

  /// Applies the rules of the data alone: enough bins, no heavy tail.
  public static func reliability(of samples: JackknifeSamples, unit: String = "networks") -> Reliability {
    let bins = samples.weights.count
    guard bins >= minimumBins else {
      return .underSampled("\(bins) bins give no error bar; use at least \(minimumBins)")
    }
    let deviations = ScaledNumbers(samples.deviations).values
    guard samples.value.isFinite, deviations.allSatisfy(\.isFinite) else {
      return .underSampled("the numbers leave the range of double precision")
    }
    let squares = deviations.map { $0 * $0 }
    let total = squares.reduce(0, +)
    guard total > 0 else { return .sound }
    let excess = squares.reduce(0) { $0 + $1 * $1 } / (total * total) - 3 / Double(bins)
    guard excess <= largestExcess else {
      let share = Int(clamping: (100 * squares.max()! / total).rounded())
      return .underSampled(
        "heavy tails: one bin of \(bins) carries \(share) % of the squared error; draw more \(unit)")
    }
    return .sound
  }
}
