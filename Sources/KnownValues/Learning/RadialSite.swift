// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import FieldTheories
import LatticeFields
import NumericalKernels

/// O(D) φ⁴ at one point, `(λ/4!)(φ·φ)²` for a field of D components: every invariant is an integral over the radius.
///
/// As a theory of its own, `Z = ∫d^Dφ (2π)^{−D/2} exp(−m² φ·φ/2 − λ (φ·φ)²/24)`, m² of either sign; or as an insertion into a network of D outputs with
/// Gaussian output weights, exact at every width: `<W> = S_D (2π)^{−D} ∫dq q^{D−1} c(q/√N)^N ∫d^Dφ Ω_D(q|φ|) W(|φ|)`, c the characteristic
/// function of one output of one neuron. `<φ_1⁴> = 3 <(φ·φ)²>/(D(D+2))`. Gauss-Legendre panels; accuracy 1e-13 and 1e-11.
public struct RadialSite: Sendable {
  /// The number of components D.
  public let components: Int
  /// The log partition `ln Z`.
  public let logPartition: Double
  private let radii: [Double]
  private let weights: [Double]

  /// The theory of a single point; needs λ > 0, or λ = 0 and m² > 0.
  public init(components: Int, potential: QuarticPotential) {
    precondition(components > 0)
    let bottom = potential.value(potential.minimum)
    var reach = potential.minimum + 1 / max(potential.stiffness.squareRoot(), pow(potential.coupling / 24, 0.25))
    while potential.value(reach) - bottom < 50 + Double(components) { reach *= 1.1 }
    let rule = RadialWaveRule(band: reach, reach: 400 / reach)
    radii = rule.nodes.map(\.q)
    let values = rule.nodes.map { pow($0.q, Double(components - 1)) * exp(bottom - potential.value($0.q)) * $0.weight }
    let sum = values.reduce(0, +)
    self.components = components
    weights = values.map { $0 / sum }
    logPartition = log(RadialWaveRule.sphere(components) * sum) - Double(components) / 2 * log(2 * .pi) - bottom
  }

  /// The insertion of strength λ > 0 into a network, from the characteristic function of one output of one neuron; nil where that is nil.
  /// `logPartition` is then `ln <e^{−S_int}>_0`.
  public init?(components: Int, width: Int, coupling: Double, characteristic: (Double) -> Double?) {
    precondition(components > 0 && width > 0 && coupling > 0)
    let d = Double(components)
    let unit = pow(coupling / 24, -0.25)
    let (reach, band) = (unit * pow(40 + d, 0.25), 48 / unit)
    let fields = RadialWaveRule(band: reach, reach: band / 2).nodes
    let insertion = fields.map { pow($0.q, d - 1) * exp(-pow($0.q / unit, 4)) * $0.weight }
    var density = fields.map { _ in 0.0 }
    for (q, weight) in RadialWaveRule(band: band, reach: reach + 8).nodes {
      guard let one = characteristic(q / Double(width).squareRoot()) else { return nil }
      let value = weight * pow(q, d - 1) * pow(one, Double(width))
      guard abs(value) > 1e-19 else { continue }
      for j in fields.indices { density[j] += value * RadialWaveRule.wave(components, q * fields[j].q).value }
    }
    let values = zip(density, insertion).map(*)
    let sum = values.reduce(0, +)
    guard sum > 0 else { return nil }
    self.components = components
    radii = fields.map(\.q)
    weights = values.map { $0 / sum }
    let sphere = RadialWaveRule.sphere(components)
    logPartition = log(sphere * sphere * sum) - d * log(2 * .pi)
  }

  /// The insertion into a net of D outputs at a point; nil where the characteristic function is not known, or output weights are not Gaussian.
  public init?(_ net: any NeuronSum, outputs: Int, at x: Point, coupling: Double) {
    guard net.outputWeights.kind == .gaussian else { return nil }
    self.init(components: outputs, width: net.width, coupling: coupling) { net.neuronCharacteristic($0, at: x) }
  }

  /// The invariant `<(φ·φ)^n>`.
  public func invariant(_ order: Int) -> Double {
    zip(radii, weights).reduce(0) { $0 + pow($1.0 * $1.0, Double(order)) * $1.1 }
  }

  /// The fourth moment `<φ_1⁴>`.
  public var fourthMoment: Double { 3 * invariant(2) / (Double(components) * Double(components + 2)) }
}
