// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import LatticeFields
import Testing

@testable import KnownValues

/// Connected 6-point functions of solved lattices.
@Suite struct SixPointTests {
  private func reference(_ sites: [Int], lambda: Double, spacing: Double = 1) throws -> InteractingValues {
    try #require(
      InteractingValues(
        infiniteWidth: QuarticPotential(massSquared: 1, coupling: lambda),
        lattice: Lattice(sites: sites, spacing: spacing, boundary: .periodic)))
  }

  /// One site against sums over a fine grid, at another spacing too. Control: the same sums at a coupling two per cent off.
  @Test(arguments: [1.0, 0.5]) func oneSite(spacing: Double) throws {
    func sixth(_ lambda: Double) -> Double {
      var m = [Double](repeating: 0, count: 4)
      for k in -4000...4000 {
        let phi = Double(k) * 0.005
        let weight = exp(-spacing * (0.5 * phi * phi + lambda / 24 * pow(phi, 4)))
        for (n, power) in [0, 2, 4, 6].enumerated() { m[n] += weight * pow(phi, Double(power)) }
      }
      let (m2, m4, m6) = (m[1] / m[0], m[2] / m[0], m[3] / m[0])
      return m6 - 15 * m4 * m2 + 30 * m2 * m2 * m2
    }
    let known = try #require(
      reference([1], lambda: 6, spacing: spacing).value(.cumulant([Point](repeating: .zero, count: 6))))
    #expect(known.kind == .exact)
    #expect(abs(known.value / sixth(6) - 1) < 1e-9)
    #expect(abs(known.value / sixth(6.12) - 1) > 1e-3)
  }

  /// On a ring it vanishes as λ² where the theory becomes free. Control: the full function does not.
  @Test func rings() throws {
    let points = [0, 0, 1, 1, 2, 3].map { Point(coordinates: [Double($0)]) }
    func values(_ lambda: Double) throws -> (full: Double, connected: Double) {
      let ring = try reference([4], lambda: lambda)
      return (try #require(ring.value(.moment(points))).value, try #require(ring.value(.cumulant(points))).value)
    }
    let (weak, weaker) = (try values(0.02), try values(0.01))
    #expect(abs(weak.connected / weaker.connected - 4) < 0.3, "\(weak.connected / weaker.connected)")
    #expect(abs(weak.full / weaker.full - 1) < 0.05)
  }
}
