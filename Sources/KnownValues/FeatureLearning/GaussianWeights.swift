// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import FieldTheories
import NumericalKernels

/// A net of one hidden layer under data whose neurons are taken to be independent and Gaussian: the best such law, level C of kernel adaptation for any data and any σ.
///
///     φ = N^{-1/2} Σ_i v_i σ(w_i·x),   w ~ N(0, Λ_0^{-1}) a priori,   Q_μν(Σ) = σ_v² <σ(w·x_μ) σ(w·x_ν)>_{w ~ N(0,Σ)},   t = (Q + T)^{-1} y,
///     Σ^{-1} = Λ_0 − (1/N) ∂(t·Q t)/∂Σ at fixed t,
///
/// where a bias is the weight of an input that is always 1. These are the equations ∂F = 0 of the free energy
///
///     F(Σ) = N [½ tr Λ_0 Σ − ½ ln det Σ] + ½ y·(Q(Σ) + T)^{-1} y,
///
/// whose natural gradient is Σ^{-1} less the right side: steps `Σ^{-1} → (1 − ρ) Σ^{-1} + ρ (right side)` with ρ ≤ 1 halved until F falls, from the prior on. Of several minima it is that
/// which the prior leads to. The predictor is that of the Gaussian process with the kernel Q(Σ).
///
/// A mean-field statement: exact for linear neurons as N, 1/σ_v² and 1/T grow together at fixed data (there it is the tree of ``LinearNetworkPosterior``), for others as far as the law of a neuron is
/// Gaussian; corrections are of order P/N (ln det, left out here) and 1/N. Source: arXiv:2310.03789 for the mean field. Accuracy 1e-11 of its equations; cost P² (D + 1)² a step, tens of steps.
public struct GaussianWeights: Sendable {
  /// Σ, row-major over the inputs and, where there is one, the bias.
  public let covariance: [Double]
  /// The Gaussian process of the adapted kernel.
  public let posterior: GaussianProcessPosterior
  /// F less its value of the prior's Σ: below zero where the kernel adapts.
  public let freeEnergy: Double
  /// Steps taken.
  public let steps: Int
  private let activation: Activation
  private let outputVariance: Double
  private let hasBias: Bool

  /// From N, σ, the variances of each input's weight and of the bias, σ_v², inputs (a row each), noises and labels. Nil where σ has no kernel, or no step lowers F before the equations hold; data faults as
  /// those of ``GaussianProcessPosterior``.
  public init?(
    neurons: Int, activation: Activation, inputVariance: Double, biasVariance: Double, outputVariance: Double, inputs: [[Double]],
    noise: [Double], labels: [Double]
  ) throws(DataFault) {
    let hasBias = biasVariance > 0
    let x = hasBias ? inputs.map { $0 + [1] } : inputs
    let (n, size) = (Double(neurons), x[0].count)
    let stiffness = (0..<size).map { $0 < inputs[0].count ? 1 / inputVariance : 1 / biasVariance }
    (self.activation, self.outputVariance, self.hasBias) = (activation, outputVariance, hasBias)

    /// Σ of a precision and ½ ln det of it; nil where it is not positive.
    func inverse(_ precision: [Double]) -> (covariance: [Double], halfLog: Double)? {
      guard let factor = CholeskyDecomposition(precision, size: size, leastPivot: 0) else { return nil }
      var covariance = [Double](repeating: 0, count: size * size)
      for column in 0..<size {
        var unit = [Double](repeating: 0, count: size)
        unit[column] = 1
        factor.solve(&unit)
        for row in 0..<size { covariance[row * size + column] = unit[row] }
      }
      return (covariance, factor.logDeterminant / 2)
    }
    func state(_ precision: [Double]) throws(DataFault) -> State? {
      guard let (covariance, halfLog) = inverse(precision),
        let kernel = Self.kernel(activation, outputVariance, x, x, covariance)
      else { return nil }
      let posterior = try GaussianProcessPosterior(kernel: kernel.flatMap { $0 }, noise: noise, labels: labels)
      let pull = zip(labels, posterior.pinForces).reduce(0.0) { $0 + $1.0 * $1.1 }
      let trace = (0..<size).reduce(0.0) { $0 + stiffness[$1] * covariance[$1 * size + $1] }
      var own = State(
        precision: precision, covariance: covariance, posterior: posterior, value: n * (trace / 2 + halfLog) + pull / 2)
      guard let slope = Self.slope(activation, outputVariance, x, own) else { return nil }
      for i in precision.indices {
        let wanted = i % (size + 1) == 0 ? stiffness[i % size] : 0
        own.change.append(wanted - slope[i] / n - precision[i])
      }
      own.residual = own.change.map(abs).max()! / precision.map(abs).max()!
      return own
    }
    var prior = [Double](repeating: 0, count: size * size)
    for i in 0..<size { prior[i * size + i] = stiffness[i] }
    guard var own = try state(prior) else { return nil }
    let start = own.value
    var (taken, share) = (0, 1.0)
    while taken < 5000 {
      taken += 1
      if own.residual < 1e-14 { break }
      share = min(1, 2 * share)
      var next: State?
      while share > 1e-12 {
        let trial = zip(own.precision, own.change).map { $0 + share * $1 }
        // Where differences of F drown in its rounding, what is left of the equations decides.
        if let there = try state(trial) {
          let (fall, rounding) = (own.value - there.value, 1e-12 * (abs(own.value) + abs(start)))
          if fall > rounding || fall > -rounding && there.residual < own.residual {
            next = there
            break
          }
        }
        share /= 2
      }
      // At the limit of rounding no step betters anything.
      if next == nil, own.residual < 1e-9 { break }
      guard let next else { return nil }
      own = next
    }
    (covariance, posterior, steps, freeEnergy) = (own.covariance, own.posterior, taken, own.value - start)
  }

