// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// An estimate together with its leave-one-bin-out replicas: a number that knows its own error.
///
/// Arithmetic acts on the estimate and on every replica alike. With bins of weights m_j, n = Σ m_j, h_j = n/m_j
/// the delete-m_j jackknife is (Busing, Meijer, van der Leeden, Stat. Comput. 9 (1999) 3, eqs. 3-5)
///
///     θ_J = g θ̂ − Σ_j (1 − m_j/n) θ_(j)                     (bias corrected)
///     σ²  = (1/g) Σ_j (τ_j − θ_J)²/(h_j − 1),  τ_j = h_j θ̂ − (h_j − 1) θ_(j)
///
/// which for equal bins is the textbook `(g−1)/g Σ (θ_(j) − θ̄)²`. For a linear function it is the standard error.
public struct JackknifeSamples: Sendable {
  /// The estimate from all bins.
  public let value: Double
  /// The estimate without bin j.
  public let replicas: [Double]
  /// The weights of the bins.
  public let weights: [Double]
  /// Coefficients that were fitted on the bins beforehand (``ControlVariateBasis``).
  public private(set) var fittedCoefficients = 0

  /// An estimate and its replicas, one per bin.
  public init(value: Double, replicas: [Double], weights: [Double]) {
    precondition(replicas.count == weights.count)
    self.value = value
    self.replicas = replicas
    self.weights = weights
  }

  /// The same samples from bins on which `coefficients` were fitted: as many degrees of freedom fewer.
  public func withFittedCoefficients(_ coefficients: Int) -> JackknifeSamples {
    var samples = self
    samples.fittedCoefficients = coefficients
    return samples
  }

  /// Applies any function to the estimate and to each replica.
  public func map(_ function: (Double) -> Double) -> JackknifeSamples {
    JackknifeSamples(value: function(value), replicas: replicas.map(function), weights: weights).withFittedCoefficients(
      fittedCoefficients)
  }

  private func combined(
    _ other: JackknifeSamples, _ function: (Double, Double) -> Double
  ) -> JackknifeSamples {
    precondition(weights == other.weights, "JackknifeSamples from different bins")
    return JackknifeSamples(
      value: function(value, other.value),
      replicas: zip(replicas, other.replicas).map(function), weights: weights
    ).withFittedCoefficients(max(fittedCoefficients, other.fittedCoefficients))
  }

  /// The sum, replica by replica.
  public static func + (a: JackknifeSamples, b: JackknifeSamples) -> JackknifeSamples { a.combined(b, +) }
  /// The difference, replica by replica.
  public static func - (a: JackknifeSamples, b: JackknifeSamples) -> JackknifeSamples { a.combined(b, -) }
  /// Product of two estimates: biased at O(1/bins); for a bias-free product of means use ``BinnedMeans/product(_:_:)``.
  public static func * (a: JackknifeSamples, b: JackknifeSamples) -> JackknifeSamples { a.combined(b, *) }
  /// Ratio; biased at O(1/bins), see ``biasCorrected``.
  public static func / (a: JackknifeSamples, b: JackknifeSamples) -> JackknifeSamples { a.combined(b, /) }
  /// Scaled estimate.
  public static func * (factor: Double, a: JackknifeSamples) -> JackknifeSamples { a.map { factor * $0 } }

  /// The deviations `d_j` with `covariance(a,b) = Σ_j d_j(a) d_j(b)`: `(τ_j − θ_J)/√(g (h_j − 1))`.
  public var deviations: [Double] {
    let n = weights.reduce(0, +)
    let g = Double(weights.count)
    let centre = jackknifeMean
    return zip(replicas, weights).map { replica, m in
      let h = n / m
      return (h * value - (h - 1) * replica - centre) / (g * (h - 1)).squareRoot()
    }
  }

  private var jackknifeMean: Double {
    let n = weights.reduce(0, +)
    return Double(weights.count) * value
      - zip(replicas, weights).reduce(0) { $0 + (1 - $1.1 / n) * $1.0 }
  }

  /// The standard error σ; with fewer than two bins it is undefined and returned as infinity.
  public var error: Double {
    guard weights.count > 1 else { return .infinity }
    return ScaledNumbers(deviations).norm
  }

  /// The same estimate with its leading O(1/bins) bias removed: value θ_J, replicas unchanged up to the common shift.
  public var biasCorrected: JackknifeSamples {
    let shift = jackknifeMean - value
    return map { $0 + shift }
  }

  /// Degrees of freedom of ``error``: bins − 1, less the fitted coefficients.
  public var degreesOfFreedom: Int { weights.count - 1 - fittedCoefficients }
}
