// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Foundation
import NNFTTestSupport
import NumericalKernels
import Testing

/// Bins of correlated points, as `fit_data` of the script makes them.
private func samples(truth: [Double], bins: Int, noise: () -> Double) -> [JackknifeSamples] {
  var data = BinnedMeans(primaryCount: truth.count)
  for _ in 0..<bins {
    let common = noise()
    data.append(
      means: truth.indices.map { truth[$0] + 0.01 * Double($0 + 1) * (0.5 * common + noise()) }, weight: 1)
  }
  return truth.indices.map(data.mean)
}

private func gaussian(_ count: Int, seed: UInt64) -> [Double] {
  let a = AlignedBuffer<Double>(count: count, repeating: 0)
  let b = AlignedBuffer<Double>(count: count, repeating: 0)
  RandomStream(seed: seed, stream: "correlated fit").normalPairs(
    use: .phase, draw: 0, count: count, first: a.pointer, second: b.pointer)
  return a.array
}

private func model(_ name: String) -> (Double, [Double]) -> Double {
  switch name {
  case "inverse-powers": { x, p in p[0] + p[1] / x + p[2] / (x * x) }
  case "exponential": { x, p in p[0] * exp(-p[1] * x) }
  default: { x, p in p[0] * cosh(p[1] * (x - 8)) }
  }
}

private func inversePowers(_ n: Double) -> [Double] { [1, 1 / n, 1 / (n * n)] }

