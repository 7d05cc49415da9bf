// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// Where the sum `τ_int = 1/2 + Σ_{t=1}^{W} ρ(t)` stops: too early it misses correlation, too late it collects noise.
public enum SummationWindow: Sendable, Hashable {
  /// Wolff's automatic window: the first W with `exp(−W/τ) < τ/√(W N)`, `τ = S/ln[(2τ_int(W)+1)/(2τ_int(W)−1)]`, which balances
  /// truncation against noise if τ_exp is about S τ_int. Source: Wolff, hep-lat/0306017 eqs. 50-52. S = 2 is pyerrors' choice.
  case automatic(s: Double = 2)
  /// W = 0: the measurements are taken to be independent, τ_int = 1/2.
  case uncorrelated
}

/// The sum of a normalised autocorrelation function ρ up to a window.
struct WindowedSum {
  /// τ_int, with Wolff's bias correction (eq. 49) where a window was chosen.
  var time = 0.5
  /// Its error (eq. 42).
  var timeError = 0.0
  /// Window W: the last lag of the sum.
  var window = 0
  /// Whether the rule was fulfilled before the lags ran out.
  var isClosed = true

  /// The sum of independent measurements: τ_int = 1/2, window 0.
  static let independent = WindowedSum([1], measurements: 1, rule: .uncorrelated)

  /// `rho` at 0, 1, … from N measurements; at least two lags.
  init(_ rho: [Double], measurements n: Double, rule: SummationWindow) {
    let lags = rho.count
    // No entry below 1/2, or Wolff's τ would not exist; this is how pyerrors does it.
    var sum = 0.5
    let sums =
      [0.5 + Double.ulpOfOne]
      + rho.dropFirst().map { value in
        sum += value
        return sum <= 0.5 ? 0.5 + Double.ulpOfOne : sum
      }
    let last = lags - 1
    switch rule {
    case .uncorrelated: return
    case .automatic(let s):
      window =
        (1...last).first { w in
          let tau = s / log((2 * sums[w] + 1) / (2 * sums[w] - 1))
          return exp(-Double(w) / tau) - tau / (Double(w) * n).squareRoot() < 0
        } ?? last
      isClosed = window < last
    }
    let w = Double(window)
    let plain = sums[window]
    time = plain * (1 + (2 * w + 1) / n) / (1 + 1 / n)
    timeError = 2 * plain * (abs(w + 0.5 - plain) / n).squareRoot()
  }
}
