// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import ErrorAnalysis
import FieldTheories
import NumericalKernels

/// Populations of networks carried from the free to the interacting theory through `P0(θ) exp(−β S)`, 0 ≤ β ≤ 1.
///
/// Each step raises β so far that the conditional effective sample size `(Σ W e^{−Δβ S})²/Σ W e^{−2Δβ S}` keeps a stated fraction
/// (or follows a fixed ladder), multiplies `Z` by `Σ W e^{−Δβ S}`, resamples systematically where fewer than half of the
/// particles count, and moves every particle by kernels invariant at the new β. Populations are independent units: a pure
/// function of plan and population number, moved by one thread. `Z` is unbiased for a ladder that does not depend on the particles it is
/// used for, consistent for adaptive ones: a run takes its ladder from a pilot. Source: Del Moral, Doucet, Jasra, J. R. Stat. Soc. B 68 (2006) 411; conditional effective size: Zhou, Johansen,
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
  /// The seed of the random numbers.
  public let seed: UInt64

  /// How the coupling β rises from 0 to 1.
  public enum Schedule: Sendable, Hashable {
    /// By the conditional effective sample size, a fraction of the particles.
    case adaptive(Double)
    /// Through given values, the last of them 1.
    case ladder([Double])
  }

  /// A plan of populations that start at independent networks of the prior.
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

  /// A plan whose populations go through one ladder, that of an adaptive pilot of ``pilotParticles`` with random numbers of its own.
  ///
  /// Steps that every population chooses by its own particles know their fluctuations, which biases Z by O(1/particles): ln Z of an oscillator on 16 sites
  /// by 0.15 errors of 32 populations of 500, and more of more populations. Source: Beskos, Jasra, Kantas, Thiery, Ann. Appl. Probab. 26 (2016) 1111.
  public init(
    theory: InteractingTheory, recipe: KernelRecipe, populations: Int, particles: Int, pilotFraction: Double, sweepsPerStep: Int,
    seed: UInt64
  ) throws(SamplingError) {
    let pilot = PopulationPlan(
      theory: theory, recipe: recipe, populations: 1, particles: Self.pilotParticles, schedule: .adaptive(pilotFraction),
      sweepsPerStep: sweepsPerStep, seed: seed)
    self.init(
      theory: theory, recipe: recipe, populations: populations, particles: particles,
      schedule: .ladder(try pilot.couplings(ofPopulation: Self.pilotNumber)), sweepsPerStep: sweepsPerStep, seed: seed)
  }

  /// Particles of a pilot.
  public static let pilotParticles = 500
  /// The number of no population: its random numbers are the pilot's.
  private static let pilotNumber = -1

  /// About the bytes of one population: parameters and field of every particle.
  public var bytesPerPopulation: Int {
    particles * 8 * (theory.prior.layout.parameterCount + theory.prior.width + theory.makeEvaluator().fieldCount)
  }
}

extension PopulationPlan: EnsembleGenerator {
  /// Their steps; the theory's keys, the seed among them, are the run's. The couplings of a ladder are no part of it: they follow from keys and seed, and
  /// runs of other seeds, whose pilots found others, estimate the same Z.
  public var identity: PlanIdentity {
    let steps = if case .ladder = schedule { "one ladder" } else { "\(schedule)" }
    return PlanIdentity("generator", "populations, \(steps), \(sweepsPerStep) sweeps a step; \(theory.streamName)")
  }

  /// One a population.
  public var unitCount: Int { populations }
  /// Populations of equal size.
  public var layout: UnitLayout { .populations(count: populations, size: particles) }
  /// Particles that share ancestors.
  public var dependence: SampleDependence { .population }

  /// Does populations.
  public func makeWorker() -> GeneratorWorker<Sample> { makeWorker(UnitPauses()) }

  /// Does populations that can be cut between sweeps over all particles.
  public func makeWorker(_ pauses: UnitPauses) -> GeneratorWorker<Sample> {
    { unit, monitor, sink in
      let population = Population(self, unit)
      population.rise(monitor, pauses)
      if !monitor.isStopRequested { population.record(sink) }
      return population.totals
    }
  }

