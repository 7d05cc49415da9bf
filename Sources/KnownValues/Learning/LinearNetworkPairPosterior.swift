// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif

/// A two-layer linear network of two outputs under data, exact at every width: `f_c = Σ_i A_ci w_i·x`, `w_ij ~ N(0, σ_w²/d)`, `A_ci ~ N(0, s²/N)`.
///
/// Given A the outputs are Gaussian with covariance `S ⊗ C`, `S = A Aᵀ ~ Wishart_2(N, s²/N)`; in the eigenbasis of C, with labels y_k in R²,
///
///     weight(S) = ∏_k det(1 + S c_k/T)^{-½} exp(−½ y_kᵀ (S c_k + T)^{-1} y_k),     <f(x)> = Σ_k k(x,X)_k <S (S c_k + T)^{-1}> y_k.
///
/// Bartlett's decomposition `S = (s²/N) L Lᵀ`, `L = ((√χ²_N, 0), (n, √χ²_{N−1}))`, and the trapezoidal rule in both ln χ² and in n. Accuracy 1e-10;
/// N ≥ 2; a second at most. Source: docs/physics/learning-exact.md.
public struct LinearNetworkPairPosterior: Sendable {
  /// `ln Z = ln <e^{−I_D}>_0`.
  public let logPartition: Double
  /// `<S>`: 11, 12, 22.
  public let meanScale: [Double]
  private let inputs: [[Double]]
  private let inputVariance: Double
  private let spectra: [KernelSpectrum]
  /// `<S (S c_k + T)^{-1}> y_k`, two components for each k.
  private let response: [(Double, Double)]

  /// From N ≥ 2, s², σ_w², T, inputs (a row each), and the labels of either output.
  public init(
    width: Int, outputVariance: Double, inputVariance: Double, noise: Double, inputs: [[Double]], labels: ([Double], [Double])
  ) throws(DataFault) {
    precondition(width >= 2)
    let perInput = inputVariance / Double(inputs[0].count)
    let first = try KernelSpectrum(inputs: inputs, inputVariance: perInput, noise: noise, labels: labels.0)
    let second = try KernelSpectrum(inputs: inputs, inputVariance: perInput, noise: noise, labels: labels.1)
    (self.inputs, self.inputVariance, spectra) = (inputs, perInput, [first, second])
    let c = first.values
    let square = (labels.0 + labels.1).reduce(0) { $0 + $1 * $1 }
    // Of the weight of a typical S: what lies farther below it than rounding is left out.
    let floor = -45 + first.logLikelihood(outputVariance) + second.logLikelihood(outputVariance)
    func law(_ n: Int) -> [(value: Double, logWeight: Double)] {
      let nodes = QuadraticScale(widths: [n], variances: [Double(n)], greatest: 1 + square / noise, step: 0.3).nodes
      return nodes.filter { $0.logWeight > floor }
    }
    let (chi, rest) = (law(width), law(width - 1))
    let step = 0.2
    let normals = (-44...44).map { (step * Double($0), -step * step * Double($0 * $0) / 2 + log(step) - 0.5 * log(2 * .pi)) }
    let scale = outputVariance / Double(width)
    var (top, sum) = (-Double.infinity, 0.0)
    var scales = SIMD4<Double>.zero
    var responses = [(Double, Double)](repeating: (0, 0), count: c.count)
    for (a, weightA) in chi {
      for (n, weightN) in normals where weightA + weightN > floor {
        for (b, weightB) in rest where weightA + weightN + weightB > floor {
          let (s11, s12, s22) = (scale * a, scale * a.squareRoot() * n, scale * (n * n + b))
          var logWeight = weightA + weightN + weightB
          for k in c.indices {
            let (m11, m12, m22) = (s11 * c[k] + noise, s12 * c[k], s22 * c[k] + noise)
            let determinant = m11 * m22 - m12 * m12
            let (y1, y2) = (first.labels[k], second.labels[k])
            logWeight -= 0.5 * log(determinant / (noise * noise))
            logWeight -= 0.5 * (m22 * y1 * y1 - 2 * m12 * y1 * y2 + m11 * y2 * y2) / determinant
          }
          if logWeight > top {
            // The sums are kept relative to the largest weight so far.
            let shrink = exp(top - logWeight)
            top = logWeight
            sum *= shrink
            scales *= shrink
            for k in c.indices { responses[k] = (responses[k].0 * shrink, responses[k].1 * shrink) }
          }
          let weight = exp(logWeight - top)
          guard weight > 1e-20 else { continue }
          sum += weight
          scales += weight * SIMD4(s11, s12, s22, 0)
          for k in c.indices {
            let (m11, m12, m22) = (s11 * c[k] + noise, s12 * c[k], s22 * c[k] + noise)
            let determinant = m11 * m22 - m12 * m12
            let t1 = (m22 * first.labels[k] - m12 * second.labels[k]) / determinant
            let t2 = (m11 * second.labels[k] - m12 * first.labels[k]) / determinant
            responses[k].0 += weight * (s11 * t1 + s12 * t2)
            responses[k].1 += weight * (s12 * t1 + s22 * t2)
          }
        }
      }
    }
    logPartition = top + log(sum)
    meanScale = (0..<3).map { scales[$0] / sum }
    response = responses.map { ($0.0 / sum, $0.1 / sum) }
  }

  /// `<f_1(x)>, <f_2(x)>` at each point.
  public func mean(_ points: [[Double]]) -> [(Double, Double)] {
    points.map { x in
      let cross = spectra[0].rotated(inputs.map { row in inputVariance * zip(row, x).reduce(0.0) { $0 + $1.0 * $1.1 } })
      return zip(cross, response).reduce((0.0, 0.0)) { ($0.0 + $1.0 * $1.1.0, $0.1 + $1.0 * $1.1.1) }
    }
  }
}
