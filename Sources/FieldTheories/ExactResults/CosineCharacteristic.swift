// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import LatticeFields
import NumericalKernels

/// Cosine neurons whose momentum average can be taken numerically: exact characteristic functions at every width. N independent neurons give
///
///     <e^{iqφ(x)}> = <B(F² q²/N)>_k^N,          <e^{iq(φ(x) − φ(x+r))}> = <B(4 F² sin²(k·r/2) q²/N)>_k^N,
///
/// because `F cos(k·x+b)` has a uniform phase, and so has `F cos(k·x+b) − F cos(k·x+k·r+b) = 2F sin(k·r/2) sin(k·x+k·r/2+b)`. `B(s²) = <J_0(s v)>_v`
/// averages over that phase and the output weight. Source: elementary; docs/physics/estimators.md, F.10 and F.11.
protocol CosineCharacteristic: CosineNeurons {
  /// `<f(c²)>_k` with `c² = F²`, or `4 F² sin²(k·r/2)` where a displacement is given; f(c²) is a smooth function of `rate` c, whose scale is 1.
  /// Nil where it is too dear.
  func amplitudeAverage(_ r: Point?, rate: Double, _ f: (Double) -> Double) -> Double?
}

extension CosineCharacteristic {
  /// `<e^{iqφ(x)} e^{−iqφ(y)}>`.
  func exactVertexCorrelator(charge: Double, _ x: Point, _ y: Point) -> Double? {
    // Under a shared scale an average over it would remain.
    guard sharedScale.isConstant, outputWeights.hasCharacteristic else { return nil }
    let scale = charge * charge / Double(width)
    let rate = (scale * outputWeights.variance).squareRoot()
    guard let one = amplitudeAverage(y - x, rate: rate, { outputWeights.phaseAverage(scale * $0) }) else { return nil }
    return pow(one, Double(width))
  }
}

extension OutputWeightLaw {
  /// `B(s²) = <J_0(s v)>_v`. With t = s²σ²/4: gaussian e^{−t} I_0(t), constant J_0(2√t), rayleigh e^{−t}, laplace 1/√(1+2t); uniform
  /// `R^{-1} ∫_0^R J_0`, R = 2√(3t), and the same with R = 2√(3t) of a sphere in 3 outputs; in 2 `J_0(√(2t))²`, in 1 as constant. Cost bounded for every s, absolute error 1e-14.
  func phaseAverage(_ squared: Double) -> Double {
    let t = squared * variance / 4
    // Every law falls at least like t^{-1/4}.
    guard t.isFinite else { return 0 }
    switch kind {
    case .gaussian: return Self.scaledBessel(t)
    case .sphere where outputs == 2:
      let bessel = j0((2 * t).squareRoot())
      return bessel * bessel
    case .sphere where outputs == 3: return Self.meanBessel(2 * (3 * t).squareRoot())
    case .constant, .sphere: return j0(2 * t.squareRoot())
    case .rayleigh: return exp(-t)
    case .laplace: return 1 / (1 + 2 * t).squareRoot()
    case .uniform: return Self.meanBessel(2 * (3 * t).squareRoot())
    }
  }

  /// `R^{-1} ∫_0^R J_0(x) dx`: Gauss-Legendre panels, beyond R = 50 one minus the integral over the rest by its asymptotic series
  ///
  ///     ∫_R^∞ J_0 = √(2/πR) Re e^{i(R−π/4)} Σ_k i^{k+1} d_k R^{−k},   d_k = a_k − (k−½) d_{k−1},   a_k = a_{k−1} (−(2k−1)²)/(8k),
  ///
  /// which follows from Hankel's series of J_0 + iY_0 (Abramowitz and Stegun 9.2.5) term by term; its smallest term is of order e^{−R}.
  private static func meanBessel(_ reach: Double) -> Double {
    guard reach > 50 else {
      let (rule, panels) = (GaussLegendre.panelRule, 1 + Int(reach / 6))
      let half = reach / Double(2 * panels)
      var sum = 0.0
      for panel in 0..<panels {
        for (node, weight) in zip(rule.nodes, rule.weights) { sum += weight * j0(half * (Double(2 * panel + 1) + node)) }
      }
      return sum / Double(2 * panels)
    }
    var (a, d, power) = (1.0, 1.0, 1.0)
    var (real, imaginary) = (0.0, 1.0)
    for k in 1..<24 {
      let twice = Double(2 * k - 1)
      a *= -twice * twice / Double(8 * k)
      d = a - twice / 2 * d
      power /= reach
      switch (k + 1) % 4 {
      case 0: real += d * power
      case 1: imaginary += d * power
      case 2: real -= d * power
      default: imaginary -= d * power
      }
    }
    let phase = reach - .pi / 4
    let rest = (2 / (.pi * reach)).squareRoot() * (cos(phase) * real - sin(phase) * imaginary)
    return (1 - rest) / reach
  }

  /// `e^{−t} I_0(t) = <e^{−t(1−cos θ)}>_θ` by the trapezoidal rule, whose error falls like `e^{−n²/2t}`; beyond t = 400 by the asymptotic series
  /// `(2πt)^{-1/2} Σ_k ∏_{j≤k} (2j−1)²/(8jt)` (Abramowitz and Stegun 9.7.1).
  private static func scaledBessel(_ t: Double) -> Double {
    if t < 0.05 {
      // e^{−t} Σ (t/2)^{2k}/k!²: four terms give 1e-17.
      let x = t * t / 4
      return exp(-t) * (1 + x * (1 + x / 4 * (1 + x / 9)))
    }
    guard t <= 400 else {
      var (sum, term) = (1.0, 1.0)
      for k in 1...6 {
        term *= Double((2 * k - 1) * (2 * k - 1)) / Double(8 * k) / t
        sum += term
      }
      return sum / (2 * .pi * t).squareRoot()
    }
    let nodes = 16 + Int(9 * t.squareRoot())
    var sum = 0.0
    for i in 0..<nodes { sum += exp(-t * (1 - cos(2 * Double.pi * Double(i) / Double(nodes)))) }
    return sum / Double(nodes)
  }
}

extension CosNet: CosineCharacteristic {
  /// F = 1 and k·r is normal: the trapezoidal rule over it.
  func amplitudeAverage(_ r: Point?, rate: Double, _ f: (Double) -> Double) -> Double? {
    guard let r else { return f(1) }
    let spread = sigmaW0 * r.norm / Double(dimension).squareRoot()
    // Harmonics cos(n k·r) up to n = 24 + 26 rate are integrated to 1e-16. Those of B fall like e^{−√2 n/rate} (laplace) or faster.
    let step = 2 * Double.pi / ((24 + 26 * rate) * spread + 9)
    guard let count = Int(count: (9 / step).rounded(.down) + 1, atMost: 20_000) else { return nil }
    var (sum, norm) = (0.0, 0.0)
    for i in -count...count {
      let z = step * Double(i)
      let weight = exp(-z * z / 2)
      let s = 2 * sin(spread * z / 2)
      sum += weight * f(s * s)
      norm += weight
    }
    return sum / norm
  }

  /// As for every neuron sum, and vertex correlators.
  public func exact(_ function: CorrelationFunction, lattice: Lattice?) -> ExactValue? {
    if case .vertexCorrelator(let charge, let x, let y) = function {
      return exactVertexCorrelator(charge: charge, x, y).map { ExactValue($0) }
    }
    return exactNeuronSum(function, lattice: lattice)
  }
}
