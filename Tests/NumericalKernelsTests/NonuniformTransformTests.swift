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

  /// Largest error over up to 300 sites, in units of √Σc².
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
    let checked = min(total, 300)
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

  @Test(arguments: [[64], [4096], [37], [64, 64], [16, 50], [32, 32, 32], [12, 9, 20]], [0.3, 3.1, 40.0])
  func errorsStayBelowTheTolerance(sites: [Int], reach: Double) throws {
    for tolerance in [1e-5, 1e-9, 1e-11] {
      for count in [1, 300, 20000] where count * sites.reduce(1, *) < 40_000_000 {
        guard let grid = NonuniformGrid(sites: sites, count: count, tolerance: tolerance) else { continue }
        let waves = Waves(dimension: sites.count, count: count, reach: reach, seed: 7)
        let error = Self.error(
          Double.self, waves, sites: sites, step: 1, centre: sites.map { 0.37 * Double($0) }, grid: grid,
          tolerance: tolerance)
        print(sites, reach, tolerance, count, grid.extents, grid.width, "error/tolerance", error / tolerance)
        #expect(error <= 3 * tolerance)
      }
    }
  }
}
