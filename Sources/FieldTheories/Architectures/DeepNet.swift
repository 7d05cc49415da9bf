// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Glibc
import LatticeFields
import NumericalKernels

// MARK: - Definition

/// L ≥ 2 fully connected hidden layers of widths N_1 … N_L,
///
///     z_l = W_l h_{l−1} + b_l,   h_l = σ(z_l),   φ(x) = N_L^{-1/2} Σ_i v_i h_{L,i}(x),
///     W_l ~ N(0, σ_w²/N_{l−1}),  b_l ~ N(0, σ_b²),  <v²> = σ_v²,   σ = relu, erf, tanh or linear,
///
/// on one of two inputs: **affine**, `z_1 = W_1 x + b_1` with W_1 ~ N(0, σ_w²/d), invariant under rotations about the origin; or **cosine**,
/// `h_1 = cos(k·x + b)` with k ~ N(0, σ_w0²/d) and b ~ U(−π, π). A translation of a cosine layer shifts its phases, and a rotation turns its
/// momenta, so that everything computed from it is Euclidean invariant at every depth and width.
///
/// Neurons of one layer share the layer before: they are exchangeable, not independent. Sources: arXiv:1711.00165 (kernels in the limit of
/// infinite width); arXiv:2106.10165 sec. 4 (finite width); docs/physics/dense-nets.md.
public struct DeepNet: LayeredNet, ScalableOutput {
  /// The first hidden layer.
  public enum Input: String, Sendable, Hashable, CaseIterable {
    /// An affine layer σ(W x + b).
    case affine
    /// cos(k·x + b).
    case cosine
  }

  /// The kind "deep-net".
  public let kind = "deep-net"
  /// Dimension d of space.
  public let dimension: Int
  /// Widths N_1 … N_L of the layers.
  public let widths: [Int]
  /// Activation σ of the layer.
  public let activation: Activation
  /// The first layer.
  public let input: Input
  /// σ_w0 of the momenta of a cosine input; 0 for an affine one.
  public let sigmaW0: Double
  /// σ_w: weights have variance σ_w² over the number of inputs.
  public let sigmaW: Double
  /// Standard deviation σ_b of the biases.
  public let sigmaB: Double
  /// The law of v, with `<v²> = σ_v²`.
  public var outputWeights: OutputWeightLaw
  /// The scale s that all v share.
  public var sharedScale = SharedScale.one

  /// A net on an affine input, or on a cosine one of momenta `sigmaW0`; the law of v must be even (not rayleigh).
  public init(
    dimension: Int, widths: [Int], activation: Activation, cosineInput sigmaW0: Double? = nil, sigmaW: Double, sigmaB: Double,
    sigmaV: Double, weights: OutputWeightLaw.Kind = .gaussian
  ) {
    precondition((1...maximumDimension).contains(dimension) && widths.count >= 2 && widths.allSatisfy { $0 > 0 })
    precondition((sigmaW0 ?? 1) > 0 && sigmaW > 0 && sigmaB >= 0 && sigmaV > 0)
    precondition(weights != .rayleigh, "DeepNet: rayleigh weights are positive, odd moments survive")
    self.dimension = dimension
    self.widths = widths
    self.activation = activation
    input = sigmaW0 == nil ? .affine : .cosine
    self.sigmaW0 = sigmaW0 ?? 0
    self.sigmaW = sigmaW
    self.sigmaB = sigmaB
    outputWeights = OutputWeightLaw(weights, variance: sigmaV * sigmaV)
  }

  /// N_L, the neurons that the field sums.
  public var width: Int { widths.last! }

  /// All L layers.
  public var hiddenLayers: [HiddenLayer] {
    widths.indices.map { index in
      HiddenLayer(
        index, inputs: index == 0 ? dimension : widths[index - 1], width: widths[index],
        activation: index == 0 && input == .cosine ? .cosine : activation)
    }
  }

  /// Scale of the first layer: `σ_w0` of cosines, else `σ_w`.
  public var inputScale: Double { input == .cosine ? sigmaW0 : sigmaW }

  /// Definition and densities in words.
  public var description: [String] {
    let first =
      input == .cosine
      ? "h_1 = cos(k.x + b), k ~ N(0, sigma_w0^2/d), b ~ U(-pi, pi)" : "h_1 = \(activation.rawValue)(W_1 x + b_1)"
    let scales =
      (input == .cosine ? ["sigma_w0 = \(sigmaW0)"] : []) + [
        "sigma_w = \(sigmaW)", "sigma_b = \(sigmaB)", "sigma_v = \(outputWeights.variance.squareRoot())",
      ]
    return [
      "phi(x) = N^{-1/2} sum_i v_i h_i(x), h the last of \(widths.count) hidden layers; \(first)",
      "h_l = \(activation.rawValue)(W_l h_{l-1} + b_l), W_l ~ N(0, sigma_w^2/inputs), b_l ~ N(0, sigma_b^2), "
        + "v: \(outputWeights.name)\(sharedScale.lawWords), <v^2> = sigma_v^2",
      "d = \(dimension), widths \(widths.map(String.init).joined(separator: ", ")), " + scales.joined(separator: ", "),
      input == .cosine
        ? "Euclidean invariant at every depth and width"
        : "not translation invariant: n-point functions at chosen points (--points), not by displacement",
    ]
  }

