// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import NumericalKernels

/// How the weights of a fully connected net scale with its width N: layer l = 1 … L has `W = N^{−a_l} w`, `w = N^{−b_l/2} ω` with unit-normal seeds ω, the learning rate is `η_0 γ_0² N^{2d−c}` and
/// the output `1/(γ_0 N^d)` of that of the last layer, all with the first layer's 1/√D for D inputs.
///
/// Gradient flow and its Euler steps move seeds by `−η_0 γ_0² N^{2d−c+b_l} ∂L/∂ω`, so `(a_l, b_l, c) → (a_l + t, b_l − 2t, c − 2t)` in all layers changes nothing, exactly. Source: arXiv:2408.00082 eqs. (101)-(106).
public struct WidthScaling: Sendable, Hashable {
  /// a of the first layer, and of all others.
  public var firstWeight, weight: Double
  /// b of the first layer, and of all others.
  public var firstVariance, variance: Double
  /// c.
  public var rate: Double
  /// d.
  public var output: Double

  /// a_1, a_l, b_1, b_l, c, d.
  public init(firstWeight: Double, weight: Double, firstVariance: Double, variance: Double, rate: Double, output: Double) {
    (self.firstWeight, self.weight, self.firstVariance, self.variance) = (firstWeight, weight, firstVariance, variance)
    (self.rate, self.output) = (rate, output)
  }

  /// NTK: hidden layers stand still as N grows.
  public static let tangent = WidthScaling(firstWeight: 0, weight: 0.5, firstVariance: 0, variance: 0, rate: 0, output: 0)
  /// Mean field: hidden layers learn at every N.
  public static let meanField = WidthScaling(firstWeight: 0, weight: 0.5, firstVariance: 0, variance: 0, rate: 0, output: 0.5)
  /// muP, the same ensemble and the same flow as ``meanField`` in other parameters.
  public static let maximalUpdate = WidthScaling(
    firstWeight: -0.5, weight: 0, firstVariance: 1, variance: 1, rate: 1, output: 0.5)

  /// The same net and flow in other parameters.
  public func shifted(by t: Double) -> WidthScaling {
    WidthScaling(
      firstWeight: firstWeight + t, weight: weight + t, firstVariance: firstVariance - 2 * t, variance: variance - 2 * t,
      rate: rate - 2 * t, output: output)
  }
}

/// A fully connected net without biases that is trained by full-batch gradient descent on `L = (1/2P) Σ (φ − y)²`, all seeds of all layers:
///
///     z^1 = N^{−a_1−b_1/2} ω_1 x/√D,   z^{l+1} = N^{−a−b/2} ω_{l+1} σ(z^l),   φ = N^{−a−b/2−d} ω_L·σ(z^{L−1})
///
/// with γ_0 = 1, each layer times a scale of its own (1 unless stated). Gradients by backpropagation. Cost of a step: that of `GradientDescent`.
public struct TrainedNetwork: Sendable {
  /// Seeds of every layer, row by row: outputs × inputs; one row in the last.
  public private(set) var seeds: [[Double]]
  private let sizes: [Int]
  private let activation: Activation
  private let scaling: WidthScaling
  private let scales: [Double]

  /// From seeds: `sizes` are D, N, …, N and 1; `scales` the σ of every layer.
  public init(
    seeds: [[Double]], sizes: [Int], activation: Activation, scaling: WidthScaling, scales: [Double]? = nil
  ) {
    precondition(sizes.count == seeds.count + 1 && sizes.last == 1 && seeds.count > 1)
    for (layer, seeds) in seeds.enumerated() { precondition(seeds.count == sizes[layer] * sizes[layer + 1]) }
    (self.seeds, self.sizes, self.activation, self.scaling) = (seeds, sizes, activation, scaling)
    self.scales = scales ?? seeds.map { _ in 1 }
  }

  private var width: Double { Double(sizes[1]) }

  private func factor(_ layer: Int) -> Double {
    let exponent = layer == 0 ? scaling.firstWeight + scaling.firstVariance / 2 : scaling.weight + scaling.variance / 2
    let last = layer == seeds.count - 1 ? scaling.output : 0
    return scales[layer] * pow(width, -exponent - last) / (layer == 0 ? Double(sizes[0]).squareRoot() : 1)
  }

  private func rate(_ layer: Int) -> Double {
    pow(width, 2 * scaling.output - scaling.rate + (layer == 0 ? scaling.firstVariance : scaling.variance))
  }

  /// Pre-activations z of every layer at an input; the last holds φ.
  public func preactivations(_ x: [Double]) -> [[Double]] {
    var (input, result) = (x, [[Double]]())
    for layer in seeds.indices {
      let (inputs, outputs, scale) = (sizes[layer], sizes[layer + 1], factor(layer))
      let z = seeds[layer].withUnsafeBufferPointer { w in
        (0..<outputs).map { i in
          var sum = 0.0
          for j in 0..<inputs { sum += w[i * inputs + j] * input[j] }
          return scale * sum
        }
      }
      result.append(z)
      if layer < seeds.count - 1 { input = z.map(activation.value) }
    }
    return result
  }

  /// φ at inputs.
  public func values(_ inputs: [[Double]]) -> [Double] { inputs.map { preactivations($0).last![0] } }

  /// ∂φ/∂ω of every layer at an input.
  public func gradient(_ x: [Double]) -> [[Double]] {
    let z = preactivations(x)
    var gradients = seeds.map { [Double](repeating: 0, count: $0.count) }
    // ∂φ/∂z of the layer in hand.
    var back = [1.0]
    for layer in seeds.indices.reversed() {
      let (inputs, outputs, scale) = (sizes[layer], sizes[layer + 1], factor(layer))
      let input = layer == 0 ? x : z[layer - 1].map(activation.value)
      var below = [Double](repeating: 0, count: inputs)
      gradients[layer].withUnsafeMutableBufferPointer { g in
        seeds[layer].withUnsafeBufferPointer { w in
          for i in 0..<outputs {
            let pull = scale * back[i]
            for j in 0..<inputs {
              g[i * inputs + j] = pull * input[j]
              below[j] += pull * w[i * inputs + j]
            }
          }
        }
      }
      if layer > 0 { back = zip(below, z[layer - 1]).map { $0 * activation.slope($1) } }
    }
    return gradients
  }

  /// The empirical tangent kernel `Σ_l N^{2d−c+b_l} ∂φ(x)/∂ω_l · ∂φ(x')/∂ω_l`, which moves φ in gradient flow.
  public func tangentKernel(_ inputs: [[Double]]) -> [[Double]] {
    let gradients = inputs.map(gradient)
    return gradients.map { a in
      gradients.map { b in
        seeds.indices.reduce(0.0) { sum, layer in
          sum + rate(layer) * zip(a[layer], b[layer]).reduce(0.0) { $0 + $1.0 * $1.1 }
        }
      }
    }
  }

  /// `count` Euler steps of size η_0 h on data.
  public mutating func descend(_ inputs: [[Double]], labels: [Double], steps count: Int, size: Double) {
    let descent = GradientDescent(
      seeds: seeds, sizes: sizes, activation: activation, factors: seeds.indices.map(factor), inputs: inputs)
    let sizes = seeds.indices.map { size * rate($0) }
    for _ in 0..<count { descent.step(labels: labels, sizes: sizes) }
    seeds = descent.seeds
  }
}
