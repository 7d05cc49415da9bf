// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// The average of a plane wave over the directions of its momentum, `Ω_d(x) = <cos k·r>`, x = |k||r|:
///
///     Ω_1 = cos x,   Ω_2 = J_0(x),   Ω_3 = sin x/x,   Ω_4 = 2 J_1(x)/x,
///
/// and its complex envelope `h_d` at large x, `Ω_d(x) = Re[h_d(x) e^{ix}]`, which varies on the scale of x itself.
public enum RadialWave {
  /// From here on the envelope's asymptotic series is exact to rounding (its smallest term is e^{−2x}).
  public static let envelopeStart = 25.0

  /// Area of the unit sphere in d dimensions: 2, 2π, 4π, 2π².
  public static func sphereArea(dimension: Int) -> Double {
    [2, 2 * Double.pi, 4 * Double.pi, 2 * Double.pi * Double.pi][dimension - 1]
  }

  /// `Ω_d(x)`, x ≥ 0; absolute error a few 1e-16.
  public static func value(dimension: Int, _ x: Double) -> Double {
    if x == 0 { return 1 }
    return switch dimension {
    case 1: cos(x)
    case 2: j0(x)
    case 3: sin(x) / x
    default: 2 * j1(x) / x
    }
  }

  /// `h_d(x)` for x ≥ ``envelopeStart``: Hankel's expansion (Abramowitz and Stegun 9.2.5-10), relative error 1e-16.
  public static func envelope(dimension: Int, _ x: Double) -> (real: Double, imaginary: Double) {
    switch dimension {
    case 1: return (1, 0)
    case 2: return hankel(zeroOrder, x, scale: (2 / (.pi * x)).squareRoot(), turn: (1, -1))
    case 3: return (0, -1 / x)
    default:
      return hankel(firstOrder, x, scale: 2 / x * (2 / (.pi * x)).squareRoot(), turn: (-1, -1))
    }
  }

  /// `j_0(x) … j_{count−1}(x)` by upward recurrence: absolute error below 1e-12 for x > count/2, where the entries beyond x carry
  /// only what rounding leaves of them.
  public static func sphericalBessel(
    _ x: Double, into values: UnsafeMutablePointer<Double>, count: Int
  ) {
    values[0] = sin(x) / x
    values[1] = (values[0] - cos(x)) / x
    for j in stride(from: 2, to: count, by: 1) {
      values[j] = Double(2 * j - 1) / x * values[j - 1] - values[j - 2]
    }
  }

  /// `scale · Σ_k a_k (i/x)^k · turn/√2`.
  private static func hankel(
    _ a: [Double], _ x: Double, scale: Double, turn: (Double, Double)
  ) -> (real: Double, imaginary: Double) {
    var p = 0.0
    var q = 0.0
    var power = 1.0
    let inverse = 1 / x
    for k in stride(from: 0, to: a.count, by: 2) {
      p += a[k] * power
      q += a[k + 1] * power * inverse
      power *= -inverse * inverse
      if abs(a[k + 1] * power) < 1e-18 { break }
    }
    let s = scale * 0.5.squareRoot()
    return (s * (p * turn.0 - q * turn.1), s * (p * turn.1 + q * turn.0))
  }

  /// `a_k(ν) = ∏_{j≤k} (4ν² − (2j−1)²)/(8j)`.
  private static func hankelCoefficients(order: Double) -> [Double] {
    var a = [1.0]
    for k in 1..<24 {
      a.append(a[k - 1] * (4 * order * order - Double((2 * k - 1) * (2 * k - 1))) / Double(8 * k))
    }
    return a
  }
  private static let zeroOrder = hankelCoefficients(order: 0)
  private static let firstOrder = hankelCoefficients(order: 1)
}
