// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import LatticeFields
import NumericalKernels

/// Fully connected layers at arbitrary points: one matrix product and one vectorised activation a layer, for blocks of sites whose
/// activations stay in cache.
///
/// Sums of n products carry a rounding error below `n 2^{-53} Σ|terms|` each, the activations 3e-16. Cost a site: 0.1 ns a weight
/// and 0.2 (relu) to 2 ns a neuron.
final class LayerByLayer: FieldSynthesizer {
  private let net: any LayeredNet
  private let layers: [HiddenLayer]
  private let pointCount: Int
  /// Coordinates of the points, d numbers each.
  private let coordinates: AlignedBuffer<Double>
  private let amplitudes: AlignedBuffer<Double>
  /// Activations of a block of sites, of every other layer.
  private let activations: [AlignedBuffer<Double>]
  private let block: Int
  private let points: [Point]
  private lazy var backward = LayeredAdjoint(net, points: points)

  init(_ net: any LayeredNet, points: [Point]) {
    (self.net, self.points) = (net, points)
    layers = net.hiddenLayers
    pointCount = points.count
    coordinates = AlignedBuffer(count: net.dimension * points.count, repeating: 0)
    for (index, point) in points.enumerated() {
      for axis in 0..<net.dimension { coordinates[net.dimension * index + axis] = point[axis] }
    }
    amplitudes = AlignedBuffer(count: net.width, repeating: 0)
    let widest = layers.map(\.width).max()!
    let block = min(points.count, Self.blockSize(widest: widest))
    self.block = block
    activations = (0..<2).map { _ in AlignedBuffer(count: block * widest, repeating: 0) }
  }

  /// Sites whose activations fill 128 kB, 16 to 512.
  private static func blockSize(widest: Int) -> Int { max(16, min(512, (1 << 14) / widest)) }

  func evaluate(_ parameters: NetworkParameters, into field: UnsafeMutablePointer<Double>) {
    let scale = 1 / Double(net.width).squareRoot()
    let weights = parameters.block(0)
    for i in 0..<net.width { amplitudes[i] = scale * weights[i] }
    forEachBlock(parameters) { first, count, last in
      MatrixProduct.multiply(
        rows: count, columns: 1, inner: net.width, a: last, aStride: net.width, b: amplitudes.pointer, bStride: 1,
        c: field + first, cStride: 1)
    }
  }

  /// Hands on the activations of the last layer, row by row, of one block of points after another.
  private func forEachBlock(
    _ parameters: NetworkParameters, _ body: (_ first: Int, _ count: Int, _ last: UnsafePointer<Double>) -> Void
  ) {
    for first in stride(from: 0, to: pointCount, by: block) {
      let count = min(block, pointCount - first)
      var inputs = UnsafePointer(coordinates.pointer + net.dimension * first)
      for (index, layer) in layers.enumerated() {
        let outputs = activations[index % 2].pointer
        MatrixProduct.multiply(
          rows: count, columns: layer.width, inner: layer.inputs, a: inputs, aStride: layer.inputs,
          b: parameters.block(layer.weightBlock), bStride: layer.width, c: outputs, cStride: layer.width)
        layer.activation.apply(
          to: outputs, biases: parameters.block(layer.biasBlock), rows: count, count: layer.width)
        inputs = UnsafePointer(outputs)
      }
      body(first, count, inputs)
    }
  }
}

/// The last layer before its output weights.
extension LayerByLayer: FeatureSynthesizer {
  func evaluateFeatures(_ parameters: NetworkParameters, into features: UnsafeMutablePointer<Double>) {
    let (scale, width) = (1 / Double(net.width).squareRoot(), net.width)
    forEachBlock(parameters) { first, count, last in
      let rows = features + first * width
      for i in 0..<count * width { rows[i] = scale * last[i] }
    }
  }

  func adjoint(_ parameters: NetworkParameters, of pulls: UnsafePointer<Double>, into gradient: NetworkParameters) {
    backward(parameters, of: pulls, into: gradient)
  }
}
