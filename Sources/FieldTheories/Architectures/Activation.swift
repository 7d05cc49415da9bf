// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import NumericalKernels

/// σ of a hidden layer, in `activation = "relu"`.
public enum Activation: String, Sendable, Hashable, CaseIterable {
  /// The rectifier max(z, 0).
  case relu
  /// The error function.
  case erf
  /// The hyperbolic tangent.
  case tanh
  /// None: z itself, a linear network.
  case linear

  /// The layer that applies it.
  public var layer: LayerActivation {
    switch self {
    case .relu: .relu
    case .erf: .erf
    case .tanh: .tanh
    case .linear: .linear
    }
  }

  /// `<σ(u) σ(v)>` of centred Gaussian u, v with covariance ((xx, xy), (xy, yy)): the arc-cosine kernel of first order for relu, the arcsine
  /// kernel for erf, quadrature for tanh, the covariance itself for linear.
  ///
  /// Sources: Cho, Saul, NIPS 2009, eq. (6); Williams, Neural Computation 10 (1998) 1203, eq. (11). Error of quadrature below 1e-13.
  /// Nil for tanh where a pre-activation is so wide that the quadrature would be too dear.
  public func kernel(_ xx: Double, _ yy: Double, _ xy: Double) -> Double? {
    guard xx > 0 && yy > 0 else { return 0 }
    switch self {
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
}
