// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
internal import COpenBLAS

/// The lower triangular L of a symmetric positive definite matrix, `A = L Lᵀ`, by LAPACK's dpotrf on one thread. Row-major. Cost n³/3; memory n².
public struct CholeskyFactor: Sendable {
  /// n.
  public let size: Int
  /// L, row-major, zero above the diagonal.
  public let lower: [Double]

  /// A matrix that is not positive definite to rounding.
  public struct Failure: Error, Sendable, Equatable {
    /// The first row, counted from zero, whose remainder after the rows before it is not positive.
    public let row: Int
  }

  /// Decomposes a symmetric n × n matrix of finite entries, of which the lower triangle is read.
  public init(_ matrix: [Double], size n: Int) throws(Failure) {
    precondition(matrix.count == n * n && n > 0, "CholeskyFactor: \(matrix.count) entries for size \(n)")
    var factor = matrix
    var (size, info) = (Int32(n), Int32(0))
    MatrixProduct.useOneThread()
    // The lower triangle by rows is the upper one by columns.
    dpotrf_("U", &size, &factor, &size, &info)
    guard info == 0 else { throw Failure(row: Int(info) - 1) }
    for i in 0..<n { for j in i + 1..<max(i + 1, n) { factor[i * n + j] = 0 } }
    self.size = n
    lower = factor
  }

  /// `ln det A`.
  public var logDeterminant: Double { (0..<size).reduce(0) { $0 + 2 * log(lower[$1 * size + $1]) } }

  /// The smallest `L_ii²`, what is left of row i of A after the rows before it, and where.
  public var smallestPivot: (row: Int, value: Double) {
    let row = (0..<size).min { lower[$0 * size + $0] < lower[$1 * size + $1] }!
    return (row, lower[row * size + row] * lower[row * size + row])
  }

  /// `L^{-1} b` of each row b of a row-major `count` × n matrix.
  public func whitened(_ rows: [Double], count: Int = 1) -> [Double] { substituted(rows, count, transposed: CblasTrans) }

  /// `A^{-1} b` of each row b of a row-major `count` × n matrix.
  public func solve(_ rows: [Double], count: Int = 1) -> [Double] {
    substituted(whitened(rows, count: count), count, transposed: CblasNoTrans)
  }

  /// `B L^{-T}` or `B L^{-1}`.
  private func substituted(_ rows: [Double], _ count: Int, transposed: CBLAS_TRANSPOSE) -> [Double] {
    precondition(rows.count == count * size, "CholeskyFactor: \(rows.count) entries for \(count) rows of \(size)")
    var result = rows
    MatrixProduct.useOneThread()
    cblas_dtrsm(
      CblasRowMajor, CblasRight, CblasLower, transposed, CblasNonUnit, blasint(count), blasint(size), 1, lower, blasint(size),
      &result, blasint(size))
    return result
  }

  /// The diagonal of `A^{-1}`, `Σ_k (L^{-1})_ki²`. Cost n³/3.
  public var inverseDiagonal: [Double] {
    var inverse = lower
    var (n, info) = (Int32(size), Int32(0))
    MatrixProduct.useOneThread()
    dtrtri_("U", "N", &n, &inverse, &n, &info)
    var diagonal = [Double](repeating: 0, count: size)
    for k in 0..<size { for i in 0...k { diagonal[i] += inverse[k * size + i] * inverse[k * size + i] } }
    return diagonal
  }
}
