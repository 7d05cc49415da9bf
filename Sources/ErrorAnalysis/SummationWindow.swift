// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif

/// Where the sum `τ_int = 1/2 + Σ_{t=1}^{W} ρ(t)` stops: too early it misses correlation, too late it collects noise.
public enum SummationWindow: Sendable, Hashable {
  /// Wolff's automatic window: the first W with `exp(−W/τ) < τ/√(W N)`, `τ = S/ln[(2τ_int(W)+1)/(2τ_int(W)−1)]`, which balances
  /// truncation against noise if τ_exp is about S τ_int. Source: Wolff, hep-lat/0306017 eqs. 50-52. S = 2 is pyerrors' choice.
  case automatic(s: Double = 2)
  /// The sum up to where ρ(W) falls below `sigmas` errors, with a tail `τ_exp |ρ(W+1)|` added for a slow mode of known τ_exp
  /// (in lags). Source: Schaefer, Sommer, Virotta, arXiv:1009.5228.
  case exponentialTail(time: Double, sigmas: Double = 1)
  /// Sokal's window as emcee applies it, see ``SokalWindow``.
  case sokal(factor: Double = 5)
  /// W = 0: the measurements are taken to be independent, τ_int = 1/2.
  case uncorrelated
}

/// The sum of a normalised autocorrelation function ρ up to a window.
struct WindowedSum {
  /// τ_int, with Wolff's bias correction (eq. 49) where a window was chosen.
  var time = 0.5
  /// Its error (eq. 42).
  var timeError = 0.0
  /// W.
  var window = 0
  /// Whether the rule was fulfilled before the lags ran out.
  var isClosed = true

  /// No sum at all.
  static let independent = WindowedSum([1], measurements: 1, rule: .uncorrelated)

  /// `rho` at 0, 1, … from N measurements; at least two lags; an exponential tail needs four.
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
    case .exponentialTail(let tail, let sigmas):
      guard lags >= 4 else {
        isClosed = false
        return
      }
      let limit = max(1, lags / 2 - 2)
      window =
        (1...limit).first {
          rho[$0] - sigmas * Self.error(rho, $0, measurements: n) < 0
        } ?? limit
      isClosed = window < limit
      let next = Self.error(rho, window + 1, measurements: n)
      time = tail * abs(rho[window + 1])
      timeError = tail * next
    case .sokal(let factor):
      window = min(last, max(1, SokalWindow.window(rho, factor: factor)))
      isClosed = window < last
    }
    let w = Double(window)
    let plain = sums[window]
    if case .exponentialTail = rule {} else { (time, timeError) = (0, 0) }
    time += plain * (1 + (2 * w + 1) / n) / (1 + 1 / n)
    let spread = 2 * plain * (abs(w + 0.5 - plain) / n).squareRoot()
    timeError = (spread * spread + timeError * timeError).squareRoot()
  }

  /// The error of ρ(t): `δρ² = (1/N) Σ_k [ρ(k+t) + ρ(k−t) − 2 ρ(t) ρ(k)]²` (Luescher, hep-lat/0409106 eq. E.11).
  static func error(_ rho: [Double], _ t: Int, measurements n: Double) -> Double {
    let squares = stride(from: 1, to: rho.count - t, by: 1).reduce(0.0) { sum, k in
      let term = rho[k + t] + rho[abs(k - t)] - 2 * rho[t] * rho[k]
      return sum + term * term
    }
    return (squares / n).squareRoot()
  }
}
