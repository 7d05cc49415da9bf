// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// The cumulative distribution of |k| under a radial profile, and its inverse, with full relative accuracy in both tails: masses are
/// added up from either end.
struct RadialCumulative: Sendable {
  private let panels: [RadialProfile.Panel]
  private let coefficients: [[Double]]
  /// ∫ w below the panel, and above it.
  private let below: [Double]
  private let above: [Double]
  private let total: Double

  init(_ profile: RadialProfile) {
    panels = profile.panels
    coefficients = panels.map { GaussLegendre.panelRule.coefficients($0.samples) }
    let masses = panels.map(\.mass)
    var running = 0.0
    var below: [Double] = []
    for mass in masses {
      below.append(running)
      running += mass
    }
    total = running
    running = 0
    var above: [Double] = []
    for mass in masses.reversed() {
      above.append(running)
      running += mass
    }
    self.below = below
    self.above = above.reversed()
  }

  /// The momentum with cumulative probability `lower`, or with probability `upper` above it.
  func radius(lower: Double?, upper: Double?) -> Double {
    if let lower {
      let target = lower * total
      let index = (below.partitioningIndex { $0 > target }) - 1
      return solve(max(index, 0), mass: target - below[max(index, 0)], fromBelow: true)
    }
    let target = upper! * total
    let index = above.partitioningIndex { $0 <= target }
    return solve(index, mass: target - above[index], fromBelow: false)
  }

  /// The point of a panel with `mass` on its lower (upper) side: Newton's method, safeguarded by bisection.
  private func solve(_ index: Int, mass: Double, fromBelow: Bool) -> Double {
    let panel = panels[index]
    let c = coefficients[index]
    let target = mass / panel.halfWidth
    var (low, high) = (-1.0, 1.0)
    let whole = 2 * c[0]
    var t = whole > 0 ? max(-1, min(1, (fromBelow ? 1 : -1) * (2 * target / whole - 1))) : 0
    for _ in 0..<80 {
      let (value, integral) = Self.expansion(c, t, fromBelow: fromBelow)
      let excess = (integral - target) * (fromBelow ? 1 : -1)
      if excess > 0 { high = t } else { low = t }
      var next = value > 0 ? t - excess / value : 0.5 * (low + high)
      if !(next > low && next < high) { next = 0.5 * (low + high) }
      if abs(next - t) <= 1e-15 { break }
      t = next
    }
    return panel.lower + panel.halfWidth * (1 + t)
  }

  /// w(t) and its integral from the lower or upper end, from `∫ P_j = (P_{j+1} − P_{j−1})/(2j+1)`.
  private static func expansion(
    _ c: [Double], _ t: Double, fromBelow: Bool
  ) -> (value: Double, integral: Double) {
    var (previous, p) = (1.0, t)
    var value = c[0]
    var integral = c[0] * (fromBelow ? t + 1 : 1 - t)
    for j in 1..<c.count {
      let next = (Double(2 * j + 1) * t * p - Double(j) * previous) / Double(j + 1)
      value += c[j] * p
      let primitive = c[j] * (next - previous) / Double(2 * j + 1)
      integral += fromBelow ? primitive : -primitive
      (previous, p) = (p, next)
    }
    return (value, integral)
  }
}

extension Array {
  /// The first index whose element satisfies a predicate that stays true once it is.
  fileprivate func partitioningIndex(_ isSecond: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isSecond(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
