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
/// | sphere    | uniform on |v|² = D               | 3D/(D+2)    | …           | …           |
///
/// A network of D outputs has D weights a neuron, `<v_a v_b> = σ² δ_ab`: independent ones of these laws, or a vector uniform on the sphere, whose moments here are
/// those of one component, `ρ_n = D^{n/2} (n−1)!!/(D (D+2) … (D+n−2))`. The gaussian law and the sphere are invariant under O(D).
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
    /// Uniform on the sphere in the space of outputs; ±σ of one output.
    case sphere

    /// Whether the law of several outputs knows no direction among them.
    public var isIsotropic: Bool { self == .gaussian || self == .sphere }
  }

  /// The kind of the law.
  public let kind: Kind
  /// Variance σ² = <v²>.
  public let variance: Double
  /// Number D of outputs, and of weights a neuron has.
  public var outputs = 1

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
    case .sphere:
      let d = Double(outputs)
      return product { d * (2 * $0 + 1) / (d + 2 * $0) }
    }
  }

  /// `μ_n = <v^n>`, n even.
  public func moment(_ order: Int) -> Double {
    standardisedMoment(order) * pow(variance, Double(order / 2))
  }

  /// `<v_a v_b v_c …>` of the weights of one neuron for outputs a, b, c, … counted from 0: of independent components a product of their moments, on the sphere
  /// `σ^n D^{n/2} ∏_a (n_a − 1)!!/(D (D+2) … (D+n−2))` with n_a the multiplicity of a. Source: G. B. Folland, Amer. Math. Monthly 108 (2001) 446.
  public func moment(outputs list: [Int]) -> Double {
    var counts: [Int: Int] = [:]
    for output in list { counts[output, default: 0] += 1 }
    guard counts.values.allSatisfy({ $0 % 2 == 0 }) else { return 0 }
    let powers = counts.sorted { $0.key < $1.key }.map(\.value)
    guard kind == .sphere else { return powers.reduce(1.0) { $0 * moment($1) } }
    let gaussian = OutputWeightLaw(.gaussian, variance: 1)
    return moment(list.count) * powers.reduce(1.0) { $0 * gaussian.moment($1) } / gaussian.moment(list.count)
  }

  /// Draws v for `count` neurons of network `draw`, output after output; block b of the counter serves outputs 2b and 2b+1. `scratch` holds `count` numbers.
  public func draw(
    _ stream: RandomStream, draw: UInt64, count: Int, into weights: UnsafeMutablePointer<Double>,
    scratch: UnsafeMutablePointer<Double>
  ) {
    for output in stride(from: 0, to: outputs, by: 2) {
      let first = weights + output * count
      let second = output + 1 < outputs ? first + count : scratch
      let block = UInt32(output / 2)
      if kind.isIsotropic {
        stream.normalPairs(use: .outputWeight, draw: draw, block: block, count: count, first: first, second: second)
      } else {
        stream.uniformPairs(use: .outputWeight, draw: draw, block: block, count: count, first: first, second: second)
      }
    }
    if kind == .sphere { return project(weights, count) }
    let sigma = variance.squareRoot()
    if kind == .gaussian {
      for i in 0..<count * outputs { weights[i] *= sigma }
      return
    }
    for i in 0..<count * outputs {
      let u = weights[i]
      switch kind {
      case .gaussian, .sphere: break
      case .constant: weights[i] = u < 0.5 ? -sigma : sigma
      case .uniform: weights[i] = sigma * 12.0.squareRoot() * (u - 0.5)
      case .laplace:
        let magnitude = -log(u < 0.5 ? 2 * u : 2 * (1 - u)) / 2.0.squareRoot()
        weights[i] = u < 0.5 ? -sigma * magnitude : sigma * magnitude
      case .rayleigh: weights[i] = sigma * (-log(u)).squareRoot()
      }
    }
  }

  /// Brings the vectors of normal deviates to the sphere |v|² = D σ².
  private func project(_ weights: UnsafeMutablePointer<Double>, _ count: Int) {
    let radius = (Double(outputs) * variance).squareRoot()
    for i in 0..<count {
      let squares = (0..<outputs).reduce(0.0) { $0 + weights[$1 * count + i] * weights[$1 * count + i] }
      for a in 0..<outputs { weights[a * count + i] *= radius / squares.squareRoot() }
    }
  }
}

extension OutputWeightLaw {
  /// The law in words: its name, and the number of outputs where they are several.
  public var name: String { kind.rawValue + (outputs == 1 ? "" : " of \(outputs) outputs") }
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
    case .sphere: "uniform on the sphere |v|^2 = D sigma^2 of D outputs (+-sigma of one); mu4/mu2^2 = 3D/(D+2)"
    }
  }
}
