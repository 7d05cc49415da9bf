// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import LatticeFields

/// Cosine neurons whose momentum average can be taken numerically: exact characteristic functions at every width. N independent neurons give
///
///     <e^{iqφ(x)}> = <B(F² q²/N)>_k^N,          <e^{iq(φ(x) − φ(x+r))}> = <B(4 F² sin²(k·r/2) q²/N)>_k^N,
///
/// because `F cos(k·x+b)` has a uniform phase, and so has `F cos(k·x+b) − F cos(k·x+k·r+b) = 2F sin(k·r/2) sin(k·x+k·r/2+b)`. `B(s²) = <J_0(s v)>_v`
/// averages over that phase and the output weight. Source: elementary; docs/physics/estimators.md, F.10 and F.11.
protocol CosineCharacteristic: CosineNeurons {
  /// `<f(c²)>_k` with `c² = F²`, or `4 F² sin²(k·r/2)` where a displacement is given; f is smooth. Nil where it is too dear.
  func amplitudeAverage(_ r: Point?, _ f: (Double) -> Double) -> Double?
}

extension CosineCharacteristic {
  /// `<e^{iqφ(x)} e^{−iqφ(y)}>`.
  func exactVertexCorrelator(charge: Double, _ x: Point, _ y: Point) -> Double? {
    // Under a shared scale an average over it would remain.
    guard sharedScale.isOne else { return nil }
    let scale = charge * charge / Double(width)
    guard let one = amplitudeAverage(y - x, { outputWeights.phaseAverage(scale * $0) }) else { return nil }
    return pow(one, Double(width))
  }
}

extension OutputWeightLaw {
  /// `B(s²) = <J_0(s v)>_v`. With t = s²σ²/4: gaussian e^{−t} I_0(t), constant J_0(2√t), rayleigh e^{−t}, laplace 1/√(1+2t); uniform by
  /// quadrature over v.
  func phaseAverage(_ squared: Double) -> Double {
    let t = squared * variance / 4
    switch kind {
    case .gaussian: return Self.scaledBessel(t)
    case .constant: return j0(2 * t.squareRoot())
    case .rayleigh: return exp(-t)
    case .laplace: return 1 / (1 + 2 * t).squareRoot()
    case .uniform:
      // Midpoints over the period of an even, smooth continuation would not converge at the ends: Simpson's rule, fine enough for 1e-13.
      let reach = 2 * (3 * t).squareRoot()
      let panels = 2 * (256 + Int(64 * reach))
      var sum = j0(0) + j0(reach)
      for i in 1..<panels { sum += (i % 2 == 1 ? 4 : 2) * j0(reach * Double(i) / Double(panels)) }
      return sum / Double(3 * panels)
    }
  }

  /// `e^{−t} I_0(t) = <e^{−t(1−cos θ)}>_θ` by the trapezoidal rule, whose error falls like `e^{−n²/2t}`.
  private static func scaledBessel(_ t: Double) -> Double {
    if t < 0.05 {
      // e^{−t} Σ (t/2)^{2k}/k!²: four terms give 1e-17.
      let x = t * t / 4
      return exp(-t) * (1 + x * (1 + x / 4 * (1 + x / 9)))
    }
    let nodes = 16 + Int(9 * t.squareRoot())
    var sum = 0.0
    for i in 0..<nodes { sum += exp(-t * (1 - cos(2 * Double.pi * Double(i) / Double(nodes)))) }
    return sum / Double(nodes)
  }
}

extension CosNet: CosineCharacteristic {
  /// F = 1 and k·r is normal: the trapezoidal rule over it.
  func amplitudeAverage(_ r: Point?, _ f: (Double) -> Double) -> Double? {
    guard let r else { return f(1) }
    let spread = sigmaW0 * r.norm / Double(dimension).squareRoot()
    // Harmonics cos(n k·r) up to n = 24 are integrated to 1e-16.
    let step = 2 * Double.pi / (24 * spread + 9)
    let count = Int(9 / step) + 1
    guard count < 100_000 else { return nil }
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
  public func exactValue(_ function: CorrelationFunction, lattice: Lattice?) -> Double? {
    if case .vertexCorrelator(let charge, let x, let y) = function {
      return exactVertexCorrelator(charge: charge, x, y)
    }
    return exactNeuronSum(function, lattice: lattice)
  }
}
