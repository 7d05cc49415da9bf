// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import ErrorAnalysis
import FieldTheories
import NumericalKernels

/// Populations of networks carried from the free to the interacting theory through `P0(θ) exp(−β S)`, 0 ≤ β ≤ 1.
///
/// Each step raises β so far that the conditional effective sample size `(Σ W e^{−Δβ S})²/Σ W e^{−2Δβ S}` keeps a stated fraction
/// (or follows a fixed ladder), multiplies `Z` by `Σ W e^{−Δβ S}`, resamples systematically where fewer than half of the
/// particles count, and moves every particle by kernels invariant at the new β. Populations are independent units: a pure
/// function of plan and population number, moved by one thread. `Z` is unbiased for a fixed ladder and kernels, consistent for
/// adaptive ones. Source: Del Moral, Doucet, Jasra, J. R. Stat. Soc. B 68 (2006) 411; conditional effective size: Zhou, Johansen,
/// Aston, arXiv:1303.3123.
public struct PopulationPlan: Sendable {
  /// What is sampled.
  public let theory: InteractingTheory
  /// By which moves.
  public let recipe: KernelRecipe
  /// Independent populations.
  public let populations: Int
  /// Particles of each.
  public let particles: Int
  /// The steps in β.
  public let schedule: Schedule
  /// Sweeps after each step.
  public let sweepsPerStep: Int
  /// Seed.
  public let seed: UInt64

  /// How β rises.
  public enum Schedule: Sendable, Hashable {
    /// By the conditional effective sample size, a fraction of the particles.
    case adaptive(Double)
    /// Through given values, the last of them 1.
    case ladder([Double])
  }

  /// A plan.
  public init(
    theory: InteractingTheory, recipe: KernelRecipe, populations: Int = 16, particles: Int = 500,
    schedule: Schedule = .adaptive(0.9), sweepsPerStep: Int = 2, seed: UInt64 = 1
  ) {
    precondition(populations > 0 && particles > 1 && particles < 1 << 20 && sweepsPerStep >= 0)
    self.theory = theory
    self.recipe = recipe
    self.populations = populations
    self.particles = particles
    self.schedule = schedule
    self.sweepsPerStep = sweepsPerStep
    self.seed = seed
  }

  /// About the bytes of one population: parameters and field of every particle.
  public var bytesPerPopulation: Int {
    particles * 8 * (theory.prior.layout.parameterCount + theory.prior.width + theory.makeEvaluator().fieldCount)
  }
}

/// One population's result.
public struct PopulationResult<Summary: Sendable>: Sendable {
  /// What its recorder made of its particles at β = 1.
  public let summary: Summary
  /// ln of its estimate of Z/Z(0).
  public let logZ: Double
  /// The values of β it went through.
  public let ladder: [Double]
  /// Distinct particles of the first generation with descendants in the last.
  public let survivors: Int
  /// How its kernels fared.
  public let kernels: [KernelReport]
}

/// Runs populations.
public enum SequentialMonteCarlo {
  /// Steps after which an adaptive ladder is given up.
  static let greatestSteps = 10_000

  /// All populations of a plan, in order; the same bytes for any number of threads. Once `isStopped` says so, every population ends early and the
  /// results mean nothing.
  public static func run<Recorder: SampleRecorder>(
    _ plan: PopulationPlan, threads: Int, isStopped: @escaping @Sendable () -> Bool = { false },
    recorder: @escaping @Sendable (_ population: Int) -> Recorder
  ) throws(SamplingError) -> [PopulationResult<Recorder.Summary>] {
    _ = try plan.recipe.makeMixture(theory: plan.theory)
    let results = ParallelUnits.run(plan.populations, threads: threads) { population in
      Population(plan, population).run(recorder(population), isStopped)
    }
    guard isStopped() || results.allSatisfy({ $0.ladder.last == 1 }) else {
      throw .frozen("sequential Monte Carlo needs more than \(greatestSteps) steps in the coupling and")
    }
    return results
  }

