// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import LatticeFields
import Synchronization

/// What a lattice estimator may depend on.
public struct EstimatorSettings: Sendable {
  /// The lattice of the fields.
  public let lattice: Lattice
  /// Shells join displacements related by the lattice's symmetries only, not all of equal length.
  public let hypercubic: Bool
  /// One row for every displacement instead of shells.
  public let allDisplacements: Bool
  /// r1 of `G(0, r1, y, y+r2)`, lattice units.
  public let firstSeparation: [Int]
  /// Separation r2 of `G(0, r1, y, y+r2)`, lattice units.
  public let secondSeparation: [Int]
  /// Quadruples of modes of the trispectrum; nil for ``Trispectrum/defaultMomenta(_:)``.
  public let momenta: [[[Int]]]?
  /// q of the vertex operators.
  public let vertexCharge: Double
  /// Number D of components of the field.
  public let components: Int
  /// φ and −φ are equally likely: `<φ>` vanishes, and 2-point functions are connected as they stand.
  public let isEven: Bool
  /// The unit of the one-point distribution: the exact `<φ²>^{1/2}` where it is known. Fixed before any field is seen.
  public let fieldWidth: Double

  /// Settings of a run.
  public init(
    lattice: Lattice, hypercubic: Bool, allDisplacements: Bool, firstSeparation: [Int], secondSeparation: [Int],
    momenta: [[[Int]]]? = nil, vertexCharge: Double = 1, fieldWidth: Double = 1, components: Int = 1,
    isEven: Bool = true
  ) {
    self.isEven = isEven
    self.components = components
    self.momenta = momenta
    self.vertexCharge = vertexCharge
    self.fieldWidth = fieldWidth
    self.lattice = lattice
    self.hypercubic = hypercubic
    self.allDisplacements = allDisplacements
    self.firstSeparation = firstSeparation
    self.secondSeparation = secondSeparation
  }

  /// The shells of a radial table, or every displacement of a half space as a shell of its own (r and −r are the same). Found once.
  var shells: [DisplacementShell] { cache.shells(self) }
  private let cache = ShellCache()

  /// What estimators of equal settings share.
  private final class ShellCache: Sendable {
    private let known = Mutex<[DisplacementShell]?>(nil)

    func shells(_ settings: EstimatorSettings) -> [DisplacementShell] {
      known.withLock { known in
        if let known { return known }
        let shells = settings.findShells()
        known = shells
        return shells
      }
    }
  }

  private func findShells() -> [DisplacementShell] {
    guard allDisplacements else { return lattice.selectedShells(hypercubic: hypercubic) }
    return lattice.displacements().compactMap { displacement in
      let mirror = displacement.vector.map { -$0 }
      let keep =
        !displacement.vector.lexicographicallyPrecedes(mirror)
        || (lattice.boundary == .periodic && zip(displacement.vector, lattice.sites).contains { 2 * $0 == $1 })
      return keep ? DisplacementShell(members: [displacement], representative: displacement.vector) : nil
    }
  }
}

/// How one lattice estimator is made, and what it says of itself on every lattice.
public struct EstimatorEntry: Sendable {
  /// Its name on the command line and of its table.
  public let name: String
  /// What it estimates, in one line.
  public let quantity: String
  /// What it assumes, as far as it is the same on every lattice.
  public let assumptions: EstimatorAssumptions
  /// Whether it runs where nothing is asked for.
  public let isDefault: Bool
  /// Makes the estimator for a lattice.
  public let make: @Sendable (EstimatorSettings) -> any CorrelatorEstimator

  init(isDefault: Bool = false, _ make: @escaping @Sendable (EstimatorSettings) -> any CorrelatorEstimator) {
    let example = make(
      EstimatorSettings(
        lattice: Lattice(sites: [2], spacing: 1, boundary: .periodic), hypercubic: true, allDisplacements: false,
        firstSeparation: [1], secondSeparation: [1], isEven: false))
    (name, quantity, assumptions) = (example.name, example.quantity, example.assumptions)
    self.isDefault = isDefault
    self.make = make
  }
}

/// All lattice estimators; the list **is** what CLI help and automatic choice read. Point functions come from `--points`.
public enum EstimatorRegistry {
  /// One line per estimator.
  public static let entries: [EstimatorEntry] = [
    EstimatorEntry(isDefault: true) { TwoPointFunction($0) },
    EstimatorEntry(isDefault: true) { MomentumPropagator($0) },
    EstimatorEntry(isDefault: true) { CoincidentFourPoint(.xxyy, $0) },
    EstimatorEntry(isDefault: true) { CoincidentFourPoint(.xxxy, $0) },
    EstimatorEntry(isDefault: true) { SplitFourPoint($0) },
    EstimatorEntry(isDefault: true) { ZeroMomentum($0) },
    EstimatorEntry { ZeroMomentumCumulants($0) },
    EstimatorEntry { OrderParameter($0) },
    EstimatorEntry { ConnectedTwoPoint($0) },
    EstimatorEntry { CoincidentSixPoint(.xxxyyy, $0) },
    EstimatorEntry { CoincidentSixPoint(.xxxxyy, $0) },
    EstimatorEntry { Trispectrum($0) },
    EstimatorEntry { PairTrispectrum($0) },
    EstimatorEntry { TimeSliceCorrelator($0) },
    EstimatorEntry { EffectiveMass($0) },
    EstimatorEntry { StructureFunction($0) },
    EstimatorEntry { LocalOperators($0) },
    EstimatorEntry { VertexOperators($0) },
    EstimatorEntry { OnePointDistribution($0) },
    EstimatorEntry { OnePointCumulants($0) },
    EstimatorEntry(isDefault: true) { ComponentFourPoint(.invariants, $0) },
    EstimatorEntry(isDefault: true) { ComponentFourPoint(.symmetry, $0) },
  ]

  /// The entry of a name.
  public static func entry(_ name: String) -> EstimatorEntry? { entries.first { $0.name == name } }
}

/// At most `limit` of `count` rows, evenly spread: the row set whose full covariance is kept.
func evenlySpread(_ count: Int, limit: Int = 48) -> [Int] {
  guard count > limit else { return Array(0..<count) }
  return (0..<limit).map { $0 * (count - 1) / (limit - 1) }
}

extension DisplacementShell {
  /// Weighted mean of a correlation function over the members, with the weights of the estimator.
  func target(_ function: (Displacement) -> CorrelationFunction) -> RowTarget {
    RowTarget(
      terms: members.map { (Double($0.pairCount) / Double(pairCount), function($0)) })
  }

  /// The shell of the opposite displacements.
  var mirrored: DisplacementShell {
    DisplacementShell(
      members: members.map { Displacement(vector: $0.vector.map { -$0 }, pairCount: $0.pairCount) },
      representative: representative)
  }

  /// `r x1..xd` cells.
  func coordinates(_ lattice: Lattice) -> [CorrelatorRow.Coordinate] {
    [.number(length * lattice.spacing)] + representative.map { .number(Double($0) * lattice.spacing) }
  }
}

extension Lattice {
  /// `r`, `x1`, …, `xd`.
  var displacementColumns: [String] { ["r"] + (1...dimension).map { "x\($0)" } }
}

/// cos(2π turns).
func cosine(turns: Double) -> Double { cos(2 * Double.pi * turns) }
