// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import EnsembleRuns
import ErrorAnalysis

/// How much an experiment may draw, and of which numbers.
public struct Budget: Sendable {
  /// How thorough a validation is.
  public enum Tier: String, Sendable, CaseIterable {
    /// A validation of minutes on two cores.
    case quick
    /// A validation of an hour.
    case thorough

    /// Networks drawn against the quick tier.
    public var factor: Int { self == .quick ? 1 : 16 }

    /// How often an experiment may be looked at: while a claim is undecided, it is repeated with as many more networks as promise to decide.
    public var looks: Int { 3 }

    /// The most networks of a later look, against the first.
    var greatestEnlargement: Int { 16 }
  }

  /// Seeds of theory files are TOML integers; experiments may add a little to theirs.
  public static let greatestSeed: UInt64 = 1 << 62 - 1

  /// How thorough the validation is.
  public let tier: Tier
  /// The seed of all runs.
  public let seed: UInt64
  /// Worker threads.
  public let threads: Int
  /// Stops the run on request.
  public let monitor: RunMonitor
  /// Where runs are carried out.
  let laboratory: Laboratory

  /// The budget of a first look.
  public init(tier: Tier, seed: UInt64, threads: Int, monitor: RunMonitor = RunMonitor()) {
    laboratory = Laboratory()
    self.tier = tier
    self.seed = seed
    self.threads = threads
    self.monitor = monitor
    enlargement = 1
  }

  private init(_ budget: Budget, seed: UInt64, enlargement: Int) {
    (tier, threads, monitor, laboratory) = (budget.tier, budget.threads, budget.monitor, budget.laboratory)
    self.seed = seed
    self.enlargement = enlargement
  }

  /// Networks drawn against the first look.
  private let enlargement: Int

  /// The bins of a plan's estimators, measured together with all that other experiments ask of the same networks.
  func bins(_ plan: RunPlan) throws -> [BinnedMeans] { try laboratory.bins(plan) }

  /// Networks of a run that draws `quick` in the quick tier.
  func draws(_ quick: Int) -> Int { quick * tier.factor * enlargement }

  /// The budget of a further look: `enlargement` times the networks of the first, all of them new.
  func look(_ index: Int, enlargement: Int) -> Budget {
    index == 0
      ? self
      : Budget(self, seed: (seed &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15) & Self.greatestSeed, enlargement: enlargement)
  }
}

/// One run, or a few, that decide several claims about a theory. It may be carried out more than once, until the budget has all it asks for.
public struct Experiment: Sendable {
  /// The theory, in words.
  public let theory: String
  /// The claims, in the order of the evidence.
  public let claims: [Claim]
  /// The command that prints its table, where one does; `nnft validate` with the suite's name repeats any experiment.
  public let command: String?
  /// Its data are given and cannot be drawn anew: there is one look.
  let isGiven: Bool
  let carryOut: @Sendable (Budget) throws -> [Evidence]

  /// An experiment; `carryOut` returns one piece of evidence a claim.
  public init(
    theory: String, claims: [Claim], command: String?, isGiven: Bool = false,
    carryOut: @escaping @Sendable (Budget) throws -> [Evidence]
  ) {
    self.isGiven = isGiven
    self.theory = theory
    self.claims = claims
    self.command = command
    self.carryOut = carryOut
  }
}
