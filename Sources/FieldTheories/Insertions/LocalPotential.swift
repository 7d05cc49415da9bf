// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import NumericalKernels

/// A local potential, an even polynomial and a source:
///
///     V(φ) = c_0 − J φ + Σ_{k≥1} c_{2k} φ^{2k},        weight exp(−∫ V(φ(x)) d^dx)
///
/// so that J > 0 pulls the field up. Potentials add. Source: docs/physics/interactions.md.
public struct LocalPotential: Sendable, Hashable {
  /// c_0: it drops out of averages and enters log Z only.
  public let constant: Double
  /// The constant source J.
  public let source: Double
  /// c_2, c_4, …; without trailing zeros, possibly empty.
  public let even: [Double]

  /// The greatest degree of the even part.
  public static let greatestDegree = 16

  /// A potential from finite coefficients; `even[k]` belongs to `φ^{2(k+1)}`.
  public init(constant: Double = 0, source: Double = 0, even: [Double]) {
    precondition(
      constant.isFinite && source.isFinite && even.allSatisfy(\.isFinite) && 2 * even.count <= Self.greatestDegree,
      "LocalPotential: \(even)")
    self.constant = constant
    self.source = source
    self.even = Array(even.prefix((even.lastIndex { $0 != 0 } ?? -1) + 1))
  }

  /// The potential V = 0.
  public static let zero = LocalPotential(even: [])

  /// The sum of two potentials.
  public static func + (a: LocalPotential, b: LocalPotential) -> LocalPotential {
    LocalPotential(
      constant: a.constant + b.constant, source: a.source + b.source,
      even: (0..<max(a.even.count, b.even.count)).map { k in
        (k < a.even.count ? a.even[k] : 0) + (k < b.even.count ? b.even[k] : 0)
      })
  }

  /// `c_{2k}`, 0 where it is not given.
  public func coefficient(_ power: Int) -> Double {
    power % 2 == 0 && power > 0 && power / 2 <= even.count ? even[power / 2 - 1] : 0
  }

  /// The degree of V; 0 for a constant.
  public var degree: Int { max(2 * even.count, source == 0 ? 0 : 1) }

  /// Whether `V(−φ) = V(φ)`.
  public var isEven: Bool { source == 0 }

  /// The value V(φ).
  public func value(_ field: Double) -> Double {
    let u = field * field
    return constant - source * field + u * even.reversed().reduce(0) { $0 * u + $1 }
  }

  /// The derivative V′(φ).
  public func derivative(_ field: Double) -> Double {
    let u = field * field
    return -source
      + field * even.enumerated().reversed().reduce(0) { $0 * u + Double(2 * $1.offset + 2) * $1.element }
  }

  /// `V′(r)/r` of the even part at r² = `square`: the slope of V(|φ|) along component a of a vector is φ_a times this.
  public func stiffness(square: Double) -> Double {
    even.enumerated().reversed().reduce(0) { $0 * square + Double(2 * $1.offset + 2) * $1.element }
  }

  /// The second derivative V″(φ).
  public func secondDerivative(_ field: Double) -> Double {
    let u = field * field
    return even.enumerated().reversed().reduce(0) {
      $0 * u + Double((2 * $1.offset + 2) * (2 * $1.offset + 1)) * $1.element
    }
  }

  /// `Σ_n n! h_n²`-coefficients: h_n of `V(σ z) = Σ_n h_n He_n(z)`, z standard normal, n = 0 … degree. h_0 is the Gaussian
  /// average of V; all covariances follow, `Cov(V(φ_x), V(φ_y)) = Σ_{n≥1} n! h_n² ρ^n` for Gaussian fields of variance σ² and
  /// correlation ρ.
  public func hermiteCoefficients(variance: Double) -> [Double] {
    let sigma = variance.squareRoot()
    var h = [Double](repeating: 0, count: degree + 1)
    h[0] = constant
    if source != 0 { h[1] -= source * sigma }
    for (k, c) in even.enumerated() {
      // z^p = Σ_j p!/(2^j j! (p−2j)!) He_{p−2j}
      let p = 2 * (k + 1)
      var term = c * pow(sigma, Double(p))
      for j in 0...p / 2 {
        h[p - 2 * j] += term
        term *= Double((p - 2 * j) * (p - 2 * j - 1)) / (2 * Double(j + 1))
      }
    }
    return h
  }

  /// The potential as text: `0.25 phi^4 - 0.5 phi^2`.
  public var formula: String {
    var terms: [(Double, String)] = even.enumerated().reversed().map { ($1, "phi^\(2 * $0 + 2)") }
    terms.append((-source, "phi"))
    terms.append((constant, ""))
    let kept = terms.filter { $0.0 != 0 }
    guard !kept.isEmpty else { return "0" }
    return kept.enumerated().map { index, term in
      let sign = term.0 < 0 ? (index == 0 ? "-" : " - ") : (index == 0 ? "" : " + ")
      let size = "\(abs(term.0))"
      return sign + (term.1.isEmpty ? size : "\(size) \(term.1)")
    }.joined()
  }
}

// MARK: - On arrays of sites

extension LocalPotential {
  /// At least one even coefficient, as the kernels want.
  private var kernelCoefficients: [Double] { even.isEmpty ? [0] : even }

  /// `Σ_x weight (V(φ_x) − c_0)`; arrays as `PotentialKernels` wants them. About 0.1 ns a site.
  public func sum(_ field: UnsafePointer<Double>, weight: UnsafePointer<Double>, count: Int) -> Double {
    PotentialKernels.sum(even: kernelCoefficients, linear: -source, field: field, weight: weight, count: count)
  }

  /// `Σ_x weight (V(f_a a_x + f_b b_x) − c_0)`.
  public func sum(
    mixing a: UnsafePointer<Double>, _ fa: Double, with b: UnsafePointer<Double>, _ fb: Double, weight: UnsafePointer<Double>,
    count: Int
  ) -> Double {
    PotentialKernels.sum(
      even: kernelCoefficients, linear: -source, mixing: a, fa, with: b, fb, weight: weight, count: count)
  }

  /// `scale · weight · V′(φ_x)`.
  public func slope(
    _ field: UnsafePointer<Double>, weight: UnsafePointer<Double>, scale: Double, into slope: UnsafeMutablePointer<Double>,
    count: Int
  ) {
    PotentialKernels.slope(
      even: kernelCoefficients, linear: -source, scale: scale, field: field, weight: weight, into: slope, count: count)
  }

  /// Adds a block of waves and sums V of the result.
  public func sum(
    adding block: PotentialKernels.WaveBlock, to field: UnsafePointer<Double>, weight: UnsafePointer<Double>,
    into trial: UnsafeMutablePointer<Double>
  ) -> Double {
    PotentialKernels.add(
      block, to: field, even: kernelCoefficients, linear: -source, weight: weight, into: trial)
  }
}
