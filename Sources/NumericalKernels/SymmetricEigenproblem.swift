// SPDX-License-Identifier: GPL-3.0-or-later

internal import COpenBLAS

/// Eigenvalues and eigenvectors of a real symmetric matrix, by LAPACK. For the small matrices of error analysis (tens of
/// rows); cost O(n³).
public struct SymmetricEigenproblem: Sendable {
  /// Eigenvalues, largest first.
  public let values: [Double]
  /// `vectors[k]` belongs to `values[k]`; orthonormal.
  public let vectors: [[Double]]

  /// Decomposes a symmetric n × n matrix of finite entries.
  public init(_ matrix: [Double], size n: Int) {
    precondition(matrix.count == n * n && n > 0, "SymmetricEigenproblem: \(matrix.count) entries for size \(n)")
    var columns = matrix
    var ascending = [Double](repeating: 0, count: n)
    var work = [Double](repeating: 0, count: 34 * n)
    var (size, length, info) = (Int32(n), Int32(34 * n), Int32(0))
    MatrixProduct.useOneThread()
    dsyev_("V", "U", &size, &columns, &size, &ascending, &work, &length, &info)
    precondition(info == 0, "SymmetricEigenproblem: LAPACK dsyev returned \(info); are all entries finite?")
    values = ascending.reversed()
    vectors = (0..<n).reversed().map { Array(columns[$0 * n..<($0 + 1) * n]) }
  }
}
