// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import NumericalKernels
import Testing

@Suite struct WaveKernelsTests {
  private func buffer(_ numbers: [Double]) -> AlignedBuffer<Double> {
    let buffer = AlignedBuffer<Double>(count: numbers.count, repeating: 0)
    for (i, x) in numbers.enumerated() { buffer[i] = x }
    return buffer
  }

  /// Equidistant numbers, jittered so that they are no round ones, in `(−limit, limit)`.
  private func spread(_ limit: Double, count: Int = 4001) -> [Double] {
    (0..<count).map { limit * (2 * (Double($0) + 0.377) / Double(count) - 1) }
  }

  /// Absolute error at most 2e-16 up to 1e9, and next to multiples of π/2, where reduction loses most.
  @Test func sineAndCosineReduceLargeArguments() {
    let zeros = [1, 2, 3, 22, 355, 104_348, 833_719, 5_419_351, 411_557_987].map {
      Double($0) * .pi / 2
    }
    let limits = [0, 1, 100, 1e5, 1e9]
    let angles: [Double] = limits.flatMap { spread($0) } + zeros + zeros.map { -$0.nextUp }
    let input = buffer(angles)
    let (sine, cosine) = (buffer(angles), buffer(angles))
    WaveKernels.sincos(
      input.pointer, sine: sine.pointer, cosine: cosine.pointer, count: angles.count)
    var worst = 0.0
    for (i, x) in angles.enumerated() {
      worst = max(worst, Double(abs(sin(Float80(x)) - Float80(sine[i]))))
      worst = max(worst, Double(abs(cos(Float80(x)) - Float80(cosine[i]))))
    }
    #expect(worst < 2e-16)
  }

  /// Relative error at most 3e-16 from −700 to 700, zero far below, infinity far above.
  @Test func exponentialsAreAccurateAndSaturate() {
    let limits = [1e-10, 1, 30, 700]
    let arguments: [Double] = limits.flatMap { spread($0) } + [-800, -1e6, 800, 1e6]
    let input = buffer(arguments)
    let output = buffer(arguments)
    WaveKernels.exp(input.pointer, into: output.pointer, count: arguments.count)
    var worst = 0.0
    for (i, x) in arguments.enumerated().dropLast(4) {
      worst = max(worst, Double(abs(Float80(output[i]) / exp(Float80(x)) - 1)))
    }
    #expect(worst < 3e-16)
    #expect(output.array.suffix(4) == [0, 0, .infinity, .infinity])
  }

  /// `|phase − exp(i k t_j)| ≤ 2e-15 + 4e-16 max|k t|`, with and without a middle node, re-seeding included.
  @Test(arguments: [1, 2, 15, 16, 17, 63, 64], [1.0, 40, 1e4])
  func axisPhasesFollowTheirNodes(nodes: Int, scale: Double) {
    let k = spread(scale, count: 37)
    let (input, scratch) = (buffer(k), buffer(k + k))
    let table = [Double](repeating: 0, count: nodes * k.count)
    let (cosine, sine) = (buffer(table), buffer(table))
    WaveKernels.axisPhases(
      input.pointer, step: 0.3, rows: nodes, nodes: nodes, count: k.count, cosine: cosine.pointer,
      sine: sine.pointer, scratch: scratch.pointer)
    var worst = 0.0
    for j in 0..<nodes {
      let t = Float80(0.3) * (Float80(j) - Float80(nodes - 1) / 2)
      for i in k.indices {
        let angle = Float80(k[i]) * t
        worst = max(worst, Double(abs(cos(angle) - Float80(cosine[j * k.count + i]))))
        worst = max(worst, Double(abs(sin(angle) - Float80(sine[j * k.count + i]))))
      }
    }
    #expect(worst < 2e-15 + 4e-16 * scale * 0.3 * Double(max(nodes - 1, 1)) / 2)
  }
}
