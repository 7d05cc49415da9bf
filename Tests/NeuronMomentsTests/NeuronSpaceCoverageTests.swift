// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import NeuronMoments
import NumericalKernels
import Testing

/// Do the error bars of neuron-space estimates mean what they say? One- and two-sigma Student-t intervals of many independent
/// runs of the smallest size that is not flagged as under-sampled must cover the exact value 68.27 % and 95.45 % of the time.
@Suite struct NeuronSpaceCoverageTests {
  private static let isLong = ProcessInfo.processInfo.environment["NNFT_LONG_TESTS"] != nil
  /// Binomial standard deviations: 0.74 and 0.33 points at 4000 runs, 0.33 and 0.15 at 20000. The bounds are at least four of
  /// them.
  static let runs = isLong ? 20_000 : 4000
  static let tolerances = isLong ? (0.02, 0.01) : (0.03, 0.016)

  struct Case: Sendable, CustomTestStringConvertible {
    let level: NeuronAverages
    /// n of the highest function.
    let order: Int
    let width: Int
    let draws: Int
    let isLong: Bool
    var testDescription: String { "\(level.rawValue), n = \(order)" }
  }

  /// The sizes are those of `minimumUnits`: neurons for the levels that average neurons, networks for conditional covariances.
  static let cases: [Case] = [
    Case(level: .raw, order: 4, width: 256, draws: 64, isLong: false),
    Case(level: .weights, order: 6, width: 4, draws: 64, isLong: false),
    Case(level: .weightsAndPhases, order: 6, width: 4, draws: 64, isLong: false),
    Case(level: .conditionalCovariance, order: 4, width: 8, draws: 256, isLong: false),
    Case(level: .raw, order: 6, width: 4096, draws: 64, isLong: true),
    Case(level: .conditionalCovariance, order: 6, width: 8, draws: 4096, isLong: true),
  ].filter { isLong || !$0.isLong }

  @Test(arguments: cases) func intervalsCover(one: Case) throws {
    let points = line(0, 0.5, 1, 2, -0.7, 0.3)
    let six: [CorrelationFunction] = one.order == 6 ? [.moment(points), .cumulant(points)] : []
    let functions: [CorrelationFunction] =
      six + [
        .moment(Array(points[1...2])), .moment(Array(points[..<4])), .cumulant(Array(points[..<4])),
        .cumulant(line(0, 0, 0.5, 0.5)),
      ]
    let net = CosNet(dimension: 1, width: one.width, sigmaW0: 1, sigmaW1: 1)
    let measured = try NeuronSpaceCase(net, one.level, functions)
    let stream = RandomStream(seed: 6, stream: "coverage")
    let bins = 64
    let t = [0.682689492137, 0.954499736104].map {
      Distributions.studentTwoSidedQuantile($0, degrees: Double(bins - 1))
    }
    /// How many sigmas each function is off; nil where flagged.
    let runs: [[Double?]] = concurrently(Self.runs) { run in
      measured.run(run, draws: one.draws, bins: bins, stream: stream).enumerated().map { index, estimate in
        let reliability = measured.estimator.reliability(
          of: estimate, RowTarget(functions[index]), draws: one.draws)
        return Estimate(estimate.samples, reliability: reliability).pull(exact: measured.exact[index])
      }
    }
    for (index, function) in functions.enumerated() {
      let pulls = runs.compactMap { $0[index] }
      // Were many rows flagged by the data, the rest would be a biased choice.
      #expect(pulls.count > Self.runs * 49 / 50, "\(one) \(function): \(pulls.count) of \(Self.runs)")
      let covered = t.map { t in Double(pulls.filter { abs($0) <= t }.count) / Double(pulls.count) }
      if Self.isLong { print("coverage of \(one.level.rawValue), function \(index) of order \(function.order): \(covered)") }
      #expect(abs(covered[0] - 0.6827) < Self.tolerances.0, "\(one) \(function): \(covered)")
      #expect(abs(covered[1] - 0.9545) < Self.tolerances.1, "\(one) \(function): \(covered)")
    }
  }

  /// The control: errors 10 % too small are seen.
  @Test func tooSmallErrorsAreSeen() throws {
    let net = CosNet(dimension: 1, width: 4, sigmaW0: 1, sigmaW1: 1)
    let measured = try NeuronSpaceCase(net, .weights, [.cumulant(line(0, 0.5, 1, 2))])
    let stream = RandomStream(seed: 6, stream: "coverage control")
    let hits = concurrently(4000) { run in
      let estimate = Estimate(measured.run(run, draws: 64, bins: 64, stream: stream)[0].samples)
      return abs(estimate.value - measured.exact[0]) <= 0.9 * 1.0078 * estimate.error
    }
    #expect(abs(Double(hits.filter { $0 }.count) / 4000 - 0.6827) > 0.03)
  }
}
