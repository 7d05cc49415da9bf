// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

/// `G2(r) = <φ(x) φ(x+r)>` over all pairs of sites, by FFT.
///
/// Per network the average over all pairs of the box (exact pair counts); rows are radial shells or single displacements, pooled with
/// their numbers of pairs. Unbiased. Needs translation invariance of 2-point functions. Source: docs/physics/estimators.md, F.1, F.3.
public struct TwoPointFunction: CorrelatorEstimator {
  static let abstract = "G2(r) over all pairs of sites by FFT, radial shells or all displacements"
  public let name = "two-point"
  public var summary: String { "G2(r) = <phi(x) phi(x+r)>, average over all pairs of sites" }
  public let assumptions = EstimatorAssumptions(translationInvariantOrder: 2, evenness: false)
  public let order = 2
  public let coordinateColumns: [String]
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

  public var primaryCount: Int { shells.count }
  public var covarianceRows: [Int] { evenlySpread(rows.count) }

  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    let handle = workspace.requestCorrelation(.power(1), .power(1))
    return BinReader { [shells] in shells.map { workspace.shellMean(handle, $0) } }
  }

  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] { shells.indices.map(bins.mean) }
}

/// An accumulator that only reads the workspace's correlations at the end of a bin.
final class BinReader: CorrelatorAccumulator {
  private let read: () -> [Double]
  init(_ read: @escaping () -> [Double]) { self.read = read }
  func add() {}
  func finishBin() -> [Double] { read() }
}
