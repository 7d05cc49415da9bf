// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

/// `S(r) = <(φ(x) − φ(x+r))²> = 2 G(0) − 2 G(r)`, the squared difference averaged over all pairs of sites:
///
///     S(r) = corr(φ²,1)(r) + corr(1,φ²)(r) − 2 corr(φ,φ)(r)
///
/// with the same pairs in all terms, so that what neighbours share cancels in every network. Unbiased. Source: docs/physics/estimators.md.
public struct StructureFunction: CorrelatorEstimator {
  /// The table's name.
  public let name = "structure-function"
  /// What is estimated.
  public let quantity = "S(r) = <(phi(x) - phi(x+r))^2>"
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

  /// Rows by the settings, without r = 0.
  public init(_ settings: EstimatorSettings) {
    let lattice = settings.lattice
    shells = settings.shells.filter { $0.length > 0 }
    coordinateColumns = lattice.displacementColumns
    rows = shells.map { shell in
      CorrelatorRow(
        coordinates: shell.coordinates(lattice),
        target: shell.target { .squaredDifference(.zero, $0.point(spacing: lattice.spacing)) })
    }
  }

  /// Number of primaries in a bin.
  public var primaryCount: Int { shells.count }
  /// The rows of the joint test, at most 48.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    let pairs = workspace.requestMeans(.power(1), .power(1), over: shells)
    let here = workspace.requestMeans(.power(2), .power(0), over: shells)
    let there = workspace.requestMeans(.power(2), .power(0), over: shells.map(\.mirrored))
    return BinReader { zip(zip(here(), there()), pairs()).map { $0.0 + $0.1 - 2 * $1 } }
  }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] { shells.indices.map(bins.mean) }
}
