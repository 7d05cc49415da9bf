// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import ErrorAnalysis
import FieldTheories
import Foundation
import LatticeFields
import ParameterSampling

/// Everything that determines the numbers of an interacting run; threads are not part of it.
///
/// `draws` of the theory file are the measured samples in all: measurements of all chains, particles of all populations, or weighted draws;
/// rounded up to whole chains and populations. The independent unit of every error is the bin: a whole chain, a whole population, or a
/// block of consecutive weighted draws.
public struct InteractingPlan: Sendable {
  /// What is sampled.
  public let theory: InteractingTheory
  /// What is measured.
  public let estimators: [any CorrelatorEstimator]
  /// The sampler, and why it was chosen.
  public let choice: SamplerChoice
  /// By which moves; unused by reweighting.
  public let recipe: KernelRecipe
  /// Settings of the theory file.
  public let settings: SamplerSettings
  /// Chains, populations or blocks: the bins.
  public let units: Int
  /// Measurements of a chain or particles of a population; draws in all for reweighting.
  public let samplesPerUnit: Int
  /// Seed of all random numbers.
  public let seed: UInt64
  let definition: TheoryDefinition
  /// Name of the stream of all random numbers.
  let streamName: String
  /// Another theory whose identities are measured on the same samples: the control of validations.
  var control: InteractingTheory?
  /// The theory with its output weights integrated out, where that is how it is sampled.
  let collapsed: CollapsedTheory?
  /// What is measured of the hidden layer under data.
  let hiddenKernel: HiddenKernel?
  /// The chosen points; nil where the lattice is measured.
  let points: PointSampling?

  /// More samples than this many populations of the stated size make larger ones.
  static let greatestPopulations = 1000

  /// Resolves the plan of a theory with insertions; throws `TheoryFileError` where it cannot be sampled as its file says.
  ///
  /// With `commonRandomNumbers` reweighted networks are those of every theory of this seed; moves of chains and populations depend on what they sample.
  init(
    _ definition: TheoryDefinition, estimators: [any CorrelatorEstimator], points: [Point]? = nil,
    commonRandomNumbers: Bool = false
  ) throws {
    self.definition = definition
    self.estimators = estimators
    settings = definition.sampler
    seed = definition.run.seed
    let file = definition.fileName
    theory = try Self.located(file, "sampler.prior") { () throws(SamplingError) in try InteractingTheory(definition) }
    let theory = theory
    hiddenKernel = HiddenKernelTable.kernel(theory)
    self.points = try points.map { try PointSampling($0, theory) }
    let draws = definition.run.draws
    choice = SamplerChoice(theory, settings: settings, samples: draws)
    guard !commonRandomNumbers || choice.kind == .reweighting else {
      throw SelectionError(
        "--common-random-numbers concerns independent networks, and the sampler here is \(choice.kind.rawValue); leave it out, or set sampler.kind = \"reweighting\""
      )
    }
    streamName = commonRandomNumbers ? "common" : theory.streamName
    let kind = choice.kind
    collapsed = try Self.located(file, "sampler.kind") { () throws(SamplingError) in
      if kind == .exact { _ = try ExactDrawsPlan(theory: theory, draws: 2) }
      guard kind == .collapsed || kind == .collapsedChains else { return nil }
      let collapsed = try CollapsedTheory(theory)
      try collapsed.checkKernel()
      return collapsed
    }
    let (moves, moved) = (settings.moves, kind == .collapsedChains ? collapsed!.hidden : theory)
    recipe = try Self.located(file, "sampler.moves") { () throws(SamplingError) in try KernelRecipe(moves, theory: moved) }
    let key: String
    switch choice.kind {
    case .reweighting, .automatic, .collapsed, .exact:
      (units, samplesPerUnit, key) = (min(definition.run.bins, draws), draws, "run.bins")
    case .chains, .tempering, .collapsedChains:
      units = settings.chains
      (samplesPerUnit, key) = ((draws + units - 1) / units, "sampler.chains")
    case .sequential:
      units = max(settings.populations, min(Self.greatestPopulations, (draws + settings.particles - 1) / settings.particles))
      samplesPerUnit = max(settings.particles, (draws + units - 1) / units)
      key = "sampler.populations"
    }
    guard choice.kind != .sequential || samplesPerUnit < 1 << 20 else {
      throw TheoryFileError(
        file: file, key: "run.draws", problem: "populations of \(samplesPerUnit) particles are too large", cure: "use fewer draws"
      )
    }
    guard units >= SamplingAdequacy.minimumBins else {
      throw TheoryFileError(
        file: file, key: key, problem: "\(units) independent units give no error bar",
        cure: "use at least \(SamplingAdequacy.minimumBins)")
    }
  }

  /// A fault of the sampling library, put where the user can mend it.
  private static func located<Result>(
    _ file: String, _ key: String, _ body: () throws(SamplingError) -> Result
  ) throws(TheoryFileError) -> Result {
    do { return try body() } catch {
      let parts = error.description.split(separator: "; ", maxSplits: 1, omittingEmptySubsequences: false)
      throw TheoryFileError(
        file: file, key: key, problem: String(parts[0]), cure: parts.count > 1 ? String(parts[1]) : "see docs/theory-files.md")
    }
  }

