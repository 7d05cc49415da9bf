// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import NumericalKernels

/// The sum over fields behind ``SquareTorus``.
struct SquareTorusSum {
  /// The grid, symmetric about zero.
  let fields: [Double]
  /// `ln` of the factor between the sum and Z: the weight of a cell of the grid.
  let logScale: Double
  /// `w(f) = exp(−(2 + m²/2) f² − λ f⁴/24)`.
  private let weights: [Double]
  /// C = 2n − 1, the number of sums of two fields.
  private var pairCount: Int { 2 * fields.count - 1 }

  struct Averages {
    var partition = 0.0
    var fourth = 0.0
    var oppositeSquares = 0.0
    var totalFourth = 0.0
    /// G(0, r), G(1, r) with r = 0 only, G(2, r): row distance first.
    var sameRow = [0.0, 0, 0]
    var adjacent = [0.0]
    var twoRows = [0.0, 0, 0]
  }

  /// The most points on either side of zero that are ever taken.
  static let greatestHalf = 100

  init(_ potential: QuarticPotential, refinement: Double) {
    guard let (reach, half) = Self.extent(potential, refinement: refinement) else {
      preconditionFailure("SquareTorusSum: \(potential) needs more than \(Self.greatestHalf) points a side")
    }
    let step = reach / Double(half)
    fields = (-half...half).map { step * Double($0) }
    weights = fields.map { exp(-2 * $0 * $0 - potential.value($0)) }
    logScale = 16 * log(step)
  }

  /// Where the grid ends, and its points on either side of zero; nil beyond ``greatestHalf``.
  static func extent(_ potential: QuarticPotential, refinement: Double) -> (reach: Double, half: Int)? {
    let width = 1 / (4 + potential.stiffness).squareRoot()
    let siteLength = pow(24 / max(potential.coupling, 1e-300), 0.25)
    let cell = min(0.62 * width, 0.16 * siteLength) / refinement
    guard let reach = reach(potential, atMost: Double(greatestHalf) * cell),
      let half = Int(count: reach / cell, atMost: greatestHalf)
    else { return nil }
    return (reach, half)
  }

  /// Where the weight of the best configuration with one field held has fallen by e^{−38}. The other fields then depend on their distance k on
  /// the hypercube, of 1, 4, 6, 4, 1 sites, with `(4 + m²) x_k + λ x_k³/6 = k x_{k−1} + (4−k) x_{k+1}`. Nil beyond
  /// `farthest`.
  private static func reach(_ potential: QuarticPotential, atMost farthest: Double) -> Double? {
    let (mass, coupling) = (potential.massSquared, potential.coupling)
    let vacuum = 16 * potential.value(potential.minimum)
    var x = [Double](repeating: potential.minimum, count: 5)
    while true {
      x[0] += 0.05
      guard x[0] <= farthest else { return nil }
      for _ in 0..<200 {
        for k in 1...4 {
          let force = Double(k) * x[k - 1] + (k < 4 ? Double(4 - k) * x[k + 1] : 0)
          // Newton from the right of the largest root.
          var value = max(x[k], x[0])
          for _ in 0..<12 {
            let slope = 4 + mass + coupling * value * value / 2
            value -= ((4 + mass) * value + coupling / 6 * value * value * value - force) / slope
          }
          x[k] = value
        }
      }
      var action = 0.0
      for (k, size) in [1.0, 4, 6, 4, 1].enumerated() {
        action += size * potential.value(x[k])
        if k < 4 { action += size * Double(4 - k) / 2 * (x[k] - x[k + 1]) * (x[k] - x[k + 1]) }
      }
      if action - vacuum > 38 { return x[0] }
    }
  }

