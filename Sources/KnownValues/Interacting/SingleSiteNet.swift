// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// A cosine net of N neurons of one amplitude and Gaussian output weights, seen at a single point, under `exp(−λ φ⁴/24)`; exact in N.
///
/// Given the phases φ is Gaussian, `φ | b ~ N(0, s)`, `s = (1/m²)(1 + c)`, `c = N^{-1} Σ_i cos 2b_i`, with `<φ²>_0 = 1/m²`. This is the single-site
/// lattice Scalar-net, and Cos-net with `σ_w1²/2 = 1/m²`. The function `g(c) = <φ^k e^{−λφ⁴/24}>_{N(0,s)}` is averaged over the phases one neuron at
/// a time, by the operator
///
///     (A g)(c) = (1/2π) ∫ g(c + cos θ/N) dθ,        E[g] = (A^N g)(0),
///
/// on Chebyshev interpolants, with the trapezoidal rule in θ: averages amplify nothing, where moments of c from `I_0(t)^N` would. Accuracy
/// 1e-12; about a millisecond a neuron. Source: docs/physics/interacting-exact.md; moments of c against `I_0(t)^N` in the tests.
public struct SingleSiteNet: Sendable {
  /// Width N, the number of neurons.
  public let width: Int
  /// m² > 0 and λ.
  public let potential: QuarticPotential
  private let weights: SIMD4<Double>

  /// `<φ^k e^{−λφ⁴/24}>_0` for k = 0, 2, 4 and with 2λ for k = 0 are made at once.
  public init(width: Int, _ potential: QuarticPotential) {
    precondition(width > 0 && potential.massSquared > 0, "SingleSiteNet: width \(width), \(potential)")
    self.width = width
    self.potential = potential
    weights = Self.average(width: width) { c in
      let s = max(0, 1 + c) / potential.massSquared
      return Self.gaussianAverages(variance: s, coupling: potential.coupling)
    }
  }

  /// The ratio `Z(λ)/Z(0)` of partition functions.
  public var partitionRatio: Double { weights[0] }
  /// The second moment `<φ²>` at a site.
  public var secondMoment: Double { weights[1] / weights[0] }
  /// The fourth moment `<φ⁴>` at a site.
  public var fourthMoment: Double { weights[2] / weights[0] }
  /// `Z(λ)²/(Z(0) Z(2λ))`: the fraction of samples that direct reweighting keeps.
  public var effectiveSampleFraction: Double { weights[0] * weights[0] / weights[3] }

  /// The mean modulus `<|φ|>`, to 1e-11; nil of fewer than four neurons, where the root of s at c = −1 lies too near the interpolation. Made when asked for, a
  /// millisecond a neuron.
  public var absoluteMoment: Double? {
    guard width >= 4 else { return nil }
    let sum = Self.average(width: width) { c in
      let s = max(0, 1 + c) / potential.massSquared
      guard (1 / s).isFinite else { return .zero }
      let site = SingleSite(QuarticPotential(massSquared: 1 / s, coupling: potential.coupling))
      return SIMD4(exp(site.logAbsoluteIntegral) / (2 * .pi * s).squareRoot(), 0, 0, 0)
    }
    return sum[0] / weights[0]
  }

  /// `E[c^k]` for c the mean of `width` cosines of uniform phases.
  static func cosineMoment(width: Int, order: Int) -> Double {
    average(width: width) { SIMD4(pow($0, Double(order)), 0, 0, 0) }[0]
  }

  /// The averages of `e^{−λφ⁴/24}`, `φ² e^{…}`, `φ⁴ e^{…}` and `e^{−2λφ⁴/24}` over N(0, s), by the trapezoidal rule.
  private static func gaussianAverages(variance: Double, coupling: Double) -> SIMD4<Double> {
    var sums = SIMD4<Double>.zero
    // In units of √s the weight is a Gaussian times e^{−g x⁴}: narrower, never wider.
    let g = coupling * variance * variance / 24
    let reach = min(9.5, pow(90 / max(g, 1e-12), 0.25))
    let step = reach / 150
    for k in 0...150 {
      let x = step * Double(k)
      let (square, quartic) = (x * x, exp(-g * x * x * x * x))
      let density = (k == 0 ? 1 : 2) * step / (2 * .pi).squareRoot() * exp(-square / 2) * quartic
      sums += density * SIMD4(1, square, square * square, quartic)
    }
    return sums * SIMD4(1, variance, variance * variance, 1)
  }

  /// `(A^N g)(0)` of four functions at once. When j neurons are still to be averaged over, the interval is |c| ≤ j/N.
  private static func average(
    width: Int, _ function: (Double) -> SIMD4<Double>
  ) -> SIMD4<Double> {
    // Wide nets need fewer angles: a cosine of 1/N reaches over few of the interpolation points.
    let angles = width == 1 ? 2048 : max(40, 400 / width)
    let cosines = (0..<angles).map { cos(.pi * (Double($0) + 0.5) / Double(angles)) / Double(width) }
    func averaged(_ g: (Double) -> SIMD4<Double>, at c: Double) -> SIMD4<Double> {
      cosines.reduce(into: SIMD4<Double>.zero) { $0 += g(c + $1) } / Double(angles)
    }
    if width == 1 { return averaged(function, at: 0) }
    let order = 128
    var interpolant = ChebyshevInterpolant(order: order, radius: Double(width - 1) / Double(width)) {
      averaged(function, at: $0)
    }
    for remaining in stride(from: width - 2, to: 0, by: -1) {
      let finer = interpolant
      interpolant = ChebyshevInterpolant(order: order, radius: Double(remaining) / Double(width)) {
        averaged(finer.value, at: $0)
      }
    }
    return averaged(interpolant.value, at: 0)
  }
}

/// Four functions on |c| ≤ radius through their values at Chebyshev points of the first kind, in barycentric form (Berrut and
/// Trefethen, SIAM Review 46 (2004) 501).
private struct ChebyshevInterpolant {
  let nodes: [Double]
  let weights: [Double]
  let values: [SIMD4<Double>]

  init(order: Int, radius: Double, _ function: (Double) -> SIMD4<Double>) {
    let angles = (0..<order).map { .pi * (Double($0) + 0.5) / Double(order) }
    nodes = angles.map { radius * cos($0) }
    weights = angles.enumerated().map { ($0 % 2 == 0 ? 1 : -1) * sin($1) }
    values = nodes.map(function)
  }

  func value(_ c: Double) -> SIMD4<Double> {
    var numerator = SIMD4<Double>.zero
    var denominator = 0.0
    for k in nodes.indices {
      let distance = c - nodes[k]
      if distance == 0 { return values[k] }
      let weight = weights[k] / distance
      numerator += weight * values[k]
      denominator += weight
    }
    return numerator / denominator
  }
}
