// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

/// Connected 6-point functions with coincident points, `G6c(x,x,x,y,y,y)` and `G6c(x,x,x,x,y,y)` against r = y − x, by FFT. With
/// `c_mn(r) = corr(φ^m, φ^n)(r)` and the 15 splits and pairings of F.4,
///
///     xxxyyy:  c33 − 3 G(0) [c31(r) + c31(−r)] − 9 G(r) c22 + 2 [9 G(0)² G(r) + 6 G(r)³]
///     xxxxyy:  c42 − 6 G(0) c22 − G(0) c22(0) − 8 G(r) c31(r) + 2 [3 G(0)³ + 12 G(0) G(r)²]
///
/// Products of two and three means are taken between different bins: unbiased. Members of a shell must have equal G. Source:
/// docs/physics/estimators.md.
public struct CoincidentSixPoint: CorrelatorEstimator {
  /// Which points coincide.
  public enum Family: String, Sendable, CaseIterable {
    /// G6c(x,x,x,y,y,y).
    case xxxyyy
    /// G6c(x,x,x,x,y,y).
    case xxxxyy

  }

  /// Which points coincide.
  public let family: Family
  /// The table's name.
  public var name: String { Self.tableName(family) }
  /// The name of the table of a family.
  public static func tableName(_ family: Family) -> String { "six-point-\(family.rawValue)" }
  /// What is estimated.
  public var quantity: String {
    "connected 6-point function G6c(\(family.rawValue.map(String.init).joined(separator: ","))), r = y - x"
  }
  /// How it is estimated.
  public let method = "average over all pairs of sites"
  /// What is assumed of the ensemble.
  public let assumptions = EstimatorAssumptions(translationInvariantOrder: 6)
  /// Highest order n of the n-point functions involved.
  public let order = 6
  /// Names of the coordinate columns.
  public let coordinateColumns: [String]
  /// The rows and what each estimates.
  public let rows: [CorrelatorRow]
  private let shells: [DisplacementShell]
  private let origin: [Int]

  /// Rows by the settings.
  public init(_ family: Family, _ settings: EstimatorSettings) {
    let lattice = settings.lattice
    self.family = family
    shells = settings.shells
    origin = [Int](repeating: 0, count: lattice.dimension)
    coordinateColumns = lattice.displacementColumns
    rows = shells.map { shell in
      CorrelatorRow(
        coordinates: shell.coordinates(lattice),
        target: shell.target {
          let y = $0.point(spacing: lattice.spacing)
          return .cumulant((0..<6).map { $0 < (family == .xxxyyy ? 3 : 4) ? .zero : y })
        })
    }
  }

  /// G(0) and c22(0), then G, c31(r), c31(−r), c22 and the 6-point correlation, each for all rows.
  public var primaryCount: Int { 2 + 5 * shells.count }
  /// The rows of the joint test, at most 48.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    let mirrored = shells.map(\.mirrored)
    let reads = [
      workspace.requestValues(.power(1), .power(1), at: [origin]),
      workspace.requestValues(.power(2), .power(2), at: [origin]),
      workspace.requestMeans(.power(1), .power(1), over: shells),
      workspace.requestMeans(.power(3), .power(1), over: shells),
      workspace.requestMeans(.power(3), .power(1), over: mirrored),
      workspace.requestMeans(.power(2), .power(2), over: shells),
      workspace.requestMeans(.power(family == .xxxyyy ? 3 : 4), .power(family == .xxxyyy ? 3 : 2), over: shells),
    ]
    return BinReader { reads.flatMap { $0() } }
  }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    let cube = family == .xxxxyy ? 6 * bins.product(0, 0, 0) - bins.product(0, 1) : nil
    return shells.indices.map { row in
      func primary(_ family: Int) -> Int { 2 + family * shells.count + row }
      let (g, c31, c13, c22, six) = (primary(0), primary(1), primary(2), primary(3), bins.mean(primary(4)))
      guard let cube else {
        return six - 3 * bins.product(0, c31) - 3 * bins.product(0, c13) - 9 * bins.product(g, c22)
          + 18 * bins.product(0, 0, g) + 12 * bins.product(g, g, g)
      }
      return six + cube - 6 * bins.product(0, c22) - 8 * bins.product(g, c31) + 24 * bins.product(0, g, g)
    }
  }
}
