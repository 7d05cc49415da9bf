// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// The n-point Gauss-Legendre rule on [−1, 1], exact for polynomials of degree 2n − 1, with the discrete Legendre transform on
/// its nodes.
public struct GaussLegendre: Sendable {
  /// The rule all panels of the library use: 24 points integrate a panel with 25 radians of phase, or one as wide as its distance
  /// from the nearest singularity, to rounding.
  public static let panelRule = GaussLegendre(order: 24)

  /// Number n of nodes.
  public let order: Int
  /// Nodes t_q, ascending.
  public let nodes: [Double]
  /// Weights; they add up to 2.
  public let weights: [Double]
  /// Row j, column q: `(2j+1)/2 · w_q P_j(t_q)`; applied to samples it gives the Legendre coefficients of their interpolant.
  public let transform: [Double]

  /// Builds the rule by Newton's method on P_n; nodes and weights to rounding.
  public init(order n: Int) {
    precondition((1...512).contains(n), "GaussLegendre: order \(n)")
    var nodes = [Double](repeating: 0, count: n)
    var weights = nodes
    for q in 0..<n {
      var t = -cos(.pi * (Double(q) + 0.75) / (Double(n) + 0.5))
      var slope = 1.0
      for _ in 0..<8 {
        let p = Self.polynomials(t, count: n + 1)
        slope = Double(n) * (t * p[n] - p[n - 1]) / (t * t - 1)
        t -= p[n] / slope
      }
      nodes[q] = t
      weights[q] = 2 / ((1 - t) * (1 + t) * slope * slope)
    }
    order = n
    self.nodes = nodes
    self.weights = weights
    var transform = [Double](repeating: 0, count: n * n)
    for q in 0..<n {
      let p = Self.polynomials(nodes[q], count: n)
      for j in 0..<n { transform[j * n + q] = (Double(j) + 0.5) * weights[q] * p[j] }
    }
    self.transform = transform
  }

  /// `P_0(t) … P_{count−1}(t)`.
  public static func polynomials(_ t: Double, count: Int) -> [Double] {
    var p = [Double](repeating: 1, count: max(count, 2))
    p[1] = t
    for j in stride(from: 2, to: count, by: 1) {
      p[j] = (Double(2 * j - 1) * t * p[j - 1] - Double(j - 1) * p[j - 2]) / Double(j)
    }
    return p
  }

  /// Legendre coefficients of the interpolant through samples at the nodes.
  public func coefficients(_ samples: [Double]) -> [Double] {
    (0..<order).map { j in
      (0..<order).reduce(0) { $0 + transform[j * order + $1] * samples[$1] }
    }
  }
}
