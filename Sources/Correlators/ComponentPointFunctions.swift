// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields
import NumericalKernels

/// Connected 4-point functions of D components at sets of four points, contracted, and what breaks O(D):
///
///     aabb:      D^{-2} Σ_ab <φ_a(x1) φ_a(x2) φ_b(x3) φ_b(x4)>_c, likewise abab and abba
///     breaking:  G_1111 − G_1122 − G_1212 − G_1221,  each component and each pair a ≠ b pooled
///
/// An O(D)-invariant function is `A δ_ab δ_cd + B δ_ac δ_bd + C δ_ad δ_bc`, of which the three contractions are all there is to know. Products of 2-point functions are taken
/// between different bins, hence unbiased; in the breaking they cancel. Nothing is assumed of translations. Cost: 12 D products a set. Source: docs/physics/estimators.md,
/// "Components".
public struct ComponentPointFunctions: CorrelatorEstimator {
  /// The name of its table.
  public static let tableName = "component-point-functions"
  /// The table's name.
  public var name: String { Self.tableName }
  /// What is estimated.
  public static let quantity =
    "connected 4-point functions of components at the given sets of four points, contracted, and what breaks O(D)"
  /// What is estimated.
  public var quantity: String { Self.quantity }
  /// How it is estimated.
  public let method =
    "aabb = D^-2 sum_ab <phi_a phi_a phi_b phi_b>_c, likewise abab, abba; breaking = G_1111 - G_1122 - G_1212 - G_1221"
  /// What is assumed of the ensemble.
  public let assumptions = EstimatorAssumptions(leastComponents: 2)
  /// Highest order n of the n-point functions involved.
  public let order = 4
  /// Names of the coordinate columns.
  public let coordinateColumns = ["set", "contraction"]
  /// The rows and what each estimates.
  public let rows: [CorrelatorRow]
  /// The indices of the points of each set.
  private let sets: [[Int]]
  private let components: Int

  /// The three ways to pair four points, in the order of `Pairings.four`.
  private static let contractions: [(name: String, outputs: [Int])] = [
    ("aabb", [0, 0, 1, 1]), ("abab", [0, 1, 0, 1]), ("abba", [0, 1, 1, 0]),
  ]

  /// For the sets of four among `pointSets`, whose points are found in `points`.
  public init(sets pointSets: [PointSet], of points: [Point], components: Int) {
    let chosen = pointSets.filter { $0.points.count == 4 }
    self.components = components
    sets = chosen.map { $0.points.map { points.firstIndex(of: $0)! } }
    let share = 1 / Double(max(2, components))
    rows = chosen.flatMap { set -> [CorrelatorRow] in
      func row(_ name: String, _ terms: [(weight: Double, outputs: [Int])]) -> CorrelatorRow {
        CorrelatorRow(
          coordinates: [.text(set.name), .text(name)],
          target: RowTarget(terms: terms.map { ($0.weight, .componentCumulant($0.outputs, set.points)) }))
      }
      let equal = [0, 0, 0, 0]
      return Self.contractions.map { row($0.name, [(share, equal), (1 - share, $0.outputs)]) }
        + [row("breaking", [(1, equal)] + Self.contractions.map { (-1, $0.outputs) })]
    }
  }

  /// Of each set `<φ_a φ_a φ_a φ_a>`, the three contractions, and the two 2-point functions of each pairing.
  public var primaryCount: Int { 10 * sets.count }
  /// The contractions, at most 48; the breaking is a combination of other means.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    let (sets, d, sites, phi) = (sets, Double(components), workspace.sites.count, workspace.components)
    return DrawAverager(count: primaryCount, readsAllComponents: true) { [components] sums in
      for (index, set) in sets.enumerated() {
        var equal = 0.0
        var dots = [0.0, 0, 0, 0, 0, 0]
        for a in 0..<components {
          let (p, q, r, s) = (
            phi[a * sites + set[0]], phi[a * sites + set[1]], phi[a * sites + set[2]], phi[a * sites + set[3]]
          )
          equal += p * q * r * s
          dots[0] += p * q
          dots[1] += r * s
          dots[2] += p * r
          dots[3] += q * s
          dots[4] += p * s
          dots[5] += q * r
        }
        let first = 10 * index
        sums[first] += equal / d
        for k in 0..<3 { sums[first + 1 + k] += dots[2 * k] * dots[2 * k + 1] / (d * d) }
        for k in 0..<6 { sums[first + 4 + k] += dots[k] / d }
      }
    }
  }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    let d = Double(components)
    return sets.indices.flatMap { set -> [JackknifeSamples] in
      let first = 10 * set
      let pairs = (0..<3).map { bins.product(first + 4 + 2 * $0, first + 5 + 2 * $0) }
      let full = (0..<3).map { bins.mean(first + 1 + $0) }
      // Of G2(12) G2(34) δ_ab δ_cd + … contracted: the pairing's own product once, the others 1/D times.
      let connected = (0..<3).map { k in
        (0..<3).reduce(full[k]) { $0 - ($1 == k ? 1 : 1 / d) * pairs[$1] }
      }
      let equal = bins.mean(first)
      // Σ_{a≠b} G_aabb = D² (aabb) − Σ_a G_aaaa.
      let breaking = full.reduce(equal) { $0 - 1 / (d - 1) * (d * $1 - equal) }
      return connected + [breaking]
    }
  }
}
