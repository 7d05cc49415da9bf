// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import NumericalKernels

/// Chains at several couplings β at once that exchange their states: the one at β = 1 is measured, those at small β carry it over
/// barriers. A unit is one such ladder.
///
/// After every sweep neighbours swap with probability `min(1, e^{(β_i − β_j)(S_i − S_j)})`, even and odd pairs in turn. The kernels of a ladder,
/// one set a rung, are tuned in warm-up and then frozen. Source: Hukushima, Nemoto, J. Phys. Soc. Jpn. 65 (1996) 1604.
public struct TemperingPlan: Sendable {
  /// Units: what a chain is there is a ladder here.
  public let chains: ChainPlan
  /// 0 ≤ β_1 < … < β_K = 1.
  public let ladder: [Double]

  /// A plan with a ladder; without one, that of a small adaptive population whose steps keep half of its samples.
  public init(_ chains: ChainPlan, ladder: [Double]? = nil) throws(SamplingError) {
    self.chains = chains
    if let ladder {
      precondition(ladder.last == 1 && zip(ladder, ladder.dropFirst()).allSatisfy { $0 < $1 } && ladder[0] >= 0)
      self.ladder = ladder
    } else {
      let pilot = PopulationPlan(
        theory: chains.theory, recipe: chains.recipe, populations: 1, particles: 200, schedule: .adaptive(0.5),
        sweepsPerStep: 2, seed: chains.seed)
      self.ladder = [0] + (try pilot.couplings(ofPopulation: 0))
    }
  }
}

extension TemperingPlan: EnsembleGenerator {
  /// Those of the chains, and the ladder.
  public var identity: PlanIdentity {
    var identity = chains.identity
    identity.add("ladder", ladder.map { "\($0)" }.joined(separator: " "))
    return identity
  }

  /// One a ladder.
  public var unitCount: Int { chains.chains }
  /// A longer ladder of chains goes on from a shorter one.
  public var layout: UnitLayout { chains.layout }
  /// Consecutive states at β = 1.
  public var dependence: SampleDependence { .chain }

  /// Does ladders.
  public func makeWorker() -> GeneratorWorker<Sample> { makeWorker(UnitPauses()) }

  /// Does ladders that can be cut between sweeps.
  public func makeWorker(_ pauses: UnitPauses) -> GeneratorWorker<Sample> {
    { unit, monitor, sink in
      let evaluator = chains.theory.makeEvaluator()
      let stream = RandomStream(seed: chains.seed, stream: "ladder \(unit) | \(chains.theory.streamName)")
      let mixtures = ladder.map { _ in chains.recipe.makeCheckedMixture(theory: chains.theory) }
      var walkers = ladder.map { _ in evaluator.makeWalker() }
      var randoms = ladder.indices.map { WalkerRandomness(stream: stream, walker: $0) }
      var exchange = WalkerRandomness(stream: stream, walker: ladder.count)
      let pairs = max(0, ladder.count - 1)
      var (accepted, proposed) = ([Double](repeating: 0, count: pairs), [Double](repeating: 0, count: pairs))
      // Whether a state was at the lowest coupling since it was last at full coupling.
      var (cameFromBelow, roundTrips) = ([Bool](repeating: false, count: ladder.count), 0)
      let sites = AlignedBuffer<Double>(count: chains.theory.fieldCount, repeating: 0)
      var next = 0
      func visit(_ state: inout StateVisitor) -> Bool {
        state.visit(&next)
        var isSaved = true
        for rung in ladder.indices {
          walkers[rung].visit(&state)
          randoms[rung].visit(&state)
          isSaved = mixtures[rung].visit(&state) && isSaved
          var flag = cameFromBelow[rung] ? 1 : 0
          state.visit(&flag)
          cameFromBelow[rung] = flag == 1
        }
        evaluator.visit(&state)
        exchange.visit(&state)
        state.visit(&accepted)
        state.visit(&proposed)
        state.visit(&roundTrips)
        return isSaved
      }
      if !pauses.resume(visit) {
        for rung in ladder.indices {
          randoms[rung].network(chains.theory.prior, into: walkers[rung].parameters)
          evaluator.evaluate(walkers[rung])
        }
      }
      while next < chains.warmUp + chains.measurements * chains.thinning && !monitor.isStopRequested {
        pauses.offer(visit)
        let sweep = next
        next += 1
        let isWarmUp = sweep < chains.warmUp
        for rung in ladder.indices {
          mixtures[rung].sweep(
            walkers[rung], evaluator, coupling: ladder[rung], &randoms[rung], tuning: isWarmUp)
        }
        for (low, isAccepted) in Self.exchange(&walkers, ladder, first: sweep % 2, &exchange) {
          if isAccepted { cameFromBelow.swapAt(low, low + 1) }
          guard !isWarmUp else { continue }
          proposed[low] += 1
          if isAccepted { accepted[low] += 1 }
        }
        if cameFromBelow[pairs] && !isWarmUp { roundTrips += 1 }
        cameFromBelow[pairs] = false
        if pairs > 0 { cameFromBelow[0] = true }
        guard !isWarmUp, (sweep - chains.warmUp) % chains.thinning == chains.thinning - 1 else { continue }
        sink(Sample(of: walkers[ladder.count - 1], evaluator, sites: sites, logWeight: 0))
      }
      pauses.end(visit)
      var totals = UnitTotals()
      totals.moves = mixtures.last!.report
      totals.exchange = LadderExchange(
        swaps: zip(accepted, proposed).map { $1 == 0 ? 1 : $0 / $1 }, roundTrips: roundTrips)
      return totals
    }
  }

  /// Offers rungs `first` and `first + 1`, and every second pair above, to swap their states; says which did.
  static func exchange(
    _ walkers: inout [Walker], _ ladder: [Double], first: Int, _ random: inout WalkerRandomness
  ) -> [(low: Int, isAccepted: Bool)] {
    random.advance()
    return stride(from: first, to: max(0, ladder.count - 1), by: 2).map { low in
      let gain = (ladder[low] - ladder[low + 1]) * (walkers[low].action - walkers[low + 1].action)
      let isAccepted = log(random.uniform()) < gain
      if isAccepted { walkers.swapAt(low, low + 1) }
      return (low, isAccepted)
    }
  }
}
