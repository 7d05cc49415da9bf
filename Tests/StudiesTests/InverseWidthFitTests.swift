// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Foundation
import NNFTTestSupport
import NumericalKernels
import Testing

@testable import Studies

/// Bins of made-up estimates at several widths: a polynomial in 1/N with Gaussian noise, shared by the widths to a given share.
private struct MadeUpWidths {
  let widths = [10, 20, 40, 80, 160]
  let bins = 64

  func samples(_ truth: (Double) -> Double, sharedNoise: Double, seed: UInt64) -> [JackknifeSamples] {
    let count = bins * (widths.count + 1)
    let (a, b) = (AlignedBuffer<Double>(count: count, repeating: 0), AlignedBuffer<Double>(count: count, repeating: 0))
    RandomStream(seed: seed, stream: "width fits").normalPairs(
      use: .phase, draw: 0, count: count, first: a.pointer, second: b.pointer)
    return widths.enumerated().map { index, width in
      var means = BinnedMeans(primaryCount: 1)
      for bin in 0..<bins {
        let noise = sharedNoise * a.array[bin] + a.array[bins * (index + 1) + bin]
        means.append(means: [truth(Double(width)) + 0.01 * noise], weight: 10)
      }
      return means.mean(0)
    }
  }
}

@Suite struct InverseWidthFitTests {
  private let made = MadeUpWidths()

  /// Placing keeps value and error; blocks are uncorrelated; unequal bins are no obstacle.
  @Test func placedSamplesKeepTheirErrorAndNothingElse() {
    var means = BinnedMeans(primaryCount: 1)
    for bin in 0..<20 { means.append(means: [sin(Double(7 * bin))], weight: bin < 4 ? 11 : 10) }
    let own = means.mean(0)
    let first = own.placed(inBlock: 0, ofBins: [20, 30])
    let second = own.placed(inBlock: 1, ofBins: [30, 20])
    #expect(first.value == own.value)
    #expect(abs(first.error - own.error) < 1e-12 * own.error)
    #expect(abs(second.error - own.error) < 1e-12 * own.error)
    let other = own.placed(inBlock: 1, ofBins: [20, 20])
    let covariance = JackknifeSamples.covariance(of: [own.placed(inBlock: 0, ofBins: [20, 20]), other])
    #expect(abs(covariance[1]) < 1e-12 * covariance[0])
    // Control: in one block they hang together.
    #expect(abs(JackknifeSamples.covariance(of: [other, other])[1] - covariance[0]) < 1e-12 * covariance[0])
  }

  /// Over 400 repetitions the values at infinite width scatter as their errors say and χ² has its law, for common and for
  /// independent bins. False alarm 1e-6 per comparison. Control: a straight line through a parabola.
  @Test(arguments: [false, true], InverseWidthFit.Model.allCases)
  func errorsAreHonest(isCommon: Bool, model: InverseWidthFit.Model) throws {
    let repetitions = 400
    let truth: (Double) -> Double = { 1 + 2 / $0 + (model == .quadratic ? 30 / ($0 * $0) : 0) }
    let blocks = made.widths.map { _ in made.bins }
    func fit(_ model: InverseWidthFit.Model, _ truth: (Double) -> Double, _ seed: UInt64) -> InverseWidthFit {
      let samples = made.samples(truth, sharedNoise: isCommon ? 2 : 0, seed: seed)
      return InverseWidthFit(
        model, widths: made.widths,
        samples: isCommon ? samples : samples.enumerated().map { $1.placed(inBlock: $0, ofBins: blocks) })
    }
    var (pulls, small) = (0.0, 0)
    for seed in 0..<UInt64(repetitions) {
      let fit = fit(model, truth, seed + 1)
      let limit = try #require(fit.limit)
      #expect(abs(limit.error - fit.fit.errors[0]) < 1e-9 * limit.error)
      #expect(abs(limit.value - fit.fit.parameters[0]) < 1e-9)
      let pull = (limit.value - 1) / limit.error
      pulls += pull * pull
      if try #require(fit.fit.pValue) < 0.1 { small += 1 }
    }
    // Student's t of about 60 degrees of freedom: mean square 60/58, and a little more spread than χ².
    let spread = StatisticalChecks.normalBound(comparisons: 8) * (2.2 / Double(repetitions)).squareRoot()
    #expect(abs(pulls / Double(repetitions) - 1.03) < spread)
    let expected = 0.1 * Double(repetitions)
    #expect(abs(Double(small) - expected) < StatisticalChecks.normalBound(comparisons: 8) * (0.9 * expected).squareRoot())

    let wrong = fit(.linear, { 1 + 2 / $0 + 300 / ($0 * $0) }, 1)
    #expect(wrong.isPoor)
    #expect(InverseWidthFit.disagree(wrong, fit(.quadratic, { 1 + 2 / $0 + 300 / ($0 * $0) }, 1)))
  }

  /// The covariance of common bins is used: what all widths share does not enter the slope.
  @Test func sharedNoiseLeavesTheSlope() {
    let samples = made.samples({ 1 + 2 / $0 }, sharedNoise: 5, seed: 3)
    let common = InverseWidthFit(.linear, widths: made.widths, samples: samples).fit
    let blocks = made.widths.map { _ in made.bins }
    let independent = InverseWidthFit(
      .linear, widths: made.widths, samples: samples.enumerated().map { $1.placed(inBlock: $0, ofBins: blocks) }
    ).fit
    #expect(common.errors[1] < 0.4 * independent.errors[1])
    #expect(common.errors[0] > independent.errors[0])
  }
}