  /// Kind and all parameter values.
  public var streamName: String {
    "deep-net \(activation.rawValue) \(input.rawValue) d=\(dimension) N=\(widths) sigma_w0=\(sigmaW0) sigma_w=\(sigmaW) "
      + "sigma_b=\(sigmaB) mu2=\(outputWeights.variance) v=\(outputWeights.name)\(sharedScale.streamWords)"
  }
}

// MARK: - Reading

extension DeepNet {
  /// Most hidden layers.
  static let greatestDepth = 64

  /// Registers `kind = "deep-net"`.
  static let entry = ArchitectureEntry(
    kind: "deep-net",
    summary: "fully connected hidden layers (relu, erf, tanh, linear), also on an invariant cosine layer",
    template: """
      title = "Deep net on a cosine layer"
      source = "arXiv:1711.00165; cosine layer arXiv:2408.00082 eqs. (68)-(71)"
      dimension = 2                 # d, 1 to 4

      # phi(x) = N^{-1/2} sum_i v_i h_i(x),  h_l = sigma(W_l h_{l-1} + b_l),  h_1 = cos(k.x + b) or sigma(W_1 x + b_1),
      # W_l ~ N(0, sigma_w^2/inputs),  b_l ~ N(0, sigma_b^2),  k ~ N(0, sigma_w0^2/d),  b ~ U(-pi, pi)
      [architecture]
      kind = "deep-net"
      activation = "tanh"           # sigma: \(Activation.words)
      input = "cosine"              # first layer: affine (default), or cosine, which makes the field invariant
      width = 32                    # neurons of every hidden layer
      depth = 2                     # hidden layers, 2 to 64; widths = [32, 16] in place of width and depth: layer by layer
      sigma_w0 = 1.0                # width of the momentum density, 1/length; cosine input only
      sigma_w = 1.5                 # width of the weights
      sigma_b = 0.0                 # standard deviation of the biases (default 0)
      sigma_v = 1.0                 # <v^2> = sigma_v^2
      weights = "gaussian"          # law of v: gaussian (default), constant, uniform, laplace
      \(SharedScale.template)
      \(OutputComponents.template)

      # where the field is measured
      [lattice]
      sites = [16, 16]              # sites along each axis
      spacing = 0.25                # a, in units of length
      boundary = "open"             # a window on infinite space, centred on the origin

      [run]
      draws = 20000                 # independent networks
      seed = 1

      """
  ) { block, dimension, _ in
    let input: Input = try block.choice("input", default: .affine)
    return DeepNet(
      dimension: dimension,
      widths: try readWidths(block),
      activation: try block.choice("activation", among: Activation.inTheoryFiles),
      cosineInput: input == .cosine ? try block.number("sigma_w0", in: TheoryBlock.scales) : nil,
      sigmaW: try block.number("sigma_w", in: TheoryBlock.scales),
      sigmaB: try block.number("sigma_b", default: 0, in: 0...1e30),
      sigmaV: try block.number("sigma_v", in: TheoryBlock.scales),
      weights: try block.evenWeights())
  }

  /// `widths`, or `width` and `depth`.
  private static func readWidths(_ block: TheoryBlock) throws -> [Int] {
    guard block.has("widths") else {
      let width = try block.integer("width", in: 1...100_000)
      return [Int](repeating: width, count: try block.integer("depth", in: 2...greatestDepth))
    }
    if let other = ["width", "depth"].first(where: block.has) {
      throw block.fault(other, "the widths of all layers are given already", cure: "give widths, or width and depth")
    }
    return try block.integers("widths", count: 2...greatestDepth, in: 1...100_000)
  }
}

// MARK: - Sampling

extension DeepNet {
  /// Relu fields of narrow deep nets have heavy tails: the error of an average of φ² rests on `<φ⁸>`, its effective number of networks is
  /// `draws <φ⁴>²/<φ⁸>`. Below twenty no error bar holds.
  public func samplingObstruction(order: Int, radius: Double, draws: Int) -> String? {
    guard let tail = tailRatio else { return nil }
    let effective = Double(draws) * tail
    guard effective < 20 else { return nil }
    return
      "rare networks carry the correlators of a narrow deep relu net: of \(draws) effectively "
      + "\((effective * 10).rounded() / 10) count; draw more, or choose wider layers or fewer"
  }

  /// Draws times `<φ⁴>²/<φ⁸>`, where known; bounded neurons count in full.
  public func effectiveSamples(draws: Int) -> Double { Double(draws) * (tailRatio ?? sharedScale.effectiveFraction) }

  /// `<φ⁴>²/<φ⁸>` of relu fields at |x|² = d.
  private var tailRatio: Double? {
    var x = Point.zero
    for axis in 0..<dimension { x[axis] = 1 }
    guard let fourth = coincidentMoment(4, at: x), let eighth = coincidentMoment(8, at: x) else { return nil }
    return fourth / eighth * fourth
  }
}
