// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

@testable import NumericalKernels

/// Non-uniform transforms against direct sums in extended precision.
@Suite struct NonuniformTransformTests {
  struct Waves {
    var momenta: [[Double]]
    var phases: [Double]
    var amplitudes: [Double]

    /// Momenta uniform on `[−reach, reach]^d`.
    init(dimension: Int, count: Int, reach: Double, seed: UInt64) {
      var state = seed
      func uniform() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 11) * 0x1p-53
      }
      momenta = (0..<dimension).map { _ in (0..<count).map { _ in reach * (2 * uniform() - 1) } }
      phases = (0..<count).map { _ in 2 * .pi * (uniform() - 0.5) }
      amplitudes = (0..<count).map { _ in 2 * uniform() - 1 }
    }

    func value(_ x: [Double]) -> Double {
      var sum: Float80 = 0
      for i in phases.indices {
        var phase = Float80(phases[i])
        for axis in x.indices { phase += Float80(momenta[axis][i]) * Float80(x[axis]) }
        sum += Float80(amplitudes[i]) * cosl(phase)
      }
      return Double(sum)
    }

    var norm: Double { amplitudes.reduce(0) { $0 + $1 * $1 }.squareRoot() }
  }

  /// Largest error over up to 150 sites, in units of √Σc².
  static func error<Real: FieldReal>(
    _: Real.Type, _ waves: Waves, sites: [Int], step: Double, centre: [Double], grid: NonuniformGrid, tolerance: Double
  ) -> Double {
    let transform = NonuniformTransform<Real>(
      sites: sites, step: step, count: waves.phases.count, grid: grid, tolerance: tolerance)
    let total = sites.reduce(1, *)
    let field = AlignedBuffer<Real>(count: total, repeating: 0)
    // Twice: nothing of the first field may be left in the second.
    for _ in 0..<2 {
      waves.phases.withUnsafeBufferPointer { b in
        waves.amplitudes.withUnsafeBufferPointer { c in
          let k = waves.momenta.map { list in
            let copy = UnsafeMutablePointer<Double>.allocate(capacity: list.count)
            copy.initialize(from: list, count: list.count)
            return copy
          }
          transform.evaluate(
            momenta: k.map { UnsafePointer($0) }, phases: b.baseAddress!, amplitudes: c.baseAddress!, centre: centre,
            into: field.pointer)
          k.forEach { $0.deallocate() }
        }
      }
    }
    var worst = 0.0
    let checked = min(total, 150)
    for q in 0..<checked {
      let index = q * (total - 1) / max(1, checked - 1)
      var rest = index
      var x = centre
      for axis in sites.indices.reversed() {
        x[axis] += step * Double(rest % sites[axis] - sites[axis] / 2)
        rest /= sites[axis]
      }
      worst = max(worst, abs(Double(field[index]) - waves.value(x)))
    }
    return worst / waves.norm
  }

  /// The bound of 3 tolerances: the kernel's aliases are an rms over positions, the largest of many sites is a few of these.
  @Test(arguments: [[64], [4096], [37], [64, 64], [16, 50], [256, 256], [32, 32, 32], [12, 9, 20]], [0.3, 3.1, 40.0])
  func errorsStayBelowTheTolerance(sites: [Int], reach: Double) throws {
    for tolerance in [1e-5, 1e-9, 1e-11] {
      for count in [1, 300, 5000] {
        guard let grid = NonuniformGrid(sites: sites, count: count, tolerance: tolerance) else { continue }
        let waves = Waves(dimension: sites.count, count: count, reach: reach, seed: 7)
        let error = Self.error(
          Double.self, waves, sites: sites, step: 1, centre: sites.map { 0.37 * Double($0) }, grid: grid,
          tolerance: tolerance)
        #expect(error <= 3 * tolerance)
      }
    }
  }

  /// Few waves reach few rows and columns of the grid, others from field to field: each field is the one that a fresh transform makes.
  @Test(arguments: [[96], [24, 40], [16, 1, 40], [20, 16, 24]])
  func nothingOfEarlierFieldsIsLeft(sites: [Int]) throws {
    let grid = try #require(NonuniformGrid(sites: sites, count: 2, tolerance: 1e-9))
    func field(_ waves: Waves, _ transform: NonuniformTransform<Double>) -> [Double] {
      let field = AlignedBuffer<Double>(count: sites.reduce(1, *), repeating: 0)
      let k = waves.momenta.map { list in
        let copy = AlignedBuffer<Double>(count: list.count, repeating: 0)
        copy.pointer.update(from: list, count: list.count)
        return copy
      }
      transform.evaluate(
        momenta: k.map { UnsafePointer($0.pointer) }, phases: waves.phases, amplitudes: waves.amplitudes,
        centre: sites.map { _ in 0.37 }, into: field.pointer)
      return withExtendedLifetime(k) { field.array }
    }
    func fresh() -> NonuniformTransform<Double> {
      NonuniformTransform(sites: sites, step: 1, count: 2, grid: grid, tolerance: 1e-9)
    }
    let worn = fresh()
    for seed in 0..<40 {
      let waves = Waves(
        dimension: sites.count, count: 2, reach: [3, 0.2, 1.1][seed % 3], seed: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15)
      #expect(field(waves, worn) == field(waves, fresh()), "field \(seed)")
    }
  }

  /// Single precision: grids whose edges do not amplify rounding errors too much.
  @Test(arguments: [[512], [48, 40], [20, 16, 24]])
  func singlePrecision(sites: [Int]) throws {
    for count in [10, 3000] {
      let grid = try #require(NonuniformGrid(sites: sites, count: count, tolerance: 2e-6, roundoff: 6e-8))
      let waves = Waves(dimension: sites.count, count: count, reach: 3, seed: 5)
      let error = Self.error(
        Float.self, waves, sites: sites, step: 1, centre: sites.map { 0.37 * Double($0) }, grid: grid, tolerance: 2e-6)
      #expect(error <= 6e-6)
    }
  }

  /// The control: with a kernel one node narrower than asked for, errors exceed the bound.
  @Test func aNarrowerKernelIsSeen() throws {
    let waves = Waves(dimension: 2, count: 300, reach: 3, seed: 7)
    let honest = try #require(NonuniformGrid(sites: [64, 64], count: 300, tolerance: 1e-9))
    let coarse = try #require(NonuniformGrid(sites: [64, 64], count: 300, tolerance: 3e-8))
    func error(_ grid: NonuniformGrid) -> Double {
      Self.error(Double.self, waves, sites: [64, 64], step: 1, centre: [0, 0], grid: grid, tolerance: 1e-9)
    }
    #expect(error(honest) <= 3e-9)
    #expect(error(coarse) > 3e-9)
  }

  /// The bound the planner trusts, with four times the frequencies and aliases the kernel was chosen by.
  @Test(arguments: Array(SpreadingKernel.widths), [1.2, 1.25, 1.4, 1.5, 1.5625, 1.75, 2]) func aliasesStayBelowTheirBound(
    width: Int, oversampling: Double
  ) {
    let kernel = SpreadingKernel(width: width, oversampling: oversampling, tolerance: 1e-3)
    let worst = (0...240).map { step in
      let xi = Double(step) / 240 * Double.pi / oversampling
      let aliases = (1...32).reduce(0.0) { sum, m in
        sum + pow(kernel.transform(xi + 2 * .pi * Double(m)), 2) + pow(kernel.transform(xi - 2 * .pi * Double(m)), 2)
      }
      return aliases.squareRoot() / kernel.transform(xi)
    }.max()!
    #expect(worst <= SpreadingKernel.aliasing(width: width, oversampling: oversampling))
  }

  /// Kernels against quadrature of their transform and against the window itself.
  @Test(arguments: [4, 7, 8, 11, 16], [1.25, 2]) func kernelsMatchTheirTransform(width: Int, oversampling: Double) {
    let kernel = SpreadingKernel(width: width, oversampling: oversampling, tolerance: 1e-13)
    let padded = kernel.coefficients.count / (kernel.degree + 1)
    func value(_ j: Int, _ s: Double) -> Double {
      (0...kernel.degree).reduce(0) { $0 * s + kernel.coefficients[$1 * padded + j] }
    }
    // Midpoint sums of a function that is smooth but for a step of 1/I_0(β) at its ends.
    let steps = 4000
    for xi in [0.0, 0.5, 1.3] {
      var sum = 0.0
      for j in 0..<width {
        for q in 0..<steps {
          let s = (Double(q) + 0.5) / Double(steps) * 2 - 1
          let u = 0.5 * (s + 1) + Double(j) - 0.5 * Double(width)
          sum += value(j, s) * cos(xi * u) / Double(steps)
        }
      }
      #expect(abs(sum - kernel.transform(xi)) < 1e-6 * kernel.transform(0))
    }
    #expect(abs(value(width / 2, width.isMultiple(of: 2) ? -1 : 0) - 1) < 1e-12)
  }
}
