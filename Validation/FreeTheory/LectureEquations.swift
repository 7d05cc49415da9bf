// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import LatticeFields
import NumericalKernels

extension LectureEquation {
  /// In the order of the lectures. Misprints: docs/physics/free-theories.md.
  static let all: [LectureEquation] = [
    LectureEquation(
      number: "(32)",
      statement: "phi(x) = N^{-1/2} sum_i v_i relu(sum_j w_ij x_j): <phi(x1) phi(x2)> with the sum over j inside relu",
      wrong: "as printed, the sum over j outside",
      conditions: [("kind", "dense-net"), ("activation", "relu"), ("sigma_b", "0.0")], order: 2,
      isConnected: false,
      corrected: { s, x in
        let (a, b) = (x[0].norm, x[1].norm)
        let cosine = max(-1, min(1, x[0].dot(x[1]) / (a * b)))
        let angle = acos(cosine)
        let scale = s["sigma_v"] * s["sigma_v"] * s["sigma_w"] * s["sigma_w"] / Double(s.dimension)
        return scale * a * b / (2 * .pi) * (sin(angle) + (.pi - angle) * cosine)
      },
      printed: { s, x in
        // One relu for each j: equal j give half of |x_j y_j| for equal signs, different j the product of means.
        let scale = s["sigma_v"] * s["sigma_v"] * s["sigma_w"] * s["sigma_w"] / Double(s.dimension)
        var sum = 0.0
        for j in 0..<s.dimension {
          for k in 0..<s.dimension {
            let product = x[0][j] * x[1][k]
            sum += j == k ? 0.5 * max(0, product) : abs(product) / (2 * .pi)
          }
        }
        return scale * sum
      }),
    LectureEquation(
      number: "(44)-(51)", statement: "G4c = (1/N) [mu_4 M4 - mu_2^2 sum_3 M2 M2] with v = N^{1/2} w",
      wrong: "as printed, N in place of 1/N, as with the moments of w",
      conditions: cosNet, order: 4, isConnected: true, corrected: connectedCosNet,
      printed: { s, x in s.width * s.width * connectedCosNet(s, x) }),
    LectureEquation(
      number: "(48)", statement: "G4 = (mu_4/N) M4 + (1 - 1/N) mu_2^2 sum_3 M2 M2, three pairings",
      wrong: "as printed, pairs i, j and permutations counted twice",
      conditions: cosNet, order: 4, isConnected: false,
      corrected: { s, x in connectedCosNet(s, x) + pairs(x) { cosKernel(s, $0) } },
      printed: { s, x in
        connectedCosNet(s, x) + (1 + (1 - 1 / s.width)) * pairs(x) { cosKernel(s, $0) }
      }),
    LectureEquation(
      number: "(61)",
      statement: "G2 = (sigma_w1^2/2) exp(-sigma_w0^2 (x1-x2)^2/2d) for output weights of variance sigma_w1^2/(2N)",
      wrong: "as printed, variance sigma_w1^2/N, as in the Cos-net", conditions: gaussNet, order: 2, isConnected: false,
      corrected: gaussKernel,
      printed: { s, x in 2 * gaussKernel(s, x) }),
    LectureEquation(
      number: "(63)", statement: "xi = sigma_w0^{-1} (2d)^{1/2} is a length of a Gaussian kernel, exp(-r^2/xi^2)",
      wrong: "as printed, a correlation length, exp(-r/xi)",
      conditions: gaussNet, order: 2, isConnected: false, corrected: gaussKernel,
      printed: { s, x in
        0.5 * s["sigma_w1"] * s["sigma_w1"] * exp(-(x[0] - x[1]).norm * s["sigma_w0"] / (2 * Double(s.dimension)).squareRoot())
      }),
    LectureEquation(
      number: "(64)",
      statement:
        "G4c = (sigma_w1^4/4N) [3 e^{4 sigma_b^2} exp(-(sigma_w0^2/2d)(sum_i x_i^2 - 2 sum_{i<j} x_i x_j)) - sum_3 exp(-(sigma_w0^2/2d)((x1-x2)^2 + (x3-x4)^2))]",
      wrong: "as printed, the bracket after sigma_w0^2/2d lost", conditions: gaussNet, order: 4, isConnected: true,
      corrected: { s, x in connectedGaussNet(s, x, cross: s["sigma_w0"] * s["sigma_w0"] / Double(s.dimension)) },
      printed: { s, x in connectedGaussNet(s, x, cross: -2) }),
    LectureEquation(
      number: "(70)", statement: "G2 = (sigma_w1^2/2) exp(-sigma_w0^2 (x1-x2)^2/2d)", wrong: "without the 1/2 of <cos^2>",
      conditions: cosNet,
      order: 2, isConnected: false, corrected: cosKernel, printed: { s, x in 2 * cosKernel(s, x) }),
    LectureEquation(
      number: "(71)",
      statement: "G4c = (sigma_w1^4/8N) [3 sum_3 E(x1+x2-x3-x4) - 2 sum_3 E(x1-x2) E(x3-x4)], E(z) = exp(-sigma_w0^2 z^2/2d)",
      wrong: "as printed, sigma_b for sigma_w0 in the second exponent", conditions: cosNet, order: 4, isConnected: true,
      corrected: connectedCosNet,
      // The phase is uniform: the variance that it has is pi^2/3.
      printed: { s, x in connectedCosNet(s, x, second: .pi * .pi / 3) }),
    LectureEquation(
      number: "(71), factor 2", statement: "the factor 2 multiplies all three terms of sum_3 E(x1-x2) E(x3-x4)",
      wrong: "as printed, the factor 2 at the first term alone",
      conditions: cosNet, order: 4, isConnected: true, corrected: connectedCosNet,
      printed: { s, x in
        let square = s["sigma_w0"] * s["sigma_w0"]
        let others =
          gaussian(s, square, x[0] - x[2]) * gaussian(s, square, x[1] - x[3])
          + gaussian(s, square, x[0] - x[3]) * gaussian(s, square, x[1] - x[2])
        return connectedCosNet(s, x) + fourth(s["sigma_w1"]) / (8 * s.width) * others
      }),
    LectureEquation(
      number: "(72)", statement: "F(k)^2 = 2 vol(B)/(2 pi)^d (k^2+m^2)^{-1}: G2(r) = (2 pi)^{-d} int_B e^{ikr}/(k^2+m^2)",
      wrong: "as printed, the root over the whole product, (k^2+m^2)^{-1/2}", conditions: scalarNet, order: 2, isConnected: false,
      corrected: { s, x in ballIntegral(s, power: 1, (x[0] - x[1]).norm) },
      printed: { s, x in ballIntegral(s, power: 0.5, (x[0] - x[1]).norm) }, isFeasible: hasFewPanels),
    LectureEquation(
      number: "(74)", statement: "G2(p) = theta(cutoff - |p|)/(p^2+m^2)", wrong: "as printed, no cutoff", conditions: scalarNet,
      order: 2,
      isConnected: false, corrected: { s, x in ballIntegral(s, power: 1, (x[0] - x[1]).norm) },
      printed: { s, x in propagator(s, (x[0] - x[1]).norm) }, isFeasible: hasFewPanels),
    lattice([(key: "kind", value: "scalar-net-lattice")]),
    lattice([(key: "kind", value: "alpha-net"), (key: "regulator", value: "lattice")]),
  ]

