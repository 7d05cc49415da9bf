// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

/// Connected 4-point functions with coincident points, `G4c(x,x,y,y)` and `G4c(x,x,x,y)` against r = y − x, by FFT:
///
///     xxyy:  corr(φ²,φ²)(r) − G(0)² − 2 G(r)²          xxxy:  corr(φ³,φ)(r) − 3 G(0) G(r)
///
/// The disconnected products are taken between different bins, so no O(1/draws) bias enters. Members of a shell must have equal G, which
/// rotations (or the lattice's symmetries) grant. Source: docs/physics/estimators.md.
public struct CoincidentFourPoint: CorrelatorEstimator {
  /// Which points coincide.
  public enum Family: String, Sendable {
    /// G4c(x,x,y,y).
    case xxyy
    /// G4c(x,x,x,y).
    case xxxy
  }

  /// Which points coincide.
  public let family: Family
  /// The table's name.
  public var name: String { Self.tableName(family) }
  /// The name of the table of a family.
  public static func tableName(_ family: Family) -> String { "four-point-\(family.rawValue)" }
  /// What is estimated.
  public var quantity: String {
    "connected 4-point function G4c(\(family.rawValue.map(String.init).joined(separator: ","))), r = y - x"
  }
  /// How it is estimated.
  public let method = "average over all pairs of sites"
  /// What is assumed of the ensemble.
  public let assumptions = EstimatorAssumptions(translationInvariantOrder: 4)
  /// Highest order n of the n-point functions involved.
  public let order = 4
  /// Names of the coordinate columns.
  public let coordinateColumns: [String]
  /// The rows and what each estimates.
  public let rows: [CorrelatorRow]
  private let shells: [DisplacementShell]
  private let origin: DisplacementShell

  /// Rows by the settings.
  public init(_ family: Family, _ settings: EstimatorSettings) {
    let lattice = settings.lattice
    self.family = family
    shells = settings.shells
    let zero = [Int](repeating: 0, count: lattice.dimension)
    origin = DisplacementShell(
      members: [Displacement(vector: zero, pairCount: lattice.siteCount)], representative: zero)
    coordinateColumns = lattice.displacementColumns
    rows = shells.map { shell in
      CorrelatorRow(
        coordinates: shell.coordinates(lattice),
        target: shell.target {
          let y = $0.point(spacing: lattice.spacing)
          return .cumulant(family == .xxyy ? [.zero, .zero, y, y] : [.zero, .zero, .zero, y])
        })
    }
  }

  /// G(0), then for each row its 2-point function and its 4-point correlation.
  public var primaryCount: Int { 1 + 2 * shells.count }
  /// The rows of the joint test, at most 48.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    let twoPoint = workspace.requestMeans(.power(1), .power(1), over: [origin] + shells)
    let fourPoint =
      family == .xxyy
      ? workspace.requestMeans(.power(2), .power(2), over: shells)
      : workspace.requestMeans(.power(3), .power(1), over: shells)
    return BinReader { twoPoint() + fourPoint() }
  }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    let g00 = bins.product(0, 0)
    return shells.indices.map { row in
      let (two, four) = (1 + row, 1 + shells.count + row)
      switch family {
      case .xxyy: return bins.mean(four) - g00 - 2 * bins.product(two, two)
      case .xxxy: return bins.mean(four) - 3 * bins.product(0, two)
      }
    }
  }
}
