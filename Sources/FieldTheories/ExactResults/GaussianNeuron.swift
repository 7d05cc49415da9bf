// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import LatticeFields
import NumericalKernels

/// Averages over one neuron σ(z_i) with jointly Gaussian pre-activations of any rank r,
///
///     z_i = Σ_j rows[i][j] g_j,   g ~ N(0, 1) independent.
///
/// Pre-activations at points of R^d have rank at most d, and d + 1 with a bias; two points have rank two, whatever d is. Relu is integrated
/// over directions (the radius is done), linear ones follow Wick's theorem, tanh and erf by the trapezoidal rule, which converges geometrically for analytic functions
/// (Trefethen, Weideman, SIAM Review 56 (2014) 385). All to about 1e-13 of the largest term. Nil beyond r = 3, where the pre-activations
/// are so large that the rule would need more than ``mostEvaluations``, and of cosine and sine, whose moments are sums of exponentials elsewhere.
struct GaussianNeuron {
  let activation: Activation
  let rows: [[Double]]
  /// Whether the trapezoidal rule takes one half of its first axis and doubles it: right for odd σ only, in averages of even order.
  var halvesFirstAxis: Bool

  /// How averages are made.
  private enum Way {
    case wick, directions, trapezoidalRule
  }

  private var way: Way? {
    switch activation {
    case .linear: .wick
    case .relu: .directions
    case .erf, .tanh: .trapezoidalRule
    case .cosine, .sine: nil
    }
  }

  /// Evaluations of σ that an average may cost, a fifteenth of a second: tables have hundreds of them.
  static let mostEvaluations = 2e7

  /// The rows themselves, all of one length, none of them zero.
  init(_ activation: Activation, rows: [[Double]]) {
    self.activation = activation
    self.rows = rows
    halvesFirstAxis = activation.isOdd
  }

  /// Pre-activations `z(x) = w·x + b`, w ~ N(0, σ_w²/d) per component and b ~ N(0, σ_b²); nil where one of them is identically zero
  /// or there is none.
  ///
  /// Columns come from an orthonormal basis of the points' directions, the largest remainder first; remainders below 1e-13 are rounding.
  init?(_ activation: Activation, points: [Point], dimension: Int, sigmaW: Double, sigmaB: Double) {
    let scale = sigmaW / Double(dimension).squareRoot()
    let vectors = points.map { x in (0..<dimension).map { scale * x[$0] } + [sigmaB] }
    let norms = vectors.map { $0.reduce(0) { hypot($0, $1) } }
    guard !norms.isEmpty, norms.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    var rest = zip(vectors, norms).map { vector, norm in vector.map { $0 / norm } }
    var rows = [[Double]](repeating: [], count: points.count)
    while true {
      let lengths = rest.map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
      let pivot = lengths.indices.max { lengths[$0] < lengths[$1] }!
      guard lengths[pivot] > 1e-13, rows[0].count <= dimension else { break }
      let basis = rest[pivot].map { $0 / lengths[pivot] }
      for i in rest.indices {
        // Twice, for orthogonality to rounding.
        var component = 0.0
        for _ in 0..<2 {
          let part = zip(basis, rest[i]).reduce(0) { $0 + $1.0 * $1.1 }
          component += part
          for j in basis.indices { rest[i][j] -= part * basis[j] }
        }
        rows[i].append(norms[i] * component)
      }
      rest[pivot] = rest[pivot].map { _ in 0 }
    }
    self.init(activation, rows: rows)
  }

  /// Rank r of the covariance of the pre-activations.
  var rank: Int { rows[0].count }

  /// `<∏ σ(z_i)^{p_i}>`, every p_i > 0, their sum even.
  func average(powers: [Int]) -> Double? {
    let order = powers.reduce(0, +)
    switch (way, rank) {
    case (nil, _): return nil
    case (.wick, _): return wick(powers)
    case (.directions, 3): return polygonAverage(powers)
    case (.directions, _):
      return circleAverage(order: order) { values in
        zip(values, powers).reduce(1) { $0 * (0..<$1.1).reduce(1) { [v = $1.0] p, _ in p * v } }
      }
    case (.trapezoidalRule, _):
      return latticeAverage(order: order) { values, count, result in
        for k in 0..<count { result[k] = 1 }
        for (i, power) in powers.enumerated() {
          for _ in 0..<power { for k in 0..<count { result[k] *= values[i * count + k] } }
        }
      }
    }
  }

