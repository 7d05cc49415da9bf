// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import FieldTheories
import LatticeFields
import NumericalKernels

/// Independent hidden parameters from the prior, each network with the weight that its integrated-out output weights leave (``CollapsedTheory``): exact at any width. The
/// weights vary by what the kernel varies, O(1/N), where those of ``ReweightingPlan`` die with the noise. A unit is a bin of consecutive draws.
///
/// Every draw carries output weights from their conditional law, so that whatever is measured on fields is measured here too, and the conditional law itself at
/// ``measured`` points.
public struct CollapsedPlan: Sendable {
  /// What is sampled.
  public let collapsed: CollapsedTheory
  /// Where the conditional law of the field is wanted.
  public let measured: [Point]
  /// Networks and bins.
  let draws: ReweightingPlan

  /// A plan; at least two draws a bin.
  public init(collapsed: CollapsedTheory, measured: [Point] = [], draws: Int, bins: Int = 256, seed: UInt64 = 1) {
    self.collapsed = collapsed
    self.measured = measured
    self.draws = ReweightingPlan(theory: collapsed.theory, draws: draws, bins: bins, seed: seed)
  }
}

extension CollapsedPlan: EnsembleGenerator {
  /// What they are; the theory's keys, the seed among them, are the run's.
  public var identity: PlanIdentity {
    PlanIdentity("generator", "draws of hidden parameters; \(collapsed.theory.streamName)")
  }

  /// Every bin of draws is a unit.
  public var unitCount: Int { draws.bins }
  /// Consecutive draws.
  public var layout: UnitLayout { draws.layout }
  /// Independent draws with weights.
  public var dependence: SampleDependence { .weighted }

  /// A function that draws the networks of one bin.
  public func makeWorker() -> GeneratorWorker<Sample> { makeWorker(UnitPauses()) }

  /// Does bins that can be cut between draws.
  public func makeWorker(_ pauses: UnitPauses) -> GeneratorWorker<Sample> {
    let theory = collapsed.theory
    let stream = RandomStream(seed: draws.seed, stream: "collapsed | \(theory.streamName)")
    let state = CollapsedState(collapsed, measured)
    return { bin, monitor, sink in
      pauses.each(draws.draws(ofBin: bin), monitor) { draw in
        theory.prior.drawParameters(stream, draw: draw, into: state.walker.parameters)
        state.readout.evaluate(state.walker.parameters)
        let logWeight = state.readout.logWeight
        sink(
          state.sample(logWeight: logWeight) { noise, spare in
            stream.normalPairs(
              use: WalkerRandomness.deviate, draw: draw, count: noise.count, first: noise.baseAddress!, second: spare.baseAddress!
            )
          })
      }
    }
  }
}

/// Markov chains over the hidden parameters alone, the output weights integrated out (``CollapsedTheory``), by the moves that act on these: neurons drawn anew (`CollapsedRefresh`), steps of
/// preconditioned Crank-Nicolson, Hamiltonian Monte Carlo. A unit is a chain.
public struct CollapsedChainPlan: Sendable {
  /// What is sampled.
  public let collapsed: CollapsedTheory
  /// Where the conditional law of the field is wanted.
  public let measured: [Point]
  /// By which moves of ``CollapsedTheory/hidden``.
  public let recipe: KernelRecipe
  /// Number of chains, their lengths and the seed.
  let chains: (count: Int, warmUp: Int, measurements: Int, thinning: Int, seed: UInt64)

  /// A plan; without a recipe by the moves that fit. Throws where none does.
  public init(
    collapsed: CollapsedTheory, measured: [Point] = [], recipe: KernelRecipe? = nil, chains: Int = 16, warmUp: Int = 200,
    measurements: Int, thinning: Int = 1, seed: UInt64 = 1
  ) throws(SamplingError) {
    precondition(chains > 0 && warmUp >= 0 && measurements > 0 && thinning > 0)
    self.collapsed = collapsed
    self.measured = measured
    if let recipe { self.recipe = recipe } else { self.recipe = try KernelRecipe(theory: collapsed.hidden) }
    self.chains = (chains, warmUp, measurements, thinning, seed)
  }
}

extension CollapsedChainPlan: EnsembleGenerator {
  /// Sweeps; the theory's keys, the seed and the moves among them, are the run's.
  public var identity: PlanIdentity {
    PlanIdentity(
      "generator",
      "chains of hidden parameters by moves of these, measured \(chains.thinning) sweeps apart, after \(chains.warmUp); "
        + "\(collapsed.theory.streamName)")
  }