  /// Observables of all populations, with ln Z from independent populations.
  public static func run(
    _ plan: PopulationPlan, observables: Observables, threads: Int
  ) throws(SamplingError) -> PopulationAnalysis {
    PopulationAnalysis(try run(plan, threads: threads) { _ in SeriesRecorder(observables) })
  }
}

/// One population on one thread.
private final class Population {
  private let plan: PopulationPlan
  private let evaluator: any ActionEvaluator
  private let mixture: KernelMixture
  private var particles: [Walker]
  private var spare: [Walker]
  private var randoms: [WalkerRandomness]
  /// Deviates of the population itself: resampling.
  private var random: WalkerRandomness
  private var logWeights: [Double]
  private var ancestors: [Int]

  init(_ plan: PopulationPlan, _ number: Int) {
    self.plan = plan
    let evaluator = plan.theory.makeEvaluator()
    self.evaluator = evaluator
    mixture = try! plan.recipe.makeMixture(theory: plan.theory)
    let stream = RandomStream(seed: plan.seed, stream: "population \(number) | \(plan.theory.streamName)")
    let count = plan.particles
    particles = (0..<count).map { _ in evaluator.makeWalker() }
    spare = (0..<count).map { _ in evaluator.makeWalker() }
    randoms = (0..<count).map { WalkerRandomness(stream: stream, walker: $0) }
    random = WalkerRandomness(
      stream: RandomStream(seed: plan.seed, stream: "resampling \(number) | \(plan.theory.streamName)"), walker: 0)
    logWeights = [Double](repeating: -log(Double(count)), count: count)
    ancestors = Array(0..<count)
  }

  func run<Recorder: SampleRecorder>(_ recorder: Recorder, _ isStopped: () -> Bool) -> PopulationResult<Recorder.Summary> {
    for (particle, walker) in particles.enumerated() {
      randoms[particle].network(plan.theory.prior, into: walker.parameters)
      evaluator.evaluate(walker)
    }
    var (beta, logZ, ladder) = (0.0, 0.0, [Double]())
    while beta < 1 && ladder.count < SequentialMonteCarlo.greatestSteps && !isStopped() {
      let next = nextCoupling(after: beta, step: ladder.count)
      logZ += reweight(by: next - beta)
      beta = next
      ladder.append(beta)
      if effectiveSamples < Double(plan.particles) / 2 { resample() }
      for sweep in 0..<plan.sweepsPerStep { move(beta, tuning: sweep == 0) }
    }
    return PopulationResult(
      summary: record(recorder), logZ: logZ, ladder: ladder, survivors: Set(ancestors).count, kernels: mixture.report)
  }

  private func move(_ beta: Double, tuning: Bool) {
    var total = mixture.kernels.map { _ in KernelCounts() }
    for particle in particles.indices {
      let results = mixture.sweep(particles[particle], evaluator, coupling: beta, &randoms[particle])
      for (index, result) in results.enumerated() { total[index] += result }
    }
    // Settings change between sweeps, never within one.
    if tuning { mixture.tune(total) } else { mixture.count(total) }
  }

  private var effectiveSamples: Double { 1 / logWeights.reduce(0) { $0 + exp(2 * $1) } }

  private func nextCoupling(after beta: Double, step: Int) -> Double {
    switch plan.schedule {
    case .ladder(let values): return step < values.count - 1 ? values[step] : 1
    case .adaptive(let fraction):
      if conditionalFraction(1 - beta) >= fraction { return 1 }
      var (low, high) = (0.0, 1 - beta)
      for _ in 0..<60 {
        let middle = (low + high) / 2
        if conditionalFraction(middle) >= fraction { low = middle } else { high = middle }
      }
      return beta + low
    }
  }

  /// `(Σ W e^{−Δ S})²/Σ W e^{−2Δ S}`, W normalised.
  private func conditionalFraction(_ delta: Double) -> Double {
    let least = particles.reduce(Double.infinity) { min($0, $1.action) }
    var (first, second) = (0.0, 0.0)
    for (walker, logWeight) in zip(particles, logWeights) {
      let w = exp(-delta * (walker.action - least))
      first += exp(logWeight) * w
      second += exp(logWeight) * w * w
    }
    return first * first / second
  }

