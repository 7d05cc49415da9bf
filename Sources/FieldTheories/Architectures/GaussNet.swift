// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Glibc
import LatticeFields
import NumericalKernels

// MARK: - Definition

/// Gauss-net: normalised exponential neurons,
///
///     φ(x) = N^{-1/2} Σ_i v_i exp(k_i·x + b_i)/exp(σ_b0² + σ_w0² x²/d),
///     k ~ N(0, σ_w0²/d),  b ~ N(0, σ_b0²),  <v²> = σ_w1²/2.
///
/// The two-point function is Euclidean invariant; higher ones know the origin: `M_n` depends on absolute position through the
/// modulus of the points' centroid. Only an even law of v is allowed: there is no uniform phase, so odd moments of v would
/// survive. Source: arXiv:2408.00082 eqs. (60)-(64), var w = σ_w1²/(2N) as printed in (61) (docs/physics/free-theories.md).
public struct GaussNet: ExponentialNet, ScalableOutput {
  /// The kind "gauss-net".
  public let kind = "gauss-net"
  /// Dimension d of space.
  public let dimension: Int
  /// Width N, the number of neurons.
  public let width: Int
  /// σ_w0: momenta have variance σ_w0²/d per component.
  public let sigmaW0: Double
  /// σ_b0: the standard deviation of the bias.
  public let sigmaB0: Double
  /// The law of v, with `<v²> = σ_w1²/2`.
  public var outputWeights: OutputWeightLaw
  /// The scale s that all v share.
  public var sharedScale = SharedScale.one

  /// A Gauss-net; the law of v must be even (not rayleigh).
  public init(
    dimension: Int, width: Int, sigmaW0: Double, sigmaW1: Double, sigmaB0: Double,
    weights: OutputWeightLaw.Kind = .gaussian
  ) {
    precondition((1...maximumDimension).contains(dimension) && width > 0)
    precondition(sigmaW0 > 0 && sigmaW1 > 0 && sigmaB0 >= 0)
    precondition(
      weights != .rayleigh, "GaussNet: rayleigh weights are positive, odd moments survive")
    self.dimension = dimension
    self.width = width
    self.sigmaW0 = sigmaW0
    self.sigmaB0 = sigmaB0
    outputWeights = OutputWeightLaw(weights, variance: sigmaW1 * sigmaW1 / 2)
  }

  /// Output weight; momentum (d components); bias.
  public var layout: ParameterLayout {
    ParameterLayout(
      width: width,
      blocks: [
        outputWeightBlock,
        ParameterBlock("momentum", components: dimension, isGaussian: true),
        ParameterBlock("bias", isGaussian: true),
      ])
  }

  /// Index of the block of momenta.
  public var momentumBlock: Int { 1 }
  /// Index of the block of biases.
  public var biasBlock: Int { 2 }
  /// `σ_b0² + (σ_w0²/d) x²`.
  public var normalisation: (constant: Double, quadratic: Double) {
    (sigmaB0 * sigmaB0, momentumVariance)
  }
  /// The variance σ_w0²/d of a momentum component.
  public var momentumVariance: Double { sigmaW0 * sigmaW0 / Double(dimension) }

  /// Its exponentials do.
  public var growsFromOrigin: Bool { true }

  /// Rotations about the origin for all n; translations for the two-point function only.
  public var symmetries: FieldSymmetries {
    FieldSymmetries(translationInvariantOrder: 2, rotations: .aboutOrigin, isPeriodic: false)
  }

  /// Definition and densities in words.
  public var description: [String] {
    [
      "phi(x) = N^{-1/2} sum_i v_i exp(k_i.x + b_i)/exp(sigma_b0^2 + sigma_w0^2 x^2/d)",
      "k ~ N(0, sigma_w0^2/d), b ~ N(0, sigma_b0^2), v: \(outputWeights.name)\(sharedScale.lawWords), <v^2> = sigma_w1^2/2",
      "d = \(dimension), N = \(width), sigma_w0 = \(sigmaW0), "
        + "sigma_w1 = \((2 * outputWeights.variance).squareRoot()), sigma_b0 = \(sigmaB0)",
      "G2(x,y) = (sigma_w1^2/2) exp(-sigma_w0^2 (x-y)^2/(2d)) at every width",
      "4-point functions and higher depend on the distance of the points from the origin and grow with it",
    ]
  }

  /// Kind, dimension and all parameter values.
  public var streamName: String {
    "gauss-net d=\(dimension) N=\(width) sigma_w0=\(sigmaW0) sigma_b0=\(sigmaB0) "
      + "mu2=\(outputWeights.variance) v=\(outputWeights.name)\(sharedScale.streamWords)"
  }
}

// MARK: - Reading

