// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import ErrorAnalysis
import KnownValues
import NNFTTestSupport
import NumericalKernels
import ParameterSampling
import Testing

@testable import EnsembleRuns

/// Errors over populations: Student's t with as many degrees of freedom as populations but one, about the exact values.
///
/// Populations of 10 particles of an oscillator on 16 sites, so that what is biased by O(1/particles) shows. The control are populations that choose their
/// steps in the coupling by their own particles: their Z is too large by a sixth of its spread.
@Suite struct PopulationCoverageTests {
  private static let (populations, particles, together) = (4800, 10, 16)

  private static func plan() throws -> InteractingPlan {
    try interactingPlan(
      "phi4-1d",
      [
        ("sampler.kind", "\"smc\""), ("sampler.populations", "\(populations)"), ("sampler.particles", "\(particles)"),
        ("run.draws", "\(populations * particles)"),
      ], estimators: ["two-point"])
  }

  /// `(value − exact)/error`.
  private static func pull(_ samples: JackknifeSamples, _ exact: Double) -> Double { (samples.value - exact) / samples.error }

  /// ln of the mean of Z.
  private static func logZ(_ logarithms: some Collection<Double>) -> JackknifeSamples {
    WeightedMeans(logWeights: Array(logarithms), primaries: logarithms.map { _ in [] }, bins: logarithms.count).logMeanWeight
      .biasCorrected
  }

  /// p of Kolmogorov and Smirnov for pulls against Student's t.
  private static func studentP(_ pulls: [Double]) -> Double {
    InteractingCoverageTests.kolmogorov(
      pulls.map { pull in
        let tail = Distributions.studentTwoSidedTail(pull, degrees: Double(together - 1)) / 2
        return pull > 0 ? 1 - tail : tail
      }.sorted())
  }

  /// Consecutive groups of `together`.
  private static func groups<Element>(_ list: [Element]) -> [ArraySlice<Element>] {
    stride(from: 0, to: list.count, by: together).map { list[$0..<min($0 + together, list.count)] }
  }

  /// ln Z of all populations lies about the exact value, and pulls of groups follow Student's t, ln Z and <φ²> alike.
  @Test func errorsAreStudents() throws {
    let plan = try Self.plan()
    let run = try InteractingRun(plan, threads: 2, monitor: RunMonitor())
    let exact = try #require(plan.theory.knownValues.logPartitionRatio?.value)
    let square = try #require(plan.theory.knownValues.values([plan.estimators[0].rows[0].target])[0]?.value)
    let logarithms = run.records.map { $0.logWeight! }
    let groups = Self.groups(run.records)
    let zPulls = groups.map { Self.pull(Self.logZ($0.map { $0.logWeight! }), exact) }
    let squarePulls = groups.map { group in
      let bins = BinnedMeans(Array(group)) { $0.primaries[0] }
      return Self.pull(run.finished(plan.estimators[0].derive(bins))[0], square)
    }
    // The control: the same theory and moves, each population with a ladder of its own.
    let adaptive = PopulationPlan(
      theory: plan.theory, recipe: plan.recipe, populations: Self.populations, particles: Self.particles,
      schedule: .adaptive(plan.settings.conditionalFraction), sweepsPerStep: plan.settings.sweepsPerStep, seed: plan.seed)
    let work = adaptive.makeWorker()
    let own = (0..<Self.populations).map { work($0, RunMonitor()) { _ in }.logWeight! }
    let ownPulls = Self.groups(own).map { Self.pull(Self.logZ($0), exact) }

    let bound = StatisticalChecks.normalBound(comparisons: 4)
    let (all, ownAll) = (Self.pull(Self.logZ(logarithms), exact), Self.pull(Self.logZ(own), exact))
    let p = [zPulls, squarePulls, ownPulls].map(Self.studentP)
    print(
      "populations: ln Z off by \(all) errors, p of ln Z \(p[0]), of phi^2 \(p[1]); with ladders of their own \(ownAll), \(p[2])")
    #expect(abs(all) < bound)
    #expect(p[0] > 2.5e-7 && p[1] > 2.5e-7)
    #expect(abs(ownAll) > bound)
    #expect(p[2] < 2.5e-7)
  }

  /// A run's ladder is one and the same whatever the number and size of its populations, ends at full coupling, and is none of theirs.
  @Test func oneLadder() throws {
    let plan = try Self.plan()
    func ladder(_ populations: Int, _ particles: Int) throws -> PopulationPlan.Schedule {
      try PopulationPlan(
        theory: plan.theory, recipe: plan.recipe, populations: populations, particles: particles, pilotFraction: 0.9,
        sweepsPerStep: 2, seed: plan.seed
      ).schedule
    }
    guard case .ladder(let couplings) = try ladder(16, 20) else { return #expect(Bool(false), "no ladder") }
    #expect(couplings.last == 1 && couplings.count > 1 && zip(couplings, couplings.dropFirst()).allSatisfy { $0 < $1 })
    #expect(try ladder(100, 500) == .ladder(couplings))
    #expect(try (plan.makeGenerator() as? PopulationPlan)?.schedule == .ladder(couplings))
  }
}