  /// Every chain is a unit.
  public var unitCount: Int { chains.count }
  /// A longer chain goes on from a shorter one.
  public var layout: UnitLayout { .chains(count: chains.count, length: chains.measurements) }
  /// Consecutive states.
  public var dependence: SampleDependence { .chain }

  /// A function that runs one chain.
  public func makeWorker() -> GeneratorWorker<Sample> { makeWorker(UnitPauses()) }

  /// A function that runs one chain, which can be cut between sweeps of warm-up and between measurements: each sweep begins and ends with a kernel made of the features alone.
  public func makeWorker(_ pauses: UnitPauses) -> GeneratorWorker<Sample> {
    let (theory, hidden) = (collapsed.theory, collapsed.hidden)
    let stream = RandomStream(seed: chains.seed, stream: "collapsed chains | \(theory.streamName)")
    return { chain, monitor, sink in
      let state = CollapsedState(collapsed, measured)
      let evaluator = ActionEvaluator(hidden, [CollapsedAction(state.readout)])
      let mixture = recipe.makeCheckedMixture(theory: hidden)
      let walker = evaluator.makeWalker()
      let prior = NetworkParameters(layout: theory.prior.layout)
      var random = WalkerRandomness(stream: stream, walker: chain)
      var (warm, measured) = (0, 0)
      func visit(_ visitor: inout StateVisitor) -> Bool {
        visitor.visit(&warm)
        visitor.visit(&measured)
        walker.visit(&visitor)
        random.visit(&visitor)
        return mixture.visit(&visitor)
      }
      if !pauses.resume(visit) {
        random.network(theory.prior, into: walker.parameters)
        evaluator.evaluate(walker)
      }
      while warm < chains.warmUp && !monitor.isStopRequested {
        mixture.sweep(walker, evaluator, coupling: 1, &random, tuning: true)
        warm += 1
        pauses.offer(visit)
      }
      while measured < chains.measurements && !monitor.isStopRequested {
        for _ in 0..<chains.thinning { mixture.sweep(walker, evaluator, coupling: 1, &random, tuning: false) }
        random.advance()
        random.network(theory.prior, into: prior)
        state.walker.parameters.copy(from: walker.parameters)
        state.walker.parameters.block(collapsed.weightBlock).update(
          from: prior.block(collapsed.weightBlock), count: theory.prior.outputs * theory.prior.width)
        state.readout.take(walker.fields[0], anew: true)
        sink(state.sample(logWeight: 0) { noise, _ in random.normals(0, count: noise.count, into: noise.baseAddress!) })
        measured += 1
        pauses.offer(visit)
      }
      pauses.end(visit)
      var totals = UnitTotals()
      totals.moves = mixture.report.map {
        KernelReport(name: "collapsed \($0.name)", counts: $0.counts, setting: $0.setting)
      }
      return totals
    }
  }
}

/// One network of a collapsed run, and the sample made of it.
final class CollapsedState {
  let collapsed: CollapsedTheory
  let readout: CollapsedReadout
  let evaluator: ActionEvaluator
  let walker: Walker
  private let sites: AlignedBuffer<Double>
  private let noise: AlignedBuffer<Double>

  init(_ collapsed: CollapsedTheory, _ measured: [Point]) {
    self.collapsed = collapsed
    readout = CollapsedReadout(collapsed, measuredAt: measured)
    evaluator = collapsed.theory.makeEvaluator()
    walker = evaluator.makeWalker()
    sites = AlignedBuffer(count: collapsed.theory.fieldCount, repeating: 0)
    noise = AlignedBuffer(count: 2 * collapsed.outputs * collapsed.points.count, repeating: 0)
  }

  /// The network with output weights from their law given the rest, where the walker holds some of the prior; `fill` writes standard normal deviates, one a datum.
  func sample(
    logWeight: Double, fill: (_ noise: UnsafeMutableBufferPointer<Double>, _ spare: UnsafeMutableBufferPointer<Double>) -> Void
  ) -> Sample {
    let count = collapsed.outputs * collapsed.points.count
    fill(
      UnsafeMutableBufferPointer(start: noise.pointer, count: count),
      UnsafeMutableBufferPointer(start: noise.pointer + count, count: count))
    // A network of weight zero keeps the weights it has.
    if readout.logWeight > -.infinity {
      readout.drawWeights(walker.parameters.block(collapsed.weightBlock), noise: noise.pointer)
    }
    evaluator.evaluate(walker)
    let law = readout.logWeight > -.infinity ? readout.law(walker.parameters) : nil
    return Sample(of: walker, evaluator, sites: sites, logWeight: logWeight, law: law)
  }
}
