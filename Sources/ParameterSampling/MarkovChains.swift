// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldTheories
import NumericalKernels

/// Many Markov chains side by side over the parameters of an interacting theory.
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
  /// Seed.
  public let seed: UInt64

  /// A plan.
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

/// One chain's result.
public struct ChainResult<Summary: Sendable>: Sendable {
  /// What its recorder made of it.
  public let summary: Summary
  /// S at every measurement.
  public let actions: [Double]
  /// How its kernels fared.
  public let kernels: [KernelReport]
}

/// Runs chains.
public enum MarkovChains {
  /// All chains of a plan, in order, on `threads` threads; the same bytes for any number of them. Throws where no chain accepts anything. Once
  /// `isStopped` says so, every chain ends early and the results mean nothing.
  public static func run<Recorder: SampleRecorder>(
    _ plan: ChainPlan, threads: Int, isStopped: @escaping @Sendable () -> Bool = { false },
    recorder: @escaping @Sendable (_ chain: Int) -> Recorder
  ) throws(SamplingError) -> [ChainResult<Recorder.Summary>] {
    _ = try plan.recipe.makeMixture(theory: plan.theory)
    let results = ParallelUnits.run(plan.chains, threads: threads) { chain in
      try! runChain(plan, chain, recorder(chain), isStopped)
    }
    for (index, report) in results[0].kernels.enumerated() {
      let all = results.map { $0.kernels[index].counts }
      if !isStopped(), all.contains(where: { $0.proposals > 0 }), all.allSatisfy({ $0.accepted == 0 }) {
        throw .frozen(report.name)
      }
    }
    return results
  }

  /// Standard observables of all chains.
  public static func run(
    _ plan: ChainPlan, observables: Observables, threads: Int
  ) throws(SamplingError) -> ChainAnalysis {
    ChainAnalysis(try run(plan, threads: threads) { _ in SeriesRecorder(observables) })
  }

  private static func runChain<Recorder: SampleRecorder>(
    _ plan: ChainPlan, _ chain: Int, _ recorder: Recorder, _ isStopped: () -> Bool
  ) throws(SamplingError) -> ChainResult<Recorder.Summary> {
    var recorder = recorder
    let evaluator = plan.theory.makeEvaluator()
    let mixture = try plan.recipe.makeMixture(theory: plan.theory)
    let walker = evaluator.makeWalker()
    let sites = AlignedBuffer<Double>(count: plan.theory.lattice.siteCount, repeating: 0)
    var random = WalkerRandomness(stream: plan.stream, walker: chain)
    random.network(plan.theory.prior, into: walker.parameters)
    evaluator.evaluate(walker)
    for _ in 0..<plan.warmUp where !isStopped() { mixture.sweep(walker, evaluator, coupling: 1, &random, tuning: true) }
    evaluator.evaluate(walker)
    var actions: [Double] = []
    for _ in 0..<plan.measurements where !isStopped() {
      for _ in 0..<plan.thinning { mixture.sweep(walker, evaluator, coupling: 1, &random, tuning: false) }
      evaluator.copyField(of: walker, into: sites.pointer)
      actions.append(walker.action)
      recorder.record(
        Sample(
          field: sites.pointer, siteCount: sites.count, action: walker.action, parameters: walker.parameters, logWeight: 0,
          walker: walker, evaluator: evaluator))
    }
    return ChainResult(summary: recorder.finish(), actions: actions, kernels: mixture.report)
  }
}

/// What chains say about observables: Γ-method errors, and whether the chains agree.
public struct ChainAnalysis: Sendable {
  /// The observables.
  public let names: [String]
  /// One replica a chain.
  public let replicas: [ReplicaSeries]
  /// Acceptances and settings of every chain's kernels.
  public let kernels: [[KernelReport]]
  private let actions: [[Double]]

  init(_ results: [ChainResult<WeightedSeries>]) {
    names = results[0].summary.names
    replicas = results.map { ReplicaSeries($0.summary.values) }
    kernels = results.map(\.kernels)
    actions = results.map(\.actions)
  }

  /// The largest split-R̂ above which chains are said to disagree (Vehtari, Gelman, Simpson, Carpenter, Bürkner,
  /// arXiv:1903.08008).
  public static let largestRHat = 1.01

  /// Value, Γ-method error, τ_int and effective samples of an observable.
  public func gamma(_ name: String) -> GammaMethod { GammaMethod(replicas, primary: index(name)) }

  /// Value and Γ-method error of a function of the means.
  public func gamma(of function: ([Double]) -> Double) -> GammaMethod { GammaMethod(replicas, of: function) }

  /// Split-R̂ of an observable.
  public func splitRHat(_ name: String) -> Double {
    ChainDiagnostics.splitRHat(replicas.map { $0.primaries[index(name)] })
  }

  /// Measurements that should have been left out as warm-up, from the action of all chains together; near zero where the stated
  /// warm-up was long enough.
  public var detectedWarmUp: Int { ChainDiagnostics.warmUp(actions) }

  /// An observable's estimate; under-sampled also where the chains disagree.
  public func estimate(_ name: String) -> Estimate {
    var result = Estimate(gamma(name))
    let rHat = splitRHat(name)
    if result.reliability == .sound, rHat > Self.largestRHat {
      result.reliability = .underSampled(
        "the chains disagree (split R-hat = \((rHat * 1000).rounded() / 1000)); run them longer, or warm up longer")
    }
    return result
  }

  private func index(_ name: String) -> Int {
    guard let index = names.firstIndex(of: name) else { preconditionFailure("ChainAnalysis: no observable \(name)") }
    return index
  }
}
