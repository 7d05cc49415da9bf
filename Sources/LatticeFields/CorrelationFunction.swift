// SPDX-License-Identifier: GPL-3.0-or-later

/// The quantities that are both measured and predicted: the vocabulary in which the two sides meet.
///
/// "connected" always means cumulant. Positions are in the units of the theory file.
public enum CorrelationFunction: Sendable, Hashable {
  /// `G_n = <φ(x1)…φ(xn)>`, the full n-point function.
  case moment([Point])
  /// `G_n,c`, the joint cumulant of `φ(x1)…φ(xn)`.
  case cumulant([Point])
  /// `G(p) = <|φ(p)|²>/V` at `p_μ = 2π n_μ/(a L_μ)` of a periodic lattice, `φ(p) = a^d Σ_x e^{-ipx} φ(x)`; the
  /// argument is the integer mode n.
  case propagator(mode: [Int])
  /// `χ_n = κ_n(Φ)/V` with `Φ = a^d Σ_x φ(x)` over the sites of the lattice, κ_n the n-th cumulant.
  case zeroMomentumCumulant(order: Int)
  /// `U = 1 − <Φ⁴>/(3 <Φ²>²)`.
  case binderCumulant

  /// The number n of fields in it.
  public var order: Int {
    switch self {
    case .moment(let points), .cumulant(let points): points.count
    case .propagator: 2
    case .zeroMomentumCumulant(let order): order
    case .binderCumulant: 4
    }
  }

  /// The points of an n-point function; none for momentum-space quantities.
  public var points: [Point] {
    switch self {
    case .moment(let points), .cumulant(let points): points
    case .propagator, .zeroMomentumCumulant, .binderCumulant: []
    }
  }
}

/// What one table row estimates: a weighted sum of correlation functions whose weights add up to 1.
///
/// A radial shell is the average over its displacements with the very weights the estimator uses, so that the exact
/// value of a row is exact even where the function is not rotation invariant.
public struct RowTarget: Sendable {
  /// The terms and their weights.
  public let terms: [(weight: Double, function: CorrelationFunction)]

  /// A single correlation function.
  public init(_ function: CorrelationFunction) { terms = [(1, function)] }

  /// A weighted sum; the weights are given as they are.
  public init(terms: [(weight: Double, function: CorrelationFunction)]) { self.terms = terms }
}
