// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

/// Connected correlators of local operators `<φ^m(x); φ^n(x+r)> = <φ^m φ^n> − <φ^m><φ^n>` for (m, n) = (2,2), (2,4), (4,4), by FFT:
///
///     corr(φ^m, φ^n)(r) − U(<φ^m>, <φ^n>),          <φ²> = corr(φ,φ)(0),  <φ⁴> = corr(φ²,φ²)(0)
///
/// with the product between different bins: unbiased. Source: docs/physics/estimators.md.
public struct LocalOperators: CorrelatorEstimator {
  /// The table's name.
  public let name = "local-operators"
  /// What is estimated.
  public let quantity = "<phi^m(x); phi^n(x+r)> = <phi^m phi^n> - <phi^m><phi^n>"
  /// How it is estimated.
  public let method = "average over all pairs of sites"
  /// What is assumed of the ensemble.
  public let assumptions = EstimatorAssumptions(translationInvariantOrder: 8, evenness: false)
  /// Highest order n of the n-point functions involved.
  public let order = 8
  /// Names of the coordinate columns.
  public let coordinateColumns: [String]
  /// The rows and what each estimates.
  public let rows: [CorrelatorRow]
  private static let powers = [(2, 2), (2, 4), (4, 4)]
  private let shells: [DisplacementShell]
  private let origin: [Int]

  /// Rows by the settings.
  public init(_ settings: EstimatorSettings) {
    let lattice = settings.lattice
    shells = settings.shells
    origin = [Int](repeating: 0, count: lattice.dimension)
    coordinateColumns = ["operators"] + lattice.displacementColumns
    let shells = shells
    rows = Self.powers.flatMap { m, n in
      shells.map { shell in
        CorrelatorRow(
          coordinates: [.text("phi^\(m);phi^\(n)")] + shell.coordinates(lattice),
          target: shell.target { .compositeCumulant(m, .zero, n, $0.point(spacing: lattice.spacing)) })
      }
    }
  }

  /// <φ²> and <φ⁴>, then one correlation a row.
  public var primaryCount: Int { 2 + rows.count }
  /// The rows of the joint test, at most 48.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }
  /// The order m + n of the row's operators.
  public func order(ofRow row: Int) -> Int {
    let (m, n) = Self.powers[row / shells.count]
    return m + n
  }

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    let reads =
      [
        workspace.requestValues(.power(1), .power(1), at: [origin]),
        workspace.requestValues(.power(2), .power(2), at: [origin]),
      ]
      + Self.powers.map { m, n in
        // <φ⁴;φ²> and <φ²;φ⁴> exchange r and −r, and share the correlation with the 6-point functions.
        workspace.requestMeans(
          .power(max(m, n)), .power(min(m, n)), over: m < n ? shells.map(\.mirrored) : shells)
      }
    return BinReader { reads.flatMap { $0() } }
  }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    Self.powers.enumerated().flatMap { family, powers in
      let product = bins.product(powers.0 / 2 - 1, powers.1 / 2 - 1)
      return shells.indices.map { bins.mean(2 + family * shells.count + $0) - product }
    }
  }
}
