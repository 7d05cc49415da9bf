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
    let (input, scratch) = (buffer(k), buffer(k + k + k + k))
    let table = [Double](repeating: 0, count: nodes * k.count)
    let (cosine, sine) = (buffer(table), buffer(table))
    Double.axisPhases(
      input.pointer, step: 0.3, rows: nodes, nodes: nodes, count: k.count, factorCosine: nil, factorSine: nil,
      cosine: cosine.pointer, sine: sine.pointer, scratch: scratch.pointer)
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

  /// Single precision: the double-precision phases, rounded.
  @Test func singlePhasesAreTheDoubleOnesRounded() {
    let (k, nodes) = (spread(40, count: 37), 40)
    let (input, factor, scratch) = (buffer(k), buffer(k.reversed()), buffer(k + k + k + k))
    let double = [0, 1].map { _ in AlignedBuffer<Double>(count: nodes * k.count, repeating: 0) }
    let single = [0, 1].map { _ in AlignedBuffer<Float>(count: nodes * k.count, repeating: 0) }
    Double.axisPhases(
      input.pointer, step: 0.3, rows: nodes, nodes: nodes, count: k.count, factorCosine: input.pointer,
      factorSine: factor.pointer, cosine: double[0].pointer, sine: double[1].pointer, scratch: scratch.pointer)
    Float.axisPhases(
      input.pointer, step: 0.3, rows: nodes, nodes: nodes, count: k.count, factorCosine: input.pointer,
      factorSine: factor.pointer, cosine: single[0].pointer, sine: single[1].pointer, scratch: scratch.pointer)
    for (d, f) in zip(double, single) {
      for i in 0..<d.count { #expect(abs(Float(d[i]) - f[i]) <= 6e-8 * 60) }
    }
  }

  /// Cosine sums at points, far phases and phases without meaning.
  @Test func cosineSums() {
    let count = 48
    let (k, b, c) = (spread(3, count: count), spread(3, count: count), spread(1, count: count))
    let points: [Double] = [0.3, -1, 0, 0, 1e6, 2, 0, 0, 1e14, 0, 0, 0]
    let momenta = buffer(k)
    func sums<Real: FieldReal>(_: Real.Type) -> [Double] {
      let out = AlignedBuffer<Real>(count: 3, repeating: 0)
      let both = [Optional(UnsafePointer(momenta.pointer)), UnsafePointer(momenta.pointer)]
      both.withUnsafeBufferPointer {
        Real.cosineSums(
          momenta: $0.baseAddress!, dimension: 2, phases: b, amplitudes: c, count: count, at: points, points: 3,
          into: out.pointer)
      }
      return out.array.map(Double.init)
    }
    let (double, single) = (sums(Double.self), sums(Float.self))
    for p in 0..<2 {
      var sum: Float80 = 0
      for i in 0..<count {
        let phase = Float80(b[i]) + Float80(k[i]) * (Float80(points[4 * p]) + Float80(points[4 * p + 1]))
        sum += Float80(c[i]) * cos(phase)
      }
      let allowed = (p == 0 ? 1e-14 : 1e-9) * Double(count)
      #expect(abs(double[p] - Double(sum)) < allowed)
      #expect(abs(single[p] - Double(sum)) < 1e-6 * Double(count) + allowed)
    }
    // Beyond 2^46 there is no phase left.
    #expect(double[2].isNaN && single[2].isNaN)
  }
}
