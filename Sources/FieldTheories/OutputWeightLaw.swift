// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import NumericalKernels

/// The law of the output weights `v = √N w`, scaled to a stated second moment μ2 = σ².
///
/// | law       | v/σ                               | ρ4 = μ4/μ2² | ρ6 = μ6/μ2³ | ρ8 = μ8/μ2⁴ |
/// |-----------|-----------------------------------|-------------|-------------|-------------|
/// | gaussian  | N(0,1)                            | 3           | 15          | 105         |
/// | constant  | ±1, equally likely                | 1           | 1           | 1           |
/// | uniform   | U(−√3, √3)                        | 9/5         | 27/7        | 9           |
/// | laplace   | density ½√2 exp(−√2 |v|)          | 6           | 90          | 2520        |
/// | rayleigh  | v > 0, v² exponential of mean 1   | 2           | 6           | 24          |
///
/// "rayleigh" is positive, so odd moments vanish only under a uniform phase: with it and a cosine neuron it is a complex
/// Gaussian weight. Source: docs/conventions.md; moments elementary.
public struct OutputWeightLaw: Sendable, Hashable {
  /// The registered laws.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The normal law.
    case gaussian
    /// ±σ with equal probability.
    case constant
    /// The flat law.
    case uniform
    /// Double exponential.
    case laplace
    /// Positive; modulus of a complex normal.
    case rayleigh
  }

  /// The kind of the law.
  public let kind: Kind
  /// Variance σ² = <v²>.
  public let variance: Double

  /// A law with `<v²> = variance`.
  public init(_ kind: Kind, variance: Double) {
    precondition(variance > 0 && variance.isFinite, "OutputWeightLaw: variance \(variance)")
    self.kind = kind
    self.variance = variance
  }

  /// `ρ_n = μ_n/μ2^{n/2}`, n even: (n−1)!!, 1, 3^{n/2}/(n+1), n!/2^{n/2}, (n/2)!.
  public func standardisedMoment(_ order: Int) -> Double {
    precondition(order % 2 == 0 && order >= 0, "OutputWeightLaw: moment \(order)")
    func product(_ factor: (Double) -> Double) -> Double {
      (0..<order / 2).reduce(1.0) { $0 * factor(Double($1)) }
    }
    switch kind {
    case .gaussian: return product { 2 * $0 + 1 }
    case .constant: return 1
    case .uniform: return product { _ in 3 } / Double(order + 1)
    case .laplace: return product { (2 * $0 + 1) * ($0 + 1) }
    case .rayleigh: return product { $0 + 1 }
    }
  }

  /// `μ_n = <v^n>`, n even.
  public func moment(_ order: Int) -> Double {
    standardisedMoment(order) * pow(variance, Double(order / 2))
  }

  /// Draws v for `count` neurons of network `draw`. `scratch` holds `count` numbers.
  public func draw(
    _ stream: RandomStream, draw: UInt64, count: Int, into weights: UnsafeMutablePointer<Double>,
    scratch: UnsafeMutablePointer<Double>
  ) {
    let sigma = variance.squareRoot()
    if kind == .gaussian {
      stream.normalPairs(use: .outputWeight, draw: draw, count: count, first: weights, second: scratch)
      for i in 0..<count { weights[i] *= sigma }
      return
    }
    stream.uniformPairs(use: .outputWeight, draw: draw, count: count, first: weights, second: scratch)
    for i in 0..<count {
      let u = weights[i]
      switch kind {
      case .gaussian: break
      case .constant: weights[i] = u < 0.5 ? -sigma : sigma
      case .uniform: weights[i] = sigma * 12.0.squareRoot() * (u - 0.5)
      case .laplace:
        let magnitude = -log(u < 0.5 ? 2 * u : 2 * (1 - u)) / 2.0.squareRoot()
        weights[i] = u < 0.5 ? -sigma * magnitude : sigma * magnitude
      case .rayleigh: weights[i] = sigma * (-log(u)).squareRoot()
      }
    }
  }
}

extension OutputWeightLaw.Kind {
  /// One line for lists.
  public var summary: String {
    switch self {
    case .gaussian: "normal; mu4/mu2^2 = 3"
    case .constant: "+-sigma, equally likely; mu4/mu2^2 = 1"
    case .uniform: "flat; mu4/mu2^2 = 9/5"
    case .laplace: "double exponential; mu4/mu2^2 = 6"
    case .rayleigh: "positive, modulus of a complex normal; needs a uniform phase; mu4/mu2^2 = 2"
    }
  }
}
