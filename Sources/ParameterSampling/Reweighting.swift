// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import NumericalKernels

/// Independent networks from the prior, each with weight `exp(−S)`: exact at any width, useful while the weights are even enough. A unit is a bin
/// of consecutive draws.
public struct ReweightingPlan: Sendable {
  /// What is sampled.
  public let theory: InteractingTheory
  /// Number of networks.
  public let draws: Int
  /// Jackknife bins.
  public let bins: Int
  /// Seed.
  public let seed: UInt64
  /// The stream of the networks' random numbers.
  public let streamName: String

  /// A plan; at least two draws a bin. `streamName` nil means the theory's own.
  public init(theory: InteractingTheory, draws: Int, bins: Int = 256, seed: UInt64 = 1, streamName: String? = nil) {
    precondition(draws > 1 && bins > 1)
    self.streamName = streamName ?? theory.streamName
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

extension ReweightingPlan: EnsembleGenerator {
  /// Draws, bins and the seed; the theory's keys are the run's.
  public var identity: PlanIdentity {
    PlanIdentity("generator", "\(draws) weighted draws in \(bins) bins; seed \(seed), \(streamName)")
  }

  /// One a bin.
  public var unitCount: Int { bins }
  /// Independent draws with weights.
  public var dependence: SampleDependence { .weighted }

  /// Does bins.
  public func makeWorker() -> GeneratorWorker<Sample> {
    let stream = RandomStream(seed: seed, stream: streamName)
    let evaluator = theory.makeEvaluator()
    let walker = evaluator.makeWalker()
    let sites = AlignedBuffer<Double>(count: theory.lattice.siteCount, repeating: 0)
    return { bin, monitor, sink in
      for draw in draws(ofBin: bin) where !monitor.isStopRequested {
        theory.prior.drawParameters(stream, draw: draw, into: walker.parameters)
        evaluator.evaluate(walker)
        sink(Sample(of: walker, evaluator, sites: sites, logWeight: -walker.action))
      }
      return UnitTotals()
    }
  }
}
