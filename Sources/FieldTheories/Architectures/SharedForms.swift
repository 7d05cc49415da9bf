// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Glibc
import LatticeFields
import NumericalKernels

// What nets of one form have in common: layout, symmetries and draws follow from the form, and a net states only what is its own.

// MARK: - Plane waves

extension PlaneWaveNet where Self: ScalableOutput {
  /// Output weight; momentum (d components); phase.
  public var layout: ParameterLayout {
    ParameterLayout(
      width: width,
      blocks: [
        outputWeightBlock, ParameterBlock("momentum", components: dimension, isGaussian: gaussianMomenta != nil),
        ParameterBlock("phase"),
      ])
  }

  /// Index of the block of momenta.
  public var momentumBlock: Int { 1 }
  /// Index of the block of phases.
  public var phaseBlock: Int { 2 }

  /// All of O(d) and translations, at every width: momenta from a radial density.
  public var symmetries: FieldSymmetries { .euclidean }

  /// Output weights, momenta and phases of network `draw`.
  public func drawParameters(_ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters) {
    drawOutputWeights(stream, draw: draw, into: parameters.block(0))
    drawMomenta(stream, draw: draw, into: parameters)
    stream.drawPhases(draw: draw, width: width, into: parameters.block(phaseBlock))
  }
}

extension GaussianMomenta {
  /// Independent Gaussian components.
  public func drawMomenta(_ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters) {
    stream.drawNormalMomenta(draw: draw, width: width, dimension: dimension, sigma: momentumDeviation) {
      parameters.block(momentumBlock, component: $0)
    }
  }

  /// `c_i = v_i/√N`.
  public func amplitudes(_ parameters: NetworkParameters, into amplitudes: UnsafeMutablePointer<Double>) {
    parameters.normalisedOutputWeights(into: amplitudes)
  }

  /// `(2π σ²)^{−d/2} exp(−k²/(2σ²))`.
  public func momentumDensity(_ k: Point) -> Double {
    let sigma = momentumDeviation
    return exp(-k.squaredNorm / (2 * sigma * sigma)) * pow(2 * .pi * sigma * sigma, -Double(dimension) / 2)
  }
}

extension ExponentialNet {
  /// `c_i = v_i/√N`.
  public func amplitudes(_ parameters: NetworkParameters, into amplitudes: UnsafeMutablePointer<Double>) {
    parameters.normalisedOutputWeights(into: amplitudes)
  }
}

extension NetworkParameters {
  /// Writes `v_i/√N`.
  func normalisedOutputWeights(into amplitudes: UnsafeMutablePointer<Double>) {
    let (weights, scale) = (block(0), 1 / Double(layout.width).squareRoot())
    for i in 0..<layout.width { amplitudes[i] = scale * weights[i] }
  }

  /// Writes `start + k_i²` of the momenta in a block.
  func squaredMomenta(_ momenta: Int, plus start: Double = 0, into squares: UnsafeMutablePointer<Double>) {
    for i in 0..<layout.width { squares[i] = start }
    for axis in 0..<layout.blocks[momenta].components {
      let k = block(momenta, component: axis)
      for i in 0..<layout.width { squares[i] += k[i] * k[i] }
    }
  }
}

// MARK: - Fully connected layers

extension LayeredNet {
  /// The scale σ_w of all weights.
  public var inputScale: Double { sigmaW }

  /// Rotations about the origin; on a first layer of cosines all Euclidean motions.
  public var symmetries: FieldSymmetries { hiddenLayers[0].activation == .cosine ? .euclidean : .aboutOrigin }

  /// Covariance `K(x, y) = σ_b² + σ_w² x·y/d` of the pre-activations of an affine first layer.
  func covariance(_ x: Point, _ y: Point) -> Double {
    sigmaB * sigmaB + sigmaW * sigmaW * x.dot(y) / Double(dimension)
  }
}

extension LayeredNet where Self: ScalableOutput {
  /// Output weight; then weights (momenta) and biases (phases) of each layer.
  public var layout: ParameterLayout {
    let layers = hiddenLayers
    let blocks = layers.enumerated().flatMap { index, layer in
      let isCosine = layer.activation == .cosine
      let (number, width) = layers.count == 1 ? ("", nil) : (" \(index + 1)", layer.width)
      return [
        ParameterBlock((isCosine ? "momentum" : "weight") + number, components: layer.inputs, width: width, isGaussian: true),
        ParameterBlock((isCosine ? "phase" : "bias") + number, width: width, isGaussian: !isCosine),
      ]
    }
    return ParameterLayout(width: width, blocks: [outputWeightBlock] + blocks)
  }

  /// Output weights, then each layer: the deviates of a neuron belong to its layer, its number and its input.
  public func drawParameters(_ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters) {
    drawOutputWeights(stream, draw: draw, into: parameters.block(0))
    for (index, layer) in hiddenLayers.enumerated() {
      stream.drawNormalMomenta(
        use: index == 0 ? .momentum : .weights(layer: index), draw: draw, width: layer.width, dimension: layer.inputs,
        sigma: (index == 0 ? inputScale : sigmaW) / Double(layer.inputs).squareRoot()
      ) { parameters.block(layer.weightBlock, component: $0) }
      if layer.activation == .cosine {
        stream.drawPhases(draw: draw, width: layer.width, into: parameters.block(layer.biasBlock))
      } else {
        stream.drawNormalBiases(
          use: index == 0 ? .phase : .biases(layer: index), draw: draw, width: layer.width, sigma: sigmaB,
          into: parameters.block(layer.biasBlock))
      }
    }
  }
}

extension RandomStream.Use {
  /// Weights of hidden layer `layer` > 0, counted from the input.
  static func weights(layer: Int) -> Self { Self(rawValue: UInt16(64 + 2 * layer)) }
  /// Biases of hidden layer `layer` > 0.
  static func biases(layer: Int) -> Self { Self(rawValue: UInt16(65 + 2 * layer)) }
}
