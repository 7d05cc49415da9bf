// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// The sites of the theory's lattice, `∫ → a^d Σ_x`.
public struct LatticeRegion: InsertionRegion {
  /// The name "lattice".
  public static let name = "lattice"

  /// The region; the lattice is that of the theory.
  public init() {}

  /// Sums over sites.
  public var integral: RegionIntegral { .sites }
  /// V of the lattice.
  public func volume(_ lattice: Lattice) -> Double { lattice.volume }
  /// The longest side.
  public func extent(_ lattice: Lattice) -> Double { lattice.spacing * Double(lattice.sites.max()!) }
  /// The weight in words.
  public var weight: String { "exp(-a^d sum_x V(phi(x))) over the sites of the lattice" }
  /// "lattice": which lattice is no part of the name.
  public var streamName: String { "lattice" }

  /// An open lattice leaves no translations and the symmetries of the box, a periodic one its own group.
  public func remaining(of symmetries: FieldSymmetries) -> FieldSymmetries {
    var result = symmetries
    if result.rotations != .none { result.rotations = .hypercubic }
    if !symmetries.isPeriodic { result.translationInvariantOrder = 0 }
    return result
  }

  /// None: the size stands under `[lattice]`.
  public static let keys: [String] = []
  /// Nothing to read.
  public static func read(_ block: TheoryBlock, _ context: InsertionContext) throws -> any InsertionRegion { LatticeRegion() }
}

extension InsertionRegion where Self == LatticeRegion {
  /// The sites of the theory's lattice.
  public static var lattice: LatticeRegion { LatticeRegion() }
}