@Suite struct CorrelatedFitTests {
  @Test(arguments: ErrorAnalysisReference.all.fits)
  func agreesWithScipy(record: ErrorAnalysisReference.Fit) {
    var g = Congruential(state: record.seed)
    let points = samples(truth: record.truth, bins: record.bins) { g.nearlyNormal() }
    #expect(agree(CovarianceMatrix(of: points, shrinkage: .optimal).shrinkage, record.shrinkage))
    let covariance = CovarianceMatrix(of: points, shrinkage: .fixed(record.fixedShrinkage))
    let values = points.map(\.value)
    var fits = [
      CorrelatedFit(
        record.x, values, covariance: covariance, start: record.start, model: model(record.model))
    ]
    if record.model == "inverse-powers" {
      fits.append(CorrelatedFit(record.x, values, covariance: covariance, basis: inversePowers))
    }
    for fit in fits {
      #expect(fit.reliability == .sound)
      let nu = Double(record.bins - 1)
      let q = Double(fit.degreesOfFreedom)
      let inflation = fit.shrinkage == 0 ? nu * (nu - 1) / ((nu - q) * (nu - q - 1)) : 1
      for k in fit.parameters.indices {
        #expect(abs(fit.parameters[k] - record.parameters[k]) < 1e-7 * fit.errors[k])
      }
      #expect(agreeRelatively(fit.chiSquared, record.chiSquared, 1e-9))
      #expect(agreeRelatively(fit.expectedChiSquared, record.expectedChiSquared, 1e-9))
      for (mine, theirs) in zip(fit.parameterCovariance, record.covariance) {
        #expect(agreeRelatively(mine, theirs * inflation, 1e-8))
      }
      if fit.shrinkage == 0 { #expect(agree(fit.pValue!, record.pValue, 1e-9)) } else { #expect(fit.pValue == nil) }
    }
  }

  @Test func exactDataGiveBackTheirParameters() {
    let x = [4.0, 5, 8, 10, 16, 32, 64]
    let linear = CorrelatedFit(
      x, x.map { 1.2 - 0.7 / $0 + 2 / ($0 * $0) }, covariance: CovarianceMatrix(errors: x.map { 0.01 / $0 }),
      basis: inversePowers)
    #expect(zip(linear.parameters, [1.2, -0.7, 2]).allSatisfy { agree($0, $1, 1e-11) })
    #expect(linear.chiSquared < 1e-18 && linear.pValue! > 1 - 1e-6)
    // From far away: two exponentials.
    let t = (0..<12).map(Double.init)
    let two = CorrelatedFit(
      t, t.map { 3 * exp(-0.3 * $0) + 2 * exp(-1.1 * $0) },
      covariance: CovarianceMatrix(errors: t.map { 0.01 * exp(-0.3 * $0) }), start: [1, 0.1, 1, 2]
    ) { $1[0] * exp(-$1[1] * $0) + $1[2] * exp(-$1[3] * $0) }
    #expect(two.reliability == .sound)
    #expect(zip(two.parameters, [3, 0.3, 2, 1.1]).allSatisfy { agree($0, $1, 1e-8) })
  }

  @Test func aWeightedMeanIsAFitOfAConstant() {
    let fit = CorrelatedFit(
      [0, 1], [1, 3], covariance: CovarianceMatrix(known: [1, 0.5, 0.5, 4], size: 2), basis: { (_: Int) in [1] })
    // Weights C⁻¹1 ∝ (3.5, 0.5).
    #expect(agree(fit.parameters[0], (3.5 + 0.5 * 3) / 4, 1e-14))
    #expect(agree(fit.errors[0], (3.75 / 4).squareRoot(), 1e-14))
    #expect(agree(fit.chiSquared, 1, 1e-14))
    #expect(agree(fit.pValue!, erfc(1 / 2.0.squareRoot()), 1e-12))
  }

  @Test func tooLittleDataAreInconclusive() {
    let noise = gaussian(400, seed: 1)
    var next = 0
    func points(_ count: Int, bins: Int) -> [JackknifeSamples] {
      samples(truth: [Double](repeating: 1, count: count), bins: bins) {
        next += 1
        return noise[next - 1]
      }
    }
    func verdict(
      _ samples: [JackknifeSamples], _ rule: Shrinkage, basis: (Double) -> [Double] = { [1, $0] }
    ) -> CorrelatedFit {
      CorrelatedFit(
        samples.indices.map(Double.init), samples.map(\.value),
        covariance: CovarianceMatrix(of: samples, shrinkage: rule), basis: basis)
    }
    let few = verdict(points(6, bins: 2), .whenFewBins)
    #expect(few.reliability != .sound && few.pValue == nil && few.errors.allSatisfy { $0 == .infinity })
    #expect(verdict(points(6, bins: 6), .none).reliability != .sound)
    let shrunk = verdict(points(6, bins: 6), .whenFewBins)
    #expect(shrunk.reliability == .sound && shrunk.shrinkage > 0 && shrunk.pValue == nil)
    #expect(verdict(points(1, bins: 20), .none).reliability != .sound)
    #expect(verdict(points(4, bins: 20), .none, basis: { _ in [1, 2] }).reliability != .sound)
    let lost = CorrelatedFit(
      [1.0, 2, 3], [1, 2, 3], covariance: CovarianceMatrix(errors: [1, 1, 1]), start: [-1]
    ) { $1[0].squareRoot() + $0 }
    #expect(lost.reliability != .sound && lost.estimate(0).pull(exact: 1) == nil)
    let unused = CorrelatedFit(
      [1.0, 2, 3], [1, 2, 3], covariance: CovarianceMatrix(errors: [1, 1, 1]), start: [1, 1]
    ) { $1[0] * $0 }
    #expect(unused.reliability != .sound)
    let exact = CorrelatedFit(
      [1.0, 2, 3], [1, 2, 3], covariance: CovarianceMatrix(errors: [1, 0, 1]), basis: { [$0] })
    #expect(exact.reliability != .sound)
  }

  /// 4000 fits of a straight line to six correlated points in 16 bins. p-values are uniform (χ² over ten cells), pulls of the
  /// slope have variance 1 times that of Student's law to the accuracy stated, both at false alarm 1e-6. Controls: p-values
  /// of the χ² law, and errors (JᵀC⁻¹J)⁻¹, which forget that the covariance is measured.
  @Test func pValuesAreUniformAndErrorsAreRight() {
    let (repetitions, n, bins) = (4000, 6, 16)
    var (fisher, naive) = ([Double](repeating: 0, count: 10), [Double](repeating: 0, count: 10))
    var (errors, slopes) = ([Double](), [Double]())
    for repetition in 0..<repetitions {
      let noise = gaussian((n + 1) * bins, seed: 50 + UInt64(repetition))
      var next = 0
      let points = samples(truth: (0..<n).map { 1 + 0.1 * Double($0) }, bins: bins) {
        next += 1
        return noise[next - 1]
      }
      let fit = CorrelatedFit(
        (0..<n).map(Double.init), points.map(\.value),
        covariance: CovarianceMatrix(of: points, shrinkage: .none), basis: { [1, $0] })
      fisher[min(9, Int(10 * fit.pValue!))] += 1
      naive[min(9, Int(10 * Distributions.chiSquaredTail(fit.chiSquared, degrees: 4)))] += 1
      errors.append(fit.errors[1] * fit.errors[1])
      slopes.append((fit.parameters[1] - 0.1) * (fit.parameters[1] - 0.1))
    }
    func chiSquared(_ counts: [Double]) -> Double {
      let expected = Double(repetitions) / 10
      return counts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
    }
    #expect(Distributions.chiSquaredTail(chiSquared(fisher), degrees: 9) > 1e-6)
    #expect(Distributions.chiSquaredTail(chiSquared(naive), degrees: 9) < 1e-6)
    let bound = StatisticalChecks.normalBound()
    #expect(abs(SampleMean(zip(slopes, errors).map(-)).pull(0)) < bound)
    let inflation = 15.0 * 14 / (11 * 10)
    #expect(abs(SampleMean(zip(slopes, errors).map { $0 - $1 / inflation }).pull(0)) > bound)
  }

  /// 2000 fits to twelve points in 12 bins, shrunk: the interval of the slope covers the truth that often (binomial, false
  /// alarm 1e-6), and the mean χ² is its mean expectation within 5 %. Control: variances half as large.
  @Test func shrunkFitsHaveFairErrors() {
    let (repetitions, n, bins) = (2000, 12, 12)
    var (hits, tooFew) = (0, 0)
    var (chi, expected) = (0.0, 0.0)
    for repetition in 0..<repetitions {
      let noise = gaussian((n + 1) * bins, seed: 90000 + UInt64(repetition))
      var next = 0
      let points = samples(truth: [Double](repeating: 2, count: n), bins: bins) {
        next += 1
        return noise[next - 1]
      }
      let fit = CorrelatedFit(
        (0..<n).map(Double.init), points.map(\.value), covariance: CovarianceMatrix(of: points),
        basis: { [1, $0] })
      let bound = Distributions.studentTwoSidedQuantile(0.6827, degrees: Double(bins - 1))
      let pull = abs(fit.parameters[1] / fit.errors[1])
      if pull < bound { hits += 1 }
      if pull < bound / 2.0.squareRoot() { tooFew += 1 }
      chi += fit.chiSquared
      expected += fit.expectedChiSquared
    }
    let spread = StatisticalChecks.normalBound() * (0.6827 * 0.3173 / Double(repetitions)).squareRoot()
    #expect(abs(Double(hits) / Double(repetitions) - 0.6827) < spread)
    #expect(abs(Double(tooFew) / Double(repetitions) - 0.6827) > spread)
    #expect(abs(chi / expected - 1) < 0.05)
  }
}
