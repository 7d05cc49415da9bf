// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

@testable import NumericalKernels

/// Transforms of zero-padded boxes against plain sums.
@Suite struct ZeroPaddedTransformTests {
  /// Boxes that fill their grid and boxes that do not, rows odd in number and in length, grids wider than a block of columns.
  static let cases: [(box: [Int], shape: [Int])] = [
    ([7], [16]), ([12], [12]), ([4, 6], [4, 6]), ([3, 5], [8, 10]), ([5, 7], [5, 7]), ([1, 9], [2, 20]),
    ([4, 60], [8, 120]), ([2, 3, 4], [4, 8, 8]), ([3, 3, 5], [3, 3, 5]), ([3, 4, 44], [5, 4, 90]),
    ([2, 3, 2, 5], [4, 3, 2, 10]),
  ]

  static func worstError<Real: FieldReal>(_: Real.Type, box: [Int], shape: [Int]) -> Double {
    let transform = ZeroPaddedTransform<Real>(box: box, shape: shape)
    let output = AlignedBuffer<Real>(count: 2 * transform.complexCount, repeating: 0)
    func unravel(_ index: Int, _ extents: [Int]) -> [Int] {
      var (rest, result) = (index, [Int](repeating: 0, count: extents.count))
      for axis in extents.indices.reversed() {
        result[axis] = rest % extents[axis]
        rest /= extents[axis]
      }
      return result
    }
    let count = box.reduce(1, *)
    var worst = 0.0
    // Twice, with other numbers: nothing of the first box may be left in the second.
    for round in 1...2 {
      let values = (0..<count).map { sin(Double(round) * (1 + 0.37 * Double($0 * $0 % 101))) }
      let length = box.last!
      transform.forward(output.pointer) { row, target in
        for i in 0..<length { target[i] = Real(values[row * length + i]) }
      }
      for number in 0..<shape.reduce(1, *) {
        let mode = unravel(number, shape)
        var (re, im) = (0.0, 0.0)
        for site in 0..<count {
          let x = unravel(site, box)
          let turns = zip(mode, zip(x, shape)).reduce(0.0) { $0 + Double($1.0 * $1.1.0) / Double($1.1.1) }
          re += values[site] * cos(2 * .pi * turns)
          im -= values[site] * sin(2 * .pi * turns)
        }
        // A mode and the same mode less a period.
        for alias in [mode, zip(mode, shape).map { $0 - $1 }] {
          let (index, isConjugate) = transform.index(ofMode: alias)
          let imaginary = Double(output[2 * index + 1])
          worst = max(worst, abs(Double(output[2 * index]) - re), abs((isConjugate ? -imaginary : imaginary) - im))
        }
      }
    }
    return worst / Double(count).squareRoot()
  }

  @Test(arguments: cases.indices) func equalThePlainSum(_ index: Int) {
    let (box, shape) = Self.cases[index]
    #expect(Self.worstError(Double.self, box: box, shape: shape) < 4e-14)
    #expect(Self.worstError(Float.self, box: box, shape: shape) < 2e-6)
  }

  /// Every entry of the half grid has a place of its own.
  @Test(arguments: cases.indices) func placesAreDistinct(_ index: Int) {
    let (box, shape) = Self.cases[index]
    let transform = ZeroPaddedTransform<Double>(box: box, shape: shape)
    var places: Set<Int> = []
    func visit(_ entry: [Int]) {
      let axis = entry.count
      guard axis < shape.count else {
        places.insert(transform.index(ofEntry: entry))
        return
      }
      for j in 0..<(axis == shape.count - 1 ? shape[axis] / 2 + 1 : shape[axis]) { visit(entry + [j]) }
    }
    visit([])
    #expect(places.count == shape.dropLast().reduce(shape.last! / 2 + 1, *))
    #expect(places.allSatisfy { 0 <= $0 && $0 < transform.complexCount })
  }
}
