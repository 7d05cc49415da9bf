// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import NumericalKernels
import Testing

/// What `Activation` says of σ, held against its values; kernels and exact results decide by these properties.
@Suite struct ActivationTests {
  private static let grid = (-400...400).map { 0.02 * Double($0) }

  /// Odd is what changes its sign everywhere; the other answer fails for every σ.
  @Test(arguments: Activation.allCases) func oddness(_ activation: Activation) {
    let isOdd = Self.grid.allSatisfy { activation.value(-$0) == -activation.value($0) }
    #expect(activation.isOdd == isOdd)
    #expect([Activation.relu, .cosine].contains(activation) == !isOdd)
  }

  /// The envelope lies above |σ| up to rounding; one of half the steepness does not.
  @Test(arguments: Activation.allCases) func envelopes(_ activation: Activation) {
    guard let (bound, steepness) = activation.envelope else { return }
    func holds(_ steepness: Double) -> Bool {
      Self.grid.allSatisfy { abs(activation.value($0)) <= min(bound, steepness * abs($0)) * (1 + 1e-15) }
    }
    #expect(holds(steepness) && !holds(steepness / 2))
  }

  /// Slopes against central differences of fourth order, whose error is below 1e-9 here; slopes larger by a thousandth are told apart.
  @Test(arguments: Activation.allCases) func slopes(_ activation: Activation) {
    let h = 1e-3
    func deviation(_ factor: Double) -> Double {
      // The kink of relu lies between two of these.
      Self.grid.map { $0 + 0.01 }.map { z in
        let near = activation.value(z + h) - activation.value(z - h)
        let far = activation.value(z + 2 * h) - activation.value(z - 2 * h)
        return abs((8 * near - far) / (12 * h) - factor * activation.slope(z))
      }.max()!
    }
    #expect(deviation(1) < 1e-9 && deviation(1.001) > 5e-4)
  }

  /// The vectorised layer is the value, to 6e-16; a bias left out is seen.
  @Test(arguments: Activation.allCases) func layers(_ activation: Activation) {
    let biases = Self.grid.map { 0.3 * $0 + 0.1 }
    var z = Self.grid
    z.withUnsafeMutableBufferPointer { z in
      biases.withUnsafeBufferPointer { activation.apply(to: z.baseAddress!, biases: $0.baseAddress!, rows: 1, count: z.count) }
    }
    func agrees(_ share: Double) -> Bool {
      Self.grid.indices.allSatisfy {
        abs(z[$0] - activation.value(Self.grid[$0] + share * biases[$0])) <= 6e-16 * max(1, abs(z[$0]))
      }
    }
    #expect(agrees(1) && !agrees(0))
  }

  /// Vectorised slopes are the slopes, to 6e-16; slopes of half the argument are told apart, but where they do not depend on it.
  @Test(arguments: Activation.allCases) func vectorisedSlopes(_ activation: Activation) {
    var out = Self.grid
    activation.slopes(of: Self.grid, into: &out, count: Self.grid.count)
    func agrees(_ factor: Double) -> Bool {
      zip(out, Self.grid).allSatisfy { abs($0 - activation.slope(factor * $1)) <= 6e-16 * max(1, abs($0)) }
    }
    #expect(agrees(1) && agrees(0.5) == [.relu, .linear].contains(activation))
  }
}
