// SPDX-License-Identifier: GPL-3.0-or-later

/// A truncated power series in λ, `c_0 + c_1 λ + c_2 λ²`.
public struct CouplingSeries: Sendable, Equatable {
  /// c_0, c_1, c_2.
  public let coefficients: [Double]

  /// From the coefficients of λ⁰, λ¹, λ².
  public init(_ coefficients: [Double]) { self.coefficients = coefficients }

  /// The truncated sum.
  public func value(at coupling: Double) -> Double {
    coefficients.reversed().reduce(0) { $0 * coupling + $1 }
  }

  /// The size of the last term kept: what the truncated sum may be wrong by, in order of magnitude.
  public func lastTerm(at coupling: Double) -> Double {
    (1..<coefficients.count).reduce(abs(coefficients.last!)) { product, _ in product * coupling }
  }
}
