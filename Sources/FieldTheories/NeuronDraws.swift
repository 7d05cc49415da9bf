// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields
import NumericalKernels

// The draws that architectures share. One deviate belongs to one neuron of one draw, so that a wider net extends a narrower one.

extension RandomStream {
  /// Fills the d components of a block of momenta, or of weights on d inputs, with independent N(0, sigma²) deviates; block b of the
  /// counter serves components 2b and 2b+1.
  func drawNormalMomenta(
    use: Use = .momentum, draw: UInt64, width: Int, dimension: Int, sigma: Double,
    component: (Int) -> UnsafeMutablePointer<Double>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { spare in
      for axis in stride(from: 0, to: dimension, by: 2) {
        let first = component(axis)
        let second = axis + 1 < dimension ? component(axis + 1) : spare.baseAddress!
        normalPairs(
          use: use, draw: draw, block: UInt32(axis / 2), count: width, first: first,
          second: second)
        for i in 0..<width {
          first[i] *= sigma
          second[i] *= sigma
        }
      }
    }
  }

  /// Fills `biases` with independent N(0, sigma²) deviates.
  func drawNormalBiases(use: Use = .phase, draw: UInt64, width: Int, sigma: Double, into biases: UnsafeMutablePointer<Double>) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { spare in
      normalPairs(use: use, draw: draw, count: width, first: biases, second: spare.baseAddress!)
      for i in 0..<width { biases[i] *= sigma }
    }
  }

  /// Fills `phases` with deviates uniform on (−π, π).
  func drawPhases(draw: UInt64, width: Int, into phases: UnsafeMutablePointer<Double>) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { spare in
      uniformPairs(use: .phase, draw: draw, count: width, first: phases, second: spare.baseAddress!)
      for i in 0..<width { phases[i] = .pi * (2 * phases[i] - 1) }
    }
  }
}
