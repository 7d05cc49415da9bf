// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import LatticeFields
import NumericalKernels

// What is exact of deep nets. At finite width a hidden layer sees a random covariance, and averages of nonlinear kernels over it have no
// closed form: the 2-point function itself moves with the width. Exceptions are relu and linear neurons at one point, where a layer's mean square
// q_l = N_l^{-1} Σ h² is, given the layer before, K_l times a fixed random number, K_l = σ_b² + σ_w² q_{l−1}: moments of K obey a linear
// recursion of finite order, at every width and with biases,
//
//   <q_l^m> = <K_l^m> <(N_l^{-1} Σ_i relu(g_i)²)^m>,    <K_{l+1}^m> = Σ_j C(m,j) σ_b^{2(m−j)} σ_w^{2j} <q_l^j>,
//
// and <φ^{2m}> is <K_L^m> times that of one layer with K = 1. Without biases and with Gaussian v, <φ⁴>/(3 <φ²>²) = ∏_l (1 + 5/N_l).
// Source: docs/physics/dense-nets.md; arXiv:2106.10165 sec. 4.

extension DeepNet {
  /// Exact n-point functions of relu and linear nets where all points coincide, n ≤ 8; nil elsewhere.
  public func exact(_ function: CorrelationFunction, lattice: Lattice?) -> ExactValue? {
    coincident(function).map { ExactValue($0) }
  }

  private func coincident(_ function: CorrelationFunction) -> Double? {
    let points = function.points
    guard let x = points.first, points.allSatisfy({ $0 == x }) else { return nil }
    let order = points.count
    switch function {
    case .moment: return coincidentMoment(order, at: x)
    case .cumulant: return coincidentCumulant(order, at: x)
    case .standardisedCumulant:
      guard let variance = coincidentMoment(2, at: x), variance > 0, let cumulant = coincidentCumulant(order, at: x)
      else { return nil }
      return cumulant / pow(variance, Double(order) / 2)
    case .compositeCumulant(let m, _, let n, _):
      guard let joint = coincidentMoment(m + n, at: x), let first = coincidentMoment(m, at: x),
        let second = coincidentMoment(n, at: x)
      else { return nil }
      return joint - first * second
    case .propagator, .zeroMomentumCumulant, .binderCumulant, .absoluteZeroMode, .foldedSusceptibility, .trispectrum, .density,
      .vertexCorrelator, .effectiveMass, .squaredDifference, .componentCumulant:
      return nil
    }
  }

  /// `<φ(x)^n>` of a relu or linear net, n ≤ 8.
  func coincidentMoment(_ order: Int, at x: Point) -> Double? {
    guard activation == .relu || activation == .linear, order <= 8 else { return nil }
    guard order % 2 == 0 else { return 0 }
    let half = order / 2
    var lastLayer = JointCumulants(width: width, scale: sharedScale) { [outputWeights, activation] in
      outputWeights.moment($0[0]) * Self.neuronMoment(activation, $0[0])
    }
    return kernelMoments(upTo: half, at: x)[half] * lastLayer.moment([order])
  }

  private func coincidentCumulant(_ order: Int, at x: Point) -> Double? {
    guard order % 2 == 0 else { return 0 }
    guard coincidentMoment(order, at: x) != nil else { return nil }
    // Univariate, odd ones zero: κ_n = m_n − Σ_{k<n} C(n−1, k−1) κ_k m_{n−k}.
    var cumulants: [Int: Double] = [:]
    for n in stride(from: 2, through: order, by: 2) {
      cumulants[n] = stride(from: 2, to: n, by: 2).reduce(coincidentMoment(n, at: x)!) { sum, k in
        sum - Self.binomial(n - 1, k - 1) * cumulants[k]! * coincidentMoment(n - k, at: x)!
      }
    }
    return cumulants[order]
  }

  /// `<K_L^m>`, m = 0 … `highest`, K_L the variance of a pre-activation of the last layer given the layers before.
  private func kernelMoments(upTo highest: Int, at x: Point) -> [Double] {
    let variance = sigmaW * sigmaW
    var kernel: [Double]
    switch input {
    case .affine:
      let first = sigmaB * sigmaB + variance * x.squaredNorm / Double(dimension)
      kernel = (0...highest).map { pow(first, Double($0)) }
    case .cosine:
      kernel = [Double](repeating: 1, count: highest + 1)
    }
    for (index, width) in widths.dropLast().enumerated() {
      let isCosine = index == 0 && input == .cosine
      let squares = Self.meanPowers(
        of: width, (0...highest).map { isCosine ? Self.cosineMoment(2 * $0) : Self.neuronMoment(activation, 2 * $0) })
      kernel = (0...highest).map { m in
        (0...m).reduce(0.0) { sum, j in
          sum + Self.binomial(m, j) * pow(sigmaB, Double(2 * (m - j))) * pow(variance, Double(j)) * squares[j] * kernel[j]
        }
      }
    }
    return kernel
  }

