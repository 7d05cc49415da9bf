// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// The slope of a two-point function of a finite-width ensemble in a coupling, at zero coupling, split by powers of the width.
public struct FirstOrderResponse: Sendable, Equatable {
  /// The part of order N⁰: the tadpole of the infinite-width field.
  public let leading: Double
  /// The part of order 1/N, the 1/N included.
  public let inverseWidth: Double
  /// The part of order 1/N², the 1/N² included.
  public let inverseWidthSquared: Double

  /// All three; there are no others.
  public var total: Double { leading + inverseWidth + inverseWidthSquared }

  /// A response of three parts.
  public init(leading: Double, inverseWidth: Double, inverseWidthSquared: Double) {
    self.leading = leading
    self.inverseWidth = inverseWidth
    self.inverseWidthSquared = inverseWidthSquared
  }
}

/// A node of the insertion: a point z and its quadrature weight w_z, a^d on a lattice.
public typealias InsertionNode = (point: Point, weight: Double)

/// What is inserted, `exp(−(g/n!) Σ_z w_z φ(z)^n)`.
public enum InsertedPower: Int, Sendable, Hashable {
  /// `½ δ φ²`: a shift δ of m².
  case quadratic = 2
  /// The insertion `(λ/4!) φ⁴`.
  case quartic = 4

  /// The factorial n! of the power.
  var factorial: Double { self == .quadratic ? 2 : 24 }
}

extension NeuronSum {
  /// `dG2(x,y)/dg = −(1/n!) Σ_z w_z [ <φ_x φ_y φ_z^n> − <φ_x φ_y><φ_z^n> ]` at g = 0, exact in N for any sum of independent neurons. Under the sum:
  ///
  ///     n = 4:  12 G2(xz) G2(yz) G2(zz) + 6 G2(zz) G4c(x,y,z,z) + 4 G2(xz) G4c(y,z,z,z) + 4 G2(yz) G4c(x,z,z,z) + G6c(x,y,z,z,z,z)
  ///     n = 2:  2 G2(xz) G2(yz) + G4c(x,y,z,z)
  ///
  /// Not translation invariant where the nodes are not. Nil where moments of six fields are unknown. Cost: a six-point cumulant a node, some
  /// ten microseconds. Source: docs/physics/interacting-exact.md, "First order at finite width"; checked by brute enumeration at N = 3 and against
  /// slopes of exact quadratures at N = 1, 2.
  public func firstOrderTwoPoint(
    _ x: Point, _ y: Point, nodes: [InsertionNode], inserted: InsertedPower = .quartic
  ) -> FirstOrderResponse? {
    guard knowsNeuronMoment(order: inserted.rawValue + 2) else { return nil }
    var parts = SIMD3<Double>.zero
    for (z, weight) in nodes {
      guard let xz = exactCumulant([x, z]), let yz = exactCumulant([y, z]),
        let xyzz = exactCumulant([x, y, z, z])
      else { return nil }
      if inserted == .quadratic {
        parts += weight * SIMD3<Double>(2 * xz * yz, xyzz, 0)
        continue
      }
      guard let zz = exactCumulant([z, z]), let yzzz = exactCumulant([y, z, z, z]),
        let xzzz = exactCumulant([x, z, z, z]), let sixth = exactCumulant([x, y, z, z, z, z])
      else { return nil }
      let mixed: Double = 6 * zz * xyzz + 4 * (xz * yzzz + yz * xzzz)
      parts += weight * SIMD3<Double>(12 * xz * yz * zz, mixed, sixth)
    }
    parts /= -inserted.factorial
    return FirstOrderResponse(leading: parts[0], inverseWidth: parts[1], inverseWidthSquared: parts[2])
  }

