// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// `dG2(x,y)/dλ` at λ = 0 of a finite-width ensemble under `exp(−(λ/4!) Σ_z w_z φ(z)⁴)`, split by powers of the width.
public struct FirstOrderResponse: Sendable, Equatable {
  /// The part of order N⁰: the tadpole of the infinite-width field.
  public let leading: Double
  /// The part of order 1/N, the 1/N included.
  public let inverseWidth: Double
  /// The part of order 1/N², the 1/N² included.
  public let inverseWidthSquared: Double

  /// All three; there are no others.
  public var total: Double { leading + inverseWidth + inverseWidthSquared }

  /// Three parts.
  public init(leading: Double, inverseWidth: Double, inverseWidthSquared: Double) {
    self.leading = leading
    self.inverseWidth = inverseWidth
    self.inverseWidthSquared = inverseWidthSquared
  }
}

/// A node of the insertion: a point z and its quadrature weight w_z, a^d on a lattice.
public typealias InsertionNode = (point: Point, weight: Double)

extension NeuronSum {
  /// `dG2(x,y)/dλ = −(1/4!) Σ_z w_z [ <φ_x φ_y φ_z⁴> − <φ_x φ_y><φ_z⁴> ]`, exact in N for any sum of independent neurons:
  ///
  ///     12 G2(xz) G2(yz) G2(zz) + 6 G2(zz) G4c(x,y,z,z) + 4 G2(xz) G4c(y,z,z,z) + 4 G2(yz) G4c(x,z,z,z) + G6c(x,y,z,z,z,z)
  ///
  /// under the sum. Not translation invariant where the nodes are not. Nil where moments of six fields are unknown. Cost: a
  /// six-point cumulant a node, some microseconds. Source: docs/physics/interacting-exact.md, "First order at finite width"; checked by brute
  /// enumeration at N = 3 and against slopes of exact quadratures at N = 1, 2.
  public func firstOrderTwoPoint(_ x: Point, _ y: Point, nodes: [InsertionNode]) -> FirstOrderResponse? {
    guard knowsNeuronMoment(order: 6) else { return nil }
    var parts = SIMD3<Double>.zero
    for (z, weight) in nodes {
      guard let xz = exactCumulant([x, z]), let yz = exactCumulant([y, z]), let zz = exactCumulant([z, z]),
        let xyzz = exactCumulant([x, y, z, z]), let yzzz = exactCumulant([y, z, z, z]),
        let xzzz = exactCumulant([x, z, z, z]), let sixth = exactCumulant([x, y, z, z, z, z])
      else { return nil }
      let mixed: Double = 6 * zz * xyzz + 4 * (xz * yzzz + yz * xzzz)
      parts += weight * SIMD3<Double>(12 * xz * yz * zz, mixed, sixth)
    }
    parts /= -24
    return FirstOrderResponse(leading: parts[0], inverseWidth: parts[1], inverseWidthSquared: parts[2])
  }

  /// `dG4c(x1..x4)/dλ = −(1/4!) Σ_z w_z κ(φ_1, φ_2, φ_3, φ_4; φ_z⁴)` at λ = 0, exact in N, with the composite as one variable:
  ///
  ///     κ = <1234 z⁴> − <1234><z⁴> − Σ_3 [ <12 z⁴><34> + <34 z⁴><12> − 2 <12><34><z⁴> ].
  ///
  /// Nil where moments of eight fields are unknown. Cost: an eight-point moment a node, about a millisecond. Relative accuracy 1e-12 of the
  /// largest term. Source: docs/physics/interacting-exact.md.
  public func firstOrderFourPoint(_ points: [Point], nodes: [InsertionNode]) -> Double? {
    precondition(points.count == 4, "firstOrderFourPoint: \(points.count) points")
    guard knowsNeuronMoment(order: 8), let four = exactMoment(points) else { return nil }
    var sum = 0.0
    for (z, weight) in nodes {
      let composite = [Point](repeating: z, count: 4)
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
    return -sum / 24
  }
}
