// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldTheories
import NumericalKernels

/// Independent networks from the prior, each with weight `exp(−S)`: exact at any width, useful while the weights are even enough.
public struct ReweightingPlan: Sendable {
  /// What is sampled.
  public let theory: InteractingTheory
  /// Number of networks.
  public let draws: Int
  /// Jackknife bins.
  public let bins: Int
  /// Seed.
  public let seed: UInt64

  /// A plan; at least two draws a bin.
  public init(theory: InteractingTheory, draws: Int, bins: Int = 256, seed: UInt64 = 1) {
    precondition(draws > 1 && bins > 1)
    self.theory = theory
    self.draws = draws
    self.bins = min(bins, draws)
    self.seed = seed
  }

  /// The draws of bin b.
  public func draws(ofBin b: Int) -> Range<UInt64> {
    UInt64(Int.start(ofBlock: b, of: bins, total: draws))..<UInt64(Int.start(ofBlock: b + 1, of: bins, total: draws))
  }
}

/// Runs reweighting.
public enum Reweighting {
  /// One recorder a bin, all bins in order; the same bytes for any number of threads. Once `isStopped` says so, every bin ends early and the
  /// results mean nothing.
  public static func run<Recorder: SampleRecorder>(
    _ plan: ReweightingPlan, threads: Int, isStopped: @escaping @Sendable () -> Bool = { false },
    recorder: @escaping @Sendable (_ bin: Int) -> Recorder
  ) -> [Recorder.Summary] {
    let stream = RandomStream(seed: plan.seed, stream: plan.theory.streamName)
    return ParallelUnits.run(plan.bins, threads: threads) { bin in
      var recorder = recorder(bin)
      let evaluator = plan.theory.makeEvaluator()
      let walker = evaluator.makeWalker()
      let sites = AlignedBuffer<Double>(count: plan.theory.lattice.siteCount, repeating: 0)
      for draw in plan.draws(ofBin: bin) where !isStopped() {
        plan.theory.prior.drawParameters(stream, draw: draw, into: walker.parameters)
        evaluator.evaluate(walker)
        evaluator.copyField(of: walker, into: sites.pointer)
        recorder.record(
          Sample(
            field: sites.pointer, siteCount: sites.count, action: walker.action, parameters: walker.parameters,
            logWeight: -walker.action, walker: walker, evaluator: evaluator))
      }
      return recorder.finish()
    }
  }

  /// Observables of all draws, analysed.
  public static func run(_ plan: ReweightingPlan, observables: Observables, threads: Int) -> WeightedAnalysis {
    WeightedAnalysis(run(plan, threads: threads) { _ in SeriesRecorder(observables) })
  }
}

/// Weighted samples in independent units (bins of draws, or populations of sequential Monte Carlo): ratio estimators with
/// jackknife errors over the units, and what the weights are worth.
public struct WeightedAnalysis: Sendable {
  /// The observables.
  public let names: [String]
  /// Sums over the units.
  public let means: WeightedMeans
  /// The tail of the weights.
  public let tail: ParetoTail

  /// From the series of the units.
  public init(_ units: [WeightedSeries]) {
    names = units[0].names
    means = WeightedMeans(
      units.map { unit in
        var bin = WeightedBin(primaryCount: unit.names.count)
        for i in 0..<unit.count { bin.add(logWeight: unit.logWeights[i], primaries: unit.values.map { $0[i] }) }
        return bin
      })
    tail = ParetoTail(logWeights: units.flatMap(\.logWeights))
  }

  /// Kish's effective number of samples.
  public var effectiveSamples: Double { means.total.effectiveSamples }
  /// The same as a fraction of the draws.
  public var effectiveFraction: Double { effectiveSamples / Double(max(1, means.total.draws)) }
  /// Share of the heaviest draw.
  public var largestShare: Double { means.total.largestShare }
  /// `ln <e^{−S}> = ln Z/Z(0)` and its error.
  public var logPartitionRatio: Estimate { Estimate(means.logMeanWeight.biasCorrected) }

  /// Refuses weights that do not support averages: fewer effective samples than `floor`, or a tail without variance.
  public func require(effectiveSamples floor: Double) throws(SamplingError) {
    // A tail that is too heavy makes the measured number of effective samples itself too large.
    guard effectiveSamples >= floor, case .sound = tail.reliability else {
      throw .tooFewEffectiveSamples(effectiveSamples, of: means.total.draws, floor: floor)
    }
  }

  /// The mean of an observable, bias removed, with error and reliability for an n-point function.
  public func estimate(_ name: String, order: Int = 2) -> Estimate {
    guard let index = names.firstIndex(of: name) else { preconditionFailure("WeightedAnalysis: no observable \(name)") }
    let samples = means.mean(index).biasCorrected
    return Estimate(samples, reliability: means.reliability(of: samples, order: order, tail: tail))
  }
}
