// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// Full-batch gradient descent on `L = (1/2P) Σ (φ − y)²` of a fully connected net without biases, `z^1 = f_1 ω_1 x`, `z^{l+1} = f_{l+1} ω_{l+1} σ(z^l)`, all data
/// at once: layers are matrix products, activations are vectorised. One instance trains one net.
///
/// Cost of a step with D inputs and N neurons a layer: 6 P times the number of seeds, and 4 ns P N a layer for erf.
final class GradientDescent {
  private let weights: [AlignedBuffer<Double>]
  private let sizes: [Int]
  private let activation: Activation
  private let factors: [Double]
  private let count: Int
  /// What each layer is given, P × inputs: the data, then σ(z) of the layer below.
  private let given: [AlignedBuffer<Double>]
  /// σ′(z) and ∂L/∂z of each layer, P × outputs; ∂L/∂z once more, outputs × P.
  private let slopes, pulls, turned: [AlignedBuffer<Double>]
  private let zeros: AlignedBuffer<Double>

  init(seeds: [[Double]], sizes: [Int], activation: Activation, factors: [Double], inputs: [[Double]]) {
    (self.sizes, self.activation, self.factors, count) = (sizes, activation, factors, inputs.count)
    func room(_ count: Int) -> AlignedBuffer<Double> { AlignedBuffer(count: count, repeating: 0) }
    let rows = inputs.count
    weights = seeds.map { own in
      let buffer = room(own.count)
      for index in own.indices { buffer[index] = own[index] }
      return buffer
    }
    given = sizes.dropLast().map { room(rows * $0) }
    slopes = sizes.dropFirst().map { room(rows * $0) }
    pulls = sizes.dropFirst().map { room(rows * $0) }
    turned = sizes.dropFirst().map { room(rows * $0) }
    zeros = room(sizes.max()!)
    for (row, input) in inputs.enumerated() { for (column, x) in input.enumerated() { given[0][row * sizes[0] + column] = x } }
  }

  /// The seeds as they stand.
  var seeds: [[Double]] { weights.map(\.array) }

  /// `ω_l −= sizes[l] ∂L/∂ω_l` of all layers.
  func step(labels: [Double], sizes steps: [Double]) {
    let last = weights.count - 1
    for layer in weights.indices {
      let (inputs, outputs) = (sizes[layer], sizes[layer + 1])
      let z = layer == last ? pulls[layer].pointer : given[layer + 1].pointer
      MatrixProduct.multiplyTransposed(
        rows: count, columns: outputs, inner: inputs, alpha: factors[layer], a: given[layer].pointer, aStride: inputs,
        b: weights[layer].pointer, bStride: inputs, beta: 0, c: z, cStride: outputs)
      guard layer < last else { break }
      activation.slopes(of: z, into: slopes[layer].pointer, count: count * outputs)
      activation.apply(to: z, biases: zeros.pointer, rows: count, count: outputs)
    }
    for row in 0..<count { pulls[last][row] = (pulls[last][row] - labels[row]) / Double(count) }
    for layer in weights.indices.reversed() {
      let (inputs, outputs) = (sizes[layer], sizes[layer + 1])
      let (pull, turned) = (pulls[layer].pointer, turned[layer].pointer)
      if layer > 0 {
        let below = pulls[layer - 1].pointer
        MatrixProduct.multiply(
          rows: count, columns: inputs, inner: outputs, alpha: factors[layer], a: pull, aStride: outputs,
          b: weights[layer].pointer, bStride: inputs, c: below, cStride: inputs)
        let slope = slopes[layer - 1].pointer
        for index in 0..<count * inputs { below[index] *= slope[index] }
      }
      for row in 0..<count { for column in 0..<outputs { turned[column * count + row] = pull[row * outputs + column] } }
      MatrixProduct.multiply(
        rows: outputs, columns: inputs, inner: count, alpha: -steps[layer] * factors[layer], a: turned, aStride: count,
        b: given[layer].pointer, bStride: inputs, beta: 1, c: weights[layer].pointer, cStride: inputs)
    }
  }
}
