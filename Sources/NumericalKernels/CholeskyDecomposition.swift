// SPDX-License-Identifier: GPL-3.0-or-later

internal import COpenBLAS

#if canImport(Glibc)
  import Glibc
#endif

/// `A = L Lᵀ` of a symmetric positive definite matrix.
///
/// Decomposition `n³/3` operations (LAPACK), a solution `2n²`. Errors of solutions are of relative size `1e-16 cond(A)`. Source: G. H. Golub, C. F. Van Loan, Matrix Computations (2013), sec. 4.2.
public struct CholeskyDecomposition: Sendable {
  /// The number n of rows.
  public let size: Int
  /// L, column after column; what lies above the diagonal is not read.
  private let lower: AlignedBuffer<Double>

  /// Of the n × n matrix stored in `matrix`, of which what lies on and above the diagonal is read, row after row. Nil where it is singular to rounding: where the least
  /// squared pivot lies below `leastPivot` of the greatest, or the matrix is not positive or no number.
  public init?(_ matrix: UnsafePointer<Double>, size: Int, leastPivot: Double = 1e-13) {
    self.init(room: size)
    guard decompose(matrix, leastPivot: leastPivot) else { return nil }
  }

  /// Room for a decomposition of an n × n matrix.
  public init(room size: Int) {
    precondition(size > 0, "CholeskyDecomposition: size \(size)")
    self.size = size
    lower = AlignedBuffer(count: size * size, repeating: 0)
  }

  /// Becomes the decomposition of another matrix of the same size; false where that is singular to rounding, and L then means nothing.
  @discardableResult
  public func decompose(_ matrix: UnsafePointer<Double>, leastPivot: Double = 1e-13) -> Bool {
    MatrixProduct.useOneThread()
    lower.pointer.update(from: matrix, count: size * size)
    var (n, info) = (Int32(size), Int32(0))
    dpotrf_("L", &n, lower.pointer, &n, &info)
    guard info == 0 else { return false }
    var (least, greatest) = (Double.infinity, 0.0)
    for i in 0..<size {
      let pivot = lower.pointer[i + i * size] * lower.pointer[i + i * size]
      // LAPACK lets numbers that are none pass.
      guard pivot > 0 else { return false }
      (least, greatest) = (min(least, pivot), max(greatest, pivot))
    }
    return least >= leastPivot * greatest && greatest.isFinite
  }

  /// Becomes a copy of another decomposition of the same size.
  public func copy(from other: CholeskyDecomposition) {
    lower.pointer.update(from: other.lower.pointer, count: size * size)
  }

  /// The logarithm of the determinant, ln det A.
  public var logDeterminant: Double { 2 * (0..<size).reduce(0.0) { $0 + log(lower.pointer[$1 + $1 * size]) } }

  /// The least squared pivot `L_ii²`, what is left of row i of A after the rows before it, and its row.
  public var leastPivot: (row: Int, square: Double) {
    let row = (0..<size).min { lower.pointer[$0 + $0 * size] < lower.pointer[$1 + $1 * size] }!
    let pivot = lower.pointer[row + row * size]
    return (row, pivot * pivot)
  }

  /// The diagonal of `A^{-1}`, `Σ_k (L^{-1})_ki²`. Cost n³/3.
  public var inverseDiagonal: [Double] {
    let inverse = AlignedBuffer<Double>(count: size * size, repeating: 0)
    inverse.pointer.update(from: lower.pointer, count: size * size)
    var (n, info) = (Int32(size), Int32(0))
    MatrixProduct.useOneThread()
    dtrtri_("L", "N", &n, inverse.pointer, &n, &info)
    return (0..<size).map { i in
      (i..<size).reduce(0.0) { $0 + inverse.pointer[$1 + i * size] * inverse.pointer[$1 + i * size] }
    }
  }

  /// `L^{-1} b` in place: turns vectors of covariance A into vectors of covariance one.
  public func whiten(_ b: UnsafeMutablePointer<Double>) {
    cblas_dtrsv(
      CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, blasint(size), lower.pointer, blasint(size), b, 1)
  }

  /// `L^{-T} b` in place, which after ``whiten(_:)`` is `A^{-1} b`.
  public func unwhiten(_ b: UnsafeMutablePointer<Double>) {
    cblas_dtrsv(CblasColMajor, CblasLower, CblasTrans, CblasNonUnit, blasint(size), lower.pointer, blasint(size), b, 1)
  }

  /// `A^{-1} b` in place.
  public func solve(_ b: UnsafeMutablePointer<Double>) {
    whiten(b)
    unwhiten(b)
  }

  /// `L^{-1}` applied to `count` vectors in place, stored one after the other.
  public func whiten(_ vectors: UnsafeMutablePointer<Double>, count: Int) {
    cblas_dtrsm(
      CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, blasint(size), blasint(count), 1, lower.pointer,
      blasint(size), vectors, blasint(size))
  }

  /// `L^{-T}` applied to `count` vectors in place, stored one after the other.
  public func unwhiten(_ vectors: UnsafeMutablePointer<Double>, count: Int) {
    cblas_dtrsm(
      CblasColMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, blasint(size), blasint(count), 1, lower.pointer,
      blasint(size), vectors, blasint(size))
  }
}