  /// `<(n^{-1} Σ r_i)^m>` of n independent numbers with moments `single[m]`: from one number to n by cumulants, which add up.
  private static func meanPowers(of count: Int, _ single: [Double]) -> [Double] {
    var cumulants = single
    for m in stride(from: 1, to: single.count, by: 1) {
      cumulants[m] = (1..<m).reduce(single[m]) { $0 - binomial(m - 1, $1 - 1) * cumulants[$1] * single[m - $1] }
    }
    var powers = single
    for m in stride(from: 1, to: single.count, by: 1) {
      powers[m] = (1...m).reduce(0.0) {
        $0 + binomial(m - 1, $1 - 1) * cumulants[$1] * pow(Double(count), Double(1 - $1)) * powers[m - $1]
      }
    }
    return powers
  }

  /// `<σ(g)^n>` of a standard normal g, n even: (n−1)!! of linear neurons, half of it of relu; 1 at n = 0.
  private static func neuronMoment(_ activation: Activation, _ n: Int) -> Double {
    n == 0 ? 1 : stride(from: 1, to: n, by: 2).reduce(activation == .relu ? 0.5 : 1) { $0 * Double($1) }
  }

  /// `<cos^n b>`, n even.
  private static func cosineMoment(_ n: Int) -> Double {
    stride(from: 2, through: n, by: 2).reduce(1) { $0 * Double($1 - 1) / Double($1) }
  }

  private static func binomial(_ n: Int, _ k: Int) -> Double {
    (0..<k).reduce(1.0) { $0 * Double(n - $1) / Double($1 + 1) }
  }
}

// MARK: - The limit of infinite width

extension DenseNet {
  /// `σ_v² <σ(z(x)) σ(z(y))>`: the covariance of the Gaussian limit, and the 2-point function at every width. Nil where it would be too dear.
  public func limitKernel(_ x: Point, _ y: Point) -> Double? { kernel(x, y).map { outputWeights.variance * $0 } }
}

extension DeepNet {
  /// The covariance of φ where all widths are infinite: `K_{l+1} = σ_b² + σ_w² <σ(u) σ(v)>`, (u, v) ~ N(0, K_l), from
  /// `K_1 = σ_b² + σ_w² x·y/d`, or `½ exp(−σ_w0² (x−y)²/(2d))` in place of `<σσ>` for a cosine layer. At finite width the 2-point function
  /// differs from it by order 1/N. Nil where a quadrature would be too dear. Source: arXiv:1711.00165 eq. (4).
  public func limitKernel(_ x: Point, _ y: Point) -> Double? {
    typealias Entries = (xx: Double, yy: Double, xy: Double)
    func next(_ average: Entries) -> Entries {
      let (b, w) = (sigmaB * sigmaB, sigmaW * sigmaW)
      return (b + w * average.xx, b + w * average.yy, b + w * average.xy)
    }
    func layer(_ k: Entries) -> Entries? {
      // A quadrature each: entries that are equal are made once.
      guard let xx = activation.kernel(k.xx, k.xx, k.xx), let yy = k.yy == k.xx ? xx : activation.kernel(k.yy, k.yy, k.yy),
        let xy = k.xy == k.xx && k.yy == k.xx ? xx : activation.kernel(k.xx, k.yy, k.xy)
      else { return nil }
      return (xx, yy, xy)
    }
    let d = Double(dimension)
    var average: Entries? =
      input == .cosine
      ? (0.5, 0.5, 0.5 * exp(-sigmaW0 * sigmaW0 * (x - y).squaredNorm / (2 * d)))
      : layer(next((x.squaredNorm / d, y.squaredNorm / d, x.dot(y) / d)))
    for _ in widths.dropFirst() { average = average.flatMap { layer(next($0)) } }
    return average.map { outputWeights.variance * $0.xy }
  }

  /// Layers before the last one fluctuate.
  public var twoPointDependsOnWidth: Bool { true }
}