  /// `<(Σ_i σ(z_i))^n>`, n even. Terms of either sign may cancel: the average of `(Σ_i |σ(z_i)|)^n` is bounded by the envelope of σ and Minkowski's
  /// inequality; nil of a σ without one.
  func averageOfSum(order: Int) -> ExactValue? {
    switch way {
    case nil: return nil
    case .wick:
      let sum = rows[0].indices.map { axis in rows.reduce(0.0) { $0 + $1[axis] } }
      let variance = sum.reduce(0) { $0 + $1 * $1 }
      return ExactValue(stride(from: 1, to: order, by: 2).reduce(1.0) { $0 * Double($1) * variance })
    case .directions:
      guard rank < 3, rows.count <= 2048 else { return nil }
      return circleAverage(order: order) { values in
        let sum = values.reduce(0, +)
        return (0..<order).reduce(1) { p, _ in p * sum }
      }.map { ExactValue($0, rounding: ExactValue.accuracy * $0) }
    case .trapezoidalRule: break
    }
    guard let envelope = activation.envelope else { return nil }
    let normal = pow(stride(from: 1, to: order, by: 2).reduce(1.0) { $0 * Double($1) }, 1 / Double(order))
    let size = rows.reduce(0.0) { sum, row in
      sum + min(envelope.bound, envelope.steepness * normal * row.reduce(0) { $0 + $1 * $1 }.squareRoot())
    }
    let count = rows.count
    return latticeAverage(order: order) { values, nodes, result in
      for k in 0..<nodes {
        let sum = (0..<count).reduce(0.0) { $0 + values[$1 * nodes + k] }
        result[k] = (0..<order).reduce(1) { p, _ in p * sum }
      }
    }.map { ExactValue($0, rounding: ExactValue.accuracy * pow(size, Double(order))) }
  }

  /// Whether ``average(powers:)`` with powers adding up to `order` is known.
  func isKnown(order: Int) -> Bool {
    switch way {
    case nil: false
    case .wick: true
    case .directions: rank <= 3
    case .trapezoidalRule: rank <= 3 && evaluations(order: order) <= Self.mostEvaluations
    }
  }
}

// MARK: - Linear: Wick's theorem

extension GaussianNeuron {
  /// `<∏ z_i^{p_i}>`: the first factor with each of the others.
  private func wick(_ powers: [Int]) -> Double {
    guard let i = powers.firstIndex(where: { $0 > 0 }) else { return 1 }
    var rest = powers
    rest[i] -= 1
    return powers.indices.reduce(0) { sum, j in
      guard rest[j] > 0 else { return sum }
      var others = rest
      others[j] -= 1
      let pair = zip(rows[i], rows[j]).reduce(0.0) { $0 + $1.0 * $1.1 }
      return sum + Double(rest[j]) * pair * wick(others)
    }
  }
}

// MARK: - Relu: integrals over directions

extension GaussianNeuron {
  /// `<|g|^n>` in r dimensions.
  private func radialMoment(_ n: Int) -> Double {
    let r = Double(rank)
    return exp(Double(n) / 2 * M_LN2 + lgamma((r + Double(n)) / 2) - lgamma(r / 2))
  }

