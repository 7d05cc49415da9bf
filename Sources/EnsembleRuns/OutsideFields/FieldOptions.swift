// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// What a user says of a file of fields beside the file itself; what is nil is taken from the file, or from the theory beside it, or refused.
public struct FieldOptions: Sendable {
  /// The array of fields.
  public var array: String?
  /// Extents of the lattice, where the array is flat or where they are to be checked.
  public var sites: [Int]?
  /// Lattice spacing a.
  public var spacing: Double?
  /// How the lattice ends.
  public var boundary: Boundary?
  /// A point file whose rows are the columns of the array.
  public var pointFile: String?
  /// The first axis counts Markov chains, the second their draws.
  public var hasChains = false
  /// The axis after those of draws counts so many components of the field.
  public var components: Int?
  /// The array of logarithms of weights.
  public var logWeights: String?
  /// Jackknife bins of independent draws.
  public var bins: Int?
  /// Momenta p̂ above it are left out of every field; nil for none, or that of the theory beside the fields.
  public var cutoff: Double?

  /// Nothing said.
  public init() {}
}

/// A theory given beside a file of fields: read anew with the lattice of the fields laid over it.
public struct BesideTheory: Sendable {
  /// Reads it with further overrides.
  public let load: @Sendable (_ overrides: [(key: String, value: String)]) throws -> TheoryDefinition

  /// A theory that `load` reads.
  public init(load: @escaping @Sendable (_ overrides: [(key: String, value: String)]) throws -> TheoryDefinition) {
    self.load = load
  }

  /// The theory on a lattice of the same ends; throws where its own ends otherwise.
  func on(_ lattice: Lattice) throws -> TheoryDefinition {
    let own = try load([])
    guard own.dimension == lattice.dimension else {
      throw SelectionError(
        "the theory lives in \(own.dimension) dimensions, the fields in \(lattice.dimension); give the theory of these fields")
    }
    guard own.lattice != lattice else { return own }
    guard own.lattice.boundary == lattice.boundary else {
      throw SelectionError(
        "the theory's lattice is \(own.lattice.boundary.rawValue), that of the fields \(lattice.boundary.rawValue); give the theory of these fields, or another --boundary"
      )
    }
    return try load([
      ("lattice.sites", lattice.sites.map(String.init).joined(separator: "x")), ("lattice.spacing", "\(lattice.spacing)"),
    ])
  }
}
