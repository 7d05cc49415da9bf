// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

/// `G(p) = <|φ(p)|²>/V` on a periodic lattice, `φ(p) = a^d Σ_x e^{-ipx} φ(x)`.
///
/// Rows: orbits of modes under the lattice's symmetries (at most 48, the two lowest and others evenly spread in p̂) or all modes of a half space. Unbiased.
/// Source: docs/physics/estimators.md.
public struct MomentumPropagator: CorrelatorEstimator {
  /// The table's name.
  public static let tableName = "momentum-propagator"
  /// The name of its table.
  public var name: String { Self.tableName }
  /// What is estimated.
  public let quantity = "G(p) = <|phi(p)|^2>/V"
  /// How it is estimated.
  public let method = "p = 2 pi n/(a L), phat = (2/a) |sin(a p/2)|"
  /// What is assumed of the ensemble.
  public let assumptions = EstimatorAssumptions(translationInvariantOrder: 2, periodicity: true, evenness: false)
  /// Highest order n of the n-point functions involved.
  public let order = 2
  /// Names of the coordinate columns.
  public let coordinateColumns: [String]
  /// The rows and what each estimates.
  public let rows: [CorrelatorRow]
  private let orbits: [[[Int]]]
  private let scale: Double

  /// Rows by the settings.
  public init(_ settings: EstimatorSettings) {
    let lattice = settings.lattice
    let sorted =
      settings.allDisplacements
      ? lattice.displacements().map(\.vector).filter { !$0.lexicographicallyPrecedes($0.map { -$0 }) }
        .map { ModeOrbit(representative: $0, modes: [$0], phat: lattice.phat($0)) }.sorted(by: ModeOrbit.rise)
      : lattice.modeOrbits()
    // The lowest mode always: with p = 0 it gives the second-moment correlation length.
    var places = evenlySpread(sorted.count)
    if places.count > 1 { places[1] = 1 }
    let chosen = settings.allDisplacements ? sorted : places.map { sorted[$0] }
    orbits = chosen.map(\.modes)
    coordinateColumns = ["phat"] + (1...lattice.dimension).map { "n\($0)" }
    rows = chosen.map { orbit in
      CorrelatorRow(
        coordinates: [.number(orbit.phat)] + orbit.representative.map { .integer($0) },
        target: RowTarget(terms: orbit.modes.map { (1 / Double(orbit.modes.count), .propagator(mode: $0)) }))
    }
    scale = lattice.cellVolume * lattice.cellVolume / lattice.volume
  }

  /// Number of primaries in a bin.
  public var primaryCount: Int { orbits.count }
  /// The rows of the joint test, at most 48.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    let powers = workspace.requestPowers(.power(1), over: orbits)
    return BinReader { [orbits, scale] in zip(orbits, powers()).map { scale * $1 / Double($0.count) } }
  }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] { orbits.indices.map(bins.mean) }
}
