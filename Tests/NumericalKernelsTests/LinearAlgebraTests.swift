// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import NumericalKernels
import Testing

@Suite struct LinearAlgebraTests {
  /// The name is OpenBLAS's own; another library under the CBLAS names would have none.
  @Test func openBLASAnswers() { #expect(!MatrixProduct.coreName.isEmpty) }

  /// Against sums in plain Swift, with row strides larger than rows, alpha and beta.
  @Test(arguments: [(1, 1, 1), (3, 5, 7), (64, 33, 256), (17, 129, 44)])
  func productsEqualPlainSums(rows: Int, columns: Int, inner: Int) {
    MatrixProduct.useOneThread()
    let (aStride, bStride, cStride) = (inner + 3, inner + 1, columns + 2)
    let a = (0..<rows * aStride).map { sin(Double($0)) }
    let b = (0..<columns * bStride).map { cos(1.7 * Double($0)) }
    let before = (0..<rows * cStride).map { Double($0 % 5) }
    var c = before
    MatrixProduct.multiplyTransposed(
      rows: rows, columns: columns, inner: inner, alpha: 1.5, a: a, aStride: aStride, b: b,
      bStride: bStride,
      beta: -0.5, c: &c, cStride: cStride)
    for i in 0..<rows {
      for j in 0..<cStride {
        let product =
          j < columns
          ? (0..<inner).reduce(0.0) { $0 + a[i * aStride + $1] * b[j * bStride + $1] } : 0
        let old = before[i * cStride + j]
        #expect(abs(c[i * cStride + j] - (j < columns ? 1.5 * product - 0.5 * old : old)) < 1e-12)
      }
    }
  }

  /// Orthonormal vectors, descending values, and `Σ_k λ_k u_k u_kᵀ` is the matrix.
  @Test func eigenvectorsRebuildTheMatrix() {
    let n = 9
    let matrix = (0..<n * n).map { index in
      let (i, j) = (index / n, index % n)
      return sin(Double(i * j + 1)) + (i == j ? Double(i) : 0)
    }
    let problem = SymmetricEigenproblem(matrix, size: n)
    #expect(problem.values == problem.values.sorted(by: >))
    for i in 0..<n {
      for j in 0..<n {
        let rebuilt = (0..<n).reduce(0.0) {
          $0 + problem.values[$1] * problem.vectors[$1][i] * problem.vectors[$1][j]
        }
        let overlap = (0..<n).reduce(0.0) { $0 + problem.vectors[i][$1] * problem.vectors[j][$1] }
        #expect(abs(rebuilt - matrix[i * n + j]) < 1e-13)
        #expect(abs(overlap - (i == j ? 1 : 0)) < 1e-14)
      }
    }
  }

  /// Closed forms: F with two numerator degrees, χ² with two, Student's t with one (Cauchy) and two.
  @Test func tailsHaveTheirClosedForms() {
    for x in [0.3, 1, 2.5, 9] {
      #expect(abs(Distributions.fisherTail(x, 2, 7) / pow(1 + 2 * x / 7, -3.5) - 1) < 1e-13)
      #expect(abs(Distributions.chiSquaredTail(x, degrees: 2) / exp(-x / 2) - 1) < 1e-13)
      #expect(
        abs(Distributions.studentTwoSidedTail(x, degrees: 1) - (1 - 2 / .pi * atan(x))) < 1e-13)
      let probability = x / (2 + x * x).squareRoot()
      #expect(abs(Distributions.studentTwoSidedQuantile(probability, degrees: 2) / x - 1) < 1e-12)
      #expect(
        abs(Distributions.normalTwoSidedQuantile(erf(x / 18.0.squareRoot())) * 3 / x - 1) < 1e-12)
    }
    #expect(
      Distributions.fisherTail(-1, 2, 7) == 1 && Distributions.chiSquaredTail(0, degrees: 3) == 1)
  }
}
