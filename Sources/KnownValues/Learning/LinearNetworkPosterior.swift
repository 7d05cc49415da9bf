// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import NumericalKernels

/// A linear network under data, exact at every width and depth: `f = a·W_L…W_1 x`, hidden widths N_1 … N_L, `(W_1)_ij ~ N(0, σ_w²/d)`, entries of
/// layer l+1 of variance `s_l²/N_l`, the last of them the readout a.
///
/// Given one number Q the outputs are Gaussian with covariance Q C, `C = (σ_w²/d) X Xᵀ`, where a priori `Q = ∏_l (s_l²/N_l) χ²_{N_l}`. In the
/// eigenbasis of C (eigenvalues c_k, labels y_k)
///
///     p(Q|y) ~ p(Q) ∏_k (1 + Q c_k/T)^{-½} exp(−y_k²/2(Q c_k + T)),     <f(x)> = k(x,X) <Q (QC+T)^{-1}> y,   k(x,x') = (σ_w²/d) x·x',
///     <f f>_c = <Q> k − k(x,X) <Q² [(QC+T)^{-1} − (QC+T)^{-1} y yᵀ (QC+T)^{-1}]> k(X,x') − <f><f>,
///
/// by the trapezoidal rule in ln Q, which is spectral. The posterior mean is an averaged rescaling of the kernel. Accuracy 1e-11; milliseconds.
/// Sources: Q. Li, H. Sompolinsky, Phys. Rev. X 11 (2021) 031059 (leading order); arXiv:2502.03210; docs/physics/learning-exact.md.
public struct LinearNetworkPosterior: Sendable {
  /// `ln Z = ln <e^{−I_D}>_0`.
  public let logPartition: Double
  let inputs: [[Double]]
  /// The input variance `σ_w²/d`.
  let inputVariance: Double
  let noise: Double
  let scale: QuadraticScale
  let spectrum: KernelSpectrum
  /// Posterior probabilities of the nodes of Q.
  private let weights: [Double]

  /// From the widths N_l, the variances s_l² of the layers behind them, σ_w², T, inputs (a row each) and labels.
  public init(
    widths: [Int], variances: [Double], inputVariance: Double, noise: Double, inputs: [[Double]], labels: [Double]
  ) throws(DataFault) {
    precondition(widths.count == variances.count && !widths.isEmpty)
    self.inputVariance = inputVariance / Double(inputs[0].count)
    (self.inputs, self.noise) = (inputs, noise)
    spectrum = try KernelSpectrum(inputs: inputs, inputVariance: self.inputVariance, noise: noise, labels: labels)
    let square = labels.reduce(0) { $0 + $1 * $1 }
    scale = QuadraticScale(widths: widths, variances: variances, greatest: 1 + square / noise)
    let spectrum = spectrum
    let logs = scale.nodes.map { $0.logWeight + spectrum.logLikelihood($0.value) }
    let largest = logs.max()!
    let raw = logs.map { exp($0 - largest) }
    let sum = raw.reduce(0, +)
    weights = raw.map { $0 / sum }
    logPartition = largest + log(sum)
  }

  /// `<g(Q)>` under the posterior.
  public func average(_ g: (Double) -> Double) -> Double {
    zip(scale.nodes, weights).reduce(0) { $1.1 > 1e-30 ? $0 + $1.1 * g($1.0.value) : $0 }
  }

  /// The mean scale `<Q>`.
  public var meanScale: Double { average { $0 } }

  /// `k(x,X)` in the eigenbasis of C.
  private func cross(_ x: [Double]) -> [Double] {
    spectrum.rotated(inputs.map { row in inputVariance * zip(row, x).reduce(0.0) { $0 + $1.0 * $1.1 } })
  }

  /// `<f(x)>`, a row of `points` each.
  public func mean(_ points: [[Double]]) -> [Double] {
    let response = spectrum.values.indices.map { k in
      average { $0 / ($0 * spectrum.values[k] + noise) } * spectrum.labels[k]
    }
    return points.map { zip(cross($0), response).reduce(0.0) { $0 + $1.0 * $1.1 } }
  }

  /// `<Q^n (QC+T)^{-1}> − <Q^n (QC+T)^{-1} y yᵀ (QC+T)^{-1}>` in the eigenbasis.
  private func response(power: Int) -> [[Double]] {
    let (c, y) = (spectrum.values, spectrum.labels)
    return c.indices.map { k in
      c.indices.map { l in
        average { q in
          let first = 1 / (q * c[k] + noise)
          let pulled = y[k] * y[l] * first / (q * c[l] + noise)
          return (power == 2 ? q * q : q) * ((k == l ? first : 0) - pulled)
        }
      }
    }
  }

  /// `<f(x) f(x')>_c`.
  public func covariance(_ points: [[Double]]) -> [[Double]] {
    let (means, matrix, q) = (mean(points), response(power: 2), meanScale)
    let rows = points.map(cross)
    return points.indices.map { i in
      points.indices.map { j in
        let prior = inputVariance * zip(points[i], points[j]).reduce(0.0) { $0 + $1.0 * $1.1 }
        return q * prior - quadratic(rows[i], matrix, rows[j]) - means[i] * means[j]
      }
    }
  }

