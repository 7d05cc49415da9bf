// SPDX-License-Identifier: GPL-3.0-or-later

/// How the draws of an ensemble depend on each other, which decides how errors are made.
public enum SampleDependence: String, Sendable, Hashable {
  /// Independent draws of weight one; a unit is a bin.
  case independent
  /// Independent draws with weights; a unit is a bin.
  case weighted
  /// Consecutive states of a chain, all of weight one; a unit is a chain.
  case chain
  /// Particles that share ancestors, with weights within the unit and one weight for it; a unit is a population.
  case population

  /// Whether averages are ratios of weighted sums.
  public var isWeighted: Bool { self == .weighted || self == .population }
}

/// Any way to draw the fields of an ensemble, in units that are pure functions of plan and number: the unit of errors, of threads, of shards and of
/// what survives an interruption. Tuning never crosses units.
public protocol EnsembleGenerator<Draw>: Sendable {
  /// One field on its way to the measurements; valid while it is handed on.
  associatedtype Draw

  /// What determines the draws, in the form of a theory file's keys; where ``layout`` says how draws are dealt to units, nothing of that.
  var identity: PlanIdentity { get }
  /// Number of independent units.
  var unitCount: Int { get }
  /// How draws are dealt to them.
  var layout: UnitLayout { get }
  /// How its draws depend on each other.
  var dependence: SampleDependence { get }
  /// What does units one after another on one thread.
  func makeWorker() -> GeneratorWorker<Draw>
  /// The same, whose units can be cut.
  func makeWorker(_ pauses: UnitPauses) -> GeneratorWorker<Draw>
}

extension EnsembleGenerator {
  /// Nothing is known of how units change with their number.
  public var layout: UnitLayout { .fixed(count: unitCount) }
  /// Units are done whole.
  public func makeWorker(_ pauses: UnitPauses) -> GeneratorWorker<Draw> { makeWorker() }
}

/// Does the unit of a number: hands every draw to `sink` and says how it went. Once `monitor` asks to stop it ends early, and what it says means nothing.
public typealias GeneratorWorker<Draw> = (_ unit: Int, _ monitor: RunMonitor, _ sink: (Draw) -> Void) -> UnitTotals

/// What a generator knows of a unit when it is done.
public struct UnitTotals: Sendable, Codable {
  /// ln of the unit's weight among the units, where the unit has one of its own: a population's ln Z.
  public var logWeight: Double?
  /// How the moves fared; empty for independent draws.
  public var moves: [KernelReport] = []
  /// Steps in the coupling of a population.
  public var steps: Int?
  /// The unit did not reach what it was to sample, and the run has no result.
  public var isIncomplete = false
  /// Exchanges along a ladder of couplings.
  public var exchange: LadderExchange?

  /// Nothing but the draws.
  public init() {}
}

/// How states travelled along one ladder of couplings.
public struct LadderExchange: Sendable, Codable {
  /// Share of swaps accepted between rungs i and i+1.
  public let swaps: [Double]
  /// How often a state went from full coupling to the lowest and back.
  public let roundTrips: Int

  /// States the accepted shares and the round trips of one ladder.
  public init(swaps: [Double], roundTrips: Int) {
    self.swaps = swaps
    self.roundTrips = roundTrips
  }
}

/// What one sweep, or many, of a move did.
public struct KernelCounts: Sendable, Hashable, Codable {
  /// Proposals made.
  public var proposals = 0
  /// Proposals accepted.
  public var accepted = 0
  /// Proposals whose action was not a number.
  public var nonFinite = 0
  /// Σ min(1, acceptance probability), where a kernel knows it: less noisy than ``accepted``.
  public var probability = 0.0

  /// Counts of a move that has not yet been tried.
  public init() {}

  /// Acceptance; 1 where nothing was proposed.
  public var acceptance: Double { proposals == 0 ? 1 : Double(accepted) / Double(proposals) }

  /// Adds what another sweep did.
  public static func += (a: inout KernelCounts, b: KernelCounts) {
    a.proposals += b.proposals
    a.accepted += b.accepted
    a.nonFinite += b.nonFinite
    a.probability += b.probability
  }
}

/// How one move fared in a unit.
public struct KernelReport: Sendable, Hashable, Codable {
  /// Name of the move.
  public let name: String
  /// After warm-up.
  public let counts: KernelCounts
  /// Block size, step size.
  public let setting: String

  /// A report on one move.
  public init(name: String, counts: KernelCounts, setting: String) {
    self.name = name
    self.counts = counts
    self.setting = setting
  }
}
