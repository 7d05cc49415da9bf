// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Glibc
import LatticeFields
import NumericalKernels

// MARK: - Definition

/// One fully connected hidden layer,
///
///     φ(x) = N^{-1/2} Σ_i v_i σ(w_i·x + b_i),   w ~ N(0, σ_w²/d),  b ~ N(0, σ_b²),  <v²> = σ_v²,   σ = relu, erf, tanh or linear.
///
/// Pre-activations are Gaussian with covariance `K(x,y) = σ_b² + σ_w² x·y/d`; moments of a neuron are Gaussian averages. Invariant under
/// rotations about the origin, not under translations. Only an even law of v is allowed: there is no uniform phase, so odd moments of v
/// would survive. Source: arXiv:2008.08601; arXiv:1711.00165 for the kernels; docs/physics/dense-nets.md.
public struct DenseNet: NeuronSum, LayeredNet, ScalableOutput {
  /// The kind "dense-net".
  public let kind = "dense-net"
  /// Dimension d of space.
  public let dimension: Int
  /// Width N, the number of neurons.
  public let width: Int
  /// Activation σ of the hidden layer.
  public let activation: Activation
  /// Scale σ_w of the input weights, which have variance σ_w²/d per component.
  public let sigmaW: Double
  /// Standard deviation σ_b of the bias.
  public let sigmaB: Double
  /// The law of v, with `<v²> = σ_v²`.
  public var outputWeights: OutputWeightLaw
  /// The scale s that all v share.
  public var sharedScale = SharedScale.one

  /// A net; the law of v must be even (not rayleigh).
  public init(
    dimension: Int, width: Int, activation: Activation, sigmaW: Double, sigmaB: Double, sigmaV: Double,
    weights: OutputWeightLaw.Kind = .gaussian
  ) {
    precondition((1...maximumDimension).contains(dimension) && width > 0)
    precondition(sigmaW > 0 && sigmaB >= 0 && sigmaV > 0)
    precondition(activation.value(0) == 0, "DenseNet: a pre-activation that is identically zero is to leave σ(0) = 0")
    precondition(weights != .rayleigh, "DenseNet: rayleigh weights are positive, odd moments survive")
    self.dimension = dimension
    self.width = width
    self.activation = activation
    self.sigmaW = sigmaW
    self.sigmaB = sigmaB
    outputWeights = OutputWeightLaw(weights, variance: sigmaV * sigmaV)
  }

  /// The one hidden layer.
  public var hiddenLayers: [HiddenLayer] {
    [HiddenLayer(0, inputs: dimension, width: width, activation: activation)]
  }

  /// Definition and densities in words.
  public var description: [String] {
    [
      "phi(x) = N^{-1/2} sum_i v_i \(activation.rawValue)(w_i.x + b_i)",
      "w ~ N(0, sigma_w^2/d), b ~ N(0, sigma_b^2), v: \(outputWeights.name)\(sharedScale.lawWords), <v^2> = sigma_v^2",
      "d = \(dimension), N = \(width), sigma_w = \(sigmaW), sigma_b = \(sigmaB), sigma_v = \(outputWeights.variance.squareRoot())",
      "G2(x,y) = sigma_v^2 <\(activation.rawValue)(z(x)) \(activation.rawValue)(z(y))> at every width, "
        + "<z(x) z(y)> = sigma_b^2 + sigma_w^2 x.y/d; \(sharedScale.widthWords)",
      "not translation invariant: n-point functions at chosen points (--points), not by displacement",
    ]
  }

  /// Kind and all parameter values.
  public var streamName: String {
    "dense-net \(activation.rawValue) d=\(dimension) N=\(width) sigma_w=\(sigmaW) sigma_b=\(sigmaB) "
      + "mu2=\(outputWeights.variance) v=\(outputWeights.name)\(sharedScale.streamWords)"
  }
}

// MARK: - Reading

extension DenseNet {
  /// Registers `kind = "dense-net"`.
  static let entry = ArchitectureEntry(
    kind: "dense-net",
    summary: "one fully connected hidden layer (\(Activation.words)); exact n-point functions at every width",
    template: """
      title = "Relu-net"
      source = "arXiv:2008.08601 sec. 2"
      dimension = 2                 # d, 1 to 4

      # phi(x) = N^{-1/2} sum_i v_i sigma(w_i.x + b_i),  w ~ N(0, sigma_w^2/d),  b ~ N(0, sigma_b^2)
      [architecture]
      kind = "dense-net"
      activation = "relu"           # sigma: \(Activation.words)
      width = 100                   # N, number of neurons
      sigma_w = 1.0                 # width of the input weights, 1/length
      sigma_b = 0.0                 # standard deviation of the bias (default 0)
      sigma_v = 1.0                 # <v^2> = sigma_v^2
      weights = "gaussian"          # law of v: gaussian (default), constant, uniform, laplace
      \(SharedScale.template)
      \(OutputComponents.template)

      \(ArchitectureEntry.windowAtOrigin)
      """
  ) { block, dimension, _ in
    DenseNet(
      dimension: dimension,
      width: try block.width(),
      activation: try block.choice("activation", among: Activation.inTheoryFiles),
      sigmaW: try block.number("sigma_w", in: TheoryBlock.scales),
      sigmaB: try block.number("sigma_b", default: 0, in: 0...1e30),
      sigmaV: try block.number("sigma_v", in: TheoryBlock.scales),
      weights: try block.evenWeights())
  }
}