  /// `<W_1ᵀ W_1>`, the hidden kernel of the first layer: of N_1 neurons N_1 − 1 directions keep their prior, and the one along what the layers behind make of it, of squared length Q, learns,
  /// `N_1 (σ_w²/d) 1 − (σ_w²/d)² Xᵀ <Q (QC+T)^{-1} − Q (QC+T)^{-1} y yᵀ (QC+T)^{-1}> X`, at every depth.
  public var hiddenKernel: [[Double]] {
    let dimension = inputs[0].count
    let matrix = response(power: 1)
    let columns = (0..<dimension).map { axis in spectrum.rotated(inputs.map { $0[axis] }) }
    return (0..<dimension).map { i in
      (0..<dimension).map { j in
        (i == j ? Double(scale.widths[0]) * inputVariance : 0)
          - inputVariance * inputVariance * quadratic(columns[i], matrix, columns[j])
      }
    }
  }

  private func quadratic(_ a: [Double], _ matrix: [[Double]], _ b: [Double]) -> Double {
    a.indices.reduce(0) { sum, i in sum + a[i] * zip(matrix[i], b).reduce(0.0) { $0 + $1.0 * $1.1 } }
  }

  /// `y·<f(X)>/y·y`: how much of the labels is fitted.
  public var shrinkage: Double { shrinkage { g in average(g) } }

  private func shrinkage(_ average: ((Double) -> Double) -> Double) -> Double {
    let fitted = spectrum.values.indices.reduce(0.0) { sum, k in
      let (c, y) = (spectrum.values[k], spectrum.labels[k])
      return sum + y * y * average { $0 * c / ($0 * c + noise) }
    }
    return fitted / spectrum.labels.reduce(0) { $0 + $1 * $1 }
  }

  /// The shrinkage at the saddle in u = ln Q of `N u/2 − N Q/2s² − Σ y_k²/2(Q c_k + T)`, the tree, and with `−½ Σ ln(Q c_k + T)`, one loop; of two
  /// layers. The tree becomes exact where N grows together with s^{-2} and T^{-1} (mean-field scaling).
  public func saddleShrinkage(oneLoop: Bool) -> Double? {
    guard scale.widths.count == 1 else { return nil }
    let (n, s2) = (Double(scale.widths[0]), scale.variances[0])
    func slope(_ u: Double) -> Double {
      let q = exp(u)
      return spectrum.values.indices.reduce(n / 2 - n * q / (2 * s2)) { sum, k in
        let (c, y) = (spectrum.values[k], spectrum.labels[k])
        let all = q * c + noise
        return sum + y * y * q * c / (2 * all * all) - (oneLoop ? q * c / (2 * all) : 0)
      }
    }
    func action(_ u: Double) -> Double {
      let q = exp(u)
      return spectrum.values.indices.reduce(n * u / 2 - n * q / (2 * s2)) { sum, k in
        let (c, y) = (spectrum.values[k], spectrum.labels[k])
        return sum - y * y / (2 * (q * c + noise)) - (oneLoop ? 0.5 * log(q * c + noise) : 0)
      }
    }
    let grid = scale.nodes.map { log($0.value) }
    let best = grid.indices.max { action(grid[$0]) < action(grid[$1]) }!
    guard best > 0, best + 1 < grid.count else { return nil }
    var (lower, upper) = (grid[best - 1], grid[best + 1])
    for _ in 0..<80 {
      let middle = (lower + upper) / 2
      if slope(middle) > 0 { lower = middle } else { upper = middle }
    }
    return shrinkage { $0(exp((lower + upper) / 2)) }
  }
}

/// `C = (σ_w²/d) X Xᵀ` in its eigenbasis.
struct KernelSpectrum: Sendable {
  /// The values c_k ≥ 0.
  let values: [Double]
  /// The labels y_k.
  let labels: [Double]
  let noise: Double
  private let vectors: [[Double]]

  init(inputs: [[Double]], inputVariance: Double, noise: Double, labels: [Double]) throws(DataFault) {
    let count = inputs.count
    guard count > 0, labels.count == count else { throw .shape(data: count, kernelEntries: count * count, labels: labels.count) }
    guard noise > 0, noise.isFinite else { throw .number(datum: 0, what: "noise", value: noise) }
    for (datum, value) in labels.enumerated() where !value.isFinite { throw .number(datum: datum, what: "label", value: value) }
    for (datum, row) in inputs.enumerated() {
      for value in row where !value.isFinite { throw .number(datum: datum, what: "input", value: value) }
    }
    let matrix = inputs.flatMap { a in inputs.map { b in inputVariance * zip(a, b).reduce(0.0) { $0 + $1.0 * $1.1 } } }
    let problem = SymmetricEigenproblem(matrix, size: count)
    values = problem.values.map { max(0, $0) }
    vectors = problem.vectors
    self.noise = noise
    self.labels = vectors.map { zip($0, labels).reduce(0.0) { $0 + $1.0 * $1.1 } }
  }

  func rotated(_ b: [Double]) -> [Double] { vectors.map { zip($0, b).reduce(0.0) { $0 + $1.0 * $1.1 } } }

  /// `Σ_k −½ ln(1 + Q c_k/T) − y_k²/2(Q c_k + T)`.
  func logLikelihood(_ q: Double) -> Double {
    values.indices.reduce(0.0) {
      $0 - 0.5 * log1p(q * values[$1] / noise) - labels[$1] * labels[$1] / (2 * (q * values[$1] + noise))
    }
  }
}
