// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import ErrorAnalysis
import FieldTheories
import NumericalKernels

/// Chains at several couplings β at once that exchange their states: the one at β = 1 is measured, those at small β carry it over
/// barriers.
///
/// After every sweep neighbours swap with probability `min(1, e^{(β_i − β_j)(S_i − S_j)})`, even and odd pairs in turn. One unit
/// of work is one such ladder; its kernels, one set a rung, are tuned in warm-up and then frozen. Source: Hukushima, Nemoto, J.
/// Phys. Soc. Jpn. 65 (1996) 1604.
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
      let pilot = try SequentialMonteCarlo.run(
        PopulationPlan(
          theory: chains.theory, recipe: chains.recipe, populations: 1, particles: 200, schedule: .adaptive(0.5),
          sweepsPerStep: 2, seed: chains.seed), observables: Observables([]) { _ in [] }, threads: 1)
      self.ladder = [0] + pilot.ladders[0]
    }
  }
}

/// Runs parallel tempering.
public enum ParallelTempering {
  /// One unit's result: the chain at β = 1, and how often neighbours swapped.
  public struct Result<Summary: Sendable>: Sendable {
    /// The chain at β = 1.
    public let chain: ChainResult<Summary>
    /// Share of swaps accepted between rungs i and i+1.
    public let swaps: [Double]
    /// How often a state went from β = 1 to the lowest coupling and back.
    public let roundTrips: Int
  }

  /// All ladders of a plan, in order; the same bytes for any number of threads. Once `isStopped` says so, every ladder ends early and the
  /// results mean nothing.
  public static func run<Recorder: SampleRecorder>(
    _ plan: TemperingPlan, threads: Int, isStopped: @escaping @Sendable () -> Bool = { false },
    recorder: @escaping @Sendable (_ chain: Int) -> Recorder
  ) throws(SamplingError) -> [Result<Recorder.Summary>] {
    _ = try plan.chains.recipe.makeMixture(theory: plan.chains.theory)
    return ParallelUnits.run(plan.chains.chains, threads: threads) { runLadder(plan, $0, recorder($0), isStopped) }
  }

  /// Observables of all ladders.
  public static func run(
    _ plan: TemperingPlan, observables: Observables, threads: Int
  ) throws(SamplingError) -> (analysis: ChainAnalysis, swaps: [[Double]]) {
    let results = try run(plan, threads: threads) { _ in SeriesRecorder(observables) }
    return (ChainAnalysis(results.map(\.chain)), results.map(\.swaps))
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

  private static func runLadder<Recorder: SampleRecorder>(
    _ plan: TemperingPlan, _ unit: Int, _ recorder: Recorder, _ isStopped: () -> Bool
  ) -> Result<Recorder.Summary> {
    var recorder = recorder
    let (chains, ladder) = (plan.chains, plan.ladder)
    let evaluator = chains.theory.makeEvaluator()
    let stream = RandomStream(seed: chains.seed, stream: "ladder \(unit) | \(chains.theory.streamName)")
    let mixtures = ladder.map { _ in try! chains.recipe.makeMixture(theory: chains.theory) }
    var walkers = ladder.map { _ in evaluator.makeWalker() }
    var randoms = ladder.indices.map { WalkerRandomness(stream: stream, walker: $0) }
    var exchange = WalkerRandomness(stream: stream, walker: ladder.count)
    for rung in ladder.indices {
      randoms[rung].network(chains.theory.prior, into: walkers[rung].parameters)
      evaluator.evaluate(walkers[rung])
    }
    let pairs = max(0, ladder.count - 1)
    var (accepted, proposed) = ([Double](repeating: 0, count: pairs), [Double](repeating: 0, count: pairs))
    // Whether a state was at the lowest coupling since it was last at full coupling.
    var (cameFromBelow, roundTrips) = ([Bool](repeating: false, count: ladder.count), 0)
    let sites = AlignedBuffer<Double>(count: chains.theory.lattice.siteCount, repeating: 0)
    var actions: [Double] = []
    for sweep in 0..<chains.warmUp + chains.measurements * chains.thinning where !isStopped() {
      let isWarmUp = sweep < chains.warmUp
      for rung in ladder.indices {
        mixtures[rung].sweep(
          walkers[rung], evaluator, coupling: ladder[rung], &randoms[rung], tuning: isWarmUp)
      }
      let swaps = Self.exchange(&walkers, ladder, first: sweep % 2, &exchange)
      for (low, isAccepted) in swaps {
        if isAccepted { cameFromBelow.swapAt(low, low + 1) }
        guard !isWarmUp else { continue }
        proposed[low] += 1
        if isAccepted { accepted[low] += 1 }
      }
      if cameFromBelow[pairs] && !isWarmUp { roundTrips += 1 }
      cameFromBelow[pairs] = false
      if pairs > 0 { cameFromBelow[0] = true }
      guard !isWarmUp, (sweep - chains.warmUp) % chains.thinning == chains.thinning - 1 else { continue }
      let walker = walkers[ladder.count - 1]
      evaluator.copyField(of: walker, into: sites.pointer)
      actions.append(walker.action)
      recorder.record(
        Sample(
          field: sites.pointer, siteCount: sites.count, action: walker.action, parameters: walker.parameters, logWeight: 0,
          walker: walker, evaluator: evaluator))
    }
    return Result(
      chain: ChainResult(summary: recorder.finish(), actions: actions, kernels: mixtures.last!.report),
      swaps: zip(accepted, proposed).map { $1 == 0 ? 1 : $0 / $1 }, roundTrips: roundTrips)
  }
}
