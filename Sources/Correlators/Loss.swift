// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

/// The mean squared error of networks under data, on the data and on a test set: `loss = (1/P) Σ_μ <(φ(x_μ) − y_μ)²> = bias + variance`,
///
///     bias = (1/P) Σ_μ (<φ(x_μ)> − y_μ)²,     variance = (1/P) Σ_μ <φ(x_μ)²>_c.
///
/// `bias` is the error of the predictor, `loss` that of a network drawn from the posterior. Source: C. M. Bishop, Pattern Recognition and Machine Learning (2006), sec. 3.2.
public struct Loss: PointProductEstimator {
  /// The name of its table.
  public static let tableName = "loss"
  /// What is estimated.
  public static let quantity =
    "mean squared error <(phi(x) - y)^2> on the data and the test set: bias of the predictor and variance"
  /// The name of its table.
  public var name: String { Self.tableName }
  /// What is estimated.
  public var quantity: String { Self.quantity }
  /// None.
  public let assumptions = EstimatorAssumptions(evenness: false, likeComponents: false)
  /// Each observation of its own component.
  public let readsAllComponents = true
  /// Two.
  public let order = 2
  /// Which set, which part.
  public let coordinateColumns = ["set", "part"]
  /// Loss, bias and variance of every set.
  public let rows: [CorrelatorRow]
  /// Of every set bias and variance, whose sum the loss is.
  public let covarianceRows: [Int]
  /// Squares of the field at all points, then the field.
  public let products: [[Int]]
  /// Labels of each set with the number of its first point.
  private let sets: [(first: Int, labels: [Double])]
  private let count: Int

  /// Of sets of points with these numbers in `all`, the points on which fields are measured, and their labels; of several components the number of a point goes on behind
  /// those of the component before.
  public init(_ sets: [(name: String, data: [(index: Int, label: Double)])], of all: [Point], components: Int = 1) {
    var (rows, places): ([CorrelatorRow], [(first: Int, labels: [Double])]) = ([], [])
    var indices: [Int] = []
    for set in sets {
      let part = 1 / Double(set.data.count)
      func sum(_ parts: [String]) -> RowTarget {
        let full = parts.contains("loss") || parts.contains("bias")
        let sign = parts.contains("variance") ? 1.0 : parts.contains("bias") ? -1.0 : 0
        var terms: [(weight: Double, function: CorrelationFunction)] = []
        var constant = 0.0
        for (index, label) in set.data {
          let (x, a) = (all[index % all.count], index / all.count)
          if full {
            terms += [(part, .moment([x, x])), (-2 * part * label, .moment([x]))]
            constant += part * label * label
          }
          if sign != 0 {
            terms.append((sign * part, components == 1 ? .cumulant([x, x]) : .componentCumulant([a, a], [x, x])))
          }
        }
        // Of several components the square of a mean is no sum of functions with a name.
        if full && components > 1 { return RowTarget(terms: []) }
        return RowTarget(constant: constant, terms: terms)
      }
      for name in ["loss", "bias", "variance"] {
        rows.append(CorrelatorRow(coordinates: [.text(set.name), .text(name)], target: sum([name])))
      }
      places.append((indices.count, set.data.map(\.label)))
      indices += set.data.map(\.index)
    }
    (self.rows, self.sets, count) = (rows, places, indices.count)
    covarianceRows = rows.indices.filter { $0 % 3 != 0 }
    products = indices.map { [$0, $0] } + indices.map { [$0] }
  }

  /// Squares of means are taken between bins, hence unbiased.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    sets.flatMap { set -> [JackknifeSamples] in
      let part = 1 / Double(set.labels.count)
      var parts: (bias: JackknifeSamples, variance: JackknifeSamples)?
      for (offset, label) in set.labels.enumerated() {
        let (square, mean) = (set.first + offset, count + set.first + offset)
        let product = bins.product(mean, mean)
        let bias = (part * (product - 2 * label * bins.mean(mean))).map { $0 + part * label * label }
        let variance = part * (bins.mean(square) - product)
        parts = parts.map { ($0.bias + bias, $0.variance + variance) } ?? (bias, variance)
      }
      return [parts!.bias + parts!.variance, parts!.bias, parts!.variance]
    }
  }
}
