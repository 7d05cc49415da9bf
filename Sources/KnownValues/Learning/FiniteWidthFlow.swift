// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import FieldTheories

/// Gradient flow of a product of two numbers, `f = a w`, on one datum (x, y) = (1, y): the smallest net that learns features, exactly.
///
/// `dθ/dt = −η ∇L`, `L = (f − y)²/2`. `c = a² − w²` is conserved, hence `du/dt = η (y − u) √(4u² + c²)`, and with `u = y − (y − u_0) e^{−s}` the time is
/// `ηt = ∫_0^s ds'/√(4u² + c²)`. By Runge and Kutta in s's equation, to 1e-13. Source: docs/physics/dynamics.md.
public struct ScalarNetworkFlow: Sendable {
  /// a_0, w_0 and y.
  public let output, hidden, label: Double

  /// Starts at a and w.
  public init(output: Double, hidden: Double, label: Double) { (self.output, self.hidden, self.label) = (output, hidden, label) }

  /// f and a² at time ηt.
  public func state(at time: Double) -> (value: Double, squaredOutput: Double) {
    let conserved = output * output - hidden * hidden
    let start = output * hidden
    func value(_ s: Double) -> Double { label - (label - start) * exp(-s) }
    func rate(_ s: Double) -> Double { (4 * value(s) * value(s) + conserved * conserved).squareRoot() }
    let steps = 20_000
    let h = time / Double(steps)
    var s = 0.0
    for _ in 0..<steps {
      let k1 = rate(s)
      let k2 = rate(s + h / 2 * k1)
      let k3 = rate(s + h / 2 * k2)
      s += h / 6 * (k1 + 2 * k2 + 2 * k3 + rate(s + h * k3))
    }
    return (value(s), (conserved + rate(s)) / 2)
  }
}

/// A Cos-net of few neurons whose output weights alone are trained by gradient flow on one datum, exactly at its width: given momenta and phases the flow is linear,
///
///     φ_t(x) = φ_0(x) + M (y − φ_0(0)),   M = K_W(x,0) g,   g = (1 − e^{−ηt K_W(0,0)})/K_W(0,0),   K_W(x,x') = (σ²/N) Σ h_i(x) h_i(x'),
///
/// and momenta average in closed form. Phases by the trapezoidal rule, to 1e-12. Up to four neurons; cost 48^N/2. Source: docs/physics/dynamics.md.
public struct ReadoutFlow: Sendable {
  /// `<φ_t(x)>` and its variance over initialisations.
  public let mean, variance: Double

  /// Of gaussian output weights, at distance r from the datum of label y, at time ηt; nil of more neurons or other weights.
  public init?(_ net: CosNet, distance r: Double, label y: Double, time: Double) {
    guard net.width <= 4, net.outputWeights.kind == .gaussian, net.sharedScale.isConstant else { return nil }
    let n = net.width
    let scale = net.outputWeights.variance / Double(n)
    let exponent = net.sigmaW0 * net.sigmaW0 * r * r / Double(2 * net.dimension)
    // <cos(kx + b)> = E cos b, <cos²(kx + b)> = (1 + E⁴ cos 2b)/2.
    let (e, e4) = (exp(-exponent), exp(-4 * exponent))
    let count = 48
    let cosines = (0..<count).map { cos(2 * Double.pi * (Double($0) + 0.5) / Double(count)) }
    var place = [Int](repeating: 0, count: n)
    var (samples, first, spread, second) = (0.0, 0.0, 0.0, 0.0)
    repeat {
      var (sum, fourth, squares) = (0.0, 0.0, 0.0)
      for i in place {
        let square = (1 + cosines[i]) / 2
        sum += square
        fourth += square * square
        squares += square * (1 + e4 * cosines[i]) / 2
      }
      let own = scale * sum
      let cross = scale * scale * (e * e * (sum * sum - fourth) + squares)
      let gain = own < 1e-300 ? time : -expm1(-time * own) / own
      samples += 1
      first += gain * own
      second += gain * gain * cross
      spread += -2 * gain * cross + gain * gain * cross * own
      var axis = 0
      while axis < n {
        place[axis] += 1
        if place[axis] < count { break }
        place[axis] = 0
        axis += 1
      }
      if axis == n { break }
    } while true
    mean = e * first / samples * y
    variance = net.outputWeights.variance / 2 + spread / samples + second / samples * y * y - mean * mean
  }
}