  /// A function of relu(z_i), homogeneous of degree n, at r ≤ 2: `<|g|^n>` times its average over the circle, whose arcs end where a
  /// pre-activation changes sign. On an arc it is a trigonometric polynomial.
  private func circleAverage(order: Int, _ f: ([Double]) -> Double) -> Double? {
    guard rank > 0 else { return nil }
    if rank == 1 {
      let sides = [1.0, -1].map { side in f(rows.map { max(0, side * $0[0]) }) }
      return radialMoment(order) * (sides[0] + sides[1]) / 2
    }
    guard rank == 2 else { return nil }
    let turns = rows.flatMap { row in
      let angle = atan2(row[1], row[0])
      return [angle + .pi / 2, angle - .pi / 2].map { $0 < 0 ? $0 + 2 * .pi : $0 }
    }.sorted()
    let (wide, narrow) = (GaussLegendre.panelRule, Self.narrowRule)
    var sum = 0.0
    for (index, start) in turns.enumerated() {
      let length = (index + 1 < turns.count ? turns[index + 1] : turns[0] + 2 * .pi) - start
      guard length > 1e-15 else { continue }
      let rule = length > 0.5 ? wide : narrow
      for (t, weight) in zip(rule.nodes, rule.weights) {
        let angle = start + (1 + t) / 2 * length
        let (c, s) = (cos(angle), sin(angle))
        sum += weight * length / 2 * f(rows.map { max(0, $0[0] * c + $0[1] * s) })
      }
    }
    return radialMoment(order) * sum / (2 * .pi)
  }

  /// For panels a fraction of a radian wide.
  private static let narrowRule = GaussLegendre(order: 12)

  /// `∏ z_i^{p_i}` over the cone where all z_i > 0, at r = 3: its section is a convex polygon on the sphere, cut into triangles no wider than
  /// half a radian. On a flat triangle with corners u, v, w, `g = ρ y` gives
  ///
  ///     (2π)^{-3/2} |det(u,v,w)| ∫ρ^{n+2} e^{−ρ²y²/2} dρ ∏ (a_i·y)^{p_i} = (2π)^{-3/2} |det| 2^{(n+1)/2} Γ((n+3)/2) |y|^{−n−3} ∏ (a_i·y)^{p_i}.
  private func polygonAverage(_ powers: [Int]) -> Double {
    let normals = rows.map { SIMD3($0[0], $0[1], $0[2]).unit }
    var corners: [SIMD3<Double>] = []
    for i in normals.indices {
      for j in normals.indices where j > i {
        let edge = normals[i].cross(normals[j])
        guard edge.length > 1e-14 else { continue }
        for corner in [edge.unit, -edge.unit]
        where normals.allSatisfy({ $0.dot(corner) > -1e-12 }) && !corners.contains(where: { ($0 - corner).length < 1e-12 }) {
          corners.append(corner)
        }
      }
    }
    guard corners.count >= 3 else { return 0 }
    let centre = corners.reduce(.zero, +).unit
    let east = (corners[0] - corners[0].dot(centre) * centre).unit
    let north = centre.cross(east)
    corners.sort { atan2($0.dot(north), $0.dot(east)) < atan2($1.dot(north), $1.dot(east)) }
    let n = Double(powers.reduce(0, +))
    var sum = 0.0
    for (index, corner) in corners.enumerated() {
      sum += triangle(centre, corner, corners[(index + 1) % corners.count], powers)
    }
    return sum * exp((n + 1) / 2 * M_LN2 + lgamma((n + 3) / 2)) / pow(2 * .pi, 1.5)
  }

  private func triangle(
    _ u: SIMD3<Double>, _ v: SIMD3<Double>, _ w: SIMD3<Double>, _ powers: [Int]
  ) -> Double {
    let sides = [(v - w).length, (w - u).length, (u - v).length]
    let longest = sides.indices.max { sides[$0] < sides[$1] }!
    guard sides[longest] < 0.5 else {
      switch longest {
      case 0: return triangle(u, v, (v + w).unit, powers) + triangle(u, (v + w).unit, w, powers)
      case 1: return triangle(v, w, (w + u).unit, powers) + triangle(v, (w + u).unit, u, powers)
      default: return triangle(w, u, (u + v).unit, powers) + triangle(w, (u + v).unit, v, powers)
      }
    }
    let exponent = Double(powers.reduce(0, +) + 3) / 2
    let rule = Self.narrowRule
    var sum = 0.0
    for (s, outer) in zip(rule.nodes, rule.weights) {
      let across = (1 + s) / 2
      for (t, inner) in zip(rule.nodes, rule.weights) {
        let y = u + across * (v - u + (1 + t) / 2 * (w - v))
        var value = across * outer * inner / 4 * pow(y.dot(y), -exponent)
        for (row, power) in zip(rows, powers) {
          let z = max(0, row[0] * y.x + row[1] * y.y + row[2] * y.z)
          for _ in 0..<power { value *= z }
        }
        sum += value
      }
    }
    return sum * abs(u.dot(v.cross(w)))
  }
}

