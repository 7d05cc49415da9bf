// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Glibc
import LatticeFields
import NumericalKernels

// MARK: - Definition

/// One fully connected hidden layer of sines,
///
///     φ(x) = N^{-1/2} Σ_i v_i sin(w_i·x + b_i),   w ~ N(0, σ_w²/d),  b ~ N(0, σ_b²),  <v²> = σ_v².
///
/// Pre-activations h are Gaussian with covariance `K(x,y) = σ_b² + σ_w² x·y/d`, so all moments of a neuron are sums of exponentials:
///
///     <sin h_1 … sin h_n> = (−1)^{n/2} 2^{−n} Σ_{s = ±1} s_1 ⋯ s_n exp(−Var(s_1 h_1 + … + s_n h_n)/2),   n even;
///     <sin h_1 sin h_2> = e^{−(K_11 + K_22)/2} sinh K_12.
///
/// Invariant under rotations about the origin, not under translations: at σ_b = 0 the field vanishes at the origin, at large σ_b it becomes a
/// Cos-net. Only an even law of v is allowed, as for ``DenseNet``. Source: `sin h = (e^{ih} − e^{−ih})/2i` and
/// Gaussian averages; docs/physics/dense-nets.md.
public struct SineNet: NeuronSum, LayeredNet, ScalableOutput {
  /// The kind "sine-net".
  public let kind = "sine-net"
  /// Dimension d of space.
  public let dimension: Int
  /// Width N, the number of neurons.
  public let width: Int
  /// Scale σ_w of the input weights, 1/length: they have variance σ_w²/d per component.
  public let sigmaW: Double
  /// Standard deviation σ_b of the bias.
  public let sigmaB: Double
  /// The law of v, with `<v²> = σ_v²`.
  public var outputWeights: OutputWeightLaw
  /// The scale s that all v share.
  public var sharedScale = SharedScale.one

  /// A net; the law of v must be even (not rayleigh).
  public init(
    dimension: Int, width: Int, sigmaW: Double, sigmaB: Double, sigmaV: Double, weights: OutputWeightLaw.Kind = .gaussian
  ) {
    precondition((1...maximumDimension).contains(dimension) && width > 0)
    precondition(sigmaW > 0 && sigmaB >= 0 && sigmaV > 0)
    precondition(weights != .rayleigh, "SineNet: rayleigh weights are positive, odd moments survive")
    self.dimension = dimension
    self.width = width
    self.sigmaW = sigmaW
    self.sigmaB = sigmaB
    outputWeights = OutputWeightLaw(weights, variance: sigmaV * sigmaV)
  }

  /// The one layer of sines.
  public var hiddenLayers: [HiddenLayer] { [HiddenLayer(0, inputs: dimension, width: width, activation: .sine)] }

  /// Definition and densities in words.
  public var description: [String] {
    [
      "phi(x) = N^{-1/2} sum_i v_i sin(w_i.x + b_i)",
      "w ~ N(0, sigma_w^2/d), b ~ N(0, sigma_b^2), v: \(outputWeights.name)\(sharedScale.lawWords), <v^2> = sigma_v^2",
      "d = \(dimension), N = \(width), sigma_w = \(sigmaW), sigma_b = \(sigmaB), sigma_v = \(outputWeights.variance.squareRoot())",
      "G2(x,y) = sigma_v^2 exp(-(K(x,x) + K(y,y))/2) sinh K(x,y) at every width, K(x,y) = sigma_b^2 + sigma_w^2 x.y/d; "
        + sharedScale.widthWords,
      "not translation invariant: n-point functions at chosen points (--points), not by displacement",
    ]
  }

  /// Kind and all parameter values.
  public var streamName: String {
    "sine-net d=\(dimension) N=\(width) sigma_w=\(sigmaW) sigma_b=\(sigmaB) mu2=\(outputWeights.variance) "
      + "v=\(outputWeights.name)\(sharedScale.streamWords)"
  }
}

// MARK: - Reading

