// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

/// The connected 4-point family `G4c(0, r1, y, y+r2)` for chosen r1, r2 against y, by FFT of `P_r(x) = φ(x) φ(x+r)`:
///
///     corr(P_r1, P_r2)(y) − G(r1) G(r2) − G(y) G(y+r2−r1) − G(y+r2) G(y−r1)
///
/// with bias-free products between bins. The family is not symmetric in y, so default rows are y along the first axis
/// (at most 48, |y| up to half the side); all displacements on request. In an open box P_r lives where both sites exist; pair counts are
/// exact. Source: docs/physics/estimators.md.
public struct SplitFourPoint: CorrelatorEstimator {
  /// The table's name.
  public let name = "four-point-split"
  /// What is estimated.
  public let quantity = "connected 4-point function G4c(0, r1, y, y+r2)"
  /// How it is estimated.
  public let method: String
  /// What is assumed of the ensemble.
  public let assumptions = EstimatorAssumptions(translationInvariantOrder: 4)
  /// Highest order n of the n-point functions involved.
  public let order = 4
  /// Names of the coordinate columns.
  public let coordinateColumns: [String]
  /// The rows and what each estimates.
  public let rows: [CorrelatorRow]
  private let r1: [Int]
  private let r2: [Int]
  private let displacements: [[Int]]
  /// Distinct displacements of the 2-point functions needed, up to sign.
  private let twoPoint: [[Int]]
  private let twoPointIndex: [[Int]: Int]

  /// Rows by the settings.
  public init(_ settings: EstimatorSettings) {
    let lattice = settings.lattice
    let (r1, r2) = (settings.firstSeparation, settings.secondSeparation)
    self.r1 = r1
    self.r2 = r2
    func text(_ r: [Int]) -> String { "(\(r.map(String.init).joined(separator: ",")))" }
    method = "r1 = \(text(r1)), r2 = \(text(r2)) in lattice units, average over all base sites"
    if settings.allDisplacements {
      displacements = lattice.displacements().map(\.vector).filter { Self.isMeasurable($0, r1, r2, lattice) }
    } else {
      // Those along the first axis are the displacements of a row of sites.
      let row = Lattice(
        sites: [lattice.sites[0]] + lattice.sites.dropFirst().map { _ in 1 }, spacing: lattice.spacing, boundary: lattice.boundary
      )
      let axis = row.displacements().map(\.vector).filter {
        abs($0[0]) <= lattice.sites[0] / 2 && Self.isMeasurable($0, r1, r2, lattice)
      }
      displacements = evenlySpread(axis.count).map { axis[$0] }
    }
    var needed: [[Int]: Int] = [:]
    var list: [[Int]] = []
    for y in displacements {
      for r in Self.twoPointArguments(y, r1, r2) where needed[Self.folded(r)] == nil {
        needed[Self.folded(r)] = list.count
        list.append(Self.folded(r))
      }
    }
    twoPoint = list
    twoPointIndex = needed
    coordinateColumns = (1...lattice.dimension).map { "y\($0)" }
    func point(_ r: [Int]) -> Point { Point(coordinates: r.map { Double($0) * lattice.spacing }) }
    rows = displacements.map { y in
      CorrelatorRow(
        coordinates: y.map { .number(Double($0) * lattice.spacing) },
        target: RowTarget(.cumulant([.zero, point(r1), point(y), point(y) + point(r2)])))
    }
  }

  /// Two-point functions first, then one 4-point correlation a row.
  public var primaryCount: Int { twoPoint.count + displacements.count }
  /// The rows of the joint test, at most 48.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    let two = workspace.requestValues(.power(1), .power(1), at: twoPoint)
    let four = workspace.requestValues(.splitProduct(r1), .splitProduct(r2), at: displacements)
    return BinReader { two() + four() }
  }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    displacements.enumerated().map { row, y in
      let g = Self.twoPointArguments(y, r1, r2).map { twoPointIndex[Self.folded($0)]! }
      return bins.mean(twoPoint.count + row) - bins.product(g[0], g[1]) - bins.product(g[2], g[3])
        - bins.product(g[4], g[5])
    }
  }

  /// r1, r2; y, y+r2−r1; y+r2, y−r1: the three pairings.
  private static func twoPointArguments(_ y: [Int], _ r1: [Int], _ r2: [Int]) -> [[Int]] {
    func add(_ a: [Int], _ b: [Int], _ sign: Int = 1) -> [Int] { zip(a, b).map { $0 + sign * $1 } }
    return [r1, r2, y, add(add(y, r2), r1, -1), add(y, r2), add(y, r1, -1)]
  }

  /// r and −r are the same pair: the lexicographically larger one.
  private static func folded(_ r: [Int]) -> [Int] {
    let mirror = r.map { -$0 }
    return r.lexicographicallyPrecedes(mirror) ? mirror : r
  }

  /// Whether an open box holds at least one configuration and every pair it needs.
  private static func isMeasurable(_ y: [Int], _ r1: [Int], _ r2: [Int], _ lattice: Lattice) -> Bool {
    lattice.boundary == .periodic
      || lattice.sites.indices.allSatisfy { axis in
        let positions = [0, r1[axis], y[axis], y[axis] + r2[axis]]
        return positions.max()! - positions.min()! < lattice.sites[axis]
      }
  }
}