  /// Multiplies the weights and normalises them; returns ln of what Z gains.
  private func reweight(by delta: Double) -> Double {
    for (particle, walker) in particles.enumerated() {
      logWeights[particle] -= walker.action.isFinite ? delta * walker.action : .infinity
    }
    let largest = logWeights.max()!
    let total = largest + log(logWeights.reduce(0) { $0 + exp($1 - largest) })
    for particle in logWeights.indices { logWeights[particle] -= total }
    return total
  }

  /// Systematic: one deviate, evenly spaced points.
  private func resample() {
    random.advance()
    let count = plan.particles
    var (point, sum, parent) = (random.uniform(), 0.0, 0)
    var parents = [Int](repeating: 0, count: count)
    sum = Double(count) * exp(logWeights[0])
    for child in 0..<count {
      while sum <= point && parent < count - 1 {
        parent += 1
        sum += Double(count) * exp(logWeights[parent])
      }
      parents[child] = parent
      point += 1
    }
    for (child, parent) in parents.enumerated() { spare[child].copy(from: particles[parent]) }
    swap(&particles, &spare)
    ancestors = parents.map { ancestors[$0] }
    logWeights = [Double](repeating: -log(Double(count)), count: count)
  }

  private func record<Recorder: SampleRecorder>(_ recorder: Recorder) -> Recorder.Summary {
    var recorder = recorder
    let sites = AlignedBuffer<Double>(count: plan.theory.lattice.siteCount, repeating: 0)
    for (walker, logWeight) in zip(particles, logWeights) {
      evaluator.evaluate(walker)
      evaluator.copyField(of: walker, into: sites.pointer)
      recorder.record(
        Sample(
          field: sites.pointer, siteCount: sites.count, action: walker.action, parameters: walker.parameters,
          logWeight: logWeight, walker: walker, evaluator: evaluator))
    }
    return recorder.finish()
  }
}

/// What populations say: averages within a population by its weights, across populations by their estimates of Z.
public struct PopulationAnalysis: Sendable {
  /// The observables.
  public let names: [String]
  /// Mean of every observable in each population.
  public let means: [[Double]]
  /// ln Z/Z(0) of each population.
  public let logZ: [Double]
  /// Steps in the coupling of each population.
  public let ladders: [[Double]]
  /// Distinct ancestors in each population.
  public let survivors: [Int]
  /// Acceptances and settings.
  public let kernels: [[KernelReport]]

  init(_ results: [PopulationResult<WeightedSeries>]) {
    names = results[0].summary.names
    logZ = results.map(\.logZ)
    ladders = results.map(\.ladder)
    survivors = results.map(\.survivors)
    kernels = results.map(\.kernels)
    means = results.map { result in
      let weights = result.summary.logWeights.map { exp($0) }
      let total = weights.reduce(0, +)
      return result.summary.values.map { series in zip(series, weights).reduce(0) { $0 + $1.0 * $1.1 } / total }
    }
  }

  private var weighted: WeightedMeans {
    WeightedMeans(logWeights: logZ, primaries: means, bins: logZ.count)
  }

  /// `ln Z/Z(0)`: the logarithm of the mean of the populations' Z, bias removed, error by the jackknife over populations.
  public var logPartitionRatio: Estimate { Estimate(weighted.logMeanWeight.biasCorrected, reliability: reliability) }

  /// The mean of an observable over populations weighted with their Z.
  public func estimate(_ name: String) -> Estimate {
    guard let index = names.firstIndex(of: name) else { preconditionFailure("PopulationAnalysis: no observable \(name)") }
    return Estimate(weighted.mean(index).biasCorrected, reliability: reliability)
  }

  /// Fewest populations for an error bar, and the fewest that must count.
  public static let minimumPopulations = 4

  private var reliability: Reliability {
    let effective = weighted.total.effectiveSamples
    guard logZ.count >= Self.minimumPopulations, effective >= Double(logZ.count) / 2 else {
      return .underSampled(
        "of \(logZ.count) populations \((effective * 10).rounded() / 10) count; use more particles, or smaller steps in the coupling"
      )
    }
    return .sound
  }
}
