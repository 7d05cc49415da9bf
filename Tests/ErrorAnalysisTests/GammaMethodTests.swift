// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Foundation
import NNFTTestSupport
import NumericalKernels
import Testing

private typealias Function = ([Double]) -> Double
private typealias Gradient = ([Double]) -> [Double]

private func derived(_ name: String?) -> (Function, Gradient) {
  switch name {
  case "ratio": ({ $0[0] / $0[1] }, { [1 / $0[1], -$0[0] / ($0[1] * $0[1])] })
  case "logarithm": ({ log($0[0] / $0[1]) }, { [1 / $0[0], -1 / $0[1]] })
  case "polynomial": ({ $0[0] * $0[2] - $0[1] * $0[1] }, { [$0[2], -2 * $0[1], $0[0]] })
  default: ({ $0[0] }, { _ in [1] })
  }
}

/// An AR(1) chain `x ← a x + √(1−a²) η` of unit variance: `τ_int = (1+a)/(2(1−a))`.
private func autoregressive(_ a: Double, count: Int, seed: UInt64) -> [Double] {
  let noise = AlignedBuffer<Double>(count: count, repeating: 0)
  let unused = AlignedBuffer<Double>(count: count, repeating: 0)
  RandomStream(seed: seed, stream: "autoregressive chain").normalPairs(
    use: .phase, draw: 0, count: count, first: noise.pointer, second: unused.pointer)
  var x = unused[0]
  return (0..<count).map {
    x = a * x + (1 - a * a).squareRoot() * noise[$0]
    return x
  }
}

@Suite struct GammaMethodTests {
  @Test(arguments: ErrorAnalysisReference.all.gamma)
  func agreesWithPyerrors(record: ErrorAnalysisReference.Gamma) {
    let (function, gradient) = derived(record.function)
    let chains = record.chains
    for slope in [gradient, nil] {
      let gamma = GammaMethod(chains, window: record.rule, of: function, gradient: slope)
      #expect(gamma.window == record.result.window)
      #expect(agree(gamma.value, record.result.value))
      #expect(agreeRelatively(gamma.error, record.result.error))
      #expect(agreeRelatively(gamma.errorOfError, record.result.errorOfError))
      #expect(agree(gamma.autocorrelationTime, record.result.time))
      #expect(agree(gamma.autocorrelationTimeError, record.result.timeError))
      #expect(zip(gamma.replicaValues, record.result.replicaValues).allSatisfy { agree($0, $1) })
    }
  }

  @Test func theFixtureHoldsEveryKindOfChain() {
    let records = ErrorAnalysisReference.all.gamma
    #expect(records.count == 81)
    #expect(records.filter { $0.replicas?.contains { $0.holes > 0 } ?? false }.count > 20)
    #expect(records.filter { ($0.replicas?.count ?? 0) > 1 }.count > 30)
  }

  @Test func independentMeasurementsHaveTheStandardError() {
    let x = autoregressive(0, count: 400, seed: 1)
    let gamma = GammaMethod([ReplicaSeries([x])], window: .uncorrelated)
    #expect(agreeRelatively(gamma.error, SampleMean(x).error, 1e-13))
    #expect(gamma.autocorrelationTime == 0.5)
  }

  @Test func distanceInStepsDoesNotMatterButHolesDo() {
    let x = autoregressive(0.8, count: 1000, seed: 2)
    let dense = GammaMethod([ReplicaSeries([x])])
    let sparse = GammaMethod([ReplicaSeries([x], steps: x.indices.map { 7 * $0 + 3 })])
    #expect(sparse.error == dense.error && sparse.window == dense.window)
    #expect((dense.stepsPerLag, sparse.stepsPerLag) == (1, 7))
    // Without its steps a chain with holes looks less correlated than it is.
    let kept = x.indices.filter { $0 % 3 != 1 }
    let gapped = GammaMethod([ReplicaSeries([kept.map { x[$0] }], steps: kept)])
    let blind = GammaMethod([ReplicaSeries([kept.map { x[$0] }])])
    #expect(abs(gapped.autocorrelationTime - dense.autocorrelationTime) < 0.5)
    #expect(blind.autocorrelationTime < 0.8 * gapped.autocorrelationTime)
  }