  /// The propagator of a periodic lattice, a sum over its modes.
  private static func lattice(_ conditions: [(key: String, value: String)]) -> LectureEquation {
    LectureEquation(
      number: "(74) on a lattice", statement: "G2(x) = V^{-1} sum_p cos(p x)/(phat^2 + m^2), phat_mu = (2/a) sin(a p_mu/2)",
      wrong: "p in place of phat", conditions: conditions, order: 2, isConnected: false,
      corrected: { s, x in modeSum(s, x[0] - x[1]) { p in 2 / s.lattice.spacing * sin(0.5 * s.lattice.spacing * p) } },
      printed: { s, x in modeSum(s, x[0] - x[1]) { $0 } }, isFeasible: { $0.lattice.siteCount <= 1 << 14 })
  }

  private static func modeSum(_ s: Setting, _ r: Point, _ momentum: (Double) -> Double) -> Double {
    let sites = s.lattice.sites
    var sum = 0.0
    for mode in 0..<s.lattice.siteCount {
      var (rest, phase, square) = (mode, 0.0, s["mass"] * s["mass"])
      for axis in sites.indices {
        let n = rest % sites[axis]
        rest /= sites[axis]
        let p = 2 * .pi * Double(2 * n > sites[axis] ? n - sites[axis] : n) / (s.lattice.spacing * Double(sites[axis]))
        phase += p * r[axis]
        square += momentum(p) * momentum(p)
      }
      sum += cos(phase) / square
    }
    return sum / s.lattice.volume
  }

  private static let cosNet = [(key: "kind", value: "cos-net"), (key: "weights", value: "gaussian")]
  private static let gaussNet = [(key: "kind", value: "gauss-net"), (key: "weights", value: "gaussian")]
  private static let scalarNet = [(key: "kind", value: "scalar-net")]

