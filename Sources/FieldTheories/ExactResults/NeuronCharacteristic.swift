// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import LatticeFields

// Characteristic functions of one neuron with its output weight, c(s) = <exp(i s v φ_1(x))>: the field of N of them at one point has the
// characteristic function c(q/√N)^N, exactly. Real, because the sign of v φ_1 is even.

extension NeuronSum {
  /// Not known, unless an architecture says otherwise.
  public func neuronCharacteristic(_ s: Double, at x: Point) -> Double? { nil }
  /// Not known, unless an architecture says otherwise.
  public func neuronCharacteristic(_ s: (Double, Double), at x: (Point, Point)) -> Double? { nil }
}

extension CosineCharacteristic {
  /// `<B(F² s²)>_k`, B(s²) = <J_0(s v)>_v; the same at every point. Nil under a shared scale.
  public func neuronCharacteristic(_ s: Double, at x: Point) -> Double? {
    guard sharedScale.isConstant, outputWeights.hasCharacteristic else { return nil }
    return amplitudeAverage(nil, rate: abs(s) * outputWeights.variance.squareRoot()) { outputWeights.phaseAverage(s * s * $0) }
  }
}

extension CosNet {
  /// `s_1 cos b + s_2 cos(b + k·r)` is a wave of squared amplitude `(s_1 + s_2)² − 4 s_1 s_2 sin²(k·r/2)`. Nil under a shared scale.
  public func neuronCharacteristic(_ s: (Double, Double), at x: (Point, Point)) -> Double? {
    guard sharedScale.isConstant, outputWeights.hasCharacteristic else { return nil }
    let (sum, product) = (s.0 + s.1, s.0 * s.1)
    // Harmonics of the Gaussian law end at n = 6 rate, those of the others as the average over amplitudes expects.
    let rate = (outputWeights.kind == .gaussian ? 0.35 : 1) * (abs(product) * outputWeights.variance).squareRoot()
    return amplitudeAverage(x.1 - x.0, rate: rate) { outputWeights.phaseAverage(max(0, sum * sum - product * $0)) }
  }
}

extension DenseNet {
  /// `<χ(s σ(z))>` over z ~ N(0, K(x,x)), χ the characteristic function of v: closed for relu with Gaussian weights, `½ [1 + (1 + s²σ_v² K)^{-½}]`,
  /// and linear ones, `(1 + s²σ_v² K)^{-½}`, else the trapezoidal rule, to 1e-14. Nil under a shared scale, and where the rule would need more than 1e5 nodes.
  public func neuronCharacteristic(_ s: Double, at x: Point) -> Double? {
    guard sharedScale.isConstant, outputWeights.hasCharacteristic else { return nil }
    let deviation = (sigmaB * sigmaB + sigmaW * sigmaW * x.squaredNorm / Double(dimension)).squareRoot()
    let scale = abs(s) * outputWeights.variance.squareRoot()
    if activation == .relu && outputWeights.kind == .gaussian {
      return 0.5 * (1 + 1 / (1 + scale * scale * deviation * deviation).squareRoot())
    }
    if activation == .linear && outputWeights.kind == .gaussian {
      return 1 / (1 + scale * scale * deviation * deviation).squareRoot()
    }
    let step = 1 / (8 + 5 * (1 + scale) * deviation)
    guard let count = Int(count: 8.7 / step, atMost: 100_000) else { return nil }
    // χ is even, so that one half of all z is enough of an odd σ.
    var (right, left, norm) = (0.0, 0.0, 0.0)
    for i in 0...count {
      let g = step * Double(i)
      let z = deviation * g
      let weight = (i == 0 ? 0.5 : 1) * exp(-g * g / 2)
      right += weight * outputWeights.characteristic(s * activation.value(z))
      if !activation.isOdd { left += weight * outputWeights.characteristic(s * activation.value(-z)) }
      norm += weight
    }
    return activation.isOdd ? right / norm : 0.5 * (left / norm + right / norm)
  }
}

extension OutputWeightLaw {
  /// Whether ``characteristic(_:)`` and ``phaseAverage(_:)`` are known: of one weight on a sphere in up to three outputs.
  var hasCharacteristic: Bool { kind != .sphere || outputs <= 3 }

  /// `<e^{i x v}>` of an even law, `<cos x v>`: gaussian `e^{−x²σ²/2}`, constant `cos σx`, uniform `sin(√3 σx)/(√3 σx)`, laplace
  /// `1/(1 + x²σ²/2)`; on the sphere of 1, 2, 3 outputs cos z, J_0(z), sin z/z, z = √D σx.
  func characteristic(_ x: Double) -> Double {
    let square = x * x * variance
    switch kind {
    case .gaussian: return exp(-square / 2)
    case .sphere where outputs == 2: return j0((2 * square).squareRoot())
    case .constant: return cos(square.squareRoot())
    case .sphere where outputs == 1: return cos(square.squareRoot())
    case .uniform, .sphere:
      let y = (3 * square).squareRoot()
      return y == 0 ? 1 : sin(y) / y
    case .laplace: return 1 / (1 + square / 2)
    case .rayleigh: preconditionFailure("OutputWeightLaw: rayleigh weights are positive")
    }
  }
}
