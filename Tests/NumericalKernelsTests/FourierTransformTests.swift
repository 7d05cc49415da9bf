// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import NumericalKernels
import Testing

/// Impulse, shift, plane waves, linearity and the two directions determine a Fourier transform and its convention.
@Suite struct FourierTransformTests {
  static let shapes = [[8], [7], [6, 10], [5, 9], [4, 6, 3], [2, 4, 4, 5], [1], [1, 6]]

  /// Numbers without symmetry.
  private func numbers(_ count: Int, seed: UInt64 = 3) -> [Double] {
    let (x, spare) = (
      AlignedBuffer<Double>(count: count, repeating: 0),
      AlignedBuffer<Double>(count: count, repeating: 0)
    )
    RandomStream(seed: seed, stream: "fourier")
      .normalPairs(use: .phase, draw: 0, count: count, first: x.pointer, second: spare.pointer)
    return x.array
  }

  private func forward(_ values: [Double], _ shape: [Int]) -> [ComplexDouble] {
    let transform = RealFourierTransform(shape: shape)
    let input = AlignedBuffer<Double>(count: transform.realCount, repeating: 0)
    let output = AlignedBuffer<ComplexDouble>(count: transform.complexCount, repeating: .zero)
    for (i, x) in values.enumerated() { input[i] = x }
    transform.forward(input.pointer, output.pointer)
    return output.array
  }

  /// Row-major multi-indices of a grid.
  private func grid(_ shape: [Int]) -> [[Int]] {
    shape.reduce([[]]) { heads, extent in heads.flatMap { head in (0..<extent).map { head + [$0] } }
    }
  }

  private func stored(_ shape: [Int]) -> [[Int]] { grid(shape.dropLast() + [shape.last! / 2 + 1]) }

  private func turns(_ n: [Int], _ x: [Int], _ shape: [Int]) -> Double {
    2 * .pi * zip(zip(n, x), shape).reduce(0) { $0 + Double($1.0.0 * $1.0.1 % $1.1) / Double($1.1) }
  }

  private func distance(_ a: [ComplexDouble], _ b: [ComplexDouble]) -> Double {
    zip(a, b).map { max(abs($0.real - $1.real), abs($0.imaginary - $1.imaginary)) }.max()!
  }

  /// `f(x) = δ(x, s)` gives `exp(−2πi n·s/L)`: impulse, shift, sign and order of axes at once.
  @Test(arguments: shapes) func aShiftedImpulseIsAPhase(shape: [Int]) {
    for (index, s) in grid(shape).enumerated() {
      var impulse = [Double](repeating: 0, count: shape.reduce(1, *))
      impulse[index] = 1
      let expected = stored(shape).map {
        ComplexDouble(cos(turns($0, s, shape)), -sin(turns($0, s, shape)))
      }
      #expect(distance(forward(impulse, shape), expected) < 1e-14)
    }
  }

  /// `cos(2π n·x/L + b)` occupies its mode and the negative one only, with `V e^{ib}/2`, or `V cos b` where the two coincide.
  @Test(arguments: shapes) func aPlaneWaveIsOneMode(shape: [Int]) {
    let volume = Double(shape.reduce(1, *))
    for mode in stored(shape) {
      let values = grid(shape).map { cos(turns(mode, $0, shape) + 0.4) }
      let negative = zip(mode, shape).map { ($1 - $0) % $1 }
      let expected = stored(shape).map { n -> ComplexDouble in
        let (plus, minus) = (n == mode ? 0.5 * volume : 0, n == negative ? 0.5 * volume : 0)
        return ComplexDouble((plus + minus) * cos(0.4), (plus - minus) * sin(0.4))
      }
      #expect(distance(forward(values, shape), expected) < 1e-12)
    }
  }

  @Test(arguments: shapes) func theTransformIsLinear(shape: [Int]) {
    let count = shape.reduce(1, *)
    let (f, g) = (numbers(count, seed: 1), numbers(count, seed: 2))
    let sum = forward(zip(f, g).map { 2 * $0 - 3 * $1 }, shape)
    let combined = zip(forward(f, shape), forward(g, shape)).map {
      ComplexDouble(2 * $0.real - 3 * $1.real, 2 * $0.imaginary - 3 * $1.imaginary)
    }
    #expect(distance(sum, combined) < 1e-12)
  }

  @Test(arguments: shapes) func backwardAfterForwardMultipliesByTheSites(shape: [Int]) {
    let transform = RealFourierTransform(shape: shape)
    let values = numbers(transform.realCount)
    let spectrum = AlignedBuffer<ComplexDouble>(count: transform.complexCount, repeating: .zero)
    let output = AlignedBuffer<Double>(count: transform.realCount, repeating: 0)
    for (i, z) in forward(values, shape).enumerated() { spectrum[i] = z }
    transform.backward(spectrum.pointer, output.pointer)
    for (i, x) in values.enumerated() { #expect(abs(output[i] / Double(values.count) - x) < 1e-14) }
  }

  @Test func powerAndCrossSpectraAccumulate() {
    let (x, y) = (numbers(22, seed: 4), numbers(22, seed: 5))
    let power = AlignedBuffer<Double>(count: 11, repeating: 2)
    let cross = AlignedBuffer<Double>(count: 22, repeating: 1)
    Double.accumulatePower(x, into: power.pointer, count: 11)
    Double.accumulateCross(x, y, into: cross.pointer, count: 11)
    for i in 0..<11 {
      let (u, v) = (ComplexDouble(x[2 * i], x[2 * i + 1]), ComplexDouble(y[2 * i], y[2 * i + 1]))
      #expect(abs(power[i] - 2 - u.real * u.real - u.imaginary * u.imaginary) < 1e-14)
      #expect(abs(cross[2 * i] - 1 - u.real * v.real - u.imaginary * v.imaginary) < 1e-14)
      #expect(abs(cross[2 * i + 1] - 1 - u.real * v.imaginary + u.imaginary * v.real) < 1e-14)
    }
  }
}
