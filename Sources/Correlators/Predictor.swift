// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

/// The predictor of a network with data: its 1-point function at test points.
public struct Predictor: PointProductEstimator {
  /// The name of its table.
  public static let tableName = "predictor"
  /// What is estimated.
  public static let quantity = "predictor <phi(x)>, the 1-point function under the data"
  /// The name of its table.
  public var name: String { Self.tableName }
  /// What is estimated.
  public var quantity: String { Self.quantity }
  /// None.
  public let assumptions = EstimatorAssumptions(evenness: false)
  /// One.
  public let order = 1
  /// Names of the coordinate columns.
  public let coordinateColumns: [String]
  /// One row a point.
  public let rows: [CorrelatorRow]
  /// At most 48 of them.
  public let covarianceRows: [Int]
  /// The fields themselves.
  public let products: [[Int]]

  /// At points of these numbers in `all`, the points on which fields are measured.
  public init(at indices: [Int], of all: [Point], dimension: Int) {
    coordinateColumns = (1...dimension).map { "x\($0)" }
    rows = indices.map { CorrelatorRow(coordinates: all[$0].cells(dimension), target: RowTarget(.moment([all[$0]]))) }
    covarianceRows = evenlySpread(indices.count)
    products = indices.map { [$0] }
  }

  /// The means.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] { rows.indices.map { bins.mean($0) } }
}

/// The connected 2-point function at pairs of test points: on the diagonal the square of the predictor's error band.
public struct PredictiveCovariance: PointProductEstimator {
  /// The name of its table.
  public static let tableName = "predictive-covariance"
  /// What is estimated.
  public static let quantity = "connected 2-point function <phi(x) phi(y)>_c under the data; x = y: the predictive variance"
  /// The name of its table.
  public var name: String { Self.tableName }
  /// What is estimated.
  public var quantity: String { Self.quantity }
  /// None.
  public let assumptions = EstimatorAssumptions(evenness: false)
  /// Two.
  public let order = 2
  /// Names of the coordinate columns.
  public let coordinateColumns: [String]
  /// One row a pair.
  public let rows: [CorrelatorRow]
  /// At most 48 of them.
  public let covarianceRows: [Int]
  /// The products of pairs, then the fields of all points in them.
  public let products: [[Int]]
  private let singles: [(Int, Int)]

  /// Test points up to which all pairs are tabulated; of more, the variances.
  public static let greatestPairedCount = 16

  /// The pairs of test points with these numbers that are tabulated by default.
  public static func pairs(of indices: [Int]) -> [(Int, Int)] {
    indices.count <= greatestPairedCount
      ? indices.indices.flatMap { i in indices[i...].map { (indices[i], $0) } } : indices.map { ($0, $0) }
  }

  /// At pairs of points by their numbers in `all`, the points on which fields are measured.
  public init(at pairs: [(Int, Int)], of all: [Point], dimension: Int) {
    coordinateColumns = ["x", "y"].flatMap { letter in (1...dimension).map { "\(letter)\($0)" } }
    rows = pairs.map { a, b in
      CorrelatorRow(
        coordinates: all[a].cells(dimension) + all[b].cells(dimension), target: RowTarget(.cumulant([all[a], all[b]])))
    }
    covarianceRows = evenlySpread(pairs.count)
    let points = Set(pairs.flatMap { [$0.0, $0.1] }).sorted()
    let places = Dictionary(uniqueKeysWithValues: points.enumerated().map { ($1, pairs.count + $0) })
    products = pairs.map { [$0.0, $0.1] } + points.map { [$0] }
    singles = pairs.map { (places[$0.0]!, places[$0.1]!) }
  }

  /// Products of means are taken between bins, hence unbiased.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    rows.indices.map { bins.mean($0) - bins.product(singles[$0].0, singles[$0].1) }
  }
}

/// The forces with which the data pull at the field, `t_μ = (y_μ − <φ(x_μ)>)/T_μ`: residuals over the noise, the derivatives `−∂ ln Z/∂y_μ`, and, at infinite width, the
/// coefficients of the predictor in the kernels of the data.
public struct PinForces: PointProductEstimator {
  /// The name of its table.
  public static let tableName = "pin-forces"
  /// What is estimated.
  public static let quantity = "pin forces t = (y - <phi(x)>)/T of the data, -d ln Z/dy"
  /// The name of its table.
  public var name: String { Self.tableName }
  /// What is estimated.
  public var quantity: String { Self.quantity }
  /// None.
  public let assumptions = EstimatorAssumptions(evenness: false)
  /// One.
  public let order = 1
  /// Names of the coordinate columns.
  public let coordinateColumns: [String]
  /// One row a datum.
  public let rows: [CorrelatorRow]
  /// At most 48 of them.
  public let covarianceRows: [Int]
  /// The fields at the data.
  public let products: [[Int]]
  private let noises: [Double]

  /// Of data at points with these numbers in `all`, the points on which fields are measured.
  public init(data: [(index: Int, label: Double, noise: Double)], of all: [Point], dimension: Int) {
    coordinateColumns = ["datum"] + (1...dimension).map { "x\($0)" } + ["y"]
    rows = data.enumerated().map { number, datum in
      CorrelatorRow(
        coordinates: [.integer(number + 1)] + all[datum.index].cells(dimension) + [.number(datum.label)],
        target: RowTarget(constant: datum.label / datum.noise, terms: [(-1 / datum.noise, .moment([all[datum.index]]))]))
    }
    covarianceRows = evenlySpread(data.count)
    products = data.map { [$0.index] }
    noises = data.map(\.noise)
  }

  /// From the means.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    rows.indices.map { row in
      let (noise, constant) = (noises[row], rows[row].target.constant)
      return bins.mean(row).map { constant - $0 / noise }
    }
  }
}

extension Point {
  /// The first d coordinates as cells.
  fileprivate func cells(_ dimension: Int) -> [CorrelatorRow.Coordinate] { (0..<dimension).map { .number(self[$0]) } }
}
