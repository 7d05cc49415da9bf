// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import FieldTheories

/// An entry of one of the program's registries, which claims hold: a fault in it is a wrong verdict on one of them at least.
public struct Registered: Sendable, Hashable {
  /// The registries, in the order of the matrix of claims.
  public enum Registry: String, Sendable, CaseIterable {
    /// Kinds of `[architecture]`.
    case architectures
    /// Laws of output weights.
    case weights
    /// Tables of correlators, from fields and from single neurons.
    case estimators
    /// Kinds of `[[insertion]]`.
    case insertions
    /// Where insertions act.
    case regions
    /// Ways to sample.
    case samplers
    /// Moves of Markov chains.
    case moves
    /// Free theories that samples are drawn from.
    case priors

    /// The names of its entries, read from the registry itself.
    public var names: [String] {
      switch self {
      case .architectures: ArchitectureRegistry.entries.map(\.kind)
      case .weights: OutputWeightLaw.Kind.allCases.map(\.rawValue)
      case .estimators:
        EstimatorRegistry.entries.map(\.name) + [
          PointFunctions.tableName, ComponentPointFunctions.tableName, TiltedPointJob.name,
        ] + DataTables.names
          + ModeTables.names
          + NeuronSpaceOptions.tables.map(\.name)
      case .insertions: InsertionRegistry.entries.map(\.kind)
      case .regions: InsertionRegions.all.map { $0.name }
      case .samplers: SamplerSettings.Kind.allCases.map(\.rawValue)
      case .moves: SamplerSettings.Move.allCases.map(\.rawValue)
      case .priors: SamplerSettings.Prior.allCases.map(\.rawValue)
      }
    }
  }

  /// Where it is registered.
  public let registry: Registry
  /// Its name there.
  public let name: String

  /// Every entry of every registry.
  public static var all: [Registered] {
    Registry.allCases.flatMap { registry in registry.names.map { Registered(registry: registry, name: $0) } }
  }

  /// A correlator table by its name.
  static func estimator(_ name: String) -> Registered { Registered(registry: .estimators, name: name) }
  /// A way to sample.
  static func sampler(_ kind: SamplerSettings.Kind) -> Registered { Registered(registry: .samplers, name: kind.rawValue) }
  /// A move of Markov chains.
  static func move(_ move: SamplerSettings.Move) -> Registered { Registered(registry: .moves, name: move.rawValue) }
  /// A free theory that samples are drawn from.
  static func prior(_ prior: SamplerSettings.Prior) -> Registered { Registered(registry: .priors, name: prior.rawValue) }
}

extension TheoryDefinition {
  /// What numbers of this theory's fields hold: its architecture, the law of its output weights, its insertions, where they act, and the free theory
  /// they are sampled from.
  var ensemble: [Registered] {
    let law = architecture.scalable?.outputWeights.kind.rawValue
    let free =
      [Registered(registry: .architectures, name: architecture.kind)]
      + (law.map { [Registered(registry: .weights, name: $0)] } ?? [])
    guard !insertions.isEmpty else { return free }
    return free
      + insertions.insertions.flatMap {
        [
          Registered(registry: .insertions, name: $0.kind), Registered(registry: .regions, name: type(of: $0.region).name),
        ]
      } + [.prior(sampler.prior)]
  }
}
