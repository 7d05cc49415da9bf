// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// Where an insertion acts, and with which weight: `I = ∫ w(x) V(φ(x))`. Every insertion has a region of its own; where fields are measured
/// belongs to the run.
///
/// A region is one file in `Regions` and one line of ``InsertionRegions``. What samplers need to know of it is its ``integral``.
public protocol InsertionRegion: Sendable {
  /// The word of theory files.
  static var name: String { get }
  /// Its own keys in an insertion table.
  static var keys: [String] { get }
  /// Reads those keys.
  static func read(_ block: TheoryBlock, _ context: InsertionContext) throws -> any InsertionRegion
  /// How the integral over the region is computed.
  var integral: RegionIntegral { get }
  /// The volume `∫ w d^dx`.
  func volume(_ lattice: Lattice) -> Double
  /// The length over which the action feels a field: momenta nearer than its inverse look alike.
  func extent(_ lattice: Lattice) -> Double
  /// The weight of networks in words.
  var weight: String { get }
  /// As it enters the names of random streams: everything that identifies the region.
  var streamName: String { get }
  /// What an insertion here leaves of the symmetries of an ensemble.
  func remaining(of symmetries: FieldSymmetries) -> FieldSymmetries
  /// Why there is no action of `architecture` here, or nil.
  func obstruction(_ architecture: any Architecture) -> String?
}

/// The ways in which `∫ w(x) V(φ(x))` is known exactly.
public enum RegionIntegral: Sendable {
  /// A sum over the sites of the theory's lattice, `a^d Σ_x V`.
  case sites
  /// A sum over listed points, `Σ_a w_a V(φ(x_a))`.
  case points([Point], weights: [Double])
  /// Pair sums of the momenta of plane waves, for φ² and φ⁴: modes of a periodic box, or any momenta under a Gaussian envelope, in units of
  /// 1/`momentumScale`.
  case pairs(isBox: Bool, momentumScale: Double)
}

extension InsertionRegion {
  /// The number of places where a source may differ; nil where only a constant potential has an exact integral.
  public func nodeCount(_ lattice: Lattice) -> Int? {
    switch integral {
    case .sites: lattice.siteCount
    case .points(let points, _): points.count
    case .pairs: nil
    }
  }

  /// Whether the integral is one of pair sums.
  public var isPaired: Bool { if case .pairs = integral { true } else { false } }

  /// Whether the region is the sites of the lattice.
  public var isLattice: Bool { if case .sites = integral { true } else { false } }

  /// Everywhere, unless a region says otherwise.
  public func obstruction(_ architecture: any Architecture) -> String? { nil }
}

/// The registry of regions.
public enum InsertionRegions {
  /// One line a region.
  public static let all: [any InsertionRegion.Type] = [
    LatticeRegion.self, BoxRegion.self, EnvelopeRegion.self, PointsRegion.self,
  ]

  /// The keys that belong to some regions only.
  static var keys: [String] { Set(all.flatMap { $0.keys }).sorted() }

  /// Reads `region` of an insertion and the keys that go with it.
  static func read(_ block: TheoryBlock, _ context: InsertionContext) throws -> any InsertionRegion {
    let word = try block.text("region", default: LatticeRegion.name)
    guard let region = all.first(where: { $0.name == word }) else {
      throw block.unknownWord("region", word, known: all.map { $0.name })
    }
    for key in keys where block.has(key) && !region.keys.contains(key) {
      throw block.fault(
        key, "region = \"\(word)\" has no such key",
        cure:
          "remove it, or choose \(all.filter { $0.keys.contains(key) }.map { "region = \"\($0.name)\"" }.joined(separator: " or "))"
      )
    }
    return try region.read(block, context)
  }
}
