// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldTheories
import Foundation
import KnownValues
import LatticeFields
import NNFTTestSupport
import Testing

@testable import ParameterSampling

/// What grows with the volume: the loss of reweighting, exponentially; and at finite width the first-order response, linearly.
@Suite struct VolumeLawTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let massSquared: Double
    let coupling: Double
    let sites: [Int]
    var testDescription: String { "m2 = \(massSquared), lambda = \(coupling)" }
    var potential: QuarticPotential { QuarticPotential(massSquared: massSquared, coupling: coupling) }
    var rate: Double { RingReweighting.decayRate(potential) }
  }

  static let cases = [
    Case(massSquared: 1, coupling: 1, sites: [64, 128, 192, 256]), Case(massSquared: 1, coupling: 6, sites: [16, 32, 48, 64]),
    Case(massSquared: 1, coupling: 24, sites: [8, 16, 24, 32]), Case(massSquared: 0.25, coupling: 3, sites: [12, 24, 36, 48]),
  ]

  /// Effective fraction `<w>²/<w²>` of direct reweighting on a ring.
  private static func fraction(_ item: Case, sites: Int, draws: Int) throws -> (JackknifeSamples, WeightedAnalysis) {
    let theory = try fieldTheory([sites], massSquared: item.massSquared, coupling: item.coupling, prior: .asStated)
    let result = Reweighting.run(
      ReweightingPlan(theory: theory, draws: draws, bins: 64, seed: UInt64(sites)),
      observables: Observables(["w"]) { [exp(-$0.action)] }, threads: 2)
    return (result.means.logMeanWeight.map(exp) / result.means.mean(0), result)
  }

  /// ln ESS is linear in V with the exact rate, within 5 %. False alarm 1e-6; the control is the log-normal estimate.
  @Test(arguments: cases) func effectiveSamples(item: Case) throws {
    let measured = try item.sites.map { sites in
      let samples = try Self.fraction(item, sites: sites, draws: isLong ? 1_000_000 : 40_000).0.map(log)
      let matrix = TransferMatrix(item.potential, sites: sites)
      let exact = log(RingReweighting(matrix).effectiveSampleFraction(priorMassSquared: item.massSquared))
      if isLong {
        print("ESS \(item.testDescription) L = \(sites): ln \(samples.value)(\(samples.error)) exact \(exact)")
      }
      #expect(
        abs(samples.biasCorrected.value - exact)
          < StatisticalChecks.studentBound(degrees: 63, comparisons: 20) * samples.error, "L = \(sites)")
      return samples
    }
    let fit = CorrelatedFit(
      item.sites.map(Double.init), measured.map(\.biasCorrected.value),
      covariance: CovarianceMatrix(errors: measured.map(\.error))
    ) { [1, $0] }
    let (rate, error) = (-fit.parameters[1], fit.errors[1])
    if isLong { print("rate \(item.testDescription): \(rate)(\(error)) exact \(item.rate), \(100 * (rate / item.rate - 1)) %") }
    #expect(abs(rate - item.rate) < StatisticalChecks.studentBound(degrees: 63) * error)
    #expect(abs(rate / item.rate - 1) < 0.05, "\(rate)(\(error)) \(item.rate)")
    let lattice = Lattice(sites: [256], spacing: 1, boundary: .periodic)
    let logNormal =
      LatticePerturbationTheory(lattice: lattice, massSquared: item.massSquared)
      .actionVariance(coupling: item.coupling) / 256
    #expect(abs(rate - logNormal) > StatisticalChecks.normalBound() * error)
  }

  /// Where few draws count the measured number of effective samples is too large, and is not believed.
  @Test func hopelessRunsAreRefused() throws {
    let item = Self.cases[2]
    let (fraction, result) = try Self.fraction(item, sites: 96, draws: 2000)
    // In truth one draw in 160 000 counts.
    #expect(fraction.value > 10 * exp(-96 * item.rate))
    #expect(throws: SamplingError.self) { try result.require(effectiveSamples: 10) }
  }

  /// `dG2(r)/dλ = −<g(r); S>/λ` in free nets of 16 neurons: its growth with the volume against the formula; none for constant
  /// amplitudes at alpha = 0. False alarm 1e-6.
  @Test(
    arguments: [(0.0, .gaussian), (0, .rayleigh), (-1, .gaussian), (-1, .constant), (0, .constant)]
      as [(Double, OutputWeightLaw.Kind)])
  func firstOrderResponse(alpha: Double, weights: OutputWeightLaw.Kind) throws {
    let volumes = [32, 64, 128]
    let points = [0, 1, 2]
    var responses: [[SampleMean]] = []
    for sites in volumes {
      let theory = try latticeTheory([sites], massSquared: 1, coupling: 1, width: 16, alpha: alpha, weights: weights)
      let observables = Observables(["S"] + points.map { "G2(\($0))" }) { sample in
        [sample.action]
          + points.map { r in
            (0..<sites).reduce(0) { $0 + sample.field[$1] * sample.field[($1 + r) % sites] } / Double(sites)
          }
      }
      let bins = Reweighting.run(
        ReweightingPlan(theory: theory, draws: isLong ? 2_000_000 : 64_000, bins: 64, seed: UInt64(sites)), threads: 2
      ) { _ in SeriesRecorder(observables) }
      let exact = (theory.prior as! LatticeAlphaNet).firstOrderTwoPoint()
      responses.append(
        points.map { r in
          SampleMean(bins.map { -Self.covariance($0["S"], $0["G2(\(r))"]) })
        })
      for (r, response) in zip(points, responses.last!) {
        #expect(
          abs(response.mean - exact[r].total) < StatisticalChecks.studentBound(degrees: 63, comparisons: 9) * response.error,
          "L = \(sites), r = \(r): \(response) \(exact[r])")
      }
    }
    for r in points {
      let fit = CorrelatedFit(
        volumes.map(Double.init), responses.map { $0[r].mean },
        covariance: CovarianceMatrix(errors: responses.map { $0[r].error })
      ) { [1, $0] }
      let (slope, error) = (fit.parameters[1], fit.errors[1])
      func growth(_ alpha: Double, _ weights: OutputWeightLaw.Kind) throws -> Double {
        let lattice = Lattice(sites: [128], spacing: 1, boundary: .periodic)
        return LatticeAlphaNet(kind: "alpha-net", width: 16, mass: 1, alpha: alpha, weights: weights, lattice: lattice)
          .infraredGrowth(Point(Double(r), 0, 0, 0))
      }
      let expected = try growth(alpha, weights)
      if isLong {
        print(
          "growth alpha \(alpha) \(weights.rawValue) r = \(r): \(slope)(\(error)) formula \(expected) pull \((slope - expected) / error) chi2 \(fit.chiSquared)/1"
        )
      }
      let bound = StatisticalChecks.studentBound(degrees: 63, comparisons: 3) * error
      #expect(abs(slope - expected) < bound, "r = \(r)")
      // The control: what holds for Gaussian weights does not hold for constant ones, and the other way round.
      if r == 0 {
        let other: OutputWeightLaw.Kind = weights == .constant ? .gaussian : .constant
        #expect(abs(slope - (try growth(0, other))) > bound)
      }
    }
    if alpha == 0, weights == .constant { #expect(responses[2][0].error < 0.05) }
  }

  private static func covariance(_ a: [Double], _ b: [Double]) -> Double {
    let n = Double(a.count)
    let (ma, mb) = (a.reduce(0, +) / n, b.reduce(0, +) / n)
    return zip(a, b).reduce(0) { $0 + ($1.0 - ma) * ($1.1 - mb) } / (n - 1)
  }
}
