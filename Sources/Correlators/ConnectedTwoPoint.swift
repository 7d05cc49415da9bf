// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

/// The connected 2-point function `G2c(r) = <φ(x) φ(x+r)> − <φ>²` over all pairs of sites, for ensembles in which φ and −φ are not equally likely.
///
///     corr(φ,φ)(r) − U(<φ>, <φ>),     <φ> the average over the sites
///
/// with the product between different bins: unbiased. Rows as those of `two-point`, which is the full function. Source:
/// docs/physics/estimators.md.
public struct ConnectedTwoPoint: CorrelatorEstimator {
  /// The table's name.
  public static let tableName = "connected-two-point"
  /// The name of its table.
  public var name: String { Self.tableName }
  /// What is estimated.
  public let quantity = "G2c(r) = <phi(x) phi(x+r)> - <phi>^2"
  /// How it is estimated.
  public let method = "average over all pairs of sites"
  /// What is assumed of the ensemble.
  public let assumptions = EstimatorAssumptions(translationInvariantOrder: 2, evenness: false)
  /// Highest order n of the n-point functions involved.
  public let order = 2
  /// Names of the coordinate columns.
  public let coordinateColumns: [String]
  /// The rows and what each estimates.
  public let rows: [CorrelatorRow]
  private let shells: [DisplacementShell]
  private let lattice: Lattice

  /// Rows by the settings.
  public init(_ settings: EstimatorSettings) {
    let lattice = settings.lattice
    (self.lattice, shells) = (lattice, settings.shells)
    coordinateColumns = lattice.displacementColumns
    rows = shells.map { shell in
      CorrelatorRow(
        coordinates: shell.coordinates(lattice),
        target: shell.target { .cumulant([.zero, $0.point(spacing: lattice.spacing)]) })
    }
  }

  /// One correlation a row, then <φ>.
  public var primaryCount: Int { shells.count + 1 }
  /// The rows of the joint test, at most 48.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    JoinedAccumulators([
      BinReader(workspace.requestMeans(.power(1), .power(1), over: shells)), workspace.averageOfSites(lattice),
    ])
  }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    let disconnected = bins.product(shells.count, shells.count)
    return shells.indices.map { bins.mean($0) - disconnected }
  }
}
