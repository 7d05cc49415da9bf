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

  /// Relative error at most 2e-15 (1 + |k t| + q t²) of every number above 1e-290, whether rows share exponentials or not: dense and
  /// coarse nodes, exponents up to and beyond 200 and 708, an origin in the middle and at the end.
  @Test(
    arguments: [1, 15, 16, 17, 64, 71],
    [(0.0, 0.0), (0.3, 0.01), (5, 0.3), (16, 0.3), (19, 0.3), (22, 30), (60, 30), (400, 30), (1e4, 1e4)])
  func axisExponentialsFollowTheirNodes(nodes: Int, scales: (momentum: Double, quadratic: Double)) {
    let k = spread(scales.momentum, count: 37)
    let f = spread(1e3, count: 37)
    let (input, factors, scratch) = (buffer(k), buffer(f), buffer([Double](repeating: 0, count: 9 * k.count)))
    let table = buffer([Double](repeating: 0, count: nodes * k.count))
    var worst: Float80 = 0
    for step in [0.03, 0.2, 1.7] {
      for origin in [0, Double(nodes - 1) / 2] {
        for isScaled in [false, true] {
          WaveKernels.axisExponentials(
            input.pointer, factor: isScaled ? UnsafePointer(factors.pointer) : nil, quadratic: scales.quadratic,
            step: step, origin: origin, rows: nodes, count: k.count, into: table.pointer, scratch: scratch.pointer)
          for j in 0..<nodes {
            let t = Float80(step) * (Float80(j) - Float80(origin))
            let envelope = Float80(scales.quadratic) * t * t
            for i in k.indices {
              let factor = isScaled ? Float80(f[i]) : 1
              let exact = factor * exp(Float80(k[i]) * t - envelope)
              let value = Float80(table[j * k.count + i])
              guard abs(exact) > 1e-290 && abs(exact) < 1e290 else {
                #expect(abs(exact) > 1 || abs(value) < 1e-286)
                continue
              }
              worst = max(worst, abs(value / exact - 1) / (1 + abs(Float80(k[i]) * t) + envelope))
            }
          }
        }
      }
    }
    #expect(worst < 2e-15)
  }

  /// Rows of three axes from those of each, in place; single-row axes included.
  @Test func rowsExpandInPlace() {
    let axes = [[2.0, 3, 5], [7.0], [11.0, 13], [17.0]]
    let count = 3
    let table = buffer([Double](repeating: 0, count: 6 * count))
    var rows = 1
    for i in 0..<count { table[i] = Double(i + 1) }
    for axis in axes {
      let factors = buffer(axis.flatMap { [Double](repeating: $0, count: count) })
      WaveKernels.expandRows(table.pointer, rows: rows, by: factors.pointer, factorRows: axis.count, count: count)
      rows *= axis.count
    }
    let products = axes[0].flatMap { a in axes[2].map { a * 7 * $0 * 17 } }
    #expect(table.array == products.flatMap { p in (0..<count).map { p * Double($0 + 1) } })
  }
}
