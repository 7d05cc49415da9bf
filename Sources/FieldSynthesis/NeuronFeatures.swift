// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import LatticeFields
import NumericalKernels

/// Evaluates the features of a network at listed points: the derivatives of its field by the output weights,
///
///     f_i(x) = ∂φ(x)/∂v_i = h_i(x)/√N,       φ(x) = Σ_i v_i f_i(x),       K_W(x,y) = <v²> Σ_i f_i(x) f_i(y) at fixed hidden parameters.
///
/// One instance belongs to one worker. Whoever needs the neurons themselves asks here: collapsed output weights and kernels of single networks, actions on listed points,
/// gradients by all parameters.
public protocol FeatureSynthesizer: AnyObject {
  /// Writes `f_i(x_a)` to `features[a N + i]`. The output weights are not read.
  func evaluateFeatures(_ parameters: NetworkParameters, into features: UnsafeMutablePointer<Double>)
  /// Writes `Σ_a Σ_i g_ai ∂f_i(x_a)/∂θ`, g of the order of the features, to all blocks of hidden parameters that have an adjoint (`Architecture/adjointBlocks`). Cost: two to three times that of
  /// the features. The output weights are not read; other blocks are left as they are.
  func adjoint(_ parameters: NetworkParameters, of pulls: UnsafePointer<Double>, into gradient: NetworkParameters)
}

extension Architecture {
  /// The blocks of hidden parameters by which features are differentiated: all of layers and of exponentials; phases of plane waves, and their momenta where these are Gaussian.
  public var adjointBlocks: Set<Int> {
    switch synthesis {
    case .layers(let net): Set(net.hiddenLayers.flatMap { [$0.weightBlock, $0.biasBlock] })
    case .exponentials(let net): [net.momentumBlock, net.biasBlock]
    case .planeWaves, .latticeModes:
      planeWaves.map { $0.gaussianMomenta == nil ? [$0.phaseBlock] : [$0.phaseBlock, $0.momentumBlock] } ?? []
    case .noise, .modes, nil: []
    }
  }
}

extension Architecture {
  /// Features at points; nil of a field without neurons.
  public func makeFeatures(at points: [Point]) -> (any FeatureSynthesizer)? {
    if let net = layers { return LayerByLayer(net, points: points) }
    if let net = exponentials { return ExponentialFeatures(net, points: points) }
    return planeWaves.map { PlaneWaveFeatures($0, points: points) }
  }
}

/// The network with all output weights one, whose amplitudes are those of the features.
private struct UnitWeights {
  private let parameters: NetworkParameters
  private let weights: Int

  init(_ layout: ParameterLayout) {
    parameters = NetworkParameters(layout: layout)
    weights = layout.blocks.firstIndex(where: \.entersLinearly)!
  }

  /// The hidden parameters of a network with output weights one.
  func of(_ other: NetworkParameters) -> NetworkParameters {
    for (index, block) in other.layout.blocks.enumerated() {
      let count = block.components * other.layout.width(of: block)
      if index == weights {
        parameters.block(index).update(repeating: 1, count: count)
      } else {
        parameters.block(index).update(from: other.block(index), count: count)
      }
    }
    return parameters
  }
}

/// `F(k_i) cos(k_i·x + b_i)/√N`.
final class PlaneWaveFeatures: FeatureSynthesizer {
  private let net: any PlaneWaveNet
  private let points: [Point]
  private let unit: UnitWeights
  private let amplitudes: AlignedBuffer<Double>
  private let waves: AlignedBuffer<Double>

  init(_ net: any PlaneWaveNet, points: [Point]) {
    (self.net, self.points) = (net, points)
    unit = UnitWeights(net.layout)
    amplitudes = AlignedBuffer(count: net.width, repeating: 0)
    waves = AlignedBuffer(count: 3 * net.width, repeating: 0)
  }

  func evaluateFeatures(_ parameters: NetworkParameters, into features: UnsafeMutablePointer<Double>) {
    let (n, c) = (net.width, amplitudes.pointer)
    net.amplitudes(unit.of(parameters), into: c)
    let (angle, sine) = (waves.pointer, waves.pointer + n)
    for (a, x) in points.enumerated() {
      angle.update(from: parameters.block(net.phaseBlock), count: n)
      for axis in 0..<net.dimension {
        let k = parameters.block(net.momentumBlock, component: axis)
        for i in 0..<n { angle[i] += k[i] * x[axis] }
      }
      let row = features + a * n
      WaveKernels.sincos(angle, sine: sine, cosine: row, count: n)
      for i in 0..<n { row[i] *= c[i] }
    }
  }

