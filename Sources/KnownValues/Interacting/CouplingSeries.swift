// SPDX-License-Identifier: GPL-3.0-or-later

/// A power series in λ truncated at the order of its last coefficient, `c_0 + c_1 λ + c_2 λ²` in lattice perturbation theory. Series that are added or multiplied
/// have one order: a longer one is never cut in silence.
public struct CouplingSeries: Sendable, Equatable {
  /// c_0, c_1, ..., at least one.
  public let coefficients: [Double]

  /// From the coefficients of λ⁰, λ¹, ....
  public init(_ coefficients: [Double]) {
    precondition(!coefficients.isEmpty, "CouplingSeries: no coefficient")
    self.coefficients = coefficients
  }

  /// The truncated sum.
  public func value(at coupling: Double) -> Double {
    coefficients.reversed().reduce(0) { $0 * coupling + $1 }
  }

  /// The size of the last term kept: what the truncated sum may be wrong by, in order of magnitude.
  public func lastTerm(at coupling: Double) -> Double {
    (1..<coefficients.count).reduce(abs(coefficients.last!)) { product, _ in product * coupling }
  }
}

extension CouplingSeries {
  private static func requireOneOrder(_ a: CouplingSeries, _ b: CouplingSeries) {
    precondition(
      a.coefficients.count == b.coefficients.count,
      "CouplingSeries: orders \(a.coefficients.count - 1) and \(b.coefficients.count - 1) do not meet")
  }

  /// Term by term.
  static func + (a: CouplingSeries, b: CouplingSeries) -> CouplingSeries {
    requireOneOrder(a, b)
    return CouplingSeries(zip(a.coefficients, b.coefficients).map { $0 + $1 })
  }

  /// The product, truncated at the order of its factors.
  static func * (a: CouplingSeries, b: CouplingSeries) -> CouplingSeries {
    requireOneOrder(a, b)
    return CouplingSeries(
      a.coefficients.indices.map { k in
        (0...k).reduce(0) { $0 + a.coefficients[$1] * b.coefficients[k - $1] }
      })
  }

  /// `1/a`, truncated; a starts with a number other than zero.
  var inverse: CouplingSeries {
    var result: [Double] = []
    for k in coefficients.indices {
      let known = (0..<k).reduce(k == 0 ? 1 : 0) { $0 - result[$1] * coefficients[k - $1] }
      result.append(known / coefficients[0])
    }
    return CouplingSeries(result)
  }

  /// Every coefficient times `factor`.
  static func * (factor: Double, a: CouplingSeries) -> CouplingSeries {
    CouplingSeries(a.coefficients.map { factor * $0 })
  }
}