  /// All averages in one pass over (c1, c3); by reflection and sign only c1 ≥ |c3|.
  func averages() -> Averages {
    let (n, count) = (fields.count, pairCount)
    let step = fields[1] - fields[0]
    let middle = n - 1
    func pairField(_ c: Int) -> Double { step * Double(c - middle) }
    let beta = (0...2).map { power in hankel(power) }
    var result = Averages()
    var left = [Double](repeating: 0, count: Row.allCases.count * count * count)
    var right = left
    var squares = [Double](repeating: 0, count: count * count)
    var pairs = squares
    for gamma in 2 * middle...4 * middle {
      let shared = neighbours(gamma: gamma)
      for c1 in middle..<count {
        let c3 = gamma - c1
        guard (0..<count).contains(c3), c1 >= c3, c1 - middle >= middle - c3 else { continue }
        let isDiagonal = c1 == c3
        let isAntidiagonal = c1 - middle == middle - c3
        let multiplicity = isDiagonal && isAntidiagonal ? 1.0 : isDiagonal || isAntidiagonal ? 2 : 4
        weighRows(c1, c3, beta, &left, &squares)
        multiply(left, beta[0], rows: Row.allCases.count * count, into: &right)
        // G[q; β1, β1] apart: it needs another right factor.
        multiply(squares, beta[1], rows: count, into: &pairs)
        let weights = pairWeights(c1, c3, shared)
        accumulate(
          multiplicity, weights, right, pairs, pairField(c1), pairField(c3), pairField, &result)
      }
    }
    return normalised(result)
  }

  /// What is inserted into the row: the left factors of `Σ_σ q(σ) X(c2, σ) β(σ + c4)`.
  private enum Row: Int, CaseIterable {
    case one, first, sum, second, firstSquared, thirdSquared, quartic, totalSquared
  }

  /// `β_k(σ + c) = Σ_f w(f) f^k e^{f(σ+c)}`, rows c, columns σ.
  private func hankel(_ power: Int) -> [Double] {
    let (n, count) = (fields.count, pairCount)
    let step = fields[1] - fields[0]
    let values = (0..<2 * count - 1).map { index -> Double in
      let x = step * Double(index - 2 * (n - 1))
      return fields.indices.reduce(0.0) { sum, i in
        sum + weights[i] * pow(fields[i], Double(power)) * exp(fields[i] * x)
      }
    }
    return (0..<count * count).map { values[$0 / count + $0 % count] }
  }

  /// `N_c(σ) = Σ_s w(s) w(c−s) e^{σs + (γ−σ)(c−s)}` for one γ = c1 + c3, rows c, columns σ.
  private func neighbours(gamma: Int) -> [Double] {
    let (n, count) = (fields.count, pairCount)
    let step = fields[1] - fields[0]
    var table = [Double](repeating: 0, count: count * count)
    for c in 0..<count {
      for s in max(0, c - n + 1)...min(n - 1, c) {
        let weight = weights[s] * weights[c - s]
        let (a, b) = (fields[s], fields[c - s])
        for sigma in 0..<count {
          let (x, y) = (step * Double(sigma - n + 1), step * Double(gamma - sigma - n + 1))
          table[c * count + sigma] += weight * exp(x * a + y * b)
        }
      }
    }
    return table
  }

  /// Left factors for one (c1, c3), and `q β1`.
  private func weighRows(
    _ c1: Int, _ c3: Int, _ beta: [[Double]], _ left: inout [Double], _ squares: inout [Double]
  ) {
    let (n, count) = (fields.count, pairCount)
    let step = fields[1] - fields[0]
    let (x1, x3) = (step * Double(c1 - n + 1), step * Double(c3 - n + 1))
    let first = fields.indices.map { weights[$0] * exp(fields[$0] * x1) }
    let third = fields.indices.map { weights[$0] * exp(fields[$0] * x3) }
    // q with 1, f1, f1², f3², (f1⁴ + f3⁴)/2.
    var q = [[Double]](repeating: [Double](repeating: 0, count: count), count: 5)
    for i in 0..<n {
      let (f, square) = (fields[i], fields[i] * fields[i])
      for j in 0..<n {
        let weight = first[i] * third[j]
        let other = fields[j] * fields[j]
        q[0][i + j] += weight
        q[1][i + j] += weight * f
        q[2][i + j] += weight * square
        q[3][i + j] += weight * other
        q[4][i + j] += weight * (square * square + other * other) / 2
      }
    }
    let block = count * count
    for c in 0..<count {
      for s in 0..<count {
        let entry = c * count + s
        let sigma = step * Double(s - n + 1)
        let (b0, b1, b2) = (beta[0][entry], beta[1][entry], beta[2][entry])
        left[Row.one.rawValue * block + entry] = q[0][s] * b0
        left[Row.first.rawValue * block + entry] = q[1][s] * b0
        left[Row.sum.rawValue * block + entry] = sigma * q[0][s] * b0
        left[Row.second.rawValue * block + entry] = q[0][s] * b1
        left[Row.firstSquared.rawValue * block + entry] = q[2][s] * b0
        left[Row.thirdSquared.rawValue * block + entry] = q[3][s] * b0
        left[Row.quartic.rawValue * block + entry] = q[4][s] * b0
        left[Row.totalSquared.rawValue * block + entry] =
          q[0][s] * (sigma * sigma / 2 * b0 + 2 * sigma * b1 + b2)
        squares[entry] = q[0][s] * b1
      }
    }
  }