  /// `∂f_i/∂b_i = −c_i sin`, `∂f_i/∂k_i = −c_i x sin`: amplitudes do not depend on Gaussian momenta.
  func adjoint(_ parameters: NetworkParameters, of pulls: UnsafePointer<Double>, into gradient: NetworkParameters) {
    let (n, c) = (net.width, amplitudes.pointer)
    net.amplitudes(unit.of(parameters), into: c)
    let (angle, sine, byPhase) = (waves.pointer, waves.pointer + n, gradient.block(net.phaseBlock))
    let axes = net.gaussianMomenta == nil ? 0 : net.dimension
    byPhase.update(repeating: 0, count: n)
    for axis in 0..<axes { gradient.block(net.momentumBlock, component: axis).update(repeating: 0, count: n) }
    for (a, x) in points.enumerated() {
      angle.update(from: parameters.block(net.phaseBlock), count: n)
      for axis in 0..<net.dimension {
        let k = parameters.block(net.momentumBlock, component: axis)
        for i in 0..<n { angle[i] += k[i] * x[axis] }
      }
      WaveKernels.sincos(angle, sine: sine, cosine: waves.pointer + 2 * n, count: n)
      let row = pulls + a * n
      for i in 0..<n { sine[i] *= -row[i] * c[i] }
      for i in 0..<n { byPhase[i] += sine[i] }
      for axis in 0..<axes {
        let byMomentum = gradient.block(net.momentumBlock, component: axis)
        for i in 0..<n { byMomentum[i] += x[axis] * sine[i] }
      }
    }
  }
}

/// `exp(k_i·x + b_i − C − q x²)/√N`.
final class ExponentialFeatures: FeatureSynthesizer {
  private let net: any ExponentialNet
  private let points: [Point]
  private let unit: UnitWeights
  private let amplitudes: AlignedBuffer<Double>
  private let exponents: AlignedBuffer<Double>

  init(_ net: any ExponentialNet, points: [Point]) {
    (self.net, self.points) = (net, points)
    unit = UnitWeights(net.layout)
    amplitudes = AlignedBuffer(count: net.width, repeating: 0)
    exponents = AlignedBuffer(count: net.width, repeating: 0)
  }

  func evaluateFeatures(_ parameters: NetworkParameters, into features: UnsafeMutablePointer<Double>) {
    let (n, c, exponent) = (net.width, amplitudes.pointer, exponents.pointer)
    net.amplitudes(unit.of(parameters), into: c)
    let bias = parameters.block(net.biasBlock)
    for (a, x) in points.enumerated() {
      let shift = net.normalisation.constant + net.normalisation.quadratic * x.squaredNorm
      for i in 0..<n { exponent[i] = bias[i] - shift }
      for axis in 0..<net.dimension {
        let k = parameters.block(net.momentumBlock, component: axis)
        for i in 0..<n { exponent[i] += k[i] * x[axis] }
      }
      let row = features + a * n
      WaveKernels.exp(exponent, into: row, count: n)
      for i in 0..<n { row[i] *= c[i] }
    }
  }

  /// `∂f_i/∂b_i = f_i`, `∂f_i/∂k_i = x f_i`.
  func adjoint(_ parameters: NetworkParameters, of pulls: UnsafePointer<Double>, into gradient: NetworkParameters) {
    let (n, byBias) = (net.width, gradient.block(net.biasBlock))
    byBias.update(repeating: 0, count: n)
    for axis in 0..<net.dimension { gradient.block(net.momentumBlock, component: axis).update(repeating: 0, count: n) }
    let features = AlignedBuffer<Double>(count: points.count * n, repeating: 0)
    evaluateFeatures(parameters, into: features.pointer)
    for (a, x) in points.enumerated() {
      let (feature, row) = (features.pointer + a * n, pulls + a * n)
      for i in 0..<n { feature[i] *= row[i] }
      for i in 0..<n { byBias[i] += feature[i] }
      for axis in 0..<net.dimension {
        let byMomentum = gradient.block(net.momentumBlock, component: axis)
        for i in 0..<n { byMomentum[i] += x[axis] * feature[i] }
      }
    }
  }
}
