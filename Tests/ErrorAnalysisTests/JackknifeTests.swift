// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Foundation
import NNFTTestSupport
import NumericalKernels
import Testing

private func normals(_ count: Int, seed: UInt64) -> [Double] {
  let a = AlignedBuffer<Double>(count: count, repeating: 0)
  let b = AlignedBuffer<Double>(count: count, repeating: 0)
  RandomStream(seed: seed, stream: "error analysis").normalPairs(
    use: .phase, draw: 0, count: count, first: a.pointer, second: b.pointer)
  return a.array
}

private func binned(_ columns: [[Double]], weights: [Double]? = nil) -> BinnedMeans {
  var bins = BinnedMeans(primaryCount: columns.count)
  for row in columns[0].indices {
    bins.append(means: columns.map { $0[row] }, weight: weights?[row] ?? 1)
  }
  return bins
}

@Suite struct JackknifeTests {
  @Test func errorOfAMeanIsTheStandardError() {
    let x = normals(50, seed: 1)
    let samples = binned([x]).mean(0)
    let mean = x.reduce(0, +) / 50
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 49
    #expect(abs(samples.value - mean) < 1e-15)
    #expect(abs(samples.error - (variance / 50).squareRoot()) < 1e-14)
    #expect(abs(samples.biasCorrected.value - mean) < 1e-14)
  }

  @Test func unequalBinsOfEqualDataGiveTheMeanOfTheData() {
    // Splitting 12 draws into bins of 3, 4, 5: the mean does not notice.
    let x = normals(12, seed: 2)
    let sizes = [3, 4, 5]
    var start = 0
    var means: [Double] = []
    for size in sizes {
      means.append(x[start..<start + size].reduce(0, +) / Double(size))
      start += size
    }
    let samples = binned([means], weights: sizes.map(Double.init)).mean(0)
    #expect(abs(samples.value - x.reduce(0, +) / 12) < 1e-15)
    #expect(samples.error > 0)
  }

  @Test func productsOfMeansMatchTheSumOverDistinctBins() {
    let columns = (0..<3).map { normals(6, seed: 10 + UInt64($0)) }
    let weights = [1.0, 2, 1, 3, 1, 2]
    let bins = binned(columns, weights: weights)
    var (pair, pairWeight, triple, tripleWeight) = (0.0, 0.0, 0.0, 0.0)
    for i in 0..<6 {
      for j in 0..<6 where j != i {
        pair += weights[i] * weights[j] * columns[0][i] * columns[1][j]
        pairWeight += weights[i] * weights[j]
        for k in 0..<6 where k != i && k != j {
          let w = weights[i] * weights[j] * weights[k]
          triple += w * columns[0][i] * columns[1][j] * columns[2][k]
          tripleWeight += w
        }
      }
    }
    #expect(abs(bins.product(0, 1).value - pair / pairWeight) < 1e-13)
    #expect(abs(bins.product(0, 1, 2).value - triple / tripleWeight) < 1e-13)
  }

  @Test func errorOfARatioIsThatOfTheDeltaMethod() {
    let (x, y) = (normals(400, seed: 3).map { 5 + $0 }, normals(400, seed: 4).map { 3 + 0.5 * $0 })
    let ratio = binned([x, y]).mean(0) / binned([x, y]).mean(1)
    let (mx, my) = (x.reduce(0, +) / 400, y.reduce(0, +) / 400)
    let linear = zip(x, y).map { ($0 - mx) / my - mx / (my * my) * ($1 - my) }
    let delta = (linear.reduce(0) { $0 + $1 * $1 } / (399 * 400)).squareRoot()
    #expect(abs(ratio.error / delta - 1) < 0.01)
  }

  @Test func constantDataHaveNoError() {
    let samples = binned([[2, 2, 2, 2]]).mean(0)
    #expect(samples.error == 0)
    #expect(Estimate(samples).pull(exact: 2) == 0)
    #expect(Estimate(samples).pull(exact: 3) == nil)
  }
}

@Suite struct HotellingTests {
  /// p-values of correlated Gaussian data are uniform: χ² over ten cells, 2000 repetitions, false alarm 1e-6; a shift of
  /// half a standard error in one row is the control.
  @Test func pValuesAreUniformAndShiftsAreSeen() throws {
    let (repetitions, rows, bins) = (2000, 4, 40)
    var cells = [Double](repeating: 0, count: 10)
    var shifted = [Double](repeating: 0, count: 10)
    for repetition in 0..<repetitions {
      let raw = normals((rows + 1) * bins, seed: 1000 + UInt64(repetition))
      let columns = (0..<rows).map { row in
        (0..<bins).map { raw[row * bins + $0] + 2 * raw[rows * bins + $0] }
      }
      let samples = (0..<rows).map(binned(columns).mean)
      let p = try #require(HotellingTest(samples: samples, expected: [0, 0, 0, 0]).pValue)
      cells[min(9, Int(10 * p))] += 1
      let q = try #require(HotellingTest(samples: samples, expected: [0.3, 0, 0, 0]).pValue)
      shifted[min(9, Int(10 * q))] += 1
    }
    func chiSquared(_ counts: [Double]) -> Double {
      counts.reduce(0) { $0 + ($1 - 200) * ($1 - 200) / 200 }
    }
    #expect(Distributions.chiSquaredTail(chiSquared(cells), degrees: 9) > 1e-6)
    #expect(Distributions.chiSquaredTail(chiSquared(shifted), degrees: 9) < 1e-6)
  }

  @Test func collinearRowsCountOnce() {
    let x = normals(30, seed: 5)
    let bins = binned([x, x.map { 2 * $0 }])
    let test = HotellingTest(samples: [bins.mean(0), bins.mean(1)], expected: [0, 0])
    #expect(test.directions == 1)
  }

  @Test func tooFewBinsAreInconclusive() {
    let columns = (0..<4).map { normals(5, seed: 20 + UInt64($0)) }
    let test = HotellingTest(samples: (0..<4).map(binned(columns).mean), expected: [0, 0, 0, 0])
    #expect(test.pValue == nil)
  }

  @Test func anExactRowThatIsWrongRejects() {
    let bins = binned([[1, 1, 1, 1], normals(4, seed: 6)])
    #expect(HotellingTest(samples: [bins.mean(0)], expected: [1]).pValue == 1)
    #expect(HotellingTest(samples: [bins.mean(0)], expected: [1.1]).pValue == 0)
  }
}

@Suite struct ValueWithErrorTests {
  static let table: [(Double, Double, String)] = [
    (1.23456, 0.0067, "1.2346(67)"), (0.5, 2.5, "0.5(2.5)"), (1234, 68, "1234(68)"), (0.0001234, 0.0000067, "0.0001234(67)"),
    (1.5, 0.0996, "1.50(10)"), (-0.31498, 0.00072, "-0.31498(72)"), (10, 9.96, "10(10)"), (3, 0, "3.0"),
    // Relative errors below 1e-8.
    (1.5, 2.5e-12, "1.5000000000000(25)"), (0.5, 2.5e-12, "5.000000000000(25)e-01"),
  ]

  @Test(arguments: table) func followsTheUsualRule(value: Double, error: Double, text: String) {
    #expect(ValueWithError.text(value, error) == text)
  }
}
