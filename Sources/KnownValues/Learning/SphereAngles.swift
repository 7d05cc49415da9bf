// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import NumericalKernels

/// Averages over the angle between two independent directions in R^d, `t = cos θ`, of density proportional to `(1 − t²)^{(d−3)/2}`: Gauss-Legendre
/// panels in θ, where kernels of networks are smooth. d ≥ 2. Absolute error 1e-15 of the largest value.
struct SphereAngles: Sendable {
  let dimension: Int
  /// t and its probability.
  let nodes: [(cosine: Double, weight: Double)]

  init(dimension: Int) {
    precondition(dimension >= 2, "SphereAngles: dimension \(dimension)")
    self.dimension = dimension
    let (rule, panels) = (GaussLegendre.panelRule, 16)
    let half = Double.pi / Double(2 * panels)
    var nodes: [(cosine: Double, weight: Double)] = []
    for panel in 0..<panels {
      for (t, weight) in zip(rule.nodes, rule.weights) {
        let angle = half * (Double(2 * panel + 1) + t)
        nodes.append((cos(angle), weight * pow(sin(angle), Double(dimension - 2))))
      }
    }
    let norm = nodes.reduce(0) { $0 + $1.weight }
    self.nodes = nodes.map { ($0.cosine, $0.weight / norm) }
  }

  func average(_ f: (Double) -> Double) -> Double { nodes.reduce(0) { $0 + $1.weight * f($1.cosine) } }

  /// `P_0(t) … P_{count−1}(t)`, the Gegenbauer polynomials with `P_l(1) = 1`: `P_{l+1} = [(2l+d−2) t P_l − l P_{l−1}]/(l+d−2)`.
  static func polynomials(_ t: Double, dimension: Int, count: Int) -> [Double] {
    var p = [1.0, t]
    for l in stride(from: 1, to: count - 1, by: 1) {
      p.append((Double(2 * l + dimension - 2) * t * p[l] - Double(l) * p[l - 1]) / Double(l + dimension - 2))
    }
    return Array(p[..<count])
  }

  /// N(d, l), how many harmonics of degree l there are in R^d: `C(d+l−1, l) − C(d+l−3, l−2)`.
  static func degeneracy(_ dimension: Int, _ l: Int) -> Double {
    func choose(_ n: Int, _ k: Int) -> Double {
      k < 0 ? 0 : (0..<k).reduce(1.0) { ($0 * Double(n - $1) / Double($1 + 1)).rounded() }
    }
    return choose(dimension + l - 1, l) - choose(dimension + l - 3, l - 2)
  }
}
