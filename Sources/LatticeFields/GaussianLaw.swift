// SPDX-License-Identifier: GPL-3.0-or-later

/// A Gaussian law of a field at a list of points, by which moments are known without sampling: of the Gaussian field with data, or of a network's field given its
/// hidden parameters.
public protocol GaussianLaw {
  /// The mean of the field at a point of the list.
  func mean(_ point: Int) -> Double
  /// The connected 2-point function.
  func covariance(_ a: Int, _ b: Int) -> Double
}

extension GaussianLaw {
  /// `<φ(x_1)…φ(x_n)>` by Wick's theorem with a mean: the first field is on its own or paired with each of the others.
  public func moment(_ points: [Int]) -> Double {
    guard let first = points.first else { return 1 }
    guard points.count > 1 else { return mean(first) }
    let rest = Array(points.dropFirst())
    return rest.indices.reduce(mean(first) * moment(rest)) { sum, partner in
      var others = rest
      others.remove(at: partner)
      return sum + covariance(first, rest[partner]) * moment(others)
    }
  }
}
