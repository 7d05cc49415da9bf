// SPDX-License-Identifier: GPL-3.0-or-later
// Copy to Sources/ParameterSampling. Steps and the list of files: docs/adding/sampler.md.

import Draws
import FieldTheories
import Foundation
import NumericalKernels

@testable import ParameterSampling

/// Prior draws of which each is kept with probability e^{−S}, for actions S ≥ 0: what is sampled, what a unit is, the source.
public struct MySampler: EnsembleGenerator {
  /// What is sampled.
  public let theory: InteractingTheory
  /// Networks proposed in a unit.
  public let proposals: Int
  /// Number of independent units.
  public let unitCount: Int
  /// Seed of all random numbers.
  public let seed: UInt64

  /// All that determines the draws beside the theory's own keys.
  public var identity: PlanIdentity {
    PlanIdentity("generator", "\(unitCount) bins of \(proposals) draws kept with exp(-S); seed \(seed), \(theory.streamName)")
  }

  /// Independent draws of weight one.
  public var dependence: SampleDependence { .independent }

  /// Does units one after another on one thread; a unit is a pure function of its number.
  public func makeWorker() -> GeneratorWorker<Sample> {
    let stream = RandomStream(seed: seed, stream: theory.streamName)
    let evaluator = theory.makeEvaluator()
    let walker = evaluator.makeWalker()
    let sites = AlignedBuffer<Double>(count: theory.lattice.siteCount, repeating: 0)
    return { unit, monitor, sink in
      var random = WalkerRandomness(stream: stream, walker: unit)
      for _ in 0..<proposals where !monitor.isStopRequested {
        random.advance()
        random.network(theory.prior, into: walker.parameters)
        evaluator.evaluate(walker)
        if log(random.uniform()) < -walker.action {
          sink(Sample(of: walker, evaluator, sites: sites, logWeight: 0))
        }
      }
      return UnitTotals()
    }
  }
}
