// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import FieldTheories
import NumericalKernels

/// The prior density of a block of continuous parameters, as far as moves along gradients need it.
enum ParameterDensity {
  /// The normal law N(0, σ²), by its σ.
  case gaussian(Double)
  /// Uniform on the circle.
  case circle
  /// v > 0, v²/σ² exponential.
  case rayleigh(Double)
  /// Density ∝ exp(−√2 |v|/σ).
  case laplace(Double)
  /// Uniform on (−√3 σ, √3 σ).
  case uniform(Double)

  /// The densities of the blocks of an architecture that have one; discrete blocks and momenta of other laws have none. A deviation of zero is that of constants (``constants(of:)``), which no move
  /// has to move.
  static func densities(of architecture: any Architecture) -> [Int: ParameterDensity] {
    stated(of: architecture).filter { if case .gaussian(0) = $0.value { false } else { true } }
  }

  /// The blocks that are constants: biases of no deviation.
  static func constants(of architecture: any Architecture) -> Set<Int> {
    Set(stated(of: architecture).filter { if case .gaussian(0) = $0.value { true } else { false } }.keys)
  }

  private static func stated(of architecture: any Architecture) -> [Int: ParameterDensity] {
    var result: [Int: ParameterDensity] = [:]
    switch architecture.synthesis {
    case .noise, .modes: return [0: .gaussian(1)]
    case .planeWaves, .latticeModes:
      guard let net = architecture.planeWaves else { return result }
      result[net.phaseBlock] = .circle
      if let gaussian = net.gaussianMomenta { result[net.momentumBlock] = .gaussian(gaussian.momentumDeviation) }
    case .exponentials(let net):
      // The denominators hold the variances.
      result[net.momentumBlock] = .gaussian(net.normalisation.quadratic.squareRoot())
      result[net.biasBlock] = .gaussian(net.normalisation.constant.squareRoot())
    case .layers(let net):
      for (index, layer) in net.hiddenLayers.enumerated() {
        result[layer.weightBlock] = .gaussian(
          (index == 0 ? net.inputScale : net.sigmaW) / Double(layer.inputs).squareRoot())
        result[layer.biasBlock] = layer.activation == .cosine ? .circle : .gaussian(net.sigmaB)
      }
    case nil: return [:]
    }
    guard let law = architecture.planeWaves?.outputWeights ?? architecture.scalable?.outputWeights,
      let block = architecture.layout.blocks.firstIndex(where: \.entersLinearly)
    else { return result }
    let sigma = law.variance.squareRoot()
    switch law.kind {
    case .gaussian: result[block] = .gaussian(sigma)
    case .rayleigh: result[block] = .rayleigh(sigma)
    case .laplace: result[block] = .laplace(sigma)
    case .uniform: result[block] = .uniform(sigma)
    case .constant, .sphere: break
    }
    return result
  }

  /// Whether moves see the parameter v through a coordinate q of standard normal prior, `P(v′ < v) = P(q′ < q)`: a density with walls, kinks or
  /// poles becomes the smoothest there is. Of the others v itself is the coordinate.
  var isMapped: Bool {
    switch self {
    case .gaussian, .circle: false
    case .rayleigh, .laplace, .uniform: true
    }
  }

  /// The scale of one coordinate: its mass in Hamiltonian dynamics is 1/scale², so that the free motion has frequency one.
  var scale: Double {
    if case .gaussian(let s) = self { s } else { 1 }
  }

  /// `−ln p` of a coordinate up to a constant.
  func energy(_ q: Double) -> Double {
    switch self {
    case .gaussian(let s): q * q / (2 * s * s)
    case .circle: 0
    case .rayleigh, .laplace, .uniform: q * q / 2
    }
  }

  /// `−d ln p/dq`.
  func slope(_ q: Double) -> Double {
    switch self {
    case .gaussian(let s): q / (s * s)
    case .circle: 0
    case .rayleigh, .laplace, .uniform: q
    }
  }

  /// The coordinate of a parameter.
  func coordinate(_ v: Double) -> Double {
    switch self {
    case .gaussian, .circle: return v
    case .rayleigh(let s):
      let x = v * v / (s * s)
      return x > log(2) ? Distributions.normalQuantile(tail: exp(-x)) : -Distributions.normalQuantile(tail: -expm1(-x))
    case .laplace(let s):
      let q = Distributions.normalQuantile(tail: 0.5 * exp(-2.0.squareRoot() * abs(v) / s))
      return v < 0 ? -q : q
    case .uniform(let s):
      let q = Distributions.normalQuantile(tail: 0.5 - abs(v) / (12.0.squareRoot() * s))
      return v < 0 ? -q : q
    }
  }

  /// The parameter v of a coordinate, and `dv/dq = φ(q)/p(v)`, φ the normal density.
  func parameter(_ q: Double) -> (value: Double, rate: Double) {
    let normal = exp(-q * q / 2) / (2 * Double.pi).squareRoot()
    switch self {
    case .gaussian, .circle: return (q, 1)
    case .rayleigh(let s):
      // v = s √x, x = −ln P(x > q).
      let tail = Distributions.normalTail(q)
      let root = (q > 0 ? -log(tail) : -log1p(-Distributions.normalTail(-q))).squareRoot()
      return (s * root, s * normal / (2 * tail * root))
    case .laplace(let s):
      let tail = Distributions.normalTail(abs(q))
      let size = -log(2 * tail) * s / 2.0.squareRoot()
      return (q < 0 ? -size : size, s * normal / (2.0.squareRoot() * tail))
    case .uniform(let s):
      let wall = 3.0.squareRoot() * s
      let size = wall - 2 * wall * Distributions.normalTail(abs(q))
      return (q < 0 ? -size : size, 2 * wall * normal)
    }
  }
}
