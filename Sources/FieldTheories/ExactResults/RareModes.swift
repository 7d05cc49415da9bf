// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// How many networks a function of mode amplitudes needs where few neurons carry a mode.
///
/// The amplitude of mode p is a sum of n terms, n the number of neurons on ±p: Poisson-distributed with mean ν = N P(±p) to O(1/N_s), and
/// independent for different modes. Its moments follow from its cumulants, which are those of one neuron times ν; with c = √2 v cos b
/// for p = −p and c = v e^{ib} otherwise,
///
///     p = −p:   <A^k> = Σ_j C(k−1, j−1) ν <c^j> <A^{k−j}>
///     else:     <|A|^{2k}> = Σ_j C(k−1, j−1) C(k, j) ν μ_{2j} <|A|^{2(k−j)}>
///
/// Eight times the excess kurtosis κ of the product of amplitudes is asked for: for a Gaussian field (ν → ∞) less than the minimum of the order,
/// at κ/draws = 1/8 intervals of one and two sigma cover about 67 and 94 % (docs/physics/errors.md).
extension LatticeModeNet {
  /// Why `draws` networks cannot estimate a function of the field's amplitudes at given modes, or nil.
  public func rareModeObstruction(_ function: CorrelationFunction, draws: Int) -> String? {
    let modes: [[Int]]
    switch function {
    case .propagator(let mode): modes = [mode, mode]
    case .trispectrum(let all): modes = all
    case .zeroMomentumCumulant(let order): modes = [[Int]](repeating: [Int](repeating: 0, count: dimension), count: order)
    case .absoluteZeroMode, .foldedSusceptibility: modes = [[Int]](repeating: [Int](repeating: 0, count: dimension), count: 2)
    case .binderCumulant: modes = [[Int]](repeating: [Int](repeating: 0, count: dimension), count: 4)
    default: return nil
    }
    let amplitudes = RareAmplitudes(self, modes: modes)
    let needed = (8 * amplitudes.excessKurtosis).rounded(.up)
    guard Double(draws) < needed else { return nil }
    return
      "only \(Float(amplitudes.fewest)) neurons a network carry a mode of this product of \(modes.count) amplitudes, whose tails are long; "
      + "draw at least \(needed < 1e15 ? "\(Int(needed))" : "\(Float(needed))") networks, or more neurons"
  }
}

/// A product of mode amplitudes, `∏ |A_i|^{n_i}`.
private struct RareAmplitudes {
  /// ν, multiplicity and whether p = −p, for each mode up to its sign.
  private let factors: [(mean: Double, multiplicity: Int, isReal: Bool, isBalanced: Bool)]
  private let weights: OutputWeightLaw
  private let scale: SharedScale
  private let order: Int

  init(_ net: any LatticeModeNet, modes: [[Int]]) {
    let lattice = net.lattice
    var found: [Int: (multiplicity: Int, balance: Int, opposite: Int)] = [:]
    for mode in modes {
      let (plus, minus) = (lattice.siteIndex(mode), lattice.siteIndex(mode.map { -$0 }))
      var entry = found[min(plus, minus)] ?? (0, 0, max(plus, minus))
      entry.multiplicity += 1
      entry.balance += plus <= minus ? 1 : -1
      found[min(plus, minus)] = entry
    }
    factors = found.sorted { $0.key < $1.key }.map { key, entry in
      let isReal = key == entry.opposite
      let mode = lattice.siteVector(key)
      let mean = Double(net.width) * net.modeProbability(mode) * (isReal ? 1 : 2)
      return (mean, entry.multiplicity, isReal, isReal ? entry.multiplicity % 2 == 0 : entry.balance == 0)
    }
    weights = net.outputWeights
    scale = net.sharedScale
    order = modes.count
  }

  /// The smallest ν.
  var fewest: Double { factors.map(\.mean).min()! }

  /// Of X = the product, or of its real part where its mean vanishes.
  var excessKurtosis: Double {
    func moment(_ r: Int) -> Double {
      factors.reduce(scale.moment(r * order)) { $0 * absoluteMoment($1, r * $1.multiplicity) }
    }
    guard factors.allSatisfy(\.isBalanced) else {
      let phases = factors.allSatisfy { $0.isReal } ? 1 : 1.5
      return phases * moment(4) / (moment(2) * moment(2)) - 3
    }
    let (m1, m2, m3, m4) = (moment(1), moment(2), moment(3), moment(4))
    let variance = m2 - m1 * m1
    return (m4 - 4 * m1 * m3 + 6 * m1 * m1 * m2 - 3 * m1 * m1 * m1 * m1) / (variance * variance) - 3
  }

  /// `<|A|^n>`, n even.
  private func absoluteMoment(_ factor: (mean: Double, multiplicity: Int, isReal: Bool, isBalanced: Bool), _ n: Int) -> Double {
    var moments = [1.0]
    for k in stride(from: 1, through: n / 2, by: 1) {
      var sum = 0.0
      for j in 1...k {
        // Even cumulants only: c is symmetric.
        let ways = factor.isReal ? binomial(2 * k - 1, 2 * j - 1) : binomial(k - 1, j - 1) * binomial(k, j)
        let cosines = factor.isReal ? binomial(2 * j, j) / Double(sign: .plus, exponent: j, significand: 1) : 1
        sum += ways * factor.mean * weights.moment(2 * j) * cosines * moments[k - j]
      }
      moments.append(sum)
    }
    return moments.last!
  }

  private func binomial(_ n: Int, _ k: Int) -> Double {
    guard k > 0 else { return 1 }
    return (1...k).reduce(1.0) { $0 * Double(n - k + $1) / Double($1) }
  }
}