  /// Panels of the integral over momenta are half a mass wide.
  private static let hasFewPanels: @Sendable (Setting) -> Bool = { s in s["cutoff"] < 1e3 * s["mass"] }

  private static func fourth(_ s: Double) -> Double { s * s * s * s }

  private static func pairs(_ x: [Point], _ kernel: ([Point]) -> Double) -> Double {
    kernel([x[0], x[1]]) * kernel([x[2], x[3]]) + kernel([x[0], x[2]]) * kernel([x[1], x[3]]) + kernel([x[0], x[3]])
      * kernel([x[1], x[2]])
  }

  private static func gaussian(_ s: Setting, _ variance: Double, _ z: Point) -> Double {
    exp(-variance * z.dot(z) / (2 * Double(s.dimension)))
  }

  private static let cosKernel: Formula = { s, x in
    0.5 * s["sigma_w1"] * s["sigma_w1"] * gaussian(s, s["sigma_w0"] * s["sigma_w0"], x[0] - x[1])
  }

  private static let connectedCosNet: Formula = { s, x in connectedCosNet(s, x, second: s["sigma_w0"] * s["sigma_w0"]) }

  private static func connectedCosNet(_ s: Setting, _ x: [Point], second: Double) -> Double {
    let first = s["sigma_w0"] * s["sigma_w0"]
    let single =
      gaussian(s, first, x[0] + x[1] - x[2] - x[3]) + gaussian(s, first, x[0] + x[2] - x[1] - x[3])
      + gaussian(s, first, x[0] + x[3] - x[1] - x[2])
    return fourth(s["sigma_w1"]) / (8 * s.width) * (3 * single - 2 * pairs(x) { gaussian(s, second, $0[0] - $0[1]) })
  }

  private static let gaussKernel: Formula = cosKernel

  private static func connectedGaussNet(_ s: Setting, _ x: [Point], cross: Double) -> Double {
    let (variance, bias) = (s["sigma_w0"] * s["sigma_w0"], s["sigma_b0"] * s["sigma_b0"])
    var (squares, products) = (0.0, 0.0)
    for i in 0..<4 {
      squares += x[i].dot(x[i])
      for j in i + 1..<4 { products += x[i].dot(x[j]) }
    }
    let first = 3 * exp(4 * bias - variance / (2 * Double(s.dimension)) * squares + cross * products)
    return fourth(s["sigma_w1"]) / (4 * s.width) * (first - pairs(x) { gaussian(s, variance, $0[0] - $0[1]) })
  }

  /// `c_d ∫_0^Λ k^{d−1} (k²+m²)^{−s} Ω_d(kr) dk` by Gauss-Legendre panels of at most half a mass and half a wave.
  private static func ballIntegral(_ s: Setting, power: Double, _ r: Double) -> Double {
    let (mass, cutoff) = (s["mass"], s["cutoff"])
    let panels = Int((cutoff * max(2 / mass, r)).rounded(.up)) + 1
    let rule = GaussLegendre.panelRule
    var sum = 0.0
    for panel in 0..<panels {
      let half = 0.5 * cutoff / Double(panels)
      for (node, weight) in zip(rule.nodes, rule.weights) {
        let k: Double = half * (2 * Double(panel) + 1 + node)
        let density: Double = pow(k, Double(s.dimension - 1)) * pow(k * k + mass * mass, -power)
        sum += half * weight * density * wave(s.dimension, k * r)
      }
    }
    let pi = Double.pi
    let angular: [Double] = [1 / pi, 1 / (2 * pi), 1 / (2 * pi * pi), 1 / (8 * pi * pi)]
    return sum * angular[s.dimension - 1]
  }

  private static func wave(_ dimension: Int, _ x: Double) -> Double {
    switch dimension {
    case 1: cos(x)
    case 2: j0(x)
    case 3: x == 0 ? 1 : sin(x) / x
    default: x == 0 ? 1 : 2 * j1(x) / x
    }
  }

  /// The free propagator without cutoff at r > 0: `∫_0^∞ (4πt)^{−d/2} exp(−m²t − r²/4t) dt`, in u = ln t by the trapezoidal rule.
  private static func propagator(_ s: Setting, _ r: Double) -> Double {
    let (mass, step) = (s["mass"], 0.02)
    return (-2000...2000).reduce(0.0) { sum, index in
      let t: Double = exp(step * Double(index))
      let measure: Double = step * t * pow(4 * .pi * t, -0.5 * Double(s.dimension))
      return sum + measure * exp(-mass * mass * t - r * r / (4 * t))
    }
  }
}
