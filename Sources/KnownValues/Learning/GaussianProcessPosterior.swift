// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import NumericalKernels

/// A Gaussian field under data: Gaussian-process regression as the insertion `I_D = Σ_μ (φ_μ − y_μ)²/(2 T_μ)`, exact at infinite width.
///
/// With K the prior covariance of the data, T the diagonal of noise variances and `A = K + T`,
///
///     t = A^{-1} y = (y − <φ>)/T,     <φ(x)> = K(x,X) t,     <φ(x) φ(x')>_c = K(x,x') − K(x,X) A^{-1} K(X,x'),
///     ln Z = ln <e^{−I_D}>_0 = −½ ln det(1 + K/T) − ½ y·t,     ln p(y) = −½ ln det A − ½ y·t − (P/2) ln 2π.
///
/// A datum is any linear functional of the field (value, slope, average over a region): K holds the covariances of the functionals, and
/// K(x,X) those of the field with them. Data of several outputs share one factor (``relabelled(_:)``).
///
/// A is decomposed with its diagonal scaled to one, so that each pivot is the fraction of a datum's variance that the data before it leave;
/// below ``smallestPivot`` it is refused, and below 1e-10 the solution is refined once. Accuracy: rounding times the condition of A. Cost
/// P³/3, and P² a test point. Source: C. E. Rasmussen, C. K. I. Williams, Gaussian Processes for Machine Learning (2006), eqs. (2.23)-(2.30),
/// (5.12).
public struct GaussianProcessPosterior: Sendable {
  /// The noise T_μ.
  public let noise: [Double]
  /// The labels y.
  public let labels: [Double]
  /// t, the force with which each datum pulls the field: dual coefficients, or residuals over T.
  public let pinForces: [Double]
  /// `ln det(1 + K/T)`; nil where a datum has no noise.
  public let logDeterminant: Double?
  /// `ln p(y)`, the density of the labels, also called log evidence or log marginal likelihood.
  public let logEvidence: Double
  /// The scale `1/√A_μμ`.
  private let scale: [Double]
  /// Of `A_μν/√(A_μμ A_νν)`.
  private let factor: CholeskyDecomposition
  private let kernel: [Double]

  /// The fraction of a datum's variance below which A counts as singular.
  public static let smallestPivot = 1e-13

  /// From the prior covariance K of the data, row-major P × P, the noise variance T_μ ≥ 0 of each datum and its label.
  public init(kernel: [Double], noise: [Double], labels: [Double]) throws(DataFault) {
    let count = noise.count
    guard count > 0, kernel.count == count * count, labels.count == count else {
      throw .shape(data: count, kernelEntries: kernel.count, labels: labels.count)
    }
    for (datum, value) in noise.enumerated() where !(value >= 0 && value.isFinite) {
      throw .number(datum: datum, what: "noise", value: value)
    }
    if let entry = kernel.firstIndex(where: { !$0.isFinite }) {
      throw .number(datum: entry / count, what: "kernel", value: kernel[entry])
    }
    let variances = noise.indices.map { kernel[$0 * count + $0] + noise[$0] }
    if let datum = variances.firstIndex(where: { !($0 > 0) }) { throw .singular(datum: datum, fraction: 0) }
    let scale = variances.map { 1 / $0.squareRoot() }
    let matrix = [Double](unsafeUninitializedCapacity: count * count) { matrix, filled in
      kernel.withUnsafeBufferPointer { kernel in
        for i in 0..<count {
          for j in 0..<count { matrix[i * count + j] = kernel[i * count + j] * (scale[i] * scale[j]) }
          matrix[i * count + i] = 1
        }
      }
      filled = count * count
    }
    guard let factor = CholeskyDecomposition(matrix, size: count, leastPivot: 0) else {
      // Not positive: the datum that is closest to one before it.
      let pairs = (0..<count).flatMap { i in (0..<i).map { (datum: i, likeness: abs(matrix[i * count + $0])) } }
      let closest = pairs.max { $0.likeness < $1.likeness }
      throw .singular(datum: closest?.datum ?? 0, fraction: 0)
    }
    let pivot = factor.leastPivot
    guard pivot.square >= Self.smallestPivot else { throw .singular(datum: pivot.row, fraction: pivot.square) }
    let common = factor.logDeterminant
    let logDeterminant =
      noise.contains(0) ? nil : noise.indices.reduce(common) { $0 + log1p(kernel[$1 * count + $1] / noise[$1]) }
    try self.init(
      kernel: kernel, noise: noise, labels: labels, scale: scale, factor: factor, logDeterminant: logDeterminant)
  }

