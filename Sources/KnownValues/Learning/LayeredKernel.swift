// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import FieldTheories
import LatticeFields
import NumericalKernels

/// The covariance (NNGP) and the neural tangent kernel of infinitely wide fully connected layers, layer by layer, with every parameter a
/// unit-normal seed, `z¹ = σ_w W x/√d + σ_b b`, `z^{l+1} = (σ_w/√N) W σ(z^l) + σ_b b`, the readout included, all of them trained:
///
///     Θ¹ = K¹ = σ_b² + σ_w² x·x'/d,   K^{l+1} = σ_b² + σ_w² <σσ>,   Θ^{l+1} = K^{l+1} + σ_w² <σ'σ'> Θ^l,     (u,v) ~ N(0, K^l).
///
/// Inputs of any dimension. Accuracy 1e-13. Sources: arXiv:1711.00165 eq. (4); A. Jacot et al., arXiv:1806.07572; arXiv:2408.00082 sec. 4.
public struct LayeredKernel: Sendable {
  /// σ of every hidden layer.
  public let activation: Activation
  /// Number of hidden layers, at least one.
  public let depth: Int
  /// The scale σ_w.
  public let sigmaW: Double
  /// The bias scale σ_b.
  public let sigmaB: Double

  /// A network of `depth` hidden layers.
  public init(_ activation: Activation, depth: Int, sigmaW: Double, sigmaB: Double) {
    precondition(depth > 0 && sigmaW > 0 && sigmaB >= 0)
    (self.activation, self.depth, self.sigmaW, self.sigmaB) = (activation, depth, sigmaW, sigmaB)
  }

  /// K and Θ of the output at two inputs; nil where a quadrature would be too dear.
  public func values(_ x: [Double], _ y: [Double]) -> (covariance: Double, tangent: Double)? {
    let (w, b) = (sigmaW * sigmaW, sigmaB * sigmaB)
    func input(_ p: [Double], _ q: [Double]) -> Double { b + w * zip(p, q).reduce(0.0) { $0 + $1.0 * $1.1 } / Double(x.count) }
    var (xx, yy, xy) = (input(x, x), input(y, y), input(x, y))
    var tangent = xy
    for _ in 0..<depth {
      guard let next = activation.kernel(xx, yy, xy), let slope = activation.slopeKernel(xx, yy, xy),
        let nextX = activation.kernel(xx, xx, xx), let nextY = activation.kernel(yy, yy, yy)
      else { return nil }
      (xx, yy, xy) = (b + w * nextX, b + w * nextY, b + w * next)
      tangent = xy + w * slope * tangent
    }
    return (xy, tangent)
  }

  /// `K(x,x)` and `Θ(x,x)` of one hidden layer at width N fluctuate from network to network: with v = K¹(x,x) and no bias,
  /// `<Θ> = <A> + <B>` at every width and `N Var Θ = <A²> + 2<AB> + 3<B²> − (<A> + <B>)²`, `A = σ_w² σ²`, `B = σ_w² v σ'²`. A one-dimensional
  /// trapezoidal rule; closed for relu, 2 and 12 at σ_w² = 2, v = 1.
  public func tangentFluctuation(variance v: Double) -> (mean: Double, variance: Double) {
    let (w, step) = (sigmaW * sigmaW, 0.01)
    var (a, b, square) = (0.0, 0.0, 0.0)
    if activation == .relu {
      // <z²θ> = v/2, <z⁴θ> = 3v²/2, <z²θ²>: both terms live on one half-line.
      (a, b) = (w * v / 2, w * v / 2)
      square = w * w * v * v * (1.5 + 1 + 1.5)
      return (a + b, square - (a + b) * (a + b))
    }
    for i in -900...900 {
      let g = step * Double(i)
      let density = step * exp(-g * g / 2) / (2 * .pi).squareRoot()
      let z = v.squareRoot() * g
      let (value, slope) = (activation.value(z), activation.slope(z))
      let (one, two) = (w * value * value, w * v * slope * slope)
      a += density * one
      b += density * two
      square += density * (one * one + 2 * one * two + 3 * two * two)
    }
    return (a + b, square - (a + b) * (a + b))
  }
}

extension CosNet {
  /// The tangent kernel of a Cos-net whose seeds of output weights and momenta are trained, and those of the phases or not:
  /// `½ σ_w1² e^{−σ_w0² (x−x')²/2d} [1 (+ 1) + σ_w0² x·x'/d]`.
  public func tangentKernel(_ x: Point, _ y: Point, trainsPhases: Bool) -> Double {
    let terms = (trainsPhases ? 2 : 1) + sigmaW0 * sigmaW0 * x.dot(y) / Double(dimension)
    return outputWeights.variance * neuronMoment([x, y]) * terms
  }
}