extension SIMD3<Double> {
  fileprivate func dot(_ other: Self) -> Double { (self * other).sum() }
  fileprivate func cross(_ b: Self) -> Self {
    Self(y * b.z - z * b.y, z * b.x - x * b.z, x * b.y - y * b.x)
  }
  fileprivate var length: Double { dot(self).squareRoot() }
  fileprivate var unit: Self { self / length }
}

// MARK: - Tanh and erf: the trapezoidal rule

extension GaussianNeuron {
  /// Beyond this the normal density is below 1e-16.
  private static let reach = 8.7

  /// A step whose discretisation error is 1e-16. With the line of integration moved by ia, it is `e^{−2πa/h + a²/2}` times the growth of the
  /// integrand: none for tanh up to its pole at `π/(2s)`, `e^{n s² a²}` for erf, s the largest deviation of a pre-activation.
  private func step(order: Int) -> Double {
    let s = rows.map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }.max()!
    let n = Double(order)
    switch activation {
    case .erf: return 2 * .pi / (74 * (1 + 2 * n * s * s)).squareRoot()
    case .tanh:
      let shift = min(8, 0.9 * .pi / (2 * s))
      return 2 * .pi * shift / (37 + 2 * n + shift * shift / 2)
    case .relu, .cosine, .sine, .linear: preconditionFailure("GaussianNeuron: no trapezoidal rule for \(activation.rawValue)")
    }
  }

  private func evaluations(order: Int) -> Double {
    let line = 2 * Self.reach / step(order: order)
    return pow(line, Double(rank)) / (halvesFirstAxis ? 2 : 1) * Double(rows.count)
  }

  /// `combine` takes σ(z_i) at the nodes of a line, rows × count, to the integrand there. For odd σ it is even in g: the first axis is halved.
  private func latticeAverage(
    order: Int,
    _ combine: (UnsafePointer<Double>, _ count: Int, _ result: UnsafeMutablePointer<Double>) -> Void
  ) -> Double? {
    guard rank > 0, isKnown(order: order) else { return nil }
    let h = step(order: order)
    guard let half = Int(count: Self.reach / h, atMost: Int(Self.mostEvaluations)) else { return nil }
    let scale = h / (2 * .pi).squareRoot()
    func density(_ k: Int) -> Double { scale * exp(-h * h * Double(k * k) / 2) }
    let count = rows.count
    // Lines are taken in blocks: steep neurons have millions of nodes.
    let most = min(2 * half + 1, 1 << 13)
    let values = AlignedBuffer<Double>(count: count * most, repeating: 0)
    let biases = AlignedBuffer<Double>(count: most, repeating: 0)
    let result = AlignedBuffer<Double>(count: most, repeating: 0)
    let weights = (rank == 1 ? [] : (-half...half).map(density))
    func line(_ shifts: [Double]) -> Double {
      let z = values.pointer
      var sum = 0.0
      for first in stride(from: -half, through: half, by: most) {
        let nodes = min(most, half - first + 1)
        for i in 0..<count {
          let slope = h * rows[i][rank - 1]
          for k in 0..<nodes { z[i * nodes + k] = shifts[i] + slope * Double(first + k) }
        }
        activation.apply(to: z, biases: biases.pointer, rows: count, count: nodes)
        combine(z, nodes, result.pointer)
        for k in 0..<nodes { sum += (rank == 1 ? density(first + k) : weights[first + half + k]) * result[k] }
      }
      return sum
    }
    func plane(_ axis: Int, _ shifts: [Double]) -> Double {
      guard axis < rank - 1 else { return line(shifts) }
      var sum = 0.0
      for k in (axis == 0 && halvesFirstAxis ? 0 : -half)...half {
        let weight = weights[k + half] * (axis == 0 && halvesFirstAxis && k > 0 ? 2 : 1)
        sum += weight * plane(axis + 1, (0..<count).map { shifts[$0] + h * Double(k) * rows[$0][axis] })
      }
      return sum
    }
    return plane(0, [Double](repeating: 0, count: count))
  }
}
