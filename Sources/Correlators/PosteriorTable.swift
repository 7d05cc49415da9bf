// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

/// A table of a network with data: 1-point functions and connected 2-point functions under the data, at the points on which fields are measured.
///
/// - `predictor`: `<φ(x)>` at test points.
/// - `predictive-covariance`: `<φ(x) φ(y)>_c` at pairs of test points; on the diagonal the square of the predictor's error band.
/// - `pin-forces`: the forces with which the data pull at the field, `t_μ = (y_μ − <φ(x_μ)>)/T_μ`: residuals over the noise, the derivatives `−∂ ln Z/∂y_μ`, and, at
///   infinite width, the coefficients of the predictor in the kernels of the data.
public struct PosteriorTable: PointProductEstimator {
  /// Which of them.
  public enum Kind: String, Sendable, CaseIterable {
    /// The 1-point function.
    case predictor
    /// The connected 2-point function.
    case covariance = "predictive-covariance"
    /// The residuals over the noise.
    case forces = "pin-forces"

    /// What is estimated.
    public var quantity: String {
      switch self {
      case .predictor: "predictor <phi(x)>, the 1-point function under the data"
      case .covariance: "connected 2-point function <phi(x) phi(y)>_c under the data; x = y: the predictive variance"
      case .forces: "pin forces t = (y - <phi(x)>)/T of the data, -d ln Z/dy"
      }
    }
  }

  /// Which table it is.
  public let kind: Kind
  /// The name of the table.
  public var name: String { kind.rawValue }
  /// What is estimated.
  public var quantity: String { kind.quantity }
  /// Fields under data have a mean, and no symmetry is used.
  public let assumptions = EstimatorAssumptions(evenness: false, likeComponents: false)
  /// Data tell components apart.
  public let readsAllComponents = true
  /// Two for the covariance, else one.
  public var order: Int { kind == .covariance ? 2 : 1 }
  /// Names of the coordinate columns.
  public let coordinateColumns: [String]
  /// One row a point, a pair or a datum.
  public let rows: [CorrelatorRow]
  /// At most 48 rows, spread over all.
  public var covarianceRows: [Int] { evenlySpread(rows.count) }
  /// The product of the fields of each row; of the covariance, then the fields of all points in its pairs.
  public let products: [[Int]]
  /// How a row follows from the mean of its product.
  private let connect: @Sendable (_ bins: BinnedMeans, _ row: Int) -> JackknifeSamples

  /// The predictor at points of these numbers in `all`, the points on which fields are measured; of several components each in its turn.
  public static func predictor(at indices: [Int], of all: [Point], dimension: Int, components: Int = 1) -> PosteriorTable {
    let places = (0..<components).flatMap { component in indices.map { (component: component, index: $0) } }
    return PosteriorTable(
      kind: .predictor, coordinateColumns: Self.component(components) + (1...dimension).map { "x\($0)" },
      rows: places.map { component, index in
        CorrelatorRow(
          coordinates: Self.component(component, of: components) + all[index].cells(dimension),
          target: RowTarget(components == 1 ? .moment([all[index]]) : .componentCumulant([component], [all[index]])))
      },
      products: places.map { [$0.component * all.count + $0.index] }
    ) { $0.mean($1) }
  }

  /// The covariance at pairs of points by their numbers in `all`, of several components that of each with itself. Products of means are taken between bins, hence unbiased.
  public static func covariance(
    at pairs: [(Int, Int)], of all: [Point], dimension: Int, components: Int = 1
  ) -> PosteriorTable {
    let pairs = (0..<components).flatMap { component in
      pairs.map { (component * all.count + $0.0, component * all.count + $0.1) }
    }
    let points = Set(pairs.flatMap { [$0.0, $0.1] }).sorted()
    let places = Dictionary(uniqueKeysWithValues: points.enumerated().map { ($1, pairs.count + $0) })
    let singles = pairs.map { (places[$0.0]!, places[$0.1]!) }
    return PosteriorTable(
      kind: .covariance,
      coordinateColumns: Self.component(components) + ["x", "y"].flatMap { letter in (1...dimension).map { "\(letter)\($0)" } },
      rows: pairs.map { a, b in
        let (component, x, y) = (a / all.count, all[a % all.count], all[b % all.count])
        return CorrelatorRow(
          coordinates: Self.component(component, of: components) + x.cells(dimension) + y.cells(dimension),
          target: RowTarget(components == 1 ? .cumulant([x, y]) : .componentCumulant([component, component], [x, y])))
      }, products: pairs.map { [$0.0, $0.1] } + points.map { [$0] }
    ) { bins, row in bins.mean(row) - bins.product(singles[row].0, singles[row].1) }
  }

  /// The forces of data at points with these numbers in `all`; the number of a point of a further component goes on behind those of the component before.
  public static func forces(
    data: [(index: Int, label: Double, noise: Double)], of all: [Point], dimension: Int, components: Int = 1
  ) -> PosteriorTable {
    PosteriorTable(
      kind: .forces, coordinateColumns: ["datum"] + Self.component(components) + (1...dimension).map { "x\($0)" } + ["y"],
      rows: data.enumerated().map { number, datum in
        let (component, x) = (datum.index / all.count, all[datum.index % all.count])
        return CorrelatorRow(
          coordinates: [.integer(number % (data.count / components) + 1)] + Self.component(component, of: components)
            + x.cells(dimension) + [.number(datum.label)],
          target: RowTarget(
            constant: datum.label / datum.noise,
            terms: [(-1 / datum.noise, components == 1 ? .moment([x]) : .componentCumulant([component], [x]))]))
      }, products: data.map { [$0.index] }
    ) { bins, row in
      let (constant, noise) = (data[row].label / data[row].noise, data[row].noise)
      return bins.mean(row).map { constant - $0 / noise }
    }
  }

  /// The column and the cell that say which component a row is of, counted from 1; none where there is one.
  private static func component(_ count: Int) -> [String] { count == 1 ? [] : ["component"] }
  private static func component(_ component: Int, of count: Int) -> [CorrelatorRow.Coordinate] {
    count == 1 ? [] : [.integer(component + 1)]
  }

  /// Test points up to which all pairs are tabulated; of more, the variances.
  public static let greatestPairedCount = 16

  /// The pairs of test points with these numbers that are tabulated by default.
  public static func pairs(of indices: [Int]) -> [(Int, Int)] {
    indices.count <= greatestPairedCount
      ? indices.indices.flatMap { i in indices[i...].map { (indices[i], $0) } } : indices.map { ($0, $0) }
  }

  /// The rows from the means of their products.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] { rows.indices.map { connect(bins, $0) } }
}

extension Point {
  /// The first d coordinates as cells.
  fileprivate func cells(_ dimension: Int) -> [CorrelatorRow.Coordinate] { (0..<dimension).map { .number(self[$0]) } }
}
