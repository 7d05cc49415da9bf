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
      let range = draws.draws(ofBin: bin)
      var done = 0
      func visit(_ state: inout StateVisitor) -> Bool {
        state.visit(&done)
        return true
      }
      _ = pauses.resume(visit)
      while done < range.count && !monitor.isStopRequested {
        let draw = range.lowerBound + UInt64(done)
        theory.prior.drawParameters(stream, draw: draw, into: state.walker.parameters)
        state.readout.evaluate(state.walker.parameters)
        let logWeight = state.readout.logWeight
        sink(
          state.sample(logWeight: logWeight) { noise, spare in
            stream.normalPairs(
              use: WalkerRandomness.deviate, draw: draw, count: noise.count, first: noise.baseAddress!, second: spare.baseAddress!
            )
          })
        done += 1
        pauses.offer(visit)
      }
      pauses.end(visit)
      return UnitTotals()
    }
  }
}

/// Markov chains over the hidden parameters alone, the output weights integrated out (``CollapsedTheory``): every sweep proposes each neuron once anew from the prior,
/// accepted with the ratio of the weights, which two changes of the kernel by a dyad give in `O(P²)`. A unit is a chain.
///
/// The decomposition is made anew every `renewal` replaced neurons, and the kernel at every sweep. Nets of one hidden layer only: in deeper ones neurons share the layer
/// before.
public struct CollapsedChainPlan: Sendable {
  /// What is sampled.
  public let collapsed: CollapsedTheory
  /// Where the conditional law of the field is wanted.
  public let measured: [Point]
  /// Number of chains, their lengths and the seed; its moves are not made.
  let chains: (count: Int, warmUp: Int, measurements: Int, thinning: Int, seed: UInt64)

  /// Replaced neurons after which A_W is decomposed anew.
  static let renewal = 100

  /// A plan. Throws for nets of more than one hidden layer.
  public init(
    collapsed: CollapsedTheory, measured: [Point] = [], chains: Int = 16, warmUp: Int = 200, measurements: Int,
    thinning: Int = 1, seed: UInt64 = 1
  ) throws(SamplingError) {
    precondition(chains > 0 && warmUp >= 0 && measurements > 0 && thinning > 0)
    guard collapsed.theory.prior.layers.map({ $0.hiddenLayers.count == 1 }) ?? true else {
      throw .unsupported(
        "neurons of \(collapsed.theory.prior.kind) share the layer before and cannot be redrawn one by one; use kind = \"collapsed\""
      )
    }
    self.collapsed = collapsed
    self.measured = measured
    self.chains = (chains, warmUp, measurements, thinning, seed)
  }
}

extension CollapsedChainPlan: EnsembleGenerator {
  /// Sweeps; the theory's keys, the seed among them, are the run's.
  public var identity: PlanIdentity {
    PlanIdentity(
      "generator",
      "chains of hidden parameters, measured \(chains.thinning) sweeps apart, after \(chains.warmUp); "
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

  /// A function that runs one chain, which can be cut between sweeps of warm-up and between measurements: each sweep begins with the decomposition made anew from the features.
  public func makeWorker(_ pauses: UnitPauses) -> GeneratorWorker<Sample> {
    let theory = collapsed.theory
    let stream = RandomStream(seed: chains.seed, stream: "collapsed chains | \(theory.streamName)")
    return { chain, monitor, sink in
      let state = CollapsedState(collapsed, measured)
      let refresh = CollapsedRefresh(state)
      var random = WalkerRandomness(stream: stream, walker: chain)
      var (warm, measured, counts) = (0, 0, KernelCounts())
      func visit(_ visitor: inout StateVisitor) -> Bool {
        visitor.visit(&warm)
        visitor.visit(&measured)
        visitor.visit(&counts.proposals)
        visitor.visit(&counts.accepted)
        visitor.visit(&counts.nonFinite)
        state.walker.visit(&visitor)
        let features = state.readout.features
        visitor.visit(features.pointer, count: features.count)
        random.visit(&visitor)
        return true
      }
      if !pauses.resume(visit) {
        random.network(theory.prior, into: state.walker.parameters)
        state.readout.evaluate(state.walker.parameters)
      }
      while warm < chains.warmUp && !monitor.isStopRequested {
        _ = refresh.sweep(&random)
        warm += 1
        pauses.offer(visit)
      }
      while measured < chains.measurements && !monitor.isStopRequested {
        for _ in 0..<chains.thinning { counts += refresh.sweep(&random) }
        random.advance()
        random.network(theory.prior, into: refresh.proposal)
        state.walker.parameters.block(collapsed.weightBlock).update(
          from: refresh.proposal.block(collapsed.weightBlock), count: theory.prior.outputs * theory.prior.width)
        sink(state.sample(logWeight: 0) { noise, _ in random.normals(0, count: noise.count, into: noise.baseAddress!) })
        measured += 1
        pauses.offer(visit)
      }
      pauses.end(visit)
      var totals = UnitTotals()
      totals.moves = [KernelReport(name: "collapsed neuron-refresh", counts: counts, setting: "")]
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

/// One proposal for every neuron.
final class CollapsedRefresh {
  let proposal: NetworkParameters
  private let state: CollapsedState
  private let features: AlignedBuffer<Double>

  init(_ state: CollapsedState) {
    self.state = state
    proposal = NetworkParameters(layout: state.collapsed.theory.prior.layout)
    features = state.readout.makeFeatures()
  }

  func sweep(_ random: inout WalkerRandomness) -> KernelCounts {
    let (readout, prior) = (state.readout, state.collapsed.theory.prior)
    random.advance()
    random.network(prior, into: proposal)
    readout.synthesise(proposal, into: features)
    readout.evaluateKernel()
    var (counts, replaced) = (KernelCounts(), 0)
    for neuron in 0..<prior.width {
      let change = readout.change(neuron, from: features)
      counts.proposals += 1
      if change.isNaN { counts.nonFinite += 1 }
      guard log(random.uniform()) < change else { continue }
      readout.replace(neuron, from: features)
      state.walker.parameters.copy(neuron..<neuron + 1, from: proposal)
      counts.accepted += 1
      replaced += 1
      if replaced % CollapsedChainPlan.renewal == 0 { readout.decompose() }
    }
    return counts
  }
}
