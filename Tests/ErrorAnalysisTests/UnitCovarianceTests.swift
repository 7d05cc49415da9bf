// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Foundation
import NumericalKernels
import Testing

/// Statistics of the same numbers in units that differ by powers of two, up to where fourth powers of errors leave the range of double precision:
/// equal bytes after rescaling.
@Suite struct ErrorUnitTests {
  private static let scales = [-500, -300, -260, -50, -24, 24, 50, 260, 300, 500]

  private static func noise(_ count: Int, _ draw: UInt64) -> [Double] {
    let (a, b) = (AlignedBuffer<Double>(count: count, repeating: 0), AlignedBuffer<Double>(count: count, repeating: 0))
    RandomStream(seed: 11, stream: "units").normalPairs(
      use: .phase, draw: draw, count: count, first: a.pointer, second: b.pointer)
    return a.array
  }

  private static func scaled(_ x: Double, _ n: Int) -> Double {
    x * Double(sign: .plus, exponent: n / 2, significand: 1) * Double(sign: .plus, exponent: n - n / 2, significand: 1)
  }

  /// Whether `statistics` at every scale are those at scale one: numbers by powers of the unit, and whatever has none.
  private static func isCovariant(
    _ statistics: (_ numbers: ([Double]) -> [Double]) -> (scaling: [Double], fixed: [Double], words: String)
  ) -> Bool {
    let own = statistics { $0 }
    return scales.allSatisfy { n in
      let other = statistics { $0.map { scaled($0, n) } }
      return own.scaling.map { scaled($0, n).bitPattern } == other.scaling.map(\.bitPattern)
        && own.fixed.map(\.bitPattern) == other.fixed.map(\.bitPattern) && own.words == other.words
    }
  }

  private static func means(_ numbers: [[Double]]) -> BinnedMeans {
    var bins = BinnedMeans(primaryCount: numbers.count)
    for j in numbers[0].indices { bins.append(means: numbers.map { $0[j] }, weight: Double(10 + j % 3)) }
    return bins
  }

  @Test func jackknifeAndAdequacy() {
    let heavy = Self.noise(64, 1).enumerated().map { $0.offset == 7 ? 50 : $0.element }
    for numbers in [Self.noise(64, 0), heavy] {
      #expect(
        Self.isCovariant { unit in
          let samples = Self.means([unit(numbers)]).mean(0)
          return ([samples.value, samples.error], [], "\(SamplingAdequacy.reliability(of: samples))")
        })
      // The control: the same gate on squares as they come.
      #expect(
        !Self.isCovariant { unit in
          let samples = Self.means([unit(numbers)]).mean(0)
          let squares = samples.deviations.map { $0 * $0 }
          let total = squares.reduce(0, +)
          return ([samples.value, total.squareRoot()], [squares.reduce(0) { $0 + $1 * $1 } / (total * total)], "")
        })
    }
  }

  @Test func jointTests() {
    let numbers = [0, 1, 2, 3].map { Self.noise(64, $0) }
    #expect(
      Self.isCovariant { unit in
        let bins = Self.means(numbers.map(unit))
        let samples = (0..<4).map { bins.mean($0) }
        let test = HotellingTest(samples: samples, expected: unit([0, 0.1, 0, 0]))
        return ([], [test.statistic!, test.pValue!, Double(test.directions)], "")
      })
  }

  @Test func autocorrelations() {
    var chain = Self.noise(2000, 5)
    for i in 1..<chain.count { chain[i] += 0.7 * chain[i - 1] }
    #expect(
      Self.isCovariant { unit in
        let replicas = [ReplicaSeries([unit(Array(chain[..<900]))]), ReplicaSeries([unit(Array(chain[900...]))])]
        let (own, doubled) = (GammaMethod(replicas), GammaMethod(replicas, of: { 2 * $0[0] }))
        return (
          [own.value, own.error, own.errorOfError, doubled.error],
          [own.autocorrelationTime, own.autocorrelationTimeError, Double(own.window)],
          "\(own.reliability)"
        )
      })
    // The control: a variance below a fixed number is none.
    #expect(
      !Self.isCovariant { unit in
        let numbers = unit(chain)
        let variance = numbers.reduce(0) { $0 + $1 * $1 }
        return ([], [], variance < 1e-280 ? "constant" : "fluctuates")
      })
  }

  @Test func fits() {
    let numbers = (0..<5).map { (i: Int) -> [Double] in
      let mean = 1 + 2 / Double(i + 1)
      return Self.noise(64, UInt64(10 + i)).map { mean + 0.1 * $0 }
    }
    for rule in [Shrinkage.none, .optimal] {
      #expect(
        Self.isCovariant { unit in
          let bins = Self.means(numbers.map(unit))
          let samples = (0..<5).map { bins.mean($0) }
          let covariance = CovarianceMatrix(of: samples, shrinkage: rule)
          let fit = CorrelatedFit(
            (1...5).map(Double.init), samples.map(\.value), covariance: covariance, basis: { [1, 1 / $0] })
          return (
            covariance.errors + fit.parameters + fit.errors,
            [fit.chiSquared, fit.expectedChiSquared, fit.pValue ?? -1, covariance.shrinkage], "\(fit.reliability)"
          )
        })
    }
    #expect(
      Self.isCovariant { unit in
        let fit = CorrelatedFit(
          (1...5).map(Double.init), unit(numbers.map { $0[0] }),
          covariance: CovarianceMatrix(errors: unit([0.1, 0.2, 0.1, 0.3, 0.1])),
          basis: { [1, 1 / $0] })
        return (fit.parameters + fit.errors, [fit.chiSquared], "")
      })
  }

  /// Observables and controls of any units: neither is seen in the other.
  @Test func controlVariates() {
    let z = [20, 21, 22].map { Self.noise(64, $0) }
    let a = zip(z[0], Self.noise(64, 30)).map { (x: Double, y: Double) -> Double in 3 + x + 0.3 * y }
    #expect(
      Self.isCovariant { unit in
        let (own, other) = (ControlVariateBasis(Self.means(z.map(unit))), ControlVariateBasis(Self.means(z)))
        let samples = own.correct(Self.means([unit(a)])).mean(0)
        let plain = own.correct(Self.means([a])).mean(0)
        return (
          [samples.value, samples.error, other.correct(Self.means([unit(a)])).mean(0).error], [plain.value, plain.error],
          "\(own.chosen)"
        )
      })
  }
}
