// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis

/// Do chains agree, and where does warm-up end?
public enum ChainDiagnostics {
  /// Split-R̂ of series of equal length: the square root of pooled over within variance, each chain cut in half so that a drift
  /// shows too.
  ///
  ///     R̂² = ((n−1)/n W + B/n)/W,   W = mean of within-half variances,  B = n · variance of the halves' means
  ///
  /// 1 where nothing fluctuates, infinity where the chains are too short or hold what is no number. Source: Gelman et al., Bayesian Data Analysis, 3rd ed., eqs. (11.1)-(11.4).
  public static func splitRHat(_ chains: [[Double]]) -> Double {
    let n = (chains.map(\.count).min() ?? 0) / 2
    guard n > 1 else { return .infinity }
    // R̂ has no unit: squares of scaled numbers stay in range.
    let scaled = ScaledNumbers(chains.flatMap { Array($0.prefix(n)) + Array($0.suffix(n)) }).values
    guard scaled.allSatisfy(\.isFinite) else { return .infinity }
    let halves = stride(from: 0, to: scaled.count, by: n).map { Array(scaled[$0..<$0 + n]) }
    let means = halves.map { $0.reduce(0, +) / Double(n) }
    let centre = means.reduce(0, +) / Double(means.count)
    let between = Double(n) * means.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / Double(means.count - 1)
    let within =
      zip(halves, means).reduce(0.0) { sum, pair in
        sum + pair.0.reduce(0) { $0 + ($1 - pair.1) * ($1 - pair.1) } / Double(n - 1)
      } / Double(halves.count)
    guard within > 0 else { return between > 0 ? .infinity : 1 }
    return ((Double(n - 1) * within + between) / (Double(n) * within)).squareRoot()
  }

  /// Measurements to leave out at the start: the truncation, within the first half, at which the standard error of the rest is
  /// least (MSER; White, Simulation 69 (1997) 323), from the average over chains.
  public static func warmUp(_ chains: [[Double]]) -> Int {
    let n = chains.map(\.count).min() ?? 0
    guard n > 3 else { return 0 }
    let series = ScaledNumbers((0..<n).map { i in chains.reduce(0) { $0 + $1[i] } / Double(chains.count) }).values
    var (sum, squares, best, place) = (0.0, 0.0, Double.infinity, 0)
    for i in (0..<n).reversed() {
      sum += series[i]
      squares += series[i] * series[i]
      let m = Double(n - i)
      let score = (squares - sum * sum / m) / (m * m)
      if i <= n / 2 && score <= best { (best, place) = (score, i) }
    }
    return place
  }
}
