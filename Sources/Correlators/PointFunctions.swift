// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

/// Full and connected n-point functions at chosen points, n = 2, 4, 6; n = 1, 2, 3, 4 of ensembles without φ → −φ, whose mean is not zero.
///
///     G4c = m_1234 − Σ_3 m m            G6c = m_123456 − Σ_15 m4 m2 + 2 Σ_15 m2 m2 m2
///     without φ → −φ:  G_nc = Σ_partitions (−1)^{b−1} (b−1)! ∏_blocks m,  b the number of blocks
///
/// with products of means between different bins, hence unbiased. Nothing is assumed of
/// translations. Source: docs/physics/estimators.md.
public struct PointFunctions: PointProductEstimator {
  /// The name of its table.
  public static let tableName = "point-functions"
  /// The table's name.
  public var name: String { Self.tableName }
  /// What is estimated.
  public static let quantity = "full and connected n-point functions at the given point sets"
  /// What is estimated.
  public var quantity: String { Self.quantity }
  /// What is assumed of the ensemble.
  public var assumptions: EstimatorAssumptions { EstimatorAssumptions(evenness: isEven) }
  private let isEven: Bool
  /// Highest order n of the n-point functions involved.
  public let order: Int
  /// Names of the coordinate columns.
  public var coordinateColumns: [String] { Self.coordinateColumns }
  /// `set n function`, for every table of point functions.
  public static let coordinateColumns = ["set", "n", "function"]

  /// How many points a set may have, by the symmetry φ → −φ.
  public static func sizes(isEven: Bool) -> [Int] { isEven ? [2, 4, 6] : [1, 2, 3, 4] }

  /// The cells of those columns; for n = 1, and n = 2 where φ has no mean, the full function is the connected one.
  public static func coordinates(set: String, order: Int, isConnected: Bool) -> [CorrelatorRow.Coordinate] {
    [.text(set), .integer(order), .text(isConnected ? "connected" : order <= 2 ? "\(order)-point" : "full")]
  }

  /// The rows and what each estimates.
  public let rows: [CorrelatorRow]
  /// Connected rows (full ones differ from them by products of 2-point functions only), at most 48.
  public let covarianceRows: [Int]
  /// The distinct points of all sets: the sites on which fields are wanted.
  public let points: [Point]
  /// Index lists into `points`, one product of fields each.
  public let products: [[Int]]
  private let sets: [SetPlan]

  /// Where the moments of one set stand among the primaries.
  private struct SetPlan: Sendable {
    let count: Int
    let full: Int
    /// The moments of all subsets of the points, by their bits, where odd ones do not vanish.
    let subsets: [Int]
    /// Index `pairs[i][j]`, i < j, of the 2-point function of points i and j among the primaries.
    let pairs: [[Int]]
    /// For n = 6: the complement of each pair, in the order of `Pairings.pairsOfSix`.
    let quadruples: [Int]
  }

  /// For sets of 2, 4 or 6 points, of 1 to 4 where φ and −φ are not equally likely.
  public init(sets pointSets: [PointSet], isEven: Bool = true) {
    self.isEven = isEven
    var points: [Point] = []
    var siteIndex: [Point: Int] = [:]
    var products: [[Int]] = []
    var productIndex: [[Int]: Int] = [:]
    func site(_ point: Point) -> Int {
      if let known = siteIndex[point] { return known }
      siteIndex[point] = points.count
      points.append(point)
      return points.count - 1
    }
    func product(_ sites: [Int]) -> Int {
      let key = sites.sorted()
      if let known = productIndex[key] { return known }
      productIndex[key] = products.count
      products.append(key)
      return products.count - 1
    }
    sets = pointSets.map { set in
      precondition(
        Self.sizes(isEven: isEven).contains(set.points.count), "PointFunctions: \(set.points.count) points in \(set.name)")
      let sites = set.points.map(site)
      let n = sites.count
      return SetPlan(
        count: n, full: product(sites),
        subsets: isEven
          ? [] : (1..<1 << n).map { mask in product((0..<n).filter { mask >> $0 & 1 == 1 }.map { sites[$0] }) },
        pairs: !isEven ? [] : (0..<n).map { i in (0..<n).map { j in i < j ? product([sites[i], sites[j]]) : 0 } },
        quadruples: n == 6 ? Pairings.pairsOfSix.map { product($0.rest.map { sites[$0] }) } : [])
    }
    self.points = points
    self.products = products
    order = pointSets.map(\.points.count).max() ?? 2
    rows = pointSets.flatMap { set -> [CorrelatorRow] in
      let n = set.points.count
      func row(_ function: CorrelationFunction, isConnected: Bool) -> CorrelatorRow {
        CorrelatorRow(
          coordinates: Self.coordinates(set: set.name, order: n, isConnected: isConnected), target: RowTarget(function))
      }
      let full = row(.moment(set.points), isConnected: false)
      return n == (isEven ? 2 : 1) ? [full] : [full, row(.cumulant(set.points), isConnected: true)]
    }
    covarianceRows = evenlySpread(pointSets.count).map { index in
      // Of the rows of a set the last one: connected, or the 2-point function.
      pointSets[...index].reduce(-1) { $0 + ($1.points.count == (isEven ? 2 : 1) ? 1 : 2) }
    }
  }

  /// The number of points of the row's set.
  public func order(ofRow row: Int) -> Int { rows[row].target.terms[0].function.order }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    sets.flatMap { set -> [JackknifeSamples] in
      let full = bins.mean(set.full)
      if !isEven { return set.count == 1 ? [full] : [full, Self.cumulant(set.subsets, bins)] }
      func pair(_ p: (Int, Int)) -> Int { set.pairs[p.0][p.1] }
      switch set.count {
      case 4:
        return [full, Pairings.four.reduce(full) { $0 - bins.product(pair($1[0]), pair($1[1])) }]
      case 6:
        var connected = full
        for (split, quadruple) in zip(Pairings.pairsOfSix, set.quadruples) {
          connected = connected - bins.product(pair(split.pair), quadruple)
        }
        for pairing in Pairings.six {
          connected = connected + 2 * bins.product(pair(pairing[0]), pair(pairing[1]), pair(pairing[2]))
        }
        return [full, connected]
      default: return [full]
      }
    }
  }

  /// The sum over partitions of n points from the primaries of the moments of all subsets, in the order of their bits.
  private static func cumulant(_ subsets: [Int], _ bins: BinnedMeans) -> JackknifeSamples {
    func partitions(_ set: Int) -> [[Int]] {
      guard set != 0 else { return [[]] }
      let first = set & -set
      return (0...set).reversed().filter { $0 & ~(set ^ first) == 0 }.flatMap { rest in
        partitions(set ^ first ^ rest).map { [first | rest] + $0 }
      }
    }
    func product(_ factors: [Int]) -> JackknifeSamples {
      switch factors.count {
      case 1: bins.mean(factors[0])
      case 2: bins.product(factors[0], factors[1])
      case 3: bins.product(factors[0], factors[1], factors[2])
      default: bins.product(of: factors)
      }
    }
    let terms = partitions(subsets.count).map { blocks in
      (1..<blocks.count).reduce(1.0) { $0 * -Double($1) } * product(blocks.map { subsets[$0 - 1] })
    }
    return terms.dropFirst().reduce(terms[0], +)
  }
}
