// SPDX-License-Identifier: GPL-3.0-or-later

/// `min |A x − b|²` by Householder's QR: small dense problems, condition numbers up to 1e12 (normal equations would halve the
/// digits).
struct LeastSquares {
  /// The minimum x.
  let solution: [Double]
  /// `(AᵀA)⁻¹`, row-major.
  let inverse: [Double]
  /// The roots of its diagonal, which stay in range where the squares do not.
  let errors: [Double]

  /// `columns[k]` is column k of A, at least as long as there are columns; nil if they are linearly dependent to 1e-12 or not
  /// finite.
  init?(columns: [[Double]], _ right: [Double]) {
    let (n, m) = (columns.count, right.count)
    guard n > 0, m >= n else { return nil }
    // Columns of unit length: the answer must not depend on the units of the parameters.
    let scaled = columns.map(ScaledNumbers.init)
    let norms = scaled.map(\.norm)
    guard norms.allSatisfy({ $0 > 0 && $0.isFinite }), right.allSatisfy(\.isFinite) else { return nil }
    var a = scaled.map { column in
      let norm = column.scaledNorm
      return column.values.map { $0 / norm }
    }
    var b = right
    for k in 0..<n {
      var v = Array(a[k][k...])
      let length = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 1e-12 else { return nil }
      let diagonal = v[0] > 0 ? -length : length
      v[0] -= diagonal
      let half = v.reduce(0) { $0 + $1 * $1 } / 2
      func reflect(_ column: inout [Double]) {
        var projection = 0.0
        for i in v.indices { projection += v[i] * column[k + i] }
        for i in v.indices { column[k + i] -= projection / half * v[i] }
      }
      for j in k..<n { reflect(&a[j]) }
      reflect(&b)
    }
    /// Solves `R x = c` from the last row upwards.
    func backSubstituted(_ c: [Double]) -> [Double] {
      var x = c
      for i in (0..<n).reversed() {
        for j in i + 1..<max(n, i + 1) { x[i] -= a[j][i] * x[j] }
        x[i] /= a[i][i]
      }
      return x
    }
    solution = zip(backSubstituted(Array(b[..<n])), norms).map { $0 / $1 }
    let inverseColumns = (0..<n).map { k in backSubstituted((0..<n).map { $0 == k ? 1 : 0 }) }
    func product(_ i: Int, _ j: Int) -> Double { inverseColumns.reduce(0) { $0 + $1[i] * $1[j] } }
    inverse = (0..<n * n).map { product($0 / n, $0 % n) / norms[$0 / n] / norms[$0 % n] }
    errors = (0..<n).map { product($0, $0).squareRoot() / norms[$0] }
  }
}

/// `C = L Lᵀ` of a positive definite matrix.
struct CholeskyFactor {
  private let lower: [[Double]]

  /// nil if the n × n matrix is not positive definite: a pivot below 1e-12 of its diagonal entry.
  init?(_ matrix: [Double], size n: Int) {
    var lower: [[Double]] = []
    for i in 0..<n {
      var row: [Double] = []
      for j in 0...i {
        let previous = j < i ? lower[j] : row
        let rest = (0..<j).reduce(matrix[i * n + j]) { $0 - row[$1] * previous[$1] }
        if j < i {
          row.append(rest / lower[j][j])
        } else {
          guard rest > 1e-12 * matrix[i * n + i] else { return nil }
          row.append(rest.squareRoot())
        }
      }
      lower.append(row)
    }
    self.lower = lower
  }

  /// `L⁻¹ v`: turns vectors of covariance C into vectors of covariance 1.
  func whitened(_ v: [Double]) -> [Double] {
    var x: [Double] = []
    for (i, row) in lower.enumerated() {
      x.append((0..<i).reduce(v[i]) { $0 - row[$1] * x[$1] } / row[i])
    }
    return x
  }
}
