// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldTheories
import NumericalKernels

/// How samples of an interacting ensemble depend on each other, which decides how errors are made.
public enum SampleDependence: String, Sendable, Hashable {
  /// Independent draws with weights; a unit is a bin.
  case independent
  /// Consecutive states of a chain, all of weight one; a unit is a chain.
  case chain
  /// Particles that share ancestors, with weights within the unit and one weight for it; a unit is a population.
  case population
}

/// One unit of work and what was recorded of it.
public struct GeneratedUnit<Summary: Sendable>: Sendable {
  /// What the recorder handed back.
  public let summary: Summary
  /// ln of the unit's weight among the units; 0 except for populations, where it is their ln Z.
  public let logWeight: Double
  /// How the moves fared; empty for independent draws.
  public let kernels: [KernelReport]
}

/// Any way to sample an interacting ensemble: the unit of sharding and checkpoints is the bin, the chain, the ladder or the
/// population; tuning never crosses units.
public enum EnsembleGenerator: Sendable {
  /// Independent weighted draws.
  case reweighting(ReweightingPlan)
  /// Markov chains.
  case chains(ChainPlan)
  /// Populations carried up in the coupling.
  case populations(PopulationPlan)
  /// Chains that exchange states with weaker couplings.
  case tempering(TemperingPlan)

  /// A generator of about `samples` fields by the settings of a theory file; ``SamplerChoice`` resolves `auto`.
  public init(
    _ theory: InteractingTheory, settings: SamplerSettings, samples: Int, bins: Int = 256, seed: UInt64
  ) throws(SamplingError) {
    let kind = settings.kind == .automatic ? SamplerChoice(theory, settings: settings).kind : settings.kind
    if kind == .reweighting {
      self = .reweighting(ReweightingPlan(theory: theory, draws: max(2, samples), bins: bins, seed: seed))
      return
    }
    let recipe = try KernelRecipe(settings.moves, theory: theory)
    let chains = ChainPlan(
      theory: theory, recipe: recipe, chains: settings.chains, warmUp: settings.warmUp,
      measurements: max(1, (samples + settings.chains - 1) / settings.chains), thinning: settings.thinning, seed: seed)
    switch kind {
    case .tempering: self = .tempering(try TemperingPlan(chains))
    case .sequential:
      self = .populations(
        PopulationPlan(
          theory: theory, recipe: recipe, populations: settings.populations,
          particles: max(settings.particles, samples / settings.populations),
          schedule: .adaptive(settings.conditionalFraction), sweepsPerStep: settings.sweepsPerStep, seed: seed))
    case .chains, .automatic, .reweighting: self = .chains(chains)
    }
  }

  /// How its samples depend on each other.
  public var dependence: SampleDependence {
    switch self {
    case .reweighting: .independent
    case .chains, .tempering: .chain
    case .populations: .population
    }
  }

  /// Number of independent units.
  public var unitCount: Int {
    switch self {
    case .reweighting(let plan): plan.bins
    case .chains(let plan): plan.chains
    case .tempering(let plan): plan.chains.chains
    case .populations(let plan): plan.populations
    }
  }

  /// All units in order; the same bytes for any number of threads.
  public func run<Recorder: SampleRecorder>(
    threads: Int, recorder: @escaping @Sendable (_ unit: Int) -> Recorder
  ) throws(SamplingError) -> [GeneratedUnit<Recorder.Summary>] {
    switch self {
    case .reweighting(let plan):
      Reweighting.run(plan, threads: threads, recorder: recorder).map {
        GeneratedUnit(summary: $0, logWeight: 0, kernels: [])
      }
    case .chains(let plan):
      try MarkovChains.run(plan, threads: threads, recorder: recorder).map {
        GeneratedUnit(summary: $0.summary, logWeight: 0, kernels: $0.kernels)
      }
    case .tempering(let plan):
      try ParallelTempering.run(plan, threads: threads, recorder: recorder).map {
        GeneratedUnit(summary: $0.chain.summary, logWeight: 0, kernels: $0.chain.kernels)
      }
    case .populations(let plan):
      try SequentialMonteCarlo.run(plan, threads: threads, recorder: recorder).map {
        GeneratedUnit(summary: $0.summary, logWeight: $0.logZ, kernels: $0.kernels)
      }
    }
  }
}

/// What `kind = "auto"` stands for, and why: reweighting where a pilot of draws keeps enough effective samples, else chains, with
/// exchange of couplings where the potential has two deep wells and the moves cannot cross.
public struct SamplerChoice: Sendable, Hashable {
  /// The sampler.
  public let kind: SamplerSettings.Kind
  /// Why, in one sentence.
  public let reason: String

  /// Draws of the pilot.
  static let pilotDraws = 512
  /// Least effective fraction of the pilot for reweighting.
  static let leastFraction = 0.2

  /// Judges a theory by a pilot of fixed size and seed: the choice depends on the theory only.
  public init(_ theory: InteractingTheory, settings: SamplerSettings) {
    guard settings.kind == .automatic else {
      kind = settings.kind
      reason = "as the theory file says"
      return
    }
    let pilot = Reweighting.run(
      ReweightingPlan(theory: theory, draws: Self.pilotDraws, bins: 16, seed: 0), observables: Observables([]) { _ in [] },
      threads: 1)
    let percent = Int(clamping: (100 * pilot.effectiveFraction).rounded())
    if pilot.effectiveFraction >= Self.leastFraction, case .sound = pilot.tail.reliability {
      kind = .reweighting
      reason = "of \(Self.pilotDraws) pilot draws \(percent) % count: weighted independent draws are cheapest"
      return
    }
    let moves = settings.moves ?? []
    if theory.hasDeepWells, !(theory.prior is FreeLatticeField && settings.moves == nil), !moves.contains(.flip) {
      kind = .tempering
      reason =
        "of \(Self.pilotDraws) pilot draws \(percent) % count and the potential has two wells: chains at several couplings exchange states"
      return
    }
    kind = .chains
    reason = "of \(Self.pilotDraws) pilot draws only \(percent) % count: Markov chains"
  }
}

extension InteractingTheory {
  /// Whether the local part of the action, prior mass included where it is known, is lowest away from zero by more than e⁻⁴ over
  /// the volume.
  var hasDeepWells: Bool {
    let mass = (prior as? any MassiveArchitecture)?.mass ?? 0
    let local = potential + LocalPotential(even: [mass * mass / 2])
    guard local.coefficient(2) < 0 else { return false }
    let least = stride(from: 0.0, through: 10, by: 0.01).map { local.value($0) - local.constant }.min()!
    return -least * region.volume(lattice) > 4
  }
}
