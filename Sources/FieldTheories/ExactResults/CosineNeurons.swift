// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// Neurons `F(k) cos(k·x + b)`, b uniform on the circle: everything exact follows from one family of functions,
///
///     J_n(z) = <F(k)^n cos k·z>_k,        M_n(x1..xn) = 2^{1−n} Σ_{half splits A|B} J_n(Σ_A x − Σ_B x)
///
/// (n even; odd moments vanish). Translation invariant at every width. Source: arXiv:2408.00082 sec. 4, docs/physics/free-theories.md;
/// checked by quadrature over (k,b) to 1e-16.
public protocol CosineNeurons: NeuronSum {
  /// `J_n(z)` for n = 2, 4, 6; even in every component of z.
  func spectralMoment(order: Int, _ z: Point) -> Double
}

extension CosineNeurons {
  /// `M_n` from the spectral moments.
  public func neuronMoment(_ points: [Point]) -> Double {
    let n = points.count
    guard n % 2 == 0 else { return 0 }
    var sum = 0.0
    for signs in Pairings.halfSplits(n) {
      var z = Point.zero
      for (sign, point) in zip(signs, points) { z += sign * point }
      sum += spectralMoment(order: n, z)
    }
    return sum / Double(1 << (n - 1))
  }

  /// Where a few rare neurons of large amplitude carry the correlators, a sample that missed them looks fine and is wrong.
  ///
  /// The error of an average of φ² rests on <F⁸>: its effective number of neurons is `M <F⁴>²/<F⁸>`, at most
  /// `M <F⁴>³/<F⁶>²` by log-convexity of moments, M = draws × width. Below twenty no error bar holds.
  public func samplingObstruction(order: Int, radius: Double, draws: Int) -> String? {
    rareNeuronObstruction(draws: draws)
  }

  /// The rule of ``samplingObstruction(order:radius:draws:)``, for nets with more to say.
  func rareNeuronObstruction(draws: Int) -> String? {
    let (fourth, sixth) = (spectralMoment(order: 4, .zero), spectralMoment(order: 6, .zero))
    let effective = Double(draws) * Double(width) * (fourth / sixth) * (fourth / sixth) * fourth
    guard effective < 20 else { return nil }
    return
      "rare neurons of large amplitude carry the correlators of \(kind): of \(draws) networks of \(width) neurons effectively "
      + "\((effective * 10).rounded() / 10) count; draw more, or choose alpha nearer to 0, a larger mass or a lower cutoff"
  }

  /// `<(a^d Σ_x φ_1)^n> = a^{nd} 2^{1−n} C Σ_z c_n(z) J_n(z)`, with C half splits, and `c_n(z)` the number of ways in which n/2 sites minus
  /// n/2 sites give z: a product over axes of convolutions of the box. Cost ∏(n/2)(L_μ−1)+1 evaluations of J_n.
  public func zeroMomentumNeuronMoment(order: Int, lattice: Lattice) -> ExactValue? {
    zeroMomentumNeuronMoment(byDisplacements: order, lattice: lattice)
  }

  /// The same, for nets that know better ways on some lattices.
  func zeroMomentumNeuronMoment(byDisplacements order: Int, lattice: Lattice) -> ExactValue {
    let counts = lattice.sites.map { Self.differenceCounts(extent: $0, half: order / 2) }
    var sum = ExactValue(0)
    for index in 0..<counts.reduce(1, { $0 * $1.count }) {
      var z = Point.zero
      var weight = 1.0
      for (axis, n) in Lattice.unravel(index, shape: counts.map(\.count)).enumerated() {
        z[axis] = lattice.spacing * Double(n)
        weight *= counts[axis][n] * (n == 0 ? 1 : 2)
      }
      sum.add(weight * spectralMoment(order: order, z))
    }
    let splits = Double(Pairings.halfSplits(order).count)
    let scale = (0..<order).reduce(1.0) { product, _ in product * lattice.cellVolume }
    let ways = Double(1 << (order - 1))
    return ExactValue(sum.value * scale * splits / ways, rounding: sum.rounding * scale * splits / ways)
  }

  /// For z = 0, 1, …: the number of tuples (n_1…n_h, m_1…m_h) in {0..extent−1} with Σn − Σm = z.
  static func differenceCounts(extent: Int, half: Int) -> [Double] {
    var counts = [1.0]
    for _ in 0..<2 * half {
      // Sums over windows of `extent` numbers.
      var (next, sum) = ([Double](repeating: 0, count: counts.count + extent - 1), 0.0)
      for k in next.indices {
        if k < counts.count { sum += counts[k] }
        if k >= extent { sum -= counts[k - extent] }
        next[k] = sum
      }
      counts = next
    }
    // −m runs over a reversed box: the same shape, centred at half·(extent−1), and even about it. Its rising side is made of sums alone where numbers are small.
    return counts[...(half * (extent - 1))].reversed()
  }
}