  /// Whether exact identities are regressed out of the tables: as the theory file says, but never on a single site at infinite width, where what
  /// they leave is ruled by tails that make errors too small (docs/physics/interactions.md), nor from populations, whose few weighted units do not
  /// show those tails: pulls on 2 x 2 sites had rms 1.2 to 1.3 with them, 0.9 to 1.0 without; nor where output weights are integrated out of the rows
  /// but not of the identities, which then explain nothing and add the noise of their fits: errors of predictive variances came out 1.15 times too small
  /// (docs/physics/errors.md).
  var usesControlVariates: Bool {
    settings.usesControlVariates && choice.kind != .sequential && !(collapsed != nil && points != nil)
      && !(theory.lattice.siteCount == 1 && theory.prior.freeField != nil)
  }

  /// Measured samples in all.
  public var samples: Int { hasIndependentDraws ? samplesPerUnit : units * samplesPerUnit }

  /// Whether samples are independent draws with weights, in bins.
  public var hasIndependentDraws: Bool { [.reweighting, .collapsed, .exact].contains(choice.kind) }

  /// Whether the sampler gives ln Z.
  var givesPartitionFunction: Bool { hasIndependentDraws || choice.kind == .sequential }

  /// Sweeps over all neurons, warm-up and lower couplings included, as far as they are known beforehand.
  var sweeps: Double {
    switch choice.kind {
    case .reweighting, .automatic, .collapsed, .exact: 0
    case .chains, .collapsedChains: Double(units) * (Double(settings.warmUp) + Double(samplesPerUnit) * Double(settings.thinning))
    case .tempering:
      (1 + ladderLength) * Double(units) * (Double(settings.warmUp) + Double(samplesPerUnit) * Double(settings.thinning))
    // A step keeps the fraction `conditional_ess`: it is √(−ln fraction) deviations wide.
    case .sequential:
      (1 + ladderLength / (-log(settings.conditionalFraction)).squareRoot()) * Double(samples) * Double(settings.sweepsPerStep)
    }
  }

  /// The length of a ladder of couplings in standard deviations of the action, `∫_0^1 σ_β(S) dβ`, roughly: σ falls from `√Var_0 S` to what V sites
  /// of a quartic well leave at coupling β, `√(V/4)/β`; 0.6 is measured.
  private var ladderLength: Double {
    guard let variance = choice.formula.actionVariance else { return 9 }
    let wells = Double(theory.lattice.siteCount) / 4
    return 0.6 * wells.squareRoot() * log1p((variance / wells).squareRoot())
  }

  /// What moves act on: the theory, or its hidden parameters alone.
  public var moved: InteractingTheory { choice.kind == .collapsedChains ? collapsed!.hidden : theory }

  /// Sampler and reason, in one line.
  public var samplerLine: String { "\(choice.kind.rawValue): \(choice.reason)" }

  /// What is measured where, in one line.
  public var samplesLine: String {
    switch choice.kind {
    case .reweighting, .automatic:
      "\(samples) independent draws from the free theory, weighted with exp(-S), in \(units) bins"
    case .chains:
      "\(units) Markov chains of \(samplesPerUnit) measurements, \(settings.thinning) sweeps apart, after \(settings.warmUp) sweeps of warm-up; "
        + "one chain is one bin"
    case .collapsed:
      "\(samples) independent draws of the hidden parameters, weighted with what their integrated-out output weights leave, in \(units) bins"
    case .exact: "\(samples) independent draws of the posterior itself, all of one weight, in \(units) bins"
    case .collapsedChains:
      "\(units) Markov chains over the hidden parameters, output weights integrated out, of \(samplesPerUnit) measurements, "
        + "\(settings.thinning) sweeps apart, after \(settings.warmUp) sweeps of warm-up; one chain is one bin"
    case .tempering:
      "\(units) ladders of tempered chains, \(samplesPerUnit) measurements each at full coupling, \(settings.thinning) sweeps apart, after "
        + "\(settings.warmUp) sweeps of warm-up; one ladder is one bin"
    case .sequential:
      "\(units) independent populations of \(samplesPerUnit) particles, each weighted with its Z; one population is one bin"
    }
  }

  /// Which identities become control variates, in one line; nil where none does.
  public var controlVariatesLine: String? {
    let names = Identities.applicable(to: theory).names
    let count = min(names.count, units / ControlVariateBasis.binsPerControl)
    guard usesControlVariates, count > 0 else { return nil }
    return "up to \(count) of \(names.count) exact identities are regressed out of every row, one for at least "
      + "\(ControlVariateBasis.binsPerControl) bins; control_variates = false leaves them out"
  }

  /// A number in twelve digits.
  private static func brief(_ x: Double) -> String { String(format: "%.12g", x) }

  /// The ensemble in words: insertions, couplings in all conventions, prior.
  public var ensembleLines: [String] {
    var lines = definition.insertions.description
    if let net = definition.architecture.massive, let potential = definition.insertions.latticePotential {
      let squared = net.mass * net.mass
      let bare = squared + 2 * potential.coefficient(2)
      lines.append("bare mass squared m0^2 = \(Self.brief(bare)), free mass squared m^2 = \(Self.brief(squared))")
      if let form = definition.insertions.hoppingForm(massSquared: squared, lattice: net.lattice) {
        lines.append("hopping form in lattice units: \(form.description)")
      }
    }
    if let hartree = theory.hartree {
      lines.append(
        "drawn from the mass of the gap equation, M^2 = \(Self.brief(hartree.shifted)); weight \(theory.terms.first { $0.region.isLattice }!.formula)"
          + (theory.prior.freeField != nil ? ", the same theory" : ": another net with the same limit of infinite width"))
    }
    return lines
  }
}