  private init(
    kernel: [Double], noise: [Double], labels: [Double], scale: [Double], factor: CholeskyDecomposition, logDeterminant: Double?
  ) throws(DataFault) {
    guard labels.count == noise.count else {
      throw .shape(data: noise.count, kernelEntries: kernel.count, labels: labels.count)
    }
    for (datum, value) in labels.enumerated() where !value.isFinite { throw .number(datum: datum, what: "label", value: value) }
    func solve(_ b: [Double]) -> [Double] {
      var x = zip(scale, b).map(*)
      factor.solve(&x)
      return zip(scale, x).map(*)
    }
    var forces = solve(labels)
    if factor.leastPivot.square < 1e-10 {
      let count = labels.count
      let rest = (0..<count).map { i in
        (0..<count).reduce(labels[i] - noise[i] * forces[i]) { $0 - kernel[i * count + $1] * forces[$1] }
      }
      forces = zip(forces, solve(rest)).map(+)
    }
    (self.noise, self.labels, self.scale, self.factor, self.kernel) = (noise, labels, scale, factor, kernel)
    self.logDeterminant = logDeterminant
    pinForces = forces
    let quadratic = zip(labels, forces).reduce(0.0) { $0 + $1.0 * $1.1 }
    let logVariances = -2 * scale.reduce(0.0) { $0 + log($1) }
    logEvidence = -0.5 * (factor.logDeterminant + logVariances + quadratic + Double(labels.count) * log(2 * .pi))
  }

  /// The same data under other labels, by the same decomposition: another output, or another draw of the noise. Cost P².
  public func relabelled(_ labels: [Double]) throws(DataFault) -> GaussianProcessPosterior {
    try GaussianProcessPosterior(
      kernel: kernel, noise: noise, labels: labels, scale: scale, factor: factor, logDeterminant: logDeterminant)
  }

  /// `ln Z = ln <e^{−I_D}>_0`; nil where a datum has no noise.
  public var logPartition: Double? {
    logDeterminant.map { -0.5 * ($0 + zip(labels, pinForces).reduce(0.0) { $0 + $1.0 * $1.1 }) }
  }

  /// `<φ>` from its prior covariances with the data, K(x,X), a row a test point.
  public func mean(_ cross: [[Double]]) -> [Double] {
    cross.map { zip($0, pinForces).reduce(0.0) { $0 + $1.0 * $1.1 } }
  }

  /// `u(x) = S^{-1} K(X,x)` with `A = S Sᵀ`: the posterior covariance is `K(x,x') − u(x)·u(x')`.
  public func whitened(_ cross: [Double]) -> [Double] {
    var u = zip(scale, cross).map(*)
    factor.whiten(&u)
    return u
  }

  /// `<φ(x) φ(x')>_c` from K(x,X), a row a test point, and the prior covariance of the test points.
  public func covariance(_ cross: [[Double]], prior: [[Double]]) -> [[Double]] {
    let count = cross.count
    var rows = cross.flatMap { zip(scale, $0).map(*) }
    factor.whiten(&rows, count: count)
    var result = prior.flatMap { $0 }
    MatrixProduct.multiplyTransposed(
      rows: count, columns: count, inner: factor.size, alpha: -1, a: rows, aStride: factor.size, b: rows, bStride: factor.size,
      beta: 1, c: &result, cStride: count)
    return (0..<count).map { Array(result[$0 * count..<($0 + 1) * count]) }
  }

  /// `A^{-1}`, where its entries enter one by one. Cost P³.
  var inverse: [[Double]] {
    let count = scale.count
    var rows = [Double](repeating: 0, count: count * count)
    for i in 0..<count { rows[i * count + i] = scale[i] }
    factor.whiten(&rows, count: count)
    factor.unwhiten(&rows, count: count)
    return (0..<count).map { i in (0..<count).map { rows[i * count + $0] * scale[$0] } }
  }

  /// The diagonal of `A^{-1}`. Cost P³/3.
  public var inverseDiagonal: [Double] { zip(scale, factor.inverseDiagonal).map { $0 * $0 * $1 } }

  /// `tr K A^{-1} = P − tr T A^{-1}`, the effective number of fitted parameters: the sum of the learnabilities of all modes. Cost P³/3.
  public var effectiveParameters: Double { zip(noise, inverseDiagonal).reduce(0.0) { $0 + 1 - $1.0 * $1.1 } }

  /// `<I_D>`, the mean loss over T, `½ Σ_μ [1 − T_μ (A^{-1})_μμ + T_μ t_μ²]`. Cost P³/3.
  public var meanInsertion: Double {
    zip(noise, pinForces).reduce(0.5 * effectiveParameters) { $0 + 0.5 * $1.0 * $1.1 * $1.1 }
  }

  /// What the others predict of each datum: the mean `y_μ − t_μ/(A^{-1})_μμ` and the variance of its label, noise included, `1/(A^{-1})_μμ`.
  /// Cost P³/3.
  public var leaveOneOut: (means: [Double], variances: [Double]) {
    let diagonal = inverseDiagonal
    return (labels.indices.map { labels[$0] - pinForces[$0] / diagonal[$0] }, diagonal.map { 1 / $0 })
  }
}
