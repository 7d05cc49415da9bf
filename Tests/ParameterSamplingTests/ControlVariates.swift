// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis

/// Zero-mean observables regressed out of others: `a′ = a − Σ_j β_j z_j` has the mean of a and less variance.
///
/// The coefficients are the regression of a on the z over *other* blocks than the one they are applied to (two halves, each
/// corrected with the other's), so that no bias enters. Source: docs/physics/interactions.md.
enum ControlVariates {
  /// Replaces each target series by its corrected one. All series have one value a measurement, in `units` (chains or bins); the
  /// first and the second half of the units correct each other, a single unit its two halves. Fewer than ten measurements a
  /// control are left as they are.
  static func correct(_ target: [[Double]], by controls: [[[Double]]]) -> [[Double]] {
    guard target.count > 1 else {
      let half = target[0].count / 2
      let pieces = [Array(target[0][..<half]), Array(target[0][half...])]
      let parts = controls.map { [Array($0[0][..<half]), Array($0[0][half...])] }
      return [correct(pieces, by: parts).flatMap { $0 }]
    }
    let cut = target.count / 2
    var result = target
    for (own, other) in [(0..<cut, cut..<target.count), (cut..<target.count, 0..<cut)] {
      let y = other.flatMap { target[$0] }
      let z = controls.map { control in other.flatMap { control[$0] } }
      guard y.count >= 10 * z.count, let beta = regression(y, z) else { continue }
      for unit in own {
        for i in result[unit].indices {
          for (j, control) in controls.enumerated() { result[unit][i] -= beta[j] * control[unit][i] }
        }
      }
    }
    return result
  }

  /// Least squares of y − mean on z − mean, columns scaled, by Gaussian elimination with pivots; directions of no variance get no
  /// coefficient.
  private static func regression(_ y: [Double], _ z: [[Double]]) -> [Double]? {
    let n = Double(y.count)
    func centred(_ x: [Double]) -> [Double] {
      let mean = x.reduce(0, +) / n
      return x.map { $0 - mean }
    }
    let (v, columns) = (centred(y), z.map(centred))
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let scales = columns.map { max(dot($0, $0).squareRoot(), .leastNormalMagnitude) }
    let k = columns.count
    var matrix = (0..<k).map { i in
      (0..<k).map { j in dot(columns[i], columns[j]) / (scales[i] * scales[j]) } + [dot(columns[i], v) / scales[i]]
    }
    guard matrix.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return nil }
    var solution = [Double](repeating: 0, count: k)
    var used: [Int] = []
    for column in 0..<k {
      guard
        let pivot = (0..<k).filter({ !used.contains($0) }).max(by: { abs(matrix[$0][column]) < abs(matrix[$1][column]) }),
        abs(matrix[pivot][column]) > 1e-10
      else {
        used.append(-1)
        continue
      }
      used.append(pivot)
      for row in 0..<k where row != pivot {
        let factor = matrix[row][column] / matrix[pivot][column]
        for j in column...k { matrix[row][j] -= factor * matrix[pivot][j] }
      }
    }
    for (column, pivot) in used.enumerated() where pivot >= 0 {
      solution[column] = matrix[pivot][k] / matrix[pivot][column] / scales[column]
    }
    return solution
  }
}
