// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// τ_int by Sokal's self-consistent window: the smallest W with `W ≥ c · 2τ_int(W)`.
///
/// Sokal, Monte Carlo Methods in Statistical Mechanics (1996), eq. 3.21, as `emcee.autocorr.integrated_time` applies it: ρ is
/// the mean over chains of each chain's own `ρ(t) = Σ_i δ_i δ_{i+t}/Σ_i δ_i²` (divided by N, not by the number of pairs).
/// Convention: τ_int = 1/2 + Σ ρ, half of emcee's; emcee's c multiplies its own, doubled time, and so does `factor` here. No
/// bias correction, no error: for those ``GammaMethod``.
public struct SokalWindow: Sendable {
  /// τ_int = 1/2 + Σ_{t=1}^{W} ρ(t), in units of one measurement.
  public let autocorrelationTime: Double
  /// W.
  public let window: Int
  /// Whether the chains hold 50 times emcee's 2τ_int, as emcee asks, and fluctuate at all.
  public let reliability: Reliability

  /// Chains of equal length ≥ 2, measured at every step. Constant chains carry no information and are left out. Cost O(n log n).
  public init(_ chains: [[Double]], factor: Double = 5) {
    let count = chains.first?.count ?? 0
    precondition(count > 1 && chains.allSatisfy { $0.count == count }, "SokalWindow: chains of \(chains.map(\.count))")
    var rho = [Double](repeating: 0, count: count)
    var fluctuating = 0.0
    for chain in chains {
      let mean = chain.reduce(0, +) / Double(count)
      let sums = AutocorrelationFunction.laggedSums(ScaledNumbers(chain.map { $0 - mean }).values, lags: count)
      guard sums[0] > 0, sums[0].isFinite else { continue }
      fluctuating += 1
      for t in 0..<count { rho[t] += sums[t] / sums[0] }
    }
    guard fluctuating > 0 else {
      (autocorrelationTime, window) = (0.5, 0)
      reliability = .underSampled("the chains do not fluctuate, or are not finite")
      return
    }
    rho = rho.map { $0 / fluctuating }
    window = Self.window(rho, factor: factor)
    autocorrelationTime = rho[1..<max(1, window + 1)].reduce(0.5, +)
    let needed = Int(clamping: (GammaMethod.minimumEffectiveSamples * 2 * autocorrelationTime).rounded(.up))
    reliability =
      needed <= count
      ? .sound : .underSampled("chains of \(count) measurements are shorter than 100 tau_int = \(needed)")
  }

  /// The smallest W with `W ≥ c · 2τ_int(W)`, or the last lag.
  static func window(_ rho: [Double], factor: Double) -> Int {
    var doubled = 1.0
    for w in rho.indices {
      if w > 0 { doubled += 2 * rho[w] }
      if Double(w) >= factor * doubled { return w }
    }
    return rho.count - 1
  }
}
