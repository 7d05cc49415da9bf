// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields
import NumericalKernels

extension Finding {
  /// A joint test; ``growth`` aims at a false-alarm probability of 1e-8. Where the numbers that the data stand for are known, `excess` is T² of these: what the
  /// test would find without noise.
  init(_ test: HotellingTest?, missing: String, pulls: [Double] = [], excess: Double? = nil) {
    guard let test else {
      self.init(pValue: nil, text: missing)
      return
    }
    guard let p = test.pValue, let statistic = test.statistic else {
      self.init(
        pValue: nil,
        text: test.directions == 0
          ? "too few draws: bins are far from normal in every direction, the tails are not seen yet"
          : "too few draws for a joint test of \(test.directions) directions in \(test.bins) bins", growth: 4, pulls: pulls)
      return
    }
    guard test.directions > 0 else {
      self.init(pValue: p, text: p == 1 ? "equal, without any noise" : "different, without any noise", pulls: pulls)
      return
    }
    let k = Double(test.directions)
    // T² of a wrong value grows with the number of networks as K + c n; within its noise of K an unknown excess is taken to be as large as that noise.
    let excess = excess ?? max(statistic - k, 2 * (2 * k).squareRoot())
    let needed = test.statistic(tail: 1e-8) - k
    self.init(
      pValue: p,
      text: "T2 = \(Finding.short(statistic)) on K = \(test.directions) directions, \(test.bins) bins, p = \(Finding.short(p))",
      growth: excess > 1e-9 * needed ? needed / excess : nil, pulls: pulls, directions: test.directions)
  }

  /// The joint test of a table against the values beside it. Of a control, `truth` is the same table beside its exact values.
  init(_ table: MeasuredTable, truth: MeasuredTable? = nil) {
    let reasons = table.rows.compactMap { row -> String? in
      if case .underSampled(let reason) = row.estimate.reliability { return reason }
      return nil
    }
    let pulls = table.rows.compactMap { row -> Double? in
      guard row.estimate.reliability == .sound, !row.hasNoVariance else { return nil }
      return row.exact.flatMap(row.estimate.pull)
    }
    self.init(
      table.test, missing: reasons.first ?? "no row has both an error and an exact value", pulls: pulls,
      excess: truth.flatMap { table.jointTest(table.rows.map(\.exact), at: $0.rows.map(\.exact))?.statistic })
  }

  /// The joint test of a table against the exact values of a theory, not always its own (`MeasuredTable.jointTest`); rows without variance must equal theirs to rounding.
  init(_ table: MeasuredTable, exact theory: TheoryDefinition) {
    let expected = table.rows.map { $0.estimate.reliability == .sound ? theory.exactValue($0.target) : nil }
    let unit = theory.exactValue(RowTarget(.moment([.zero, .zero]))) ?? 0
    let scale = expected.reduce(unit * unit) { max($0, abs($1 ?? 0)) }
    let deviations = zip(table.rows, expected).compactMap { row, value in
      row.hasNoVariance ? value.map { abs(row.estimate.value - $0) } : nil
    }
    if let wrong = deviations.first(where: { $0 > 1e-9 * scale }) {
      self.init(deviation: wrong, tolerance: 1e-9 * scale)
      return
    }
    self.init(
      table.jointTest(expected), missing: "no row has both an error and an exact value", pulls: table.testedPulls(expected))
  }

  /// Whether estimates are jointly equal to known numbers.
  init(_ samples: [JackknifeSamples], equal expected: [Double], order: Int, draws: Int, independentSamples: Double) {
    self.init(
      zero: zip(samples, expected).map { samples, value in samples.map { $0 - value } }, order: order, draws: draws,
      independentSamples: independentSamples)
  }

  /// Whether estimates are all zero, jointly; nil p where one of them is under-sampled. Of a control, `truth` is what they are if the claim is true.
  init(zero samples: [JackknifeSamples], order: Int, draws: Int, independentSamples: Double, truth: [Double]? = nil) {
    for one in samples {
      if case .underSampled(let reason) = SamplingAdequacy.reliability(of: one, order: order, draws: draws) {
        let needed = Double(SamplingAdequacy.minimumDraws(order: order)) / Double(draws)
        self.init(pValue: nil, text: reason, growth: needed > 1 ? needed : 4)
        return
      }
    }
    func test(_ samples: [JackknifeSamples]) -> HotellingTest {
      HotellingTest(samples: samples, expected: samples.map { _ in 0 }, independentSamples: independentSamples)
    }
    self.init(
      test(samples), missing: "nothing was measured", pulls: samples.map { $0.error > 0 ? $0.value / $0.error : 0 },
      excess: truth.flatMap { test(zip(samples, $0).map { $0 - ($0.value - $1) }).statistic })
  }

  /// One-sided test of `estimate ≥ 0` by Student's t.
  init(nonNegative estimate: JackknifeSamples, order: Int, draws: Int) {
    if case .underSampled(let reason) = SamplingAdequacy.reliability(of: estimate, order: order, draws: draws) {
      self.init(
        pValue: nil, text: reason,
        growth: max(4, Double(SamplingAdequacy.minimumDraws(order: order)) / Double(draws)))
      return
    }
    guard estimate.error > 0 else {
      self.init(pValue: estimate.value >= 0 ? 1 : 0, text: "\(Finding.short(estimate.value)) without any noise")
      return
    }
    let t = estimate.value / estimate.error
    let tail = 0.5 * Distributions.studentTwoSidedTail(abs(t), degrees: Double(estimate.degreesOfFreedom))
    let value = "\(Finding.short(estimate.value)) +- \(Finding.short(estimate.error)), t = \(Finding.short(t))"
    self.init(
      pValue: t < 0 ? tail : 1 - tail, text: value, growth: t < 0 ? 40 / (t * t) : nil, pulls: [t])
  }
}
