// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields
import NumericalKernels

/// `G2(r) = <φ(x) φ(x+r)>` over all pairs of sites, by FFT.
///
/// Per network the average over all pairs of the box (exact pair counts); rows are radial shells or single displacements, pooled with
/// their numbers of pairs. Unbiased. Needs translation invariance of 2-point functions. Source: docs/physics/estimators.md.
public struct TwoPointFunction: CorrelatorEstimator {
  /// The table's name.
  public static let tableName = "two-point"
  /// The name of its table.
  public var name: String { Self.tableName }
  /// What is estimated.
  public let quantity = "G2(r) = <phi(x) phi(x+r)>"
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

  /// Rows by the settings.
  public init(_ settings: EstimatorSettings) {
    let lattice = settings.lattice
    shells = settings.shells
    coordinateColumns = lattice.displacementColumns
    rows = shells.map { shell in
      CorrelatorRow(
        coordinates: shell.coordinates(lattice),
        target: shell.target { .moment([.zero, $0.point(spacing: lattice.spacing)]) })
    }
  }

  /// Number of primaries in a bin.
  public var primaryCount: Int { shells.count }
  /// The rows of the joint test, at most 48.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    BinReader(workspace.requestMeans(.power(1), .power(1), over: shells))
  }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] { shells.indices.map(bins.mean) }
}

/// An accumulator that only reads the workspace's correlations at the end of a bin.
final class BinReader: CorrelatorAccumulator {
  private let read: () -> [Double]
  init(_ read: @escaping () -> [Double]) { self.read = read }
  func add() {}
  func finishBin() -> [Double] { read() }
  func visit(_ state: inout StateVisitor) -> Bool { true }
}
