// SPDX-License-Identifier: GPL-3.0-or-later

/// Numbers brought to order one by an exact power of two, before they are squared or multiplied.
///
///     x_j = 2^exponent values_j,     largest |values_j| in [1, 2)
///
/// Errors to the second and fourth power then neither overflow nor vanish, whatever the units of the data, and everything made of them is bit for
/// bit the same in units that differ by a power of two. Numbers that all vanish, or of which one is not finite, stay as they are.
public struct ScaledNumbers: Sendable {
  /// The numbers over 2^exponent.
  public let values: [Double]
  /// The common exponent; 0 where nothing was scaled.
  public let exponent: Int

  /// Scales numbers.
  public init(_ numbers: [Double]) {
    let largest = numbers.reduce(0) { max($0, abs($1)) }
    guard largest > 0, numbers.allSatisfy(\.isFinite) else {
      (values, exponent) = (numbers, 0)
      return
    }
    let e = largest.exponent
    exponent = e
    values = numbers.map { Self.scaled($0, by: -e) }
  }

  /// A quantity made linearly of ``values``, back in the units of the numbers.
  public func restored(_ x: Double) -> Double { Self.scaled(x, by: exponent) }

  /// `√Σ values_j²`, 0 only where all vanish.
  var scaledNorm: Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  /// The norm `√Σ x_j²`.
  public var norm: Double { restored(scaledNorm) }

  /// x 2^n, in two steps: 2^n itself may leave the range where the product does not.
  static func scaled(_ x: Double, by n: Int) -> Double {
    let half = n / 2
    return x * Double(sign: .plus, exponent: half, significand: 1) * Double(sign: .plus, exponent: n - half, significand: 1)
  }
}
