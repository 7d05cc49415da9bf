// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import KnownValues
import LatticeFields
import Testing

/// The limit of infinite width of layered nets.
@Suite struct GaussianLimitTests {
  /// Wick's theorem with the limiting kernel, times moments of a shared scale. Control: another pairing is seen.
  @Test func sharedScale() throws {
    let c = 0.8
    let deep = DeepNet(dimension: 1, widths: [50, 50], activation: .erf, sigmaW: 1, sigmaB: 0.5, sigmaV: 1)
      .sharing(SharedScale(variance: c))
    let limit = GaussianLimit(of: deep)
    let (x, y) = (Point(0.4, 0, 0, 0), Point(-0.9, 0, 0, 0))
    let (xx, yy) = (try #require(deep.limitKernel(x, x)), try #require(deep.limitKernel(y, y)))
    let xy = try #require(deep.limitKernel(x, y))
    let connected = try #require(limit.value(.cumulant([x, x, y, y]))).value
    #expect(abs(connected - c * (xx * yy + 2 * xy * xy)) < 1e-14)
    #expect(abs(connected - c * (3 * xx * yy)) > 1e-3)
    #expect(abs(try #require(limit.value(.moment([x, x, y, y]))).value - (1 + c) * (xx * yy + 2 * xy * xy)) < 1e-14)
    #expect(limit.value(.standardisedCumulant(order: 6, x))?.value == 30 * c * c && limit.value(.binderCumulant)?.value == -c)
  }

  /// A deep net shows its exact value where it has one, else the limit, and says which. Control: a net of one hidden layer has no reference.
  @Test func besideExactValues() throws {
    let (x, y) = (Point(0.4, 0, 0, 0), Point(-0.9, 0, 0, 0))
    let deep = DeepNet(dimension: 1, widths: [50, 50], activation: .relu, sigmaW: 1, sigmaB: 0.5, sigmaV: 1)
    let known = FreeValues(deep, lattice: nil)
    #expect(known.value(.moment([x, x]))?.kind == .exact && known.value(.moment([x, y]))?.kind == .limit)
    // A sum of both kinds is neither: the whole row is the limit's.
    let mixed = RowTarget(terms: [(1, .moment([x, x, x, x])), (1, .moment([x, x, y, y]))])
    let limit = try #require(GaussianLimit(of: deep).value(mixed))
    #expect(known.value(mixed) == limit)
    let plain = FreeValues(DenseNet(dimension: 1, width: 50, activation: .relu, sigmaW: 1, sigmaB: 0.5, sigmaV: 1), lattice: nil)
    #expect(plain.value(.moment([x, y]))?.kind == .exact)
  }
}
