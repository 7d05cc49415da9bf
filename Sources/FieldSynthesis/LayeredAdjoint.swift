// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import LatticeFields
import NumericalKernels

/// Backpropagation through fully connected layers: the adjoint of the features of the last one,
///
///     D_L = g/√N σ'(z_L),   D_{l−1} = (D_l W_lᵀ) σ'(z_{l−1}),   ∂/∂W_l = h_{l−1}ᵀ D_l,   ∂/∂b_l = Σ_a D_l,
///
/// rows of D and h being points a. Three matrix products a layer. Source: D. E. Rumelhart, G. E. Hinton, R. J. Williams, Nature 323 (1986) 533.
final class LayeredAdjoint {
  private let net: any LayeredNet
  private let layers: [HiddenLayer]
  private let pointCount: Int
  private let coordinates: AlignedBuffer<Double>
  /// z_l and h_l = σ(z_l) of every layer at all points.
  private let preactivations: [AlignedBuffer<Double>]
  private let activations: [AlignedBuffer<Double>]
  private let slopes: AlignedBuffer<Double>
  /// D of the layer in hand and of the one before.
  private var (pulls, below): (AlignedBuffer<Double>, AlignedBuffer<Double>)

  init(_ net: any LayeredNet, points: [Point]) {
    self.net = net
    layers = net.hiddenLayers
    pointCount = points.count
    coordinates = AlignedBuffer(count: net.dimension * points.count, repeating: 0)
    for (index, point) in points.enumerated() {
      for axis in 0..<net.dimension { coordinates[net.dimension * index + axis] = point[axis] }
    }
    func room(_ width: Int) -> AlignedBuffer<Double> { AlignedBuffer(count: points.count * width, repeating: 0) }
    preactivations = layers.map { room($0.width) }
    activations = layers.map { room($0.width) }
    let widest = layers.map(\.width).max()!
    (slopes, pulls, below) = (room(widest), room(widest), room(widest))
  }

  private func inputs(_ layer: Int) -> UnsafePointer<Double> {
    UnsafePointer(layer == 0 ? coordinates.pointer : activations[layer - 1].pointer)
  }

  private func forward(_ parameters: NetworkParameters) {
    for (index, layer) in layers.enumerated() {
      let (z, h, n) = (preactivations[index].pointer, activations[index].pointer, layer.width)
      MatrixProduct.multiply(
        rows: pointCount, columns: n, inner: layer.inputs, a: inputs(index), aStride: layer.inputs,
        b: parameters.block(layer.weightBlock), bStride: n, c: z, cStride: n)
      let biases = parameters.block(layer.biasBlock)
      h.update(from: z, count: pointCount * n)
      layer.activation.apply(to: h, biases: biases, rows: pointCount, count: n)
      for a in 0..<pointCount { for i in 0..<n { z[a * n + i] += biases[i] } }
    }
  }

  func callAsFunction(_ parameters: NetworkParameters, of features: UnsafePointer<Double>, into gradient: NetworkParameters) {
    forward(parameters)
    let scale = 1 / Double(net.width).squareRoot()
    for i in 0..<pointCount * net.width { pulls[i] = scale * features[i] }
    for (index, layer) in layers.enumerated().reversed() {
      let (n, d) = (layer.width, pulls.pointer)
      layer.activation.slopes(of: preactivations[index].pointer, into: slopes.pointer, count: pointCount * n)
      for i in 0..<pointCount * n { d[i] *= slopes[i] }
      let (byBias, byWeight) = (gradient.block(layer.biasBlock), gradient.block(layer.weightBlock))
      byBias.update(repeating: 0, count: n)
      for a in 0..<pointCount { for i in 0..<n { byBias[i] += d[a * n + i] } }
      byWeight.update(repeating: 0, count: layer.inputs * n)
      MatrixProduct.addTransposed(
        rows: layer.inputs, columns: n, inner: pointCount, a: inputs(index), aStride: layer.inputs, b: d, bStride: n,
        to: byWeight, cStride: n)
      guard index > 0 else { return }
      MatrixProduct.multiplyTransposed(
        rows: pointCount, columns: layer.inputs, inner: n, a: d, aStride: n, b: parameters.block(layer.weightBlock), bStride: n,
        beta: 0, c: below.pointer, cStride: layer.inputs)
      swap(&pulls, &below)
    }
  }
}
