// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Foundation
import NNFTTestSupport
import NumericalKernels
import Testing

private func normals(_ count: Int, seed: UInt64) -> ([Double], [Double]) {
  let a = AlignedBuffer<Double>(count: count, repeating: 0)
  let b = AlignedBuffer<Double>(count: count, repeating: 0)
  RandomStream(seed: seed, stream: "weighted means").normalPairs(
    use: .phase, draw: 0, count: count, first: a.pointer, second: b.pointer)
  return (a.array, b.array)
}

@Suite struct WeightedMeansTests {
  @Test func sumsAreThoseOfTheWeights() {
    let logs: [Double] = [0.3, -1, 2, 0.5, 1, -.infinity]
    let a = [1.0, 2, 3, 4, 5, 6]
    let w = logs.map { exp($0) }
    let means = WeightedMeans(logWeights: logs, primaries: a.map { [$0] }, bins: 3)
    let sum = w.reduce(0, +)
    #expect(agree(means.total.mean(0), zip(w, a).reduce(0) { $0 + $1.0 * $1.1 } / sum, 1e-15))
    #expect(agree(means.total.effectiveSamples, sum * sum / w.reduce(0) { $0 + $1 * $1 }, 1e-15))
    #expect(agree(means.total.largestShare, w.max()! / sum, 1e-15))
    #expect(agree(means.total.logMeanWeight, log(sum / 6), 1e-15))
    #expect(agree(means.mean(0).replicas[1], (w[0] + 2 * w[1] + 5 * w[4]) / (w[0] + w[1] + w[4]), 1e-15))
    #expect(means.total.draws == 6 && means.bins.map(\.draws) == [2, 2, 2])
  }

  @Test func anOverallFactorOfTheWeightsCancelsHoweverLarge() {
    let (x, y) = normals(320, seed: 1)
    let plain = WeightedMeans(logWeights: x, primaries: y.map { [$0] }, bins: 16)
    for shift in [-5000.0, 1024, 1e6] {
      let shifted = WeightedMeans(logWeights: x.map { $0 + shift }, primaries: y.map { [$0] }, bins: 16)
      let tolerance = 1e-14 + 4 * abs(shift) * Double.ulpOfOne
      #expect(agree(shifted.mean(0).value, plain.mean(0).value, tolerance))
      #expect(agree(shifted.mean(0).error, plain.mean(0).error, tolerance))
      #expect(agree(shifted.logMeanWeight.value - shift, plain.logMeanWeight.value, tolerance * 2))
    }
  }

  @Test func binsOfHopelessWeightsStayFinite() {
    // One bin e^2000 times heavier than the rest: leaving it out must not divide zero by zero.
    var logs = [Double](repeating: 0, count: 32)
    logs[5] = 2000
    let means = WeightedMeans(logWeights: logs, primaries: (0..<32).map { [Double($0)] }, bins: 16)
    let samples = means.mean(0)
    #expect(samples.value == 5)
    #expect(agree(samples.replicas[2], (496.0 - 9) / 30, 1e-14))
    #expect(means.reliability(of: samples, order: 2) != .sound)
    let none = WeightedMeans(logWeights: [-.infinity, -.infinity], primaries: [[1], [2]], bins: 2)
    #expect(none.mean(0).value == 0 && none.total.effectiveSamples == 0)
    #expect(none.reliability(of: none.mean(0), order: 2) != .sound)
    let broken = WeightedMeans(logWeights: [.nan, 0, .infinity, 0], primaries: [[1], [2], [3], [.nan]], bins: 2)
    #expect(broken.total.rejected == 3 && broken.mean(0).value == 2)
  }

  @Test func mergedBinsAreTheBinOfAllDraws() {
    let (x, y) = normals(50, seed: 2)
    let one = WeightedMeans(logWeights: x, primaries: y.map { [$0] }, bins: 1).bins[0]
    let many = WeightedMeans(logWeights: x, primaries: y.map { [$0] }, bins: 7).total
    #expect(agree(one.mean(0), many.mean(0), 1e-14) && agree(one.logMeanWeight, many.logMeanWeight, 1e-14))
    #expect(one.draws == many.draws)
  }

  @Test func equalWeightsGiveTheJackknifeOfAMean() {
    let (_, y) = normals(103, seed: 3)
    var plain = BinnedMeans(primaryCount: 1)
    for b in 0..<10 {
      let block = y[b * 103 / 10..<(b + 1) * 103 / 10]
      plain.append(means: [block.reduce(0, +) / Double(block.count)], weight: Double(block.count))
    }
    let weighted = WeightedMeans(
      logWeights: [Double](repeating: -3, count: 103), primaries: y.map { [$0] }, bins: 10)
    #expect(agreeRelatively(weighted.mean(0).error, plain.mean(0).error, 1e-12))
    #expect(agreeRelatively(weighted.mean(0).value, plain.mean(0).value, 1e-12))
  }

  /// Gaussian x reweighted by e^{x/2}: mean of x² + x is 1.75 exactly. 30000 runs of 64 draws in 16 bins: bias-corrected
  /// ratios centre on it, plain ones do not (the control). False alarm 1e-6.
  @Test func theJackknifeRemovesTheBiasOfRatios() {
    let runs = 30000
    var (plain, corrected) = ([Double](), [Double]())
    for run in 0..<runs {
      let (x, _) = normals(64, seed: 100 + UInt64(run))
      let means = WeightedMeans(
        logWeights: x.map { 0.5 * $0 }, primaries: x.map { [$0 * $0 + $0] }, bins: 16)
      let samples = means.mean(0)
      plain.append(samples.value)
      corrected.append(samples.biasCorrected.value)
    }
    let bound = StatisticalChecks.normalBound()
    #expect(abs(SampleMean(corrected).pull(1.75)) < bound)
    #expect(abs(SampleMean(plain).pull(1.75)) > bound)
  }
}

@Suite struct ParetoTailTests {
  @Test func agreesWithArviz() {
    for record in ErrorAnalysisReference.all.pareto {
      var g = Congruential(state: record.seed)
      let logs = (0..<record.count).map { _ in record.shift - record.k * log(1 - g.next()) }
      let tail = ParetoTail(logWeights: logs)
      #expect(agree(tail.shape!, record.shape))
      let bin = WeightedMeans(logWeights: logs, primaries: logs.map { _ in [] }, bins: 1).total
      #expect(agreeRelatively(bin.effectiveSamples, record.effectiveSamples))
      #expect(agreeRelatively(bin.largestShare, record.largestShare))
      #expect(agreeRelatively(bin.logMeanWeight, record.logMean))
      if record.count == 5000 { #expect((tail.reliability == .sound) == (record.k < 0.7)) }
    }
  }

  @Test func tooFewOrEqualWeightsHaveNoTail() {
    #expect(ParetoTail(logWeights: [0, 1, 2, 3]).shape == nil)
    #expect(ParetoTail(logWeights: [Double](repeating: -7, count: 1000)).shape == nil)
    #expect(ParetoTail(logWeights: []).shape == nil)
    #expect(ParetoTail(logWeights: [.nan, .infinity, -.infinity]).shape == nil)
  }
}
