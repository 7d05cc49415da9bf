// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import NumericalKernels
import Testing

@testable import FieldTheories

/// What averages over one neuron take for granted of σ is asked of `Activation`, and an activation without it has another way or no value.
@Suite struct GaussianNeuronTests {
  private static let rows = [[0.9, 0, 0], [0.4, 0.7, 0], [-0.3, 0.5, 0.8]]

  /// One half of the first axis, doubled, is the whole axis of odd σ in averages of even order, to rounding; of odd order, the control, it is not.
  @Test(arguments: [Activation.erf, .tanh]) func halvedAxis(_ activation: Activation) throws {
    for rank in 2...3 {
      func averages(_ powers: [Int]) throws -> (half: Double, whole: Double) {
        var neuron = GaussianNeuron(activation, rows: Self.rows.prefix(rank).map { Array($0.prefix(rank)) })
        let half = try #require(neuron.average(powers: powers))
        neuron.halvesFirstAxis = false
        return (half, try #require(neuron.average(powers: powers)))
      }
      let even = try averages(rank == 2 ? [3, 1] : [2, 1, 1])
      #expect(abs(even.half - even.whole) < 1e-13 * abs(even.whole))
      let odd = try averages(rank == 2 ? [1, 2] : [1, 1, 1])
      #expect(abs(odd.whole) < 1e-13 && abs(odd.half) > 1e-3)
    }
  }

  /// Cosine and sine have no rule here: nil, not the average of another σ.
  @Test(arguments: [Activation.cosine, .sine]) func withoutARule(_ activation: Activation) {
    let neuron = GaussianNeuron(activation, rows: Self.rows)
    #expect(neuron.average(powers: [2, 1, 1]) == nil && neuron.averageOfSum(order: 4) == nil && !neuron.isKnown(order: 4))
    #expect(GaussianNeuron(.erf, rows: Self.rows).isKnown(order: 4))
  }

  /// Kernels of every activation against a plain trapezoidal sum over two directions (error below 1e-9, of relu 1e-2 by its kink), slopes too; covariances
  /// wrong by a hundredth are told apart.
  @Test(arguments: Activation.allCases) func kernels(_ activation: Activation) throws {
    let (xx, yy, xy) = (1.3, 0.8, 0.45)
    let (x, across) = (xx.squareRoot(), xy / xx.squareRoot())
    let rest = (yy - across * across).squareRoot()
    let step = 0.05
    var (value, slope) = (0.0, 0.0)
    for i in -160...160 {
      for j in -160...160 {
        let (g, h) = (step * Double(i), step * Double(j))
        let weight = step * step * exp(-(g * g + h * h) / 2) / (2 * .pi)
        value += weight * activation.value(x * g) * activation.value(across * g + rest * h)
        slope += weight * activation.slope(x * g) * activation.slope(across * g + rest * h)
      }
    }
    let bound = activation == .relu ? 1e-2 : 1e-9
    #expect(abs(try #require(activation.kernel(xx, yy, xy)) - value) < bound)
    #expect(abs(try #require(activation.slopeKernel(xx, yy, xy)) - slope) < (activation == .relu ? 3e-2 : 1e-9))
    if activation != .relu { #expect(abs(try #require(activation.kernel(xx, yy, 1.01 * xy)) - value) > 1e-5) }
  }

  /// Derivatives of kernels against central differences of fourth order, 1e-8; of a variance larger by a fiftieth they are others.
  @Test(arguments: Activation.allCases) func kernelGradients(_ activation: Activation) throws {
    let (xx, yy, xy) = (1.3, 0.8, 0.5)
    let own = try #require(activation.kernelGradient(xx, yy, xy))
    let other = try #require(activation.kernelGradient(1.02 * xx, yy, xy))
    func difference(_ shift: (Double) -> Double?) throws -> Double {
      let h = 1e-2
      let near = try #require(shift(h)) - #require(shift(-h))
      let far = try #require(shift(2 * h)) - #require(shift(-2 * h))
      return (8 * near - far) / (12 * h)
    }
    let numbers = [
      try difference { activation.kernel(xx + $0, yy, xy) }, try difference { activation.kernel(xx, yy + $0, xy) },
      try difference { activation.kernel(xx, yy, xy + $0) },
    ]
    func deviation(_ gradient: (xx: Double, yy: Double, xy: Double)) -> Double {
      zip(numbers, [gradient.xx, gradient.yy, gradient.xy]).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }
    #expect(deviation(own) < 2e-7)
    if activation != .linear { #expect(deviation(other) > 1e-4) }
  }
}
