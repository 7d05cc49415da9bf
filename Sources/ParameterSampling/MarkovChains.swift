// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import NumericalKernels

/// Many Markov chains side by side over the parameters of an interacting theory; a unit is a chain.
///
/// A chain is a pure function of plan and chain number: it starts from a draw of the prior, warms up at full coupling while its
/// kernels tune themselves, and is then measured every ``thinning`` sweeps with all settings frozen.
public struct ChainPlan: Sendable {
  /// What is sampled.
  public let theory: InteractingTheory
  /// By which moves.
  public let recipe: KernelRecipe
  /// Number of chains.
  public let chains: Int
  /// Sweeps before the first measurement.
  public let warmUp: Int
  /// Measurements of each chain.
  public let measurements: Int
  /// Sweeps between measurements.
  public let thinning: Int
  /// The seed of the random numbers.
  public let seed: UInt64

  /// A plan of chains that start at independent networks of the prior.
  public init(
    theory: InteractingTheory, recipe: KernelRecipe, chains: Int = 16, warmUp: Int = 200, measurements: Int,
    thinning: Int = 1, seed: UInt64 = 1
  ) {
    precondition(chains > 0 && warmUp >= 0 && measurements > 0 && thinning > 0)
    self.theory = theory
    self.recipe = recipe
    self.chains = chains
    self.warmUp = warmUp
    self.measurements = measurements
    self.thinning = thinning
    self.seed = seed
  }

  var stream: RandomStream { RandomStream(seed: seed, stream: "chains | \(theory.streamName)") }
}

extension ChainPlan: EnsembleGenerator {
  /// Sweeps; the theory's keys, the seed among them, are the run's.
  public var identity: PlanIdentity {
    PlanIdentity(
      "generator", "chains, measured \(thinning) sweeps apart, after \(warmUp); \(theory.streamName)")
  }

  /// Every chain is a unit.
  public var unitCount: Int { chains }
  /// A longer chain goes on from a shorter one.
  public var layout: UnitLayout { .chains(count: chains, length: measurements) }
  /// Consecutive states.
  public var dependence: SampleDependence { .chain }

  /// A function that runs one chain.
  public func makeWorker() -> GeneratorWorker<Sample> { makeWorker(UnitPauses()) }

  /// Does chains that can be cut between sweeps of warm-up and between measurements.
  public func makeWorker(_ pauses: UnitPauses) -> GeneratorWorker<Sample> {
    { chain, monitor, sink in
      let evaluator = theory.makeEvaluator()
      let mixture = recipe.makeCheckedMixture(theory: theory)
      let walker = evaluator.makeWalker()
      let sites = AlignedBuffer<Double>(count: theory.fieldCount, repeating: 0)
      var random = WalkerRandomness(stream: stream, walker: chain)
      var (warm, measured) = (0, 0)
      func visit(_ state: inout StateVisitor) -> Bool {
        state.visit(&warm)
        state.visit(&measured)
        walker.visit(&state)
        random.visit(&state)
        evaluator.visit(&state)
        return mixture.visit(&state)
      }
      if !pauses.resume(visit) {
        random.network(theory.prior, into: walker.parameters)
        evaluator.evaluate(walker)
      }
      while warm < warmUp && !monitor.isStopRequested {
        mixture.sweep(walker, evaluator, coupling: 1, &random, tuning: true)
        warm += 1
        pauses.offer(visit)
      }
      // Not where a stop has cut the warm-up: a chain that goes on must find the field as its moves have left it, rounding errors included.
      if warm == warmUp && measured == 0 { evaluator.evaluate(walker) }
      while measured < measurements && !monitor.isStopRequested {
        for _ in 0..<thinning { mixture.sweep(walker, evaluator, coupling: 1, &random, tuning: false) }
        sink(Sample(of: walker, evaluator, sites: sites, logWeight: 0))
        measured += 1
        pauses.offer(visit)
      }
      pauses.end(visit)
      var totals = UnitTotals()
      totals.moves = mixture.report
      return totals
    }
  }
}
