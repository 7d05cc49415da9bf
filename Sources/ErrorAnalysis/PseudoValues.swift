// SPDX-License-Identifier: GPL-3.0-or-later

extension JackknifeSamples {
  /// Independent samples, one a bin, whose plain mean is ``value`` and whose plain standard error is ``error``: what programs that
  /// know nothing of weights or jackknives can take for measurements.
  ///
  /// The deviations d satisfy `Σ_j u_j d_j = 0`, `u_j = √(m_j (n − m_j))`, for every function of the bins. The Householder reflection R that
  /// takes u/|u| to (1, …, 1)/√g makes their plain sum vanish and keeps all inner products, hence all covariances:
  ///
  ///     x_j = value + √(g(g−1)) (R d)_j.
  ///
  /// For bins of equal weight R = 1 and x_j is Tukey's pseudo-value, for a mean of primaries the mean of the bin itself. Needs two bins.
  public var pseudoValues: [Double] {
    let g = Double(weights.count)
    let n = weights.reduce(0, +)
    let direction = weights.map { ($0 * (n - $0)).squareRoot() }
    let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let axis = direction.map { $0 / length - 1 / g.squareRoot() }
    let square = axis.reduce(0) { $0 + $1 * $1 }
    let deviations = deviations
    // Rounding alone leaves about 1e-32 for equal weights.
    let factor =
      square > 1e-28 ? 2 * zip(axis, deviations).reduce(0) { $0 + $1.0 * $1.1 } / square : 0
    let scale = (g * (g - 1)).squareRoot()
    return zip(axis, deviations).map { value + scale * ($1 - factor * $0) }
  }

  /// The covariance matrix `Σ_j d_j(a) d_j(b)` of several estimates from the same bins, row-major.
  public static func covariance(of samples: [JackknifeSamples]) -> [Double] {
    let deviations = samples.map(\.deviations)
    let count = samples.count
    var matrix = [Double](repeating: 0, count: count * count)
    for a in 0..<count {
      for b in 0...a {
        let product = zip(deviations[a], deviations[b]).reduce(0) { $0 + $1.0 * $1.1 }
        matrix[a * count + b] = product
        matrix[b * count + a] = product
      }
    }
    return matrix
  }
}
