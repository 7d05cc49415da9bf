// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif

/// The law of `Q = ∏_l (s_l²/N_l) χ²_{N_l}`, the squared length of what the layers behind the first one of a linear network make of it, on a uniform
/// grid of ln Q: the trapezoidal rule is spectral there. Laws of several layers by convolution of their densities, in the same rule.
struct QuadraticScale: Sendable {
  let widths: [Int]
  let variances: [Double]
  /// Q and the logarithm of its prior probability.
  let nodes: [(value: Double, logWeight: Double)]

  /// `greatest` is how many times larger than a priori Q may become; `step` the largest step of ln Q.
  init(widths: [Int], variances: [Double], greatest: Double, step largest: Double = 0.05) {
    (self.widths, self.variances) = (widths, variances)
    let step = min(largest, 0.7 / Double(widths.max()!).squareRoot())
    /// Where the density of ln(χ²_N/N) has fallen below e^{−50}, and where beyond which it has.
    func reach(_ n: Int) -> (Int, Int) {
      let n = Double(n)
      let root = (200 / n).squareRoot()
      return (-Int((100 / n + root + 1) / step), Int((log(1 + 120 / n + root) + 0.5) / step))
    }
    func logDensity(_ n: Int, _ u: Double) -> Double { Double(n) / 2 * (u - exp(u) + log(Double(n) / 2)) - lgamma(Double(n) / 2) }
    // Around ln ∏ s_l²; the last law reaches as far up as data may pull.
    let extra = Int(log(greatest) / step) + 1
    var (start, logs): (Int, [Double]) = (0, [])
    for (index, n) in widths.enumerated() {
      let (lower, upper) = reach(n)
      let law = (lower...upper + extra).map { logDensity(n, step * Double($0)) }
      if index == 0 {
        (start, logs) = (lower, law)
        continue
      }
      let (a, b) = (logs, law)
      let (topA, topB) = (a.max()!, b.max()!)
      let (first, second) = (a.map { exp($0 - topA) }, b.map { exp($0 - topB) })
      var sum = [Double](repeating: 0, count: a.count + b.count - 1)
      for i in first.indices where first[i] > 0 { for j in second.indices { sum[i + j] += first[i] * second[j] } }
      logs = sum.map { log($0 * step) + topA + topB }
      start += lower
    }
    let centre = variances.reduce(0) { $0 + log($1) }
    nodes = logs.enumerated().map { (exp(centre + step * Double(start + $0)), $1 + log(step)) }
  }
}
