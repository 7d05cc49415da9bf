// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import FieldTheories

/// One sampler with its moves, as settings of a theory file.
struct SamplingWay: Sendable {
  /// `chains of neuron-refresh, slice`.
  let name: String
  /// The tables it makes.
  private(set) var tableNames: [String] = []
  /// The sampler, the moves it makes and the free theory it draws from.
  private(set) var holds: [Registered] = []
  private let settings: [(key: String, value: String)]
  /// Chains, populations or blocks of weighted draws.
  private let units: Int
  /// Of the draws asked for, one in this many.
  private let share: Int

  /// `[sampler]`, bins and draws: whole units, equally large.
  private func overrides(draws: Int) -> [(key: String, value: String)] {
    let perUnit = max(min(draws / units, 50), (draws + units * share - 1) / (units * share))
    return settings + [
      ("run.bins", "\(units)"), ("sampler.chains", "\(units)"), ("sampler.populations", "\(units)"),
      ("sampler.particles", "\(perUnit)"), ("run.draws", "\(perUnit * units)"),
    ]
  }

  /// A theory sampled so; without a budget as its file says.
  func request(_ theory: TheoryDefinition, _ budget: Budget? = nil) throws -> CorrelatorRequest {
    let draws = budget?.draws(theory.run.draws) ?? theory.run.draws
    let seed = budget.map { [("run.seed", "\($0.seed)")] } ?? []
    return try Self.request(theory.varied(seed + overrides(draws: draws)))
  }

  /// A request that measures next to nothing beside what every interacting run does.
  private static func request(_ theory: TheoryDefinition) throws -> CorrelatorRequest {
    let isEven = theory.insertions.remaining(of: theory.architecture.symmetries).isEven
    return try theory.request(nil, estimators: isEven ? [ZeroMomentum.tableName] : nil)
  }

  /// Site updates of the theory's own run above which only one further sampler is tried.
  private static let greatestCost = 2e7

  /// All ways that apply to a theory, its own first, with equally many bins and samples. Of expensive theories the own sampler and one further.
  static func all(_ theory: TheoryDefinition) throws -> [SamplingWay] {
    guard let own = try request(theory).interacting else { preconditionFailure("SamplingWay: a free theory") }
    let automatic =
      theory.sampler.kind == .automatic ? own : try request(theory.varied([("sampler.kind", "\"auto\"")])).interacting!
    let kinds = [own.choice.kind, automatic.choice.kind]
    let units = own.choice.kind == .reweighting ? 64 : own.units
    let stated = theory.sampler.moves
    // Weights are even enough for reweighting where the automatic choice says so.
    var candidates =
      [SamplingWay(own.choice.kind, stated, units)]
      + (kinds.contains(.reweighting) ? [SamplingWay(.reweighting, nil, units)] : [])
    let updates = Double(own.samples) * Double(theory.lattice.siteCount) * Double(max(1, theory.architecture.width))
    if updates <= greatestCost {
      candidates +=
        movesOfChains(theory).map { SamplingWay(.chains, $0, units) } + [
          SamplingWay(.sequential, stated, units), SamplingWay(.tempering, stated, units),
        ]
      // Another free theory of the same limit: the same ensemble only where the width is infinite.
      if theory.architecture.freeField != nil, theory.sampler.prior == .asStated {
        candidates.insert(SamplingWay(.reweighting, nil, units, prior: .hartree), at: 1)
        candidates.append(SamplingWay(.chains, stated, units, prior: .hartree))
      }
    } else {
      // A particle passes through some thirty couplings.
      candidates += [
        own.choice.kind == .chains ? SamplingWay(.sequential, stated, units, share: 16) : SamplingWay(.chains, stated, units)
      ]
    }
    var ways: [SamplingWay] = []
    for var way in candidates where !ways.contains(where: { $0.name == way.name }) {
      // Moves that leave parameters unmoved, and those that a net has not, are refused.
      guard let request = try? way.request(theory), let plan = request.interacting else { continue }
      way.tableNames = request.tableNames
      let moves = plan.hasIndependentDraws ? [] : plan.recipe.moveNames(plan.moved)
      way.holds =
        [.sampler(plan.choice.kind), .prior(plan.settings.prior)] + moves.map { Registered(registry: .moves, name: $0) }
      ways.append(way)
    }
    return updates <= greatestCost ? ways : Array(ways.prefix(2))
  }

  /// Lists of moves worth a try, one of every registered move with those that it needs beside it; what leaves parameters unmoved or does not fit the
  /// architecture is refused later.
  private static func movesOfChains(_ theory: TheoryDefinition) -> [[SamplerSettings.Move]] {
    SamplerSettings.Move.allCases.compactMap { beside($0, isField: theory.architecture.freeField != nil) }
  }

  /// The list by which a move is tried; nil where it is not: rotations are the own way of modes, and fields without neurons have few moves.
  private static func beside(_ move: SamplerSettings.Move, isField: Bool) -> [SamplerSettings.Move]? {
    switch move {
    case .refresh: isField ? nil : [.refresh]
    case .slice, .flip: isField ? nil : [.refresh, move]
    case .hamiltonian: isField ? [.hamiltonian] : [.refresh, .hamiltonian]
    case .crankNicolson: isField ? [.hamiltonian, .crankNicolson] : [.refresh, .crankNicolson]
    case .pair, .step: isField ? nil : [.refresh, .pair, .step]
    case .zeroMode, .cluster: isField ? [.hamiltonian, move] : nil
    case .site: isField ? [.site] : nil
    case .rotation: nil
    }
  }

  private init(
    _ kind: SamplerSettings.Kind, _ moves: [SamplerSettings.Move]?, _ units: Int, share: Int = 1,
    prior: SamplerSettings.Prior? = nil
  ) {
    self.units = units
    self.share = share
    let list = moves.map { "[\($0.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))]" }
    let usesMoves = kind != .reweighting
    name =
      (kind == .sequential ? "sequential Monte Carlo" : kind.rawValue)
      + (usesMoves ? moves.map { " of \($0.map(\.rawValue).joined(separator: ", "))" } ?? "" : "")
      + (prior == .hartree ? " from the Hartree mass" : "")
    settings =
      [("sampler.kind", "\"\(kind.rawValue)\""), ("sampler.control_variates", "false")]
      + (usesMoves ? [("sampler.moves", list ?? "\"automatic\"")] : [])
      + (prior.map { [("sampler.prior", "\"\($0.rawValue)\"")] } ?? [])
  }
}
