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
  /// The seed of the random numbers.
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
  public func draws(ofBin b: Int) -> Range<UInt64> { layout.draws(ofBin: b) }
}

extension ReweightingPlan: EnsembleGenerator {
  /// What they are; the theory's keys, the seed among them, are the run's.
  public var identity: PlanIdentity {
    PlanIdentity("generator", "weighted draws; \(streamName)")
  }

  /// Every bin of draws is a unit.
  public var unitCount: Int { bins }
  /// Consecutive draws.
  public var layout: UnitLayout { .bins(draws: draws, count: bins) }
  /// Independent draws with weights.
  public var dependence: SampleDependence { .weighted }

  /// A function that draws the networks of one bin.
  public func makeWorker() -> GeneratorWorker<Sample> { makeWorker(UnitPauses()) }

  /// Does bins that can be cut between draws.
  public func makeWorker(_ pauses: UnitPauses) -> GeneratorWorker<Sample> {
    let stream = RandomStream(seed: seed, stream: streamName)
    let evaluator = theory.makeEvaluator()
    let walker = evaluator.makeWalker()
    let sites = AlignedBuffer<Double>(count: theory.fieldCount, repeating: 0)
    return { bin, monitor, sink in
      pauses.each(draws(ofBin: bin), monitor) { draw in
        theory.prior.drawParameters(stream, draw: draw, into: walker.parameters)
        evaluator.evaluate(walker)
        sink(Sample(of: walker, evaluator, sites: sites, logWeight: -walker.action))
      }
    }
  }
}