  @Test func badDataAreSaidToBeBad() {
    func reason(_ gamma: GammaMethod) -> String? {
      if case .underSampled(let reason) = gamma.reliability { reason } else { nil }
    }
    let x = autoregressive(0.99, count: 500, seed: 3)
    #expect(reason(GammaMethod([ReplicaSeries([x])])) != nil)
    let few = GammaMethod([ReplicaSeries([[1, 2, 3, 4]])])
    #expect(reason(few) != nil && few.error == .infinity && Estimate(few).pull(exact: 0) == nil)
    let pole = GammaMethod([ReplicaSeries([autoregressive(0, count: 100, seed: 4)])], of: { log($0[0] - 9) })
    #expect(reason(pole) != nil && pole.error == .infinity)
    // Steps 4 and 6 apart: lags of 2, and no pair at one lag.
    let steps = (0..<200).map { 5 * $0 + $0 % 2 }
    #expect(
      reason(GammaMethod([ReplicaSeries([autoregressive(0, count: 200, seed: 5)], steps: steps)]))!
        .contains("no two measurements are 1 lags apart"))
    let constant = GammaMethod([ReplicaSeries([[Double](repeating: 2, count: 50)])])
    #expect(constant.error == 0 && constant.reliability == .sound && Estimate(constant).pull(exact: 2) == 0)
  }

  /// 400 chains of 4000 steps, a = 0.8 (τ_int = 4.5): the mean of the measured variances of the mean equals their true
  /// spread, exactly known, within its error (false alarm 1e-6). Control: chains taken as independent measure 1/9 of it.
  @Test func errorsOfChainsAreTheirSpread() {
    let (a, n, repetitions) = (0.8, 4000, 400)
    // Var(mean) = (1/n)[1 + 2 Σ (1 − t/n) a^t].
    let exact = (1 + 2 * (1..<n).reduce(0.0) { $0 + (1 - Double($1) / Double(n)) * pow(a, Double($1)) }) / Double(n)
    func check(_ rule: SummationWindow) -> Double {
      let ratios = (0..<repetitions).map {
        let chain = ReplicaSeries([autoregressive(a, count: n, seed: 100 + UInt64($0))])
        let error = GammaMethod([chain], window: rule).error
        return error * error / exact
      }
      return SampleMean(ratios).pull(1)
    }
    // S = 4 sums up to about 13 τ_exp: what is cut off is below 1e-5.
    let bound = StatisticalChecks.studentBound(degrees: repetitions - 1)
    #expect(abs(check(.automatic(s: 4))) < bound)
    #expect(abs(check(.uncorrelated)) > bound)
  }

  /// Pulls of 2000 means, Student's t with the effective degrees of freedom: the interval of 68.27 % covers the truth that
  /// often (binomial, false alarm 1e-6). Control: errors that ignore the correlation.
  @Test func studentsIntervalCovers() {
    let repetitions = 2000
    func coverage(_ rule: SummationWindow) -> Double {
      let hits = (0..<repetitions).filter {
        let gamma = GammaMethod(
          [
            ReplicaSeries([autoregressive(0.6, count: 700, seed: 9000 + 2 * UInt64($0))]),
            ReplicaSeries([autoregressive(0.6, count: 300, seed: 9001 + 2 * UInt64($0))]),
          ], window: rule)
        let estimate = Estimate(gamma)
        return abs(estimate.pull(exact: 0)!)
          < Distributions.studentTwoSidedQuantile(0.6827, degrees: Double(estimate.degreesOfFreedom))
      }
      return Double(hits.count) / Double(repetitions)
    }
    let bound = StatisticalChecks.normalBound() * (0.6827 * 0.3173 / Double(repetitions)).squareRoot()
    #expect(abs(coverage(.automatic()) - 0.6827) < bound)
    #expect(abs(coverage(.uncorrelated) - 0.6827) > bound)
  }
}