extension GaussNet {
  /// Registers `kind = "gauss-net"`.
  static let entry = ArchitectureEntry(
    kind: "gauss-net",
    summary:
      "exponential neurons; invariant two-point function, higher functions grow away from the origin",
    template: """
      title = "Gauss-net"
      source = "arXiv:2408.00082 eqs. (60)-(64)"
      dimension = 2                 # d, 1 to 4

      # phi(x) = N^{-1/2} sum_i v_i exp(k_i.x + b_i)/exp(sigma_b0^2 + sigma_w0^2 x^2/d),
      # k ~ N(0, sigma_w0^2/d),  b ~ N(0, sigma_b0^2)
      [architecture]
      kind = "gauss-net"
      width = 100                   # N, number of neurons
      sigma_w0 = 0.8                # width of the momentum density, 1/length
      sigma_w1 = 1.0                # <v^2> = sigma_w1^2/2, so G2(0) = sigma_w1^2/2
      sigma_b0 = 0.5                # standard deviation of the bias
      weights = "gaussian"          # law of v: gaussian (default), constant, uniform, laplace
      \(SharedScale.template)
      \(OutputComponents.template)

      # where the field is measured; keep the box near the origin: plain sampling of n-point functions
      # fails once n sqrt(sigma_b0^2 + sigma_w0^2 x^2/d) exceeds sqrt(2 ln(draws width))
      [lattice]
      sites = [16, 16]              # sites along each axis
      spacing = 0.125               # a, in units of length
      boundary = "open"             # a window on infinite space, centred on the origin

      [run]
      draws = 20000                 # independent networks
      seed = 1

      """
  ) { block, dimension, _ in
    GaussNet(
      dimension: dimension,
      width: try block.width(),
      sigmaW0: try block.number("sigma_w0", in: TheoryBlock.scales),
      sigmaW1: try block.number("sigma_w1", in: TheoryBlock.scales),
      sigmaB0: try block.number("sigma_b0", in: 0...10),
      weights: try block.evenWeights())
  }
}

// MARK: - Sampling

extension GaussNet {
  /// Output weights, momenta and biases of network `draw`.
  public func drawParameters(
    _ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters
  ) {
    drawOutputWeights(stream, draw: draw, into: parameters.block(0))
    stream.drawNormalMomenta(
      draw: draw, width: width, dimension: dimension, sigma: momentumVariance.squareRoot()
    ) { parameters.block(momentumBlock, component: $0) }
    stream.drawNormalBiases(draw: draw, width: width, sigma: sigmaB0, into: parameters.block(biasBlock))
  }

  /// A product of n neurons at radius r is log-normal with exponent variance `(n s)²`, `s² = σ_b0² + σ_w0² r²/d`; its mean comes from
  /// exponents near `(n s)²`, which a sample of M neurons reaches only while `n s < √(2 ln M)`. The error bar of an n-point average is a
  /// 2n-point function: beyond `2 n s` that far it comes out too small, and at `n s` the mean does too.
  public func samplingObstruction(order: Int, radius: Double, draws: Int) -> String? {
    let spread =
      2 * (sigmaB0 * sigmaB0 + momentumVariance * radius * radius).squareRoot() * Double(order)
    let reach = (2 * log(Double(draws) * Double(width))).squareRoot()
    guard spread > reach else { return nil }
    func short(_ x: Double) -> Double { (100 * x).rounded() / 100 }
    return
      "the error of Gauss-net \(order)-point functions at distance \(short(radius)) from the origin is an average of "
      + "log-normal numbers whose exponents spread by 2 n s = \(short(spread)), "
      + "but \(draws) draws of \(width) neurons reach only \(short(reach)): it would come out too small"
      + (spread > 2 * reach ? ", and so would the value" : "")
  }
}

// MARK: - Exact results

extension GaussNet {
  /// `M_n = exp{ n(n−2) σ_b0²/2 + (σ_w0²/2d) [ (Σx)² − 2 Σ x² ] }`, any n ≥ 1; the bracket is `n(n−2) c² − 2 Σ (x−c)²` with the
  /// centroid c, which does not cancel far from the origin.
  public func neuronMoment(_ points: [Point]) -> Double {
    let n = Double(points.count)
    let centroid = points.reduce(Point.zero, +) / n
    let squares = points.reduce(0) { $0 + ($1 - centroid).squaredNorm }
    return exp(
      n * (n - 2) / 2 * (sigmaB0 * sigmaB0 + momentumVariance * centroid.squaredNorm) - momentumVariance * squares)
  }

  /// `a^{nd} e^{n(n−2)σ_b0²/2} ∏_axes Σ_S c_n(S) exp(q S²/2)`, q = σ_w0²/d, with c_n the n-fold convolution power of exp(−q x²) over the
  /// sites of the axis. With `g_m(S) = c_m(S) exp(q S²/m)` the recursion
  ///
  ///     g_{m+1}(S) = Σ_x g_m(S−x) exp(−q m/(m+1) ((S−x)/m − x)²)
  ///
  /// neither over- nor underflows. Cost O(n² L²) per axis. Nil where the moment itself exceeds the range of numbers.
  public func zeroMomentumNeuronMoment(order: Int, lattice: Lattice) -> ExactValue? {
    let n = Double(order)
    var product = exp(n * (n - 2) / 2 * sigmaB0 * sigmaB0)
    for axis in 0..<lattice.dimension {
      product *= axisMoment(order: order, lattice.axisCoordinates(axis), spacing: lattice.spacing)
    }
    for _ in 0..<order { product *= lattice.cellVolume }
    // All terms are positive.
    return product.isFinite ? ExactValue(product) : nil
  }

  private func axisMoment(order: Int, _ x: [Double], spacing: Double) -> Double {
    let q = momentumVariance
    var g = [Double](repeating: 1, count: x.count)
    for m in 1..<order {
      let terms = Double(m)
      var next = [Double](repeating: 0, count: g.count + x.count - 1)
      for (i, value) in g.enumerated() {
        let mean = x[0] + spacing * Double(i) / terms
        for (j, point) in x.enumerated() {
          next[i + j] += value * exp(-q * terms / (terms + 1) * (mean - point) * (mean - point))
        }
      }
      g = next
    }
    let n = Double(order)
    return g.enumerated().reduce(0) { sum, entry in
      let total = n * x[0] + spacing * Double(entry.offset)
      return sum + entry.element * exp(q * total * total * (0.5 - 1 / n))
    }
  }
}