extension TheoryBlock {
  /// `weights` of a net without a uniform phase: an even law.
  func evenWeights() throws -> OutputWeightLaw.Kind {
    let weights: OutputWeightLaw.Kind = try choice("weights", default: .gaussian)
    guard weights != .rayleigh else {
      throw fault(
        "weights", "rayleigh weights are positive and these neurons have no uniform phase, so odd moments survive",
        cure: "use gaussian, constant, uniform or laplace")
    }
    return weights
  }
}

// MARK: - Sampling

extension DenseNet {
  /// The count at a typical point, `|x|² = d`: relu neurons have it everywhere, bounded ones are tamer further out.
  public func effectiveSamples(draws: Int) -> Double {
    let deviation = hypot(sigmaW, sigmaB)
    let neuron = GaussianNeuron(activation, rows: [[deviation]])
    func moment(_ n: Int) -> Double { outputWeights.moment(n) * (neuron.average(powers: [n]) ?? 1) }
    return effectiveNeurons(draws: draws, moment)
  }
}

// MARK: - Exact results

extension DenseNet {
  /// `M_2(x, y)`; nil for tanh where it would be too dear.
  func kernel(_ x: Point, _ y: Point) -> Double? { activation.kernel(covariance(x, x), covariance(y, y), covariance(x, y)) }

  /// The pre-activations at distinct points.
  private func neuron(at points: [Point]) -> GaussianNeuron? {
    GaussianNeuron(activation, points: points, dimension: dimension, sigmaW: sigmaW, sigmaB: sigmaB)
  }

  /// M_n: closed forms at n = 2 (quadrature for tanh, NaN where it would be too dear), integrals over at most three directions beyond. The points, with the bias as one more
  /// axis, must span at most three directions; ``exact(_:lattice:)`` says where they do.
  public func neuronMoment(_ points: [Point]) -> Double {
    guard points.count % 2 == 0 else { return 0 }
    if points.count == 2 {
      let (x, y) = (points[0], points[1])
      return kernel(x, y) ?? .nan
    }
    let (sites, powers) = points.multiplicities
    // A pre-activation that is identically zero leaves σ(0) = 0.
    guard let neuron = neuron(at: sites) else { return 0 }
    guard let moment = neuron.average(powers: powers) else {
      preconditionFailure("DenseNet: \(points.count) points that span more than three directions")
    }
    return moment
  }

  /// `Σ_x Σ_y M_2` at order 2; beyond that integrals over at most three directions (two for relu).
  public func zeroMomentumNeuronMoment(order: Int, lattice: Lattice) -> ExactValue? {
    let points = (0..<lattice.siteCount).map(lattice.position).filter { covariance($0, $0) > 0 }
    // All sites at the origin, without a bias: σ(0) = 0.
    if points.isEmpty { return ExactValue(0) }
    let scale = (0..<order).reduce(1.0) { product, _ in product * lattice.cellVolume }
    if order == 2 && activation.hasClosedKernel { return pairSum(points).map { scale * $0 } }
    return neuron(at: points)?.averageOfSum(order: order).map { scale * $0 }
  }

  /// What follows from the moments of one neuron, where these are known.
  public func exact(_ function: CorrelationFunction, lattice: Lattice?) -> ExactValue? {
    let points = function.points
    if points.count > 2 || !activation.hasClosedKernel, let neuron = neuron(at: points.multiplicities.sites),
      !neuron.isKnown(order: points.count)
    {
      return nil
    }
    return exactNeuronSum(function, lattice: lattice).flatMap { $0.value.isFinite ? $0 : nil }
  }
}

extension [Point] {
  /// The distinct points in order of appearance, and how often each occurs.
  var multiplicities: (sites: [Point], counts: [Int]) {
    var sites: [Point] = []
    var counts: [Int] = []
    for point in self {
      if let known = sites.firstIndex(of: point) {
        counts[known] += 1
      } else {
        sites.append(point)
        counts.append(1)
      }
    }
    return (sites, counts)
  }
}
