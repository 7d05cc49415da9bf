// SPDX-License-Identifier: GPL-3.0-or-later

/// The quantities that are both measured and predicted: the vocabulary in which the two sides meet.
///
/// "connected" always means cumulant. Positions are in the units of the theory file.
public enum CorrelationFunction: Sendable, Hashable {
  /// `G_n = <φ(x1)…φ(xn)>`, the full n-point function.
  case moment([Point])
  /// `G_n,c`, the joint cumulant of `φ(x1)…φ(xn)`.
  case cumulant([Point])
  /// `<φ_a(x1) φ_b(x2) …>_c`, the joint cumulant of components a, b, … of the field, counted from 0; everything else speaks of one component alone.
  case componentCumulant([Int], [Point])
  /// `G(p) = <|φ(p)|²>/V` at `p_μ = 2π n_μ/(a L_μ)` of a periodic lattice, `φ(p) = a^d Σ_x e^{-ipx} φ(x)`; the
  /// argument is the integer mode n.
  case propagator(mode: [Int])
  /// `χ_n = κ_n(Φ)/V` with `Φ = a^d Σ_x φ(x)` over the sites of the lattice, κ_n the n-th cumulant.
  case zeroMomentumCumulant(order: Int)
  /// `U = 1 − <Φ⁴>/(3 <Φ²>²)`.
  case binderCumulant
  /// `<|Φ|>/V`, the order parameter of a finite volume, where `<Φ>` vanishes in the broken phase too.
  case absoluteZeroMode
  /// `(<Φ²> − <|Φ|>²)/V`, the susceptibility about either of two signs.
  case foldedSusceptibility
  /// `T(q1..q4) = V^{-1} <φ(q1) φ(q2) φ(q3) φ(q4)>_c` of a periodic lattice, φ(q) as in ``propagator(mode:)``; four integer modes. It vanishes
  /// unless they add up to zero modulo the extents.
  case trispectrum(modes: [[Int]])
  /// `<φ(x)^m; φ(y)^n> = <φ(x)^m φ(y)^n> − <φ(x)^m> <φ(y)^n>`.
  case compositeCumulant(Int, Point, Int, Point)
  /// `<(φ(x) − φ(y))²>`. Apart from its moments, because these cancel where the points are near each other.
  case squaredDifference(Point, Point)
  /// `κ_n(φ(x))/κ_2(φ(x))^{n/2}` at one point.
  case standardisedCumulant(order: Int, Point)
  /// The probability density of φ(x), averaged over `lower ≤ φ < upper`; either may be infinite, then the probability itself.
  case density(lower: Double, upper: Double, Point)
  /// `<e^{iqφ(x)} e^{−iqφ(y)}> = <cos q(φ(x) − φ(y))>`.
  case vertexCorrelator(charge: Double, Point, Point)
  /// `m(t) = a^{-1} arcosh[(C(t+a) + C(t−a))/(2 C(t))]` of the connected time slices of a periodic lattice, C the sum of ``propagator(mode:)`` over the
  /// first axis, `C(t, k) = (a L_1)^{-1} Σ_{n_1} cos(p_1 t) G(p_1, k)`, less its disconnected part at k = 0 where `<φ>` does not vanish; t = `step` lattice
  /// spacings, k the integer mode along the other axes.
  case effectiveMass(step: Int, mode: [Int])

  /// The number n of fields in it: the points, where it has points.
  public var order: Int {
    switch self {
    case .zeroMomentumCumulant(let order): order
    case .propagator, .effectiveMass, .absoluteZeroMode, .foldedSusceptibility: 2
    case .binderCumulant, .trispectrum: 4
    default: points.count
    }
  }

  /// The points of an n-point function; none for momentum-space quantities.
  public var points: [Point] {
    switch self {
    case .moment(let points), .cumulant(let points), .componentCumulant(_, let points): points
    case .compositeCumulant(let m, let x, let n, let y):
      [Point](repeating: x, count: m) + [Point](repeating: y, count: n)
    case .standardisedCumulant(let order, let x): [Point](repeating: x, count: order)
    case .density(_, _, let x): [x, x]
    case .vertexCorrelator(_, let x, let y), .squaredDifference(let x, let y): [x, y]
    case .propagator, .zeroMomentumCumulant, .binderCumulant, .absoluteZeroMode, .foldedSusceptibility, .trispectrum,
      .effectiveMass:
      []
    }
  }
}

extension CorrelationFunction {
  /// `<(φ(x) − φ(y))²> = G(x,x) + G(y,y) − 2 G(x,y)` from values good to 1e-13; nil where fewer than six figures would be left.
  public static func squaredDifference(_ xx: Double?, _ yy: Double?, _ xy: Double?) -> Double? {
    guard let xx, let yy, let xy else { return nil }
    let value = xx + yy - 2 * xy
    return abs(value) >= 1e-7 * (abs(xx) + abs(yy)) ? value : nil
  }
}

/// What one table row estimates: a weighted sum of correlation functions, and a constant where the quantity has one.
///
/// A radial shell is the average over its displacements with the very weights the estimator uses, so that the exact
/// value of a row is exact even where the function is not rotation invariant.
public struct RowTarget: Sendable {
  /// The terms and their weights.
  public let terms: [(weight: Double, function: CorrelationFunction)]

  /// A single correlation function.
  public init(_ function: CorrelationFunction) { self.init(terms: [(1, function)]) }

  /// What is added to the sum.
  public let constant: Double

  /// A weighted sum; the weights are given as they are.
  public init(constant: Double = 0, terms: [(weight: Double, function: CorrelationFunction)]) {
    (self.constant, self.terms) = (constant, terms)
  }
}