  /// P(c) over (c2, c4).
  private func pairWeights(_ c1: Int, _ c3: Int, _ shared: [Double]) -> [Double] {
    let (n, count) = (fields.count, pairCount)
    var q = [Double](repeating: 0, count: count)
    for s1 in max(0, c1 - n + 1)...min(n - 1, c1) {
      for s3 in max(0, c3 - n + 1)...min(n - 1, c3) {
        q[s1 + s3] += weights[s1] * weights[c1 - s1] * weights[s3] * weights[c3 - s3]
      }
    }
    let left = (0..<count * count).map { q[$0 % count] * shared[$0] }
    var result = left
    multiply(left, shared, rows: count, into: &result)
    return result
  }

  private func multiply(_ a: [Double], _ b: [Double], rows: Int, into c: inout [Double]) {
    let count = pairCount
    MatrixProduct.multiplyTransposed(
      rows: rows, columns: count, inner: count, a: a, aStride: count, b: b, bStride: count, beta: 0,
      c: &c, cStride: count)
  }

  /// Adds the sums over (c2, c4).
  ///
  /// Averages of the rows between, given c, are products: `<f_1 g_2> = F1 F2/U²`. Powers of M use translations by rows to leave
  /// `<M⁴> = <2X⁴ + 16 X³ a + 12 X² a² + 12 X² ab>`, X = s + t in total, a and b the totals of the other two rows.
  private func accumulate(
    _ multiplicity: Double, _ p: [Double], _ rows: [Double], _ pairs: [Double], _ x1: Double,
    _ x3: Double, _ pairField: (Int) -> Double, _ result: inout Averages
  ) {
    let count = pairCount
    let block = count * count
    rows.withUnsafeBufferPointer { rows in
      for c2 in 0..<count {
        let x2 = pairField(c2)
        for c4 in 0..<count {
          let (entry, mirror) = (c2 * count + c4, c4 * count + c2)
          func row(_ kind: Row) -> Double { rows[kind.rawValue * block + entry] }
          let weight = multiplicity * p[entry]
          let x4 = pairField(c4)
          let (u, f1) = (row(.one), row(.first))
          let f3 = row(.sum) - f1
          let (f2, f4) = (row(.second), rows[Row.second.rawValue * block + mirror])
          let total = row(.sum) + f2 + f4
          let totalSquared =
            row(.totalSquared) + rows[Row.totalSquared.rawValue * block + mirror] + 2 * pairs[entry]
          let x = x1 + x2 + x3 + x4
          let uu = weight * u * u
          result.partition += uu
          result.fourth += weight * u * row(.quartic)
          result.oppositeSquares += weight * row(.firstSquared) * row(.thirdSquared)
          result.totalFourth +=
            weight * x * x
            * (2 * x * x * u * u + 16 * x * u * total + 12 * u * totalSquared + 12 * total * total)
          result.sameRow[0] += uu * (x1 * x1 + x3 * x3) / 2
          result.sameRow[1] += uu * (x1 + x3) * (x2 + x4) / 4
          result.sameRow[2] += uu * x1 * x3
          result.adjacent[0] += weight * u * (x1 * f1 + x3 * f3) / 4
          result.twoRows[0] += weight * (f1 * f1 + f3 * f3) / 2
          result.twoRows[1] += weight * (f1 + f3) * (f2 + f4) / 4
          result.twoRows[2] += weight * f1 * f3
        }
      }
    }
  }

  /// `G(0, r) = ½ <c_1 c_{1+r}> − G(2, r)`, and everything over Z.
  private func normalised(_ sums: Averages) -> Averages {
    let z = sums.partition
    var result = sums
    result.fourth /= z
    result.oppositeSquares /= z
    result.totalFourth /= z
    result.adjacent = sums.adjacent.map { $0 / z }
    result.twoRows = sums.twoRows.map { $0 / z }
    result.sameRow = zip(sums.sameRow, result.twoRows).map { $0 / (2 * z) - $1 }
    return result
  }
}
