// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels
import Testing

/// `A = L Lᵀ` and sums of squares, against products. Bounds: 1e-12 of matrices of condition number below 1e3.
@Suite struct CholeskyTests {
  private static let n = 23

  /// Deterministic numbers in (−1, 1).
  private static func number(_ i: Int, _ j: Int) -> Double {
    let x = Double((i * 7919 + j * 104_729 + i * j * 31) % 1009) / 504.5
    return x - 1
  }

  private static func matrix(shift: Double = 1) -> [Double] {
    (0..<n * n).map { index in
      let (i, j) = (index / n, index % n)
      return (0..<n).reduce(i == j ? shift * Double(n) : 0) { $0 + number(i, $1) * number(j, $1) }
    }
  }

  /// The largest deviation of `A A^{-1} b` from b.
  private static func residual(_ factor: CholeskyDecomposition, _ matrix: [Double]) -> Double {
    let b = (0..<n).map { number($0, 77) }
    var x = b
    x.withUnsafeMutableBufferPointer { factor.solve($0.baseAddress!) }
    return (0..<n).map { i in abs((0..<n).reduce(-b[i]) { $0 + matrix[i * n + $1] * x[$1] }) }.max()!
  }

  @Test func solvesAndDeterminant() throws {
    let matrix = Self.matrix()
    let factor = try #require(CholeskyDecomposition(matrix, size: Self.n))
    #expect(Self.residual(factor, matrix) < 1e-12)
    // Control: another matrix.
    #expect(Self.residual(factor, Self.matrix(shift: 1.01)) > 1e-6)
    // det diag(4, 9) = 36; whitened vectors of covariance A have covariance one.
    let small = try #require(CholeskyDecomposition([4, 0, 0, 9], size: 2))
    var x = [2.0, 3.0]
    x.withUnsafeMutableBufferPointer { small.whiten($0.baseAddress!) }
    #expect(abs(small.logDeterminant - 3.58351893845611) < 1e-14 && x == [1, 1])
  }

  /// Sums of squares against plain sums, on and above the diagonal; the control: what lies below is left as it is.
  @Test func squaresOfMatrices() {
    let (n, inner) = (Self.n, 5)
    let a = (0..<inner * n).map { Self.number($0, 2) }
    var (sum, square) = ([Double](repeating: 0.5, count: n * n), [Double](repeating: 0.5, count: n * n))
    MatrixProduct.addSquare(size: n, inner: inner, alpha: -2, a: a, aStride: n, to: &sum, cStride: n)
    MatrixProduct.square(size: n, inner: inner, a: a, aStride: inner, c: &square, cStride: n)
    for i in 0..<n {
      for j in 0..<n {
        let product = (0..<inner).reduce(0.0) { $0 + a[$1 * n + i] * a[$1 * n + j] }
        let rows = (0..<inner).reduce(0.0) { $0 + a[i * inner + $1] * a[j * inner + $1] }
        #expect(abs(sum[i * n + j] - (j >= i ? 0.5 - 2 * product : 0.5)) < 1e-13)
        #expect(abs(square[i * n + j] - (j >= i ? rows : 0.5)) < 1e-13)
      }
    }
  }

  /// A matrix whose least pivot is rounding is refused; one a thousand times better is not.
  @Test(arguments: [(1e-15, false), (1e-10, true)]) func singularMatrices(gap: Double, isThere: Bool) {
    #expect((CholeskyDecomposition([1, 1, 1, 1 + gap], size: 2) != nil) == isThere)
    #expect(CholeskyDecomposition([1, .nan, .nan, 1], size: 2) == nil)
    #expect(CholeskyDecomposition([1, 2, 2, 1], size: 2) == nil)
  }
}
