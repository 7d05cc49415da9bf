// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels
import Testing

/// `A = L Lᵀ` and its changes by dyads, against products. Bounds: 1e-12 of matrices of condition number below 1e3.
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

  @Test func dyadsComeAndGo() throws {
    var matrix = Self.matrix()
    let factor = try #require(CholeskyDecomposition(matrix, size: Self.n))
    for step in 0..<40 {
      let (x, y) = ((0..<Self.n).map { Self.number($0, step) }, (0..<Self.n).map { 0.5 * Self.number(step, $0) })
      factor.add(dyad: x)
      #expect(factor.subtract(dyad: y))
      for i in 0..<Self.n { for j in 0..<Self.n { matrix[i * Self.n + j] += x[i] * x[j] - y[i] * y[j] } }
    }
    let fresh = try #require(CholeskyDecomposition(matrix, size: Self.n))
    #expect(Self.residual(factor, matrix) < 1e-11)
    #expect(abs(factor.logDeterminant - fresh.logDeterminant) < 1e-11)
    // Control: the matrix before the dyads.
    #expect(Self.residual(factor, Self.matrix()) > 1e-3)
    // More than there is cannot be taken away.
    #expect(!factor.subtract(dyad: (0..<Self.n).map { 1e3 * Self.number($0, 5) }))
  }

  /// A matrix whose least pivot is rounding is refused; one a thousand times better is not.
  @Test(arguments: [(1e-15, false), (1e-10, true)]) func singularMatrices(gap: Double, isThere: Bool) {
    #expect((CholeskyDecomposition([1, 1, 1, 1 + gap], size: 2) != nil) == isThere)
    #expect(CholeskyDecomposition([1, .nan, .nan, 1], size: 2) == nil)
    #expect(CholeskyDecomposition([1, 2, 2, 1], size: 2) == nil)
  }
}