extension SineNet {
  /// Registers `kind = "sine-net"`.
  static let entry = ArchitectureEntry(
    kind: "sine-net",
    summary: "one hidden layer of sines; exact n-point functions at every width",
    template: """
      title = "Sine-net"
      source = "arXiv:2006.09661 sec. 3 (sine activations); moments: docs/physics/dense-nets.md"
      dimension = 2                 # d, 1 to 4

      # phi(x) = N^{-1/2} sum_i v_i sin(w_i.x + b_i),  w ~ N(0, sigma_w^2/d),  b ~ N(0, sigma_b^2)
      [architecture]
      kind = "sine-net"
      width = 100                   # N, number of neurons
      sigma_w = 1.0                 # width of the input weights, 1/length
      sigma_b = 0.5                 # standard deviation of the bias (default 0)
      sigma_v = 1.0                 # <v^2> = sigma_v^2
      weights = "gaussian"          # law of v: gaussian (default), constant, uniform, laplace
      \(SharedScale.template)
      \(OutputComponents.template)

      \(ArchitectureEntry.windowAtOrigin)
      """
  ) { block, dimension, _ in
    SineNet(
      dimension: dimension,
      width: try block.width(),
      sigmaW: try block.number("sigma_w", in: TheoryBlock.scales),
      sigmaB: try block.number("sigma_b", default: 0, in: 0...1e30),
      sigmaV: try block.number("sigma_v", in: TheoryBlock.scales),
      weights: try block.evenWeights())
  }
}

// MARK: - Sampling

extension SineNet {
  /// The count at a typical point, `|x|² = d`; the origin itself may be a zero of the field.
  public func effectiveSamples(draws: Int) -> Double {
    let x = Point(Double(dimension).squareRoot(), 0, 0, 0)
    return effectiveNeurons(draws: draws) { outputWeights.moment($0) * neuronMoment(Array(repeating: x, count: $0)) }
  }
}

// MARK: - Exact results

extension SineNet {
  /// M_n. Relative accuracy 1e-15 (1 + K) at n = 2; absolute accuracy 1e-15 beyond, where 2^{n−1} exponentials are added.
  public func neuronMoment(_ points: [Point]) -> Double {
    let n = points.count
    guard n % 2 == 0, points.allSatisfy({ covariance($0, $0) > 0 }) else { return 0 }
    if n == 2 {
      let (diagonal, across) = (
        (covariance(points[0], points[0]) + covariance(points[1], points[1])) / 2, covariance(points[0], points[1])
      )
      return abs(across) < 1
        ? exp(-diagonal) * sinh(across) : (exp(across - diagonal) - exp(-across - diagonal)) / 2
    }
    let matrix = points.map { x in points.map { y in covariance(x, y) } }
    var sum = 0.0
    // s and −s give the same term: the first sign is kept.
    for signs in 0..<1 << (n - 1) {
      func sign(_ i: Int) -> Double { i > 0 && signs >> (i - 1) & 1 == 1 ? -1 : 1 }
      var (variance, product) = (0.0, 1.0)
      for i in 0..<n {
        product *= sign(i)
        for j in 0..<n { variance += sign(i) * sign(j) * matrix[i][j] }
      }
      sum += product * exp(-variance / 2)
    }
    return (n % 4 == 0 ? 1 : -1) * sum / Double(1 << (n - 1))
  }

  /// `a^{2d} Σ_x Σ_y M_2(x, y)` at order 2, on up to 4096 sites; nil beyond.
  public func zeroMomentumNeuronMoment(order: Int, lattice: Lattice) -> ExactValue? {
    guard order == 2 else { return nil }
    return pairSum((0..<lattice.siteCount).map(lattice.position)).map { lattice.cellVolume * lattice.cellVolume * $0 }
  }

  /// What follows from the moments of one neuron; nil beyond n = 2 where pre-activations are so narrow that fewer than six figures of a moment
  /// would be left.
  public func exact(_ function: CorrelationFunction, lattice: Lattice?) -> ExactValue? {
    let points = function.points
    let size = points.reduce(1.0) { $0 * min(1, covariance($1, $1).squareRoot()) }
    if points.count > 2, size > 0, size < 1e-9 { return nil }
    return exactNeuronSum(function, lattice: lattice).flatMap { $0.value.isFinite ? $0 : nil }
  }
}
