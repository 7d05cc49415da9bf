// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// A theory as its file states it: which ensemble, where its field is measured, which correlators, and how many networks.
///
/// It is read by `load`, strictly: an unknown, misspelt or ill-typed key is an error that names file, line and cure, and every default
/// that entered is listed in `resolved`.
public struct TheoryDefinition: Sendable {
  /// One line; the file's name where the file gives none.
  public let title: String
  /// Where the theory comes from: paper and equations.
  public let source: String
  /// Dimension d of space.
  public let dimension: Int
  /// The free ensemble.
  public let architecture: any Architecture
  /// What is inserted into it; ``InsertionSum/none`` for a free theory.
  public let insertions: InsertionSum
  /// How an interacting ensemble is sampled.
  public let sampler: SamplerSettings
  /// The sites where the field is measured; for a lattice network also the sites on which it lives.
  public let lattice: Lattice
  /// What is measured.
  public let correlators: CorrelatorSettings
  /// How fields are evaluated.
  public let fields: FieldSettings
  /// How much is sampled.
  public let run: RunSettings
  /// What `nnft study` runs; nil without a `[study]` table.
  public let study: StudySettings?
  /// On what networks are trained; nil without a `[dynamics]` table.
  public let dynamics: DynamicsSettings?
  /// The file as the user named it.
  public let fileName: String
  /// Every key of the theory with its value in TOML, defaults included, in canonical order; fileName is not among them.
  public let resolved: [(key: String, value: String)]

  /// The theory as a canonical file: every key written out, no comments. Reading it gives the same theory.
  public var resolvedText: String { Self.text(resolved) }

  /// The same theory with other values of some keys (`--set` values), without the tables and keys named in `dropped`.
  public func varied(_ changes: [(key: String, value: String)], without dropped: [String] = []) throws -> TheoryDefinition {
    let kept = resolved.filter { entry in
      !dropped.contains { entry.key == $0 || entry.key.hasPrefix($0 + ".") || entry.key.hasPrefix($0 + "[") }
    }
    return try Self.load(text: Self.text(kept), fileName: fileName, overrides: changes, interactions: true)
  }

  private static func text(_ resolved: [(key: String, value: String)]) -> String {
    var text = ""
    var table: Substring = ""
    for (key, value) in resolved {
      // Tables and keys of theories are bare words: the last dot parts them.
      let dot = key.lastIndex(of: ".")
      let place = dot.map { key[..<$0] } ?? ""
      if place != table {
        table = place
        let element = place.firstIndex(of: "[").map { "[\(place[..<$0])]" }
        text += "\n[\(element ?? String(place))]\n"
      }
      text += "\(dot.map { key[key.index(after: $0)...] } ?? key[...]) = \(value)\n"
    }
    return text
  }
}

/// The `[correlators]` table.
public struct CorrelatorSettings: Sendable, Hashable {
  /// Names of the estimators; `["all"]` for all that fit the theory, nil for the common ones among them (`estimators = "automatic"`, the default).
  public let estimators: [String]?
  /// r1 of the four-point family `G(0, r1, y, y + r2)`, in lattice units. Default: one step along the first axis.
  public let firstSeparation: [Int]
  /// r2. Default: one step along the first axis.
  public let secondSeparation: [Int]
  /// Quadruples of modes of the trispectrum, each adding up to zero modulo the extents; nil for the estimator's own
  /// (`momenta = "automatic"`, the default).
  public let momenta: [[[Int]]]?
  /// q of the vertex operators, > 0. Default 1.
  public let vertexCharge: Double
  /// Λ': momenta with p̂ above it are left out of every field before it is measured; nil for none.
  public let cutoff: Double?
}

/// The `[run]` table.
public struct RunSettings: Sendable, Hashable {
  /// Number of independent networks. Default 20000.
  public let draws: Int
  /// Seed of the random numbers; text is hashed. Default 1.
  public let seed: UInt64
  /// Jackknife bins. Default 256, or one bin a network where there are fewer.
  public let bins: Int
}
