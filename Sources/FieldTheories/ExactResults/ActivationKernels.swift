// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import NumericalKernels

// Averages of one neuron over two jointly Gaussian pre-activations, from which kernels of infinite width are made layer by layer.

extension Activation {
  /// The words after `activation =` of fully connected nets. The cosine layer and the sine net have kinds of their own.
  public static let inTheoryFiles: [Activation] = [.relu, .erf, .tanh, .linear]

  /// These words, for templates.
  static var words: String { inTheoryFiles.map(\.rawValue).joined(separator: ", ") }

  /// Whether ``kernel(_:_:_:)`` is a closed form, no quadrature.
  var hasClosedKernel: Bool {
    switch self {
    case .relu, .erf, .cosine, .sine, .linear: true
    case .tanh: false
    }
  }

  /// `<σ(u) σ(v)>` of centred Gaussian u, v with covariance ((xx, xy), (xy, yy)): the arc-cosine kernel of first order for relu, the arcsine
  /// kernel for erf, `½ [e^{−(xx+yy−2xy)/2} ± e^{−(xx+yy+2xy)/2}]` for cosine (+) and sine (−), quadrature for tanh, the covariance itself for linear.
  ///
  /// Sources: Cho, Saul, NIPS 2009, eq. (6); Williams, Neural Computation 10 (1998) 1203, eq. (11). Error of quadrature below 1e-13.
  /// Nil for tanh where a pre-activation is so wide that the quadrature would be too dear.
  public func kernel(_ xx: Double, _ yy: Double, _ xy: Double) -> Double? {
    switch self {
    case _ where value(0) == 0 && !(xx > 0 && yy > 0): return 0
    case .cosine: return (exp(-(xx + yy - 2 * xy) / 2) + exp(-(xx + yy + 2 * xy) / 2)) / 2
    case .sine: return (exp(-(xx + yy - 2 * xy) / 2) - exp(-(xx + yy + 2 * xy) / 2)) / 2
    case .linear: return xy
    case .relu:
      let scale = (xx * yy).squareRoot()
      let cosine = min(1, max(-1, xy / scale))
      let angle = acos(cosine)
      return scale / (2 * .pi) * (sin(angle) + (.pi - angle) * cosine)
    case .erf:
      return 2 / .pi * asin(2 * xy / ((1 + 2 * xx) * (1 + 2 * yy)).squareRoot())
    case .tanh:
      let (x, y) = (xx.squareRoot(), yy.squareRoot())
      let across = xy / x
      let rest = max(0, yy - across * across).squareRoot()
      // One direction, to rounding: the other would change the average by 1e-15.
      if rest <= 3e-8 * y { return GaussianNeuron(self, rows: [[x], [across]]).average(powers: [1, 1]) }
      return GaussianNeuron(self, rows: [[x, 0], [across, rest]]).average(powers: [1, 1])
    }
  }

  /// `<σ'(u) σ'(v)>`: erf `(4/π)/√((1+2xx)(1+2yy) − 4xy²)`, relu `(π − θ)/2π`, cosine and sine each other's ``kernel(_:_:_:)``, tanh by the trapezoidal rule, nil
  /// where that would be too dear.
  public func slopeKernel(_ xx: Double, _ yy: Double, _ xy: Double) -> Double? {
    switch self {
    case .cosine: return Activation.sine.kernel(xx, yy, xy)
    case .sine: return Activation.cosine.kernel(xx, yy, xy)
    case .linear: return 1
    case .erf: return 4 / .pi / ((1 + 2 * xx) * (1 + 2 * yy) - 4 * xy * xy).squareRoot()
    case .relu:
      guard xx > 0 && yy > 0 else { return nil }
      return (.pi - acos(min(1, max(-1, xy / (xx * yy).squareRoot())))) / (2 * .pi)
    case .tanh: return trapezoid(xx, yy, xy, slope, slope)
    }
  }

  /// What ``kernel(_:_:_:)`` changes by with xx, with yy and with xy, `½ <σ''(u) σ(v)>`, `½ <σ(u) σ''(v)>` and `<σ'(u) σ'(v)>`: by parts, R. Price, IRE Trans. Inf. Theory 4 (1958) 69. For relu by
  /// homogeneity, `2 xx ∂_xx + xy ∂_xy` leaves the kernel as it is. Nil where ``slopeKernel(_:_:_:)`` is.
  public func kernelGradient(_ xx: Double, _ yy: Double, _ xy: Double) -> (xx: Double, yy: Double, xy: Double)? {
    guard let across = slopeKernel(xx, yy, xy) else { return nil }
    switch self {
    case .linear: return (0, 0, across)
    case .cosine, .sine:
      guard let value = kernel(xx, yy, xy) else { return nil }
      return (-value / 2, -value / 2, across)
    case .relu:
      guard let value = kernel(xx, yy, xy) else { return nil }
      return ((value - xy * across) / (2 * xx), (value - xy * across) / (2 * yy), across)
    case .erf:
      let (x, y) = (1 + 2 * xx, 1 + 2 * yy)
      let both = -4 / .pi * xy / (x * y - 4 * xy * xy).squareRoot()
      return (both / x, both / y, across)
    case .tanh:
      func second(_ z: Double) -> Double { -2 * value(z) * slope(z) }
      guard let first = trapezoid(xx, yy, xy, second, value),
        let last = trapezoid(xx, yy, xy, value, second)
      else { return nil }
      return (first / 2, last / 2, across)
    }
  }

  /// `<f(u) g(v)>` by the trapezoidal rule in Cholesky coordinates; nil where pre-activations are so wide that it would be too dear.
  private func trapezoid(_ xx: Double, _ yy: Double, _ xy: Double, _ f: (Double) -> Double, _ g: (Double) -> Double) -> Double? {
    guard xx > 0 else { return nil }
    let (x, across) = (xx.squareRoot(), xy / xx.squareRoot())
    let rest = max(0, yy - across * across).squareRoot()
    let step = min(0.05, 0.06 * .pi / (2 * max(x, yy.squareRoot())))
    guard let count = Int(count: 8.5 / step, atMost: 2000) else { return nil }
    var sum = 0.0
    for i in -count...count {
      let s = step * Double(i)
      let outer = exp(-s * s / 2) * f(x * s)
      var inner = 0.0
      for j in -count...count {
        let t = step * Double(j)
        inner += exp(-t * t / 2) * g(across * s + rest * t)
      }
      sum += outer * inner
    }
    return sum * step * step / (2 * .pi)
  }
}