  /// `dG4c(x1..x4)/dg = −(1/n!) Σ_z w_z κ(φ_1, φ_2, φ_3, φ_4; φ_z^n)` at g = 0, exact in N, with the composite as one variable:
  ///
  ///     κ = <1234 z^n> − <1234><z^n> − Σ_3 [ <12 z^n><34> + <34 z^n><12> − 2 <12><34><z^n> ].
  ///
  /// Nil where the moments are unknown (n = 4 needs eight fields). Cost: an eight-point moment a node, about a millisecond. Relative accuracy 1e-12
  /// of the largest term. Source: docs/physics/interacting-exact.md.
  public func firstOrderFourPoint(
    _ points: [Point], nodes: [InsertionNode], inserted: InsertedPower = .quartic
  ) -> Double? {
    precondition(points.count == 4, "firstOrderFourPoint: \(points.count) points")
    guard knowsNeuronMoment(order: inserted.rawValue + 4), let four = exactMoment(points) else { return nil }
    var sum = 0.0
    for (z, weight) in nodes {
      let composite = [Point](repeating: z, count: inserted.rawValue)
      guard let all = exactMoment(points + composite), let vacuum = exactMoment(composite) else { return nil }
      var cumulant = all - four * vacuum
      for pairing in Pairings.four {
        let pairs = pairing.map { [points[$0.0], points[$0.1]] }
        guard let a = exactMoment(pairs[0]), let b = exactMoment(pairs[1]),
          let az = exactMoment(pairs[0] + composite), let bz = exactMoment(pairs[1] + composite)
        else { return nil }
        cumulant -= az * b + bz * a - 2 * a * b * vacuum
      }
      sum += weight * cumulant
    }
    return -sum / inserted.factorial
  }
}

extension CosineNeurons {
  /// The same for cosine neurons, whose cumulants are functions of one vector: `G2 = μ2 J_2/2`, `H2 = μ4 J_4/8`, `H3 = μ6 J_6/32` give
  ///
  ///     N G4c(x,y,z,z)  = 2 H2(x−y) + H2(x+y−2z) − G2(x−y) G0 − 2 G2(xz) G2(yz)
  ///     N G4c(x,z,z,z)  = 3 [ H2(xz) − G2(xz) G0 ]
  ///     N² G6c(x,y,z⁴)  = 6 H3(x−y) + 4 H3(x+y−2z) − 3 G2(x−y) H2(0) − 12 [ G2(xz) H2(yz) + G2(yz) H2(xz) ]
  ///                       − 6 G0 [ 2 H2(x−y) + H2(x+y−2z) ] + 2 [ 3 G2(x−y) G0² + 12 G2(xz) G2(yz) G0 ].
  ///
  /// Six evaluations of J a node: below a microsecond where J is tabulated.
  public func firstOrderTwoPoint(
    _ x: Point, _ y: Point, nodes: [InsertionNode], inserted: InsertedPower = .quartic
  ) -> FirstOrderResponse? {
    let (mu2, mu4) = (outputWeights.moment(2) / 2, outputWeights.moment(4) / 8)
    let mu6 = inserted == .quartic ? outputWeights.moment(6) / 32 : 0
    func g(_ z: Point) -> Double { mu2 * spectralMoment(order: 2, z) }
    func h2(_ z: Point) -> Double { mu4 * spectralMoment(order: 4, z) }
    func h3(_ z: Point) -> Double { mu6 * spectralMoment(order: 6, z) }
    let n = Double(width)
    let (g0, h0) = (g(.zero), h2(.zero))
    let (gr, hr) = (g(x - y), h2(x - y))
    let sr = inserted == .quartic ? h3(x - y) : 0
    var parts = SIMD3<Double>.zero
    for (z, weight) in nodes {
      let (gx, gy) = (g(x - z), g(y - z))
      let reflected = x + y - 2 * z
      let loop = 2 * hr + h2(reflected)
      let xyzz = loop - gr * g0 - 2 * gx * gy
      if inserted == .quadratic {
        parts += weight * SIMD3<Double>(2 * gx * gy, xyzz / n, 0)
        continue
      }
      let (hx, hy) = (h2(x - z), h2(y - z))
      let mixed: Double = 6 * g0 * xyzz + 12 * (gx * (hy - gy * g0) + gy * (hx - gx * g0))
      let disconnected: Double = 3 * gr * h0 + 12 * (gx * hy + gy * hx) + 6 * g0 * loop
      let sixth: Double =
        6 * sr + 4 * h3(reflected) - disconnected + 6 * g0 * (gr * g0 + 4 * gx * gy)
      parts += weight * SIMD3<Double>(12 * gx * gy * g0, mixed / n, sixth / (n * n))
    }
    parts /= -inserted.factorial
    return FirstOrderResponse(leading: parts[0], inverseWidth: parts[1], inverseWidthSquared: parts[2])
  }
}
