// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// The law of the D output weights of one neuron, `<v_a v_b> = s² δ_ab`, and the connected 4-point functions of D outputs at every width:
///
///     G4c_abcd = (1/N) [ <v_a v_b v_c v_d> M4 − s⁴ Σ_3 δδ M2 M2 ],     <v_a v_b v_c v_d>/s⁴ = w (δδ + δδ + δδ) + (ρ4 − 3) δ_abcd,
///
/// w = 1 and ρ4 = 3 for Gaussian v; w = D/(D+2), ρ4 = 3 for v on the sphere |v|² = D s²; w = 1 for independent components of kurtosis ρ4. Correlators
/// are O(D)-invariant at every width where ρ4 = 3: a rotation of outputs is one of the parameters.
public enum OutputVectorLaw: Sendable, Hashable {
  /// Gaussian components.
  case gaussian
  /// Uniform on a sphere.
  case sphere(components: Int)
  /// Independent components with ρ4 = μ4/μ2².
  case independent(kurtosis: Double)

  /// `<v_a v_b v_c v_d>/s⁴`.
  public func fourthMoment(_ a: Int, _ b: Int, _ c: Int, _ d: Int) -> Double {
    let pairs = Self.pairs(a, b, c, d).reduce(0, +)
    switch self {
    case .gaussian: return pairs
    case .sphere(let count): return pairs * Double(count) / Double(count + 2)
    case .independent(let kurtosis): return pairs + (a == b && b == c && c == d ? kurtosis - 3 : 0)
    }
  }

  private static func pairs(_ a: Int, _ b: Int, _ c: Int, _ d: Int) -> [Double] {
    [a == b && c == d, a == c && b == d, a == d && b == c].map { $0 ? 1 : 0 }
  }

  /// `<φ_a(x_1) φ_b(x_2) φ_c(x_3) φ_d(x_4)>_c` of a net whose outputs share its neurons, each neuron with D weights of this law in place of its one,
  /// at the variance of the latter. Nil unless scales are independent.
  public func fourPoint(_ net: any NeuronSum, _ outputs: [Int], at x: [Point]) -> Double? {
    guard net.sharedScale.isConstant, net.knowsNeuronMoment(order: 4) else { return nil }
    let pairs = Self.pairs(outputs[0], outputs[1], outputs[2], outputs[3])
    // (12)(34), (13)(24), (14)(23).
    let splits = [(0, 1, 2, 3), (0, 2, 1, 3), (0, 3, 1, 2)]
    let disconnected = zip(pairs, splits).reduce(0.0) { sum, term in
      let (i, j, k, l) = term.1
      return term.0 == 0 ? sum : sum + net.neuronMoment([x[i], x[j]]) * net.neuronMoment([x[k], x[l]])
    }
    let square = net.outputWeights.variance * net.outputWeights.variance
    let connected = fourthMoment(outputs[0], outputs[1], outputs[2], outputs[3]) * net.neuronMoment(x) - disconnected
    return square * connected / Double(net.width)
  }

  /// `<φ_a(x_1) φ_c(x_2) φ̄_b(x_3) φ̄_d(x_4)>_c` of complex Gaussian output weights, `<v_a v̄_b> = s² δ_ab` and `<v v> = 0`, on real neurons:
  /// `(s⁴/N) [δ_ab δ_cd (M4 − M2(13) M2(24)) + δ_ad δ_cb (M4 − M2(14) M2(23))]`.
  public static func complexFourPoint(_ net: any NeuronSum, fields: (Int, Int), conjugates: (Int, Int), at x: [Point]) -> Double?
  {
    guard net.sharedScale.isConstant, net.knowsNeuronMoment(order: 4) else { return nil }
    func pair(_ i: Int, _ j: Int) -> Double { net.neuronMoment([x[i], x[j]]) }
    let (a, c, b, d) = (fields.0, fields.1, conjugates.0, conjugates.1)
    let four = net.neuronMoment(x)
    var sum = 0.0
    if a == b && c == d { sum += four - pair(0, 2) * pair(1, 3) }
    if a == d && c == b { sum += four - pair(0, 3) * pair(1, 2) }
    return net.outputWeights.variance * net.outputWeights.variance * sum / Double(net.width)
  }
}