  /// Steps after which an adaptive ladder is given up.
  static let greatestSteps = 5_000

  /// The values of β that one population goes through, 1 the last.
  func couplings(ofPopulation number: Int) throws(SamplingError) -> [Double] {
    let population = Population(self, number)
    population.rise(RunMonitor(), UnitPauses())
    guard population.ladder.last == 1 else { throw .tooManySteps }
    return population.ladder
  }
}

/// One population on one thread.
private final class Population {
  private let plan: PopulationPlan
  private let evaluator: ActionEvaluator
  private let mixture: KernelMixture
  private var particles: [Walker]
  private var spare: [Walker]
  private var randoms: [WalkerRandomness]
  /// Deviates of the population itself: resampling.
  private var random: WalkerRandomness
  private var logWeights: [Double]
  /// ln of its estimate of Z/Z(0) so far.
  private var logZ = 0.0
  /// The values of β it went through.
  private(set) var ladder: [Double] = []

  init(_ plan: PopulationPlan, _ number: Int) {
    self.plan = plan
    let evaluator = plan.theory.makeEvaluator()
    self.evaluator = evaluator
    mixture = plan.recipe.makeCheckedMixture(theory: plan.theory)
    let stream = RandomStream(seed: plan.seed, stream: "population \(number) | \(plan.theory.streamName)")
    let count = plan.particles
    particles = (0..<count).map { _ in evaluator.makeWalker() }
    spare = (0..<count).map { _ in evaluator.makeWalker() }
    randoms = (0..<count).map { WalkerRandomness(stream: stream, walker: $0) }
    random = WalkerRandomness(
      stream: RandomStream(seed: plan.seed, stream: "resampling \(number) | \(plan.theory.streamName)"), walker: 0)
    logWeights = [Double](repeating: -log(Double(count)), count: count)
  }

  /// Carries the particles from β = 0 to 1.
  func rise(_ monitor: RunMonitor, _ pauses: UnitPauses) {
    // Sweeps done at the last value of the ladder.
    var sweeps = plan.sweepsPerStep
    func visit(_ state: inout StateVisitor) -> Bool {
      state.visit(&sweeps)
      state.visit(&ladder)
      state.visit(&logZ)
      state.visit(&logWeights)
      random.visit(&state)
      for particle in particles.indices {
        particles[particle].visit(&state)
        randoms[particle].visit(&state)
      }
      evaluator.visit(&state)
      return mixture.visit(&state)
    }
    if !pauses.resume(visit) {
      for (particle, walker) in particles.enumerated() {
        randoms[particle].network(plan.theory.prior, into: walker.parameters)
        evaluator.evaluate(walker)
      }
    }
    while !monitor.isStopRequested {
      let beta = ladder.last ?? 0
      if sweeps < plan.sweepsPerStep {
        move(beta, tuning: sweeps == 0)
        sweeps += 1
      } else {
        guard beta < 1 && ladder.count < PopulationPlan.greatestSteps else { break }
        let next = nextCoupling(after: beta, step: ladder.count)
        logZ += reweight(by: next - beta)
        ladder.append(next)
        if effectiveSamples < Double(plan.particles) / 2 { resample() }
        sweeps = 0
      }
      pauses.offer(visit)
    }
    pauses.end(visit)
  }

  /// What the population reports at its end: moves, steps and ln Z.
  var totals: UnitTotals {
    var totals = UnitTotals()
    totals.logWeight = logZ
    totals.moves = mixture.report
    totals.steps = ladder.count
    totals.isIncomplete = ladder.last != 1
    return totals
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
    logWeights = [Double](repeating: -log(Double(count)), count: count)
  }

  /// Hands on every particle with its weight.
  func record(_ sink: (Sample) -> Void) {
    let sites = AlignedBuffer<Double>(count: plan.theory.fieldCount, repeating: 0)
    for (walker, logWeight) in zip(particles, logWeights) {
      evaluator.evaluate(walker)
      sink(Sample(of: walker, evaluator, sites: sites, logWeight: logWeight))
    }
  }
}
