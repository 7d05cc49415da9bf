// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import NumericalKernels

/// What data do to the hidden layer: the matrix `Σ_i w_ia w_ib` of the N_1 neurons that read the input, a and b axes of it, and its part along a direction u. Under the prior it is `N_1 σ² δ_ab` on average; under
/// data the neurons turn towards what they learn, so that it grows along `u ∝ Σ_μ x_μ t_μ`, t the pin forces, and stays as it is elsewhere.
///
/// Source: Q. Li, H. Sompolinsky, Phys. Rev. X 11 (2021) 031059; docs/physics/learning-exact.md, "Linear networks".
public struct HiddenKernel: Sendable {
  /// The entries in the order of the table, `w1 w1`, `w1 w2`, …, then `along u`.
  public let names: [String]
  /// Their averages under the prior.
  public let prior: [Double]
  /// The axes of each entry; those of the last are none.
  public let axes: [(Int, Int)]
  /// The unit vector u.
  public let direction: [Double]
  private let block: Int
  private let neurons: Int

  /// Of a net with data whose first weights, or momenta, are Gaussian; nil of other theories, and where the direction has no length.
  public init?(_ theory: InteractingTheory, along direction: [Double]) {
    let (net, d) = (theory.prior, theory.prior.dimension)
    let place: Int? =
      net.layers?.hiddenLayers[0].weightBlock ?? net.exponentials?.momentumBlock ?? net.planeWaves?.gaussianMomenta?.momentumBlock
    let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard !theory.data.isEmpty, let place, case .gaussian(let sigma)? = ParameterDensity.densities(of: net)[place], length > 0,
      length.isFinite, direction.count == d
    else { return nil }
    block = place
    neurons = net.layout.width(of: net.layout.blocks[place])
    self.direction = direction.map { $0 / length }
    axes = (0..<d).flatMap { a in (a..<d).map { (a, $0) } }
    names = axes.map { "w\($0.0 + 1) w\($0.1 + 1)" } + ["along u"]
    let variance = Double(neurons) * sigma * sigma
    prior = axes.map { $0.0 == $0.1 ? variance : 0 } + [variance]
  }

  /// The entries of one network.
  public func measure(_ parameters: NetworkParameters) -> [Double] {
    let rows = (0..<direction.count).map { parameters.block(block, component: $0) }
    let entries = axes.map { a, b in (0..<neurons).reduce(0.0) { $0 + rows[a][$1] * rows[b][$1] } }
    return entries + [along(entries)]
  }

  /// `u·M u` of the entries of a symmetric matrix M.
  public func along(_ entries: [Double]) -> Double {
    zip(axes, entries).reduce(0.0) { sum, entry in
      let (a, b) = entry.0
      return sum + (a == b ? 1 : 2) * direction[a] * direction[b] * entry.1
    }
  }
}
