// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import FieldTheories

/// The prior density of a block of continuous parameters, as far as moves along gradients need it.
enum ParameterDensity {
  /// N(0, σ²).
  case gaussian(Double)
  /// Uniform on the circle.
  case circle
  /// v > 0, v²/σ² exponential.
  case rayleigh(Double)
  /// Density ∝ exp(−√2 |v|/σ).
  case laplace(Double)
  /// Uniform on (−√3 σ, √3 σ).
  case uniform(Double)

  /// The densities of the blocks of an architecture that have one; discrete blocks and momenta of other laws have none.
  static func densities(of architecture: any Architecture) -> [Int: ParameterDensity] {
    if architecture.freeField != nil { return [0: .gaussian(1)] }
    guard let net = architecture.planeWaves else { return [:] }
    var result: [Int: ParameterDensity] = [net.phaseBlock: .circle]
    if let block = net.layout.blocks.firstIndex(where: \.entersLinearly) {
      let sigma = net.outputWeights.variance.squareRoot()
      switch net.outputWeights.kind {
      case .gaussian: result[block] = .gaussian(sigma)
      case .rayleigh: result[block] = .rayleigh(sigma)
      case .laplace: result[block] = .laplace(sigma)
      case .uniform: result[block] = .uniform(sigma)
      case .constant: break
      }
    }
    if let gaussian = net.gaussianMomenta { result[net.momentumBlock] = .gaussian(gaussian.momentumDeviation) }
    return result
  }

  /// The scale of one parameter: its mass in Hamiltonian dynamics is 1/scale², so that the free motion has frequency one.
  var scale: Double {
    switch self {
    case .gaussian(let s), .rayleigh(let s), .laplace(let s), .uniform(let s): s
    case .circle: 1
    }
  }

  /// `−ln p` up to a constant; infinite outside the support.
  func energy(_ v: Double) -> Double {
    switch self {
    case .gaussian(let s): v * v / (2 * s * s)
    case .circle: 0
    case .rayleigh(let s): v > 0 ? v * v / (s * s) - log(v) : .infinity
    case .laplace(let s): 2.0.squareRoot() * abs(v) / s
    case .uniform(let s): abs(v) < 3.0.squareRoot() * s ? 0 : .infinity
    }
  }

  /// Reflects a parameter that a straight step carried out of the support at the walls, as often as it met one; its momentum turns
  /// over at each. Exact for the free motion between walls: it preserves volume and runs backwards.
  func reflect(_ v: inout Double, _ momentum: inout Double) {
    switch self {
    case .gaussian, .circle, .laplace: break
    case .rayleigh:
      guard v < 0 else { return }
      (v, momentum) = (-v, -momentum)
    case .uniform(let s):
      let wall = 3.0.squareRoot() * s
      guard abs(v) > wall else { return }
      // Unfolded, the box repeats with period 4 walls and every second copy is a mirror image.
      v -= 4 * wall * (v / (4 * wall)).rounded()
      guard abs(v) > wall else { return }
      (v, momentum) = ((v > 0 ? 2 : -2) * wall - v, -momentum)
    }
  }

  /// `−d ln p/dv`.
  func slope(_ v: Double) -> Double {
    switch self {
    case .gaussian(let s): v / (s * s)
    case .circle, .uniform: 0
    case .rayleigh(let s): 2 * v / (s * s) - 1 / v
    case .laplace(let s): v == 0 ? 0 : (v > 0 ? 1 : -1) * 2.0.squareRoot() / s
    }
  }
}
