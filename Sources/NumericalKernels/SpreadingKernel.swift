// SPDX-License-Identifier: GPL-3.0-or-later

internal import CGSL
import Glibc

/// The Kaiser-Bessel window of `width` nodes on a grid of `oversampling` σ, and its Fourier transform,
///
///     φ(u) = I_0(β √(1 − (2u/w)²))/I_0(β),  |u| ≤ w/2,        β = g π w (1 − 1/2σ),   0.96 ≤ g ≤ 1
///     φ̂(ξ) = ∫ φ(u) e^{−iξu} du = w sinh(s)/(I_0(β) s),  s = √(β² − (ξw/2)²).
///
/// Every wanted frequency `|ξ| ≤ π/σ` has aliases at `ξ + 2πm`; g is chosen so that the largest of
///
///     ε(ξ) = √(Σ_{m≠0} φ̂(ξ + 2πm)²)/φ̂(ξ),     the error an axis makes, rms over the positions of a source,
///
/// is least. It is then below `max(6.6, 1.15 w) exp(−π w √(1 − 1/σ))` for σ ≤ 2 (at the edge of the lattice; 2 to 4 times the exponential is
/// its rms over the sites). Source: Kaiser-Bessel gridding (Jackson et al., IEEE TMI 10 (1991) 473; Fessler and Sutton, IEEE TSP 51 (2003)
/// 560).
public struct SpreadingKernel: Sendable {
  /// w, nodes a source reaches.
  public let width: Int
  /// Shape parameter β.
  public let shape: Double
  /// Degree of the polynomial pieces, odd.
  public let degree: Int
  /// Row p holds the coefficients of `s^{degree−p}` of all w pieces, padded with zeros to a multiple of eight; the value at node
  /// `m + j` is piece j at `s = 2 (m − u + w/2) − 1`, m the first node.
  public let coefficients: [Double]

  /// Nodes an instance may reach.
  public static let widths = 4...18

  /// The kernel of `width` nodes; pieces are polynomials good to `tolerance` of the maximum.
  public init(width: Int, oversampling: Double, tolerance: Double) {
    precondition(Self.widths.contains(width) && oversampling > 1)
    self.width = width
    let shape = Self.bestShape(width: width, oversampling: oversampling)
    self.shape = shape
    let padded = (width + 7) / 8 * 8
    let halfWidth = Double(width) / 2
    func piece(_ j: Int) -> (Double) -> Double {
      { s in Self.window((0.5 * (s + 1) + Double(j) - halfWidth) / halfWidth, shape) }
    }
    // Chebyshev coefficients of every piece to high degree; the first degree whose tails are below the tolerance serves all.
    let expansions = (0..<width).map { chebyshevCoefficients(piece($0), count: 25) }
    var degree = 3
    while degree < 20,
      expansions.contains(where: { $0[(degree + 1)...].reduce(0) { $0 + abs($1) } > tolerance })
    {
      degree += 2
    }
    self.degree = degree
    var table = [Double](repeating: 0, count: (degree + 1) * padded)
    for (j, expansion) in expansions.enumerated() {
      let powers = monomials(Array(expansion[...degree]))
      for p in 0...degree { table[p * padded + j] = powers[degree - p] }
    }
    coefficients = table
  }

  /// Bound on ε at σ ≤ 2.
  public static func aliasing(width: Int, oversampling: Double) -> Double {
    max(6.6, 1.15 * Double(width)) * exp(-Double.pi * Double(width) * (1 - 1 / oversampling).squareRoot())
  }

  /// `φ̂(0)/φ̂(π/σ)`, by which rounding errors at the edge of the lattice grow along each axis; g = 1.
  public static func amplification(width: Int, oversampling: Double) -> Double {
    let beta = shape(width: width, oversampling: oversampling, factor: 1)
    let edge = 0.5 * Double.pi * Double(width) / oversampling
    let s = (beta * beta - edge * edge).squareRoot()
    return exp(beta - s) * s / beta
  }

  private static func shape(width: Int, oversampling: Double, factor: Double) -> Double {
    factor * Double.pi * Double(width) * (1 - 0.5 / oversampling)
  }

  /// The largest ε of a kernel of shape β.
  static func largestError(width: Int, oversampling: Double, shape: Double) -> Double {
    let frequencies = (0...60).map { Double($0) / 60 * Double.pi / oversampling }
    return frequencies.map { xi in
      // Aliases fall off as 1/ξ; those beyond |m| = 8 add some per cent.
      let aliases = (1...8).reduce(0) { sum, m in
        let turns = 2 * Double.pi * Double(m)
        return sum + square(sinc(xi + turns, width, shape)) + square(sinc(xi - turns, width, shape))
      }
      return aliases.squareRoot() / sinc(xi, width, shape)
    }.max()!
  }

  private static func bestShape(width: Int, oversampling: Double) -> Double {
    let candidates = (0...16).map { shape(width: width, oversampling: oversampling, factor: 0.96 + 0.0025 * Double($0)) }
    return candidates.map { ($0, largestError(width: width, oversampling: oversampling, shape: $0)) }
      .min { $0.1 < $1.1 }!.0
  }

  private static func square(_ x: Double) -> Double { x * x }

  /// `sinh(s)/s`, `s = √(β² − (ξw/2)²)`, or its continuation `sin|s|/|s|`.
  private static func sinc(_ xi: Double, _ width: Int, _ shape: Double) -> Double {
    let argument = shape * shape - 0.25 * xi * xi * Double(width * width)
    let s = abs(argument).squareRoot()
    return s < 1e-8 ? 1 : (argument > 0 ? sinh(s) : sin(s)) / s
  }

  /// The Fourier transform `φ̂(ξ)` of the kernel.
  public func transform(_ xi: Double) -> Double {
    Double(width) * Self.sinc(xi, width, shape) / gsl_sf_bessel_I0(shape)
  }

  private static func window(_ z: Double, _ shape: Double) -> Double {
    gsl_sf_bessel_I0(shape * max(0, 1 - z * z).squareRoot()) / gsl_sf_bessel_I0(shape)
  }
}

/// Coefficients c_k of `f(s) = Σ c_k T_k(s)` on [−1, 1] from `count` Chebyshev nodes.
private func chebyshevCoefficients(_ f: (Double) -> Double, count: Int) -> [Double] {
  let angles = (0..<count).map { Double.pi * (Double($0) + 0.5) / Double(count) }
  let values = angles.map { f(cos($0)) }
  return (0..<count).map { k in
    let sum = zip(angles, values).reduce(0) { $0 + $1.1 * cos(Double(k) * $1.0) }
    return sum * (k == 0 ? 1 : 2) / Double(count)
  }
}

/// Coefficients of the powers of s of `Σ c_k T_k(s)`.
private func monomials(_ c: [Double]) -> [Double] {
  var (previous, current) = ([1.0], [0.0, 1.0])
  var sum = [Double](repeating: 0, count: c.count)
  for (k, coefficient) in c.enumerated() {
    let chebyshev = k == 0 ? [1.0] : current
    for (p, t) in chebyshev.enumerated() { sum[p] += coefficient * t }
    guard k > 0 else { continue }
    var next = [0.0] + current.map { 2 * $0 }
    for (p, t) in previous.enumerated() { next[p] -= t }
    (previous, current) = (current, next)
  }
  return sum
}