  private struct State {
    let precision, covariance: [Double]
    let posterior: GaussianProcessPosterior
    let value: Double
    /// The natural gradient of F less the sign, and its greatest entry against that of Σ^{-1}.
    var change: [Double] = []
    var residual = 0.0
  }

  /// `a·Σ b`.
  private static func form(_ a: [Double], _ matrix: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for i in a.indices { for j in b.indices { sum += a[i] * matrix[i * b.count + j] * b[j] } }
    return sum
  }

  /// Q between two lists of inputs; nil where σ has none.
  private static func kernel(
    _ activation: Activation, _ variance: Double, _ a: [[Double]], _ b: [[Double]], _ covariance: [Double]
  ) -> [[Double]]? {
    let (own, other) = (a.map { form($0, covariance, $0) }, b.map { form($0, covariance, $0) })
    var rows: [[Double]] = []
    for i in a.indices {
      var row: [Double] = []
      for j in b.indices {
        guard let value = activation.kernel(own[i], other[j], form(a[i], covariance, b[j])) else { return nil }
        row.append(variance * value)
      }
      rows.append(row)
    }
    return rows
  }

  /// `∂(t·Q t)/∂Σ` at fixed t, row-major.
  private static func slope(_ activation: Activation, _ variance: Double, _ x: [[Double]], _ state: State) -> [Double]? {
    let (size, t) = (x[0].count, state.posterior.pinForces)
    let own = x.map { form($0, state.covariance, $0) }
    var result = [Double](repeating: 0, count: size * size)
    for i in x.indices {
      for j in x.indices {
        guard let change = activation.kernelGradient(own[i], own[j], form(x[i], state.covariance, x[j])) else { return nil }
        let weight = variance * t[i] * t[j]
        for a in 0..<size {
          for b in 0..<size {
            result[a * size + b] +=
              weight
              * (change.xx * x[i][a] * x[i][b] + change.yy * x[j][a] * x[j][b]
                + change.xy / 2 * (x[i][a] * x[j][b] + x[j][a] * x[i][b]))
          }
        }
      }
    }
    return result
  }

  private func extended(_ points: [[Double]]) -> [[Double]] { hasBias ? points.map { $0 + [1] } : points }

  /// Q(Σ) between two lists of inputs.
  public func kernel(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
    // Known at the data, so known.
    Self.kernel(activation, outputVariance, extended(a), extended(b), covariance)!
  }

  /// The predictor at test points.
  public func mean(_ points: [[Double]], inputs: [[Double]]) -> [Double] { posterior.mean(kernel(points, inputs)) }
}
