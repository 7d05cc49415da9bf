// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import LatticeFields
import NumericalKernels
import Testing

@testable import Correlators

/// A field of plane waves keeps those below the cutoff and loses the others, to rounding.
@Suite struct MomentumCutoffTests {
  private static let lattice = Lattice(sites: [6, 5], spacing: 0.5, boundary: .periodic)

  private func field(_ modes: [([Int], Double)]) -> [Double] {
    (0..<30).map { site in
      let x = Lattice.unravel(site, shape: [6, 5])
      return modes.reduce(0.0) { sum, mode in
        sum + mode.1 * cos(2 * .pi * (Double(mode.0[0] * x[0]) / 6 + Double(mode.0[1] * x[1]) / 5) + 0.3)
      }
    }
  }

  /// Of (0,0), (1,0), (1,2) and (3,1) with p̂ = 0, 2, 4.3 and 4.6 a cutoff keeps what lies below it. The control: the neighbouring cutoff keeps another field.
  @Test(arguments: [(1.0, 1), (2.0, 2), (4.4, 3), (10.0, 4)])
  func planeWaves(cutoff: Double, kept: Int) {
    let modes = [([0, 0], 0.7), ([1, 0], -1.1), ([1, 2], 0.4), ([3, 1], 2.0)]
    let buffer = AlignedBuffer<Double>(count: 30, repeating: 0)
    for (site, value) in field(modes).enumerated() { buffer[site] = value }
    MomentumCutoff(Self.lattice, cutoff: cutoff).apply(buffer.pointer)
    func deviation(_ count: Int) -> Double {
      zip(field(Array(modes.prefix(count))), buffer.array).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }
    #expect(deviation(kept) < 1e-14)
    #expect(deviation(kept == 4 ? 3 : kept + 1) > 0.1)
  }
}
