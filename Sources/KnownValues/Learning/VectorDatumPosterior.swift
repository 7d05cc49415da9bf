// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
internal import CGSL
import FieldTheories
import LatticeFields
import NumericalKernels

/// D outputs of one hidden layer with Gaussian output weights, `φ_a(x) = N^{-1/2} Σ_i v_ai h_i(x)`, at one point under a datum
/// `e^{−|φ−y|²/2T}`, exact at every width.
///
/// The joint characteristic function depends on |q| alone, `c(|q|/√N)^N`, c that of one output, so that
///
///     p(r) = S_D (2π)^{−D} ∫dq q^{D−1} Ω_D(qr) e^{−q²T/2} c(q/√N)^N,   r = |y|,   ln Z = ln (2πT)^{D/2} p,
///     <φ_∥> = r + T p'/p,   <φ_∥²>_c = T + T² (ln p)'',   <φ_⊥²> = T + T² p'/(p r),
///
/// which obeys the Ward identity `(y/T) <φ_⊥²> = <φ_∥>`. Gauss-Legendre panels; accuracy 1e-12 of Z. Source: docs/physics/learning-exact.md.
public struct VectorDatumPosterior: Sendable {
  /// `ln Z = ln <e^{−I_D}>_0`.
  public let logPartition: Double
  /// The component along the label, `<φ_∥>`.
  public let mean: Double
  /// The parallel variance `<φ_∥²>_c`.
  public let parallelVariance: Double
  /// `<φ_⊥²>` of any component across the label.
  public let perpendicularVariance: Double

  /// From the characteristic function of one output of one neuron; nil where that is nil, or the label too far out. `length` = |y| > 0.
  public init?(outputs: Int, width: Int, noise: Double, length: Double, characteristic: (Double) -> Double?) {
    precondition(outputs > 0 && width > 0 && noise > 0 && length > 0)
    let d = Double(outputs)
    var sums = SIMD4<Double>.zero
    let nodes = RadialWaveRule(band: (76 / noise).squareRoot(), reach: length + 8 * noise.squareRoot() + 8)
    for (q, weight) in nodes.nodes {
      guard let one = characteristic(q / Double(width).squareRoot()) else { return nil }
      let (wave, slope) = RadialWaveRule.wave(outputs, q * length)
      let bend = -wave - (d - 1) / (q * length) * slope
      let value = weight * pow(q, d - 1) * exp(-q * q * noise / 2) * pow(one, Double(width))
      sums += value * SIMD4(wave, q * slope, q * q * bend, 0)
      sums[3] += abs(value)
    }
    guard sums[0] > 0, 1e-15 * sums[3] < 1e-8 * sums[0] else { return nil }
    let (first, second) = (sums[1] / sums[0], sums[2] / sums[0])
    logPartition = d / 2 * log(2 * .pi * noise) + log(RadialWaveRule.sphere(outputs) / pow(2 * .pi, d) * sums[0])
    mean = length + noise * first
    parallelVariance = noise + noise * noise * (second - first * first)
    perpendicularVariance = noise + noise * noise * first / length
  }

  /// Of a net at a point; nil where the characteristic function is not known, or output weights are not Gaussian.
  public init?(_ net: any NeuronSum, outputs: Int, at x: Point, noise: Double, length: Double) {
    guard net.outputWeights.kind == .gaussian else { return nil }
    self.init(outputs: outputs, width: net.width, noise: noise, length: length) { net.neuronCharacteristic($0, at: x) }
  }

  /// The fraction of independent draws of the hidden parameters that collapsed weights keep under one datum of one output,
  /// `<w>²/<w²>`, `w = (1 + K_W/T)^{-½} e^{−y²/2(K_W + T)}`: w² is the weight of two outputs with one label.
  public static func collapsedSampleFraction(_ net: any NeuronSum, at x: Point, noise: Double, label: Double) -> Double? {
    guard let one = SingleDatumPosterior(net, at: x, noise: noise, label: label),
      let two = VectorDatumPosterior(net, outputs: 2, at: x, noise: noise, length: 2.0.squareRoot() * abs(label))
    else { return nil }
    return exp(2 * one.logPartition - two.logPartition)
  }
}

/// Nodes for integrals over the length of a wave vector, and the average of a plane wave over its directions.
struct RadialWaveRule {
  let nodes: [(q: Double, weight: Double)]

  /// Up to `band`, for waves of fields up to `reach`.
  init(band: Double, reach: Double) {
    let rule = GaussLegendre.panelRule
    let panels = Int((band * reach / 12).rounded(.up)) + 8
    let half = band / Double(2 * panels)
    nodes = (0..<panels).flatMap { panel in
      zip(rule.nodes, rule.weights).map { (half * (Double(2 * panel + 1) + $0), half * $1) }
    }
  }

  /// The area of the unit sphere in D dimensions, `2 π^{D/2}/Γ(D/2)`.
  static func sphere(_ d: Int) -> Double { 2 * pow(.pi, Double(d) / 2) / tgamma(Double(d) / 2) }

  /// `Ω_D(x) = <cos k·r> = Γ(D/2) (2/x)^ν J_ν(x)`, ν = D/2 − 1, and its derivative `−Γ(D/2) (2/x)^ν J_{ν+1}(x)`.
  static func wave(_ d: Int, _ x: Double) -> (value: Double, slope: Double) {
    if d == 1 { return (cos(x), -sin(x)) }
    if x == 0 { return (1, 0) }
    let order = Double(d) / 2 - 1
    let scale = tgamma(Double(d) / 2) * pow(2 / x, order)
    return (scale * gsl_sf_bessel_Jnu(order, x), -scale * gsl_sf_bessel_Jnu(order + 1, x))
  }
}
