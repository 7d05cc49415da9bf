// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import LatticeFields
import NumericalKernels

/// A term of plane waves at listed points, `φ(x_a) = Σ_i c_i cos(k_i·x_a + b_i)`: one cosine a neuron and point, of a replaced block its own
/// alone, and the gradient from the same cosines and sines.
///
///     ∂I/∂c_i = Σ_a f_a cos,   ∂I/∂b_i = −c_i Σ_a f_a sin,   ∂I/∂k_i = −c_i Σ_a f_a x_a sin,   f_a = w_a (V′(φ(x_a)) − J_a)
final class PointWaveAction: SiteAction {
  private let net: any PlaneWaveNet
  private let points: [Point]
  private let slopes: AlignedBuffer<Double>
  /// Rows angle, cosine, sine of one point.
  private let waves: AlignedBuffer<Double>
  private let unit: Network

  init(_ theory: InteractingTheory, _ term: LocalTerm, _ net: any PlaneWaveNet, _ points: [Point]) {
    (self.net, self.points) = (net, points)
    slopes = AlignedBuffer(count: (points.count + 7) / 8 * 8, repeating: 0)
    waves = AlignedBuffer(count: 3 * net.width, repeating: 0)
    unit = Network(layout: net.layout)
    super.init(theory, term)
  }

  override var isIncremental: Bool { true }

  private var cosine: UnsafeMutablePointer<Double> { waves.pointer + net.width }
  private var sine: UnsafeMutablePointer<Double> { waves.pointer + 2 * net.width }

  /// Cosines and sines of `h (k·x + b)` of some neurons at a point.
  private func fill(_ neurons: Range<Int>, _ parameters: NetworkParameters, at x: Point, harmonic: Double = 1) {
    let angle = waves.pointer
    let phases = parameters.block(net.phaseBlock) + neurons.lowerBound
    for i in 0..<neurons.count { angle[i] = harmonic * phases[i] }
    for axis in 0..<net.dimension {
      let k = parameters.block(net.momentumBlock, component: axis) + neurons.lowerBound
      for i in 0..<neurons.count { angle[i] += harmonic * k[i] * x[axis] }
    }
    WaveKernels.sincos(angle, sine: sine, cosine: cosine, count: neurons.count)
  }

  private func sum(_ neurons: Range<Int>, _ network: Network, at x: Point) -> Double {
    fill(neurons, network.parameters, at: x)
    let c = network.amplitudes.pointer + neurons.lowerBound
    return (0..<neurons.count).reduce(0.0) { $0 + c[$1] * cosine[$1] }
  }

  override func synthesise(_ network: Network, into field: AlignedBuffer<Double>) {
    for (a, x) in points.enumerated() { field[a] = sum(0..<net.width, network, at: x) }
  }

  override func propose(
    _ neurons: Range<Int>, of network: Network, _ field: AlignedBuffer<Double>, from proposal: Network
  ) -> Double {
    for (a, x) in points.enumerated() { trial[a] = field[a] + (sum(neurons, proposal, at: x) - sum(neurons, network, at: x)) }
    return value(trial)
  }

  override var differentiableBlocks: Set<Int> { net.differentiableBlocks }

  override func gradient(of network: Network, _ field: AlignedBuffer<Double>, into gradient: NetworkParameters) {
    slope(field, into: slopes)
    let amplitudes = net.unitAmplitudes(of: network.parameters, unit)
    let c = network.amplitudes.pointer
    for block in differentiableBlocks {
      gradient.block(block).update(repeating: 0, count: net.layout.blocks[block].components * net.width)
    }
    let (byWeight, byPhase) = (gradient.block(net.weightBlock), gradient.block(net.phaseBlock))
    for (a, x) in points.enumerated() {
      fill(0..<net.width, network.parameters, at: x)
      let (f, cosine, sine) = (slopes[a], cosine, sine)
      for i in 0..<net.width {
        byWeight[i] += f * amplitudes[i] * cosine[i]
        byPhase[i] -= f * c[i] * sine[i]
      }
      guard net.gaussianMomenta != nil else { continue }
      for axis in 0..<net.dimension {
        let target = gradient.block(net.momentumBlock, component: axis)
        for i in 0..<net.width { target[i] -= f * x[axis] * c[i] * sine[i] }
      }
    }
  }

  override func phaseCurvature(of network: Network, _ field: AlignedBuffer<Double>, _ other: LocalTerm) -> Double {
    let c = network.amplitudes.pointer
    let total = (0..<net.width).reduce(0.0) { $0 + c[$1] * c[$1] }
    var curvature = 0.0
    for (a, x) in points.enumerated() {
      fill(0..<net.width, network.parameters, at: x, harmonic: 2)
      let harmonic = (0..<net.width).reduce(0.0) { $0 + c[$1] * c[$1] * cosine[$1] }
      curvature += 0.5 * weight[a] * other.potential.secondDerivative(field[a]) * (total - harmonic)
    }
    return curvature - virial(of: network, field, other)
  }
}

extension PlaneWaveNet {
  /// The block of output weights.
  var weightBlock: Int { layout.blocks.firstIndex(where: \.entersLinearly)! }

  /// Blocks by which an action at nodes is differentiated: phases, weights, and momenta where these are Gaussian.
  var differentiableBlocks: Set<Int> {
    var blocks: Set = [phaseBlock]
    if let weight = layout.blocks.firstIndex(where: \.entersLinearly) { blocks.insert(weight) }
    if self.gaussianMomenta != nil { blocks.insert(momentumBlock) }
    return blocks
  }

  /// ∂c/∂v: the amplitudes of unit weights, in `unit`.
  func unitAmplitudes(of parameters: NetworkParameters, _ unit: Network) -> UnsafeMutablePointer<Double> {
    unit.parameters.copy(from: parameters)
    unit.parameters.block(weightBlock).update(repeating: 1, count: width)
    amplitudes(unit.parameters, into: unit.amplitudes.pointer)
    return unit.amplitudes.pointer
  }
}
