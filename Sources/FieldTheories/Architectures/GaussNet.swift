// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import LatticeFields
import NumericalKernels

/// Gauss-net: `φ(x) = N^{-1/2} Σ_i v_i exp(k_i·x + b_i)/exp(σ_b² + σ_0² x²/d)`, k ~ N(0, σ_0²/d), b ~ N(0, σ_b²), <v²> = σ_1²/2.
///
/// Source: arXiv:2408.00082 eqs. 60-64 (misprints mended, docs/conventions.md). The 2-point function is Euclidean invariant; higher moments depend on
/// position through the centroid, so translations are broken at every finite width, rotations about the origin are not.
public struct GaussNet: ExponentialNet {
  // MARK: Definition

  public let kind = "gauss-net"
  public let dimension: Int
  public let width: Int
  /// σ_0: scale of the momenta.
  public let sigmaW0: Double
  /// σ_b: scale of the biases.
  public let sigmaB0: Double
  /// The law of v, with `<v²> = σ_1²/2`.
  public let outputWeights: OutputWeightLaw

  /// A Gauss-net; the law of v must be even.
  public init(
    dimension: Int, width: Int, sigmaW0: Double, sigmaW1: Double, sigmaB0: Double,
    weights: OutputWeightLaw.Kind = .gaussian
  ) {
    precondition(weights != .rayleigh, "GaussNet: positive weights leave odd moments")
    self.dimension = dimension
    self.width = width
    self.sigmaW0 = sigmaW0
    self.sigmaB0 = sigmaB0
    outputWeights = OutputWeightLaw(weights, variance: sigmaW1 * sigmaW1 / 2)
  }

  public var layout: ParameterLayout {
    ParameterLayout(
      width: width,
      blocks: [
        ParameterBlock("output weight", isGaussian: outputWeights.kind == .gaussian, entersLinearly: true),
        ParameterBlock("bias", isGaussian: true),
        ParameterBlock("momentum", components: dimension, isGaussian: true),
      ])
  }
  public var symmetries: FieldSymmetries {
    FieldSymmetries(translationInvariantOrder: 2, rotations: .aboutOrigin, isPeriodic: false)
  }
  public var momentumBlock: Int { PlaneWaveBlocks.momentum }
  public var biasBlock: Int { PlaneWaveBlocks.phase }
  public var normalisation: (constant: Double, quadratic: Double) {
    (sigmaB0 * sigmaB0, sigmaW0 * sigmaW0 / Double(dimension))
  }

  public var description: [String] {
    [
      "Gauss-net: phi(x) = N^(-1/2) sum_i v_i exp(k_i.x + b_i)/exp(sigma_b0^2 + sigma_w0^2 x^2/d), N = \(width), d = \(dimension)",
      "k ~ N(0, sigma_w0^2/d), sigma_w0 = \(sigmaW0); b ~ N(0, sigma_b0^2), sigma_b0 = \(sigmaB0); v \(outputWeights.kind.rawValue), <v^2> = sigma_w1^2/2 = \(outputWeights.variance)",
      "G2(r) = <v^2> exp(-sigma_w0^2 r^2/(2d)); n-point functions with n > 2 grow with the distance of the centroid from the origin",
    ]
  }

  public var streamName: String {
    "gauss-net d=\(dimension) N=\(width) sigma_w0=\(sigmaW0) sigma_b0=\(sigmaB0) v=\(outputWeights.kind.rawValue):\(outputWeights.variance)"
  }

  // MARK: Reading

  static let entry = ArchitectureEntry(
    kind: "gauss-net",
    summary: "exponential neurons under a Gaussian envelope; Euclidean invariant 2-point function only (arXiv:2408.00082 eqs. 60-64)",
    template: """
      # A Gauss-net theory file. Every key is shown; those marked "default" may be left out.
      title = "Gauss-net"
      source = "arXiv:2408.00082 eqs. 60-64"
      dimension = 2               # d, 1 to 4

      [architecture]
      kind = "gauss-net"          # phi(x) = N^(-1/2) sum_i v_i exp(k_i.x + b_i)/exp(sigma_b0^2 + sigma_w0^2 x^2/d)
      width = 100                 # N, number of neurons
      sigma_w0 = 1.0              # k ~ N(0, sigma_w0^2/d)
      sigma_w1 = 1.0              # <v^2> = sigma_w1^2/2
      sigma_b0 = 0.1              # b ~ N(0, sigma_b0^2)
      weights = "gaussian"        # default; law of v: gaussian, constant (+-1), uniform, laplace

      [lattice]                   # keep the box small: far from the origin neurons are log-normal with a heavy tail
      sites = [16, 16]            # one entry a dimension; the box is centred on the origin
      spacing = 0.1               # a
      boundary = "open"           # default; a window on infinite space

      [correlators]
      # estimators = ["two-point"]  # default: all that apply; n-point functions with n > 2 need --points FILE

      [run]
      draws = 20000               # default 20000; networks
      seed = 1                    # default 1; a whole number or a word
      bins = 256                  # default 256; bins of the jackknife
      """,
    make: { block, dimension, lattice in
      try PlaneWaveBlocks.requireOpen(lattice, block)
      let weights: OutputWeightLaw.Kind = try block.choice("weights", default: .gaussian)
      guard weights != .rayleigh else {
        throw block.fault(
          "weights", "rayleigh weights are positive and this net has no random phase, so odd correlators would not vanish",
          cure: "use gaussian, constant, uniform or laplace")
      }
      return GaussNet(
        dimension: dimension, width: try block.width(), sigmaW0: try block.number("sigma_w0", above: 0),
        sigmaW1: try block.number("sigma_w1", above: 0), sigmaB0: try block.number("sigma_b0", in: 0...20),
        weights: weights)
    })

  // MARK: Sampling

  public func drawParameters(_ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters) {
    let (v, b) = (parameters.block(PlaneWaveBlocks.weight), parameters.block(PlaneWaveBlocks.phase))
    let k = parameters.block(PlaneWaveBlocks.momentum)
    // Later blocks serve as scratch for second deviates before they are filled themselves.
    outputWeights.draw(stream, draw: draw, count: width, into: v, scratch: b)
    stream.normalPairs(use: .phase, draw: draw, count: width, first: b, second: k)
    for i in 0..<width { b[i] *= sigmaB0 }
    PlaneWaveBlocks.drawGaussianMomenta(
      dimension: dimension, scale: sigmaW0 / Double(dimension).squareRoot(), stream, draw, parameters)
  }

  public func amplitudes(_ parameters: NetworkParameters, into amplitudes: UnsafeMutablePointer<Double>) {
    PlaneWaveBlocks.constantAmplitudes(parameters, into: amplitudes)
  }

  /// Neurons are log-normal: `φ_1(x)^n` has `n s` as the standard deviation of its logarithm, `s² = σ_b² + σ_0² x²/d`, and a plain mean
  /// of M = draws × width neurons misses its bulk, silently, once `n s > √(2 ln M)`.
  public func samplingObstruction(order: Int, radius: Double, draws: Int) -> String? {
    let s = (sigmaB0 * sigmaB0 + sigmaW0 * sigmaW0 * radius * radius / Double(dimension)).squareRoot()
    let neurons = Double(draws) * Double(width)
    let reach = (2 * log(neurons)).squareRoot()
    guard Double(order) * s > reach else { return nil }
    func short(_ x: Double) -> String { "\((x * 100).rounded() / 100)" }
    return
      "log-normal neurons: n s = \(short(Double(order) * s)) at distance \(short(radius)) exceeds sqrt(2 ln(networks x width)) = \(short(reach)); plain sampling misses the bulk of \(order)-point functions there, use a smaller box or --points FILE with the tilted estimator"
  }

  // MARK: Exact results

  /// `M_n = exp{ n(n−2)/2 σ_b² + (σ_0²/2d) [ (Σx)² − 2 Σ x_i² ] }`, n even.
  public func neuronMoment(_ points: [Point]) -> Double {
    let n = Double(points.count)
    let total = points.reduce(Point.zero, +)
    let squares = points.reduce(0) { $0 + $1.squaredNorm }
    return exp(
      n * (n - 2) / 2 * sigmaB0 * sigmaB0
        + sigmaW0 * sigmaW0 / Double(2 * dimension) * (total.squaredNorm - 2 * squares))
  }

  /// `<(a^d Σ_x φ_1)^n>`: M_n depends on Σx and Σx_i² only, so the sum factorises over axes into n-fold convolution powers.
  public func zeroMomentumNeuronMoment(order: Int, lattice: Lattice) -> Double? {
    let q = sigmaW0 * sigmaW0 / Double(dimension)
    var moment = exp(Double(order * (order - 2)) / 2 * sigmaB0 * sigmaB0)
    for axis in 0..<dimension {
      let x = lattice.axisCoordinates(axis)
      let envelope = x.map { exp(-q * $0 * $0) }
      var power = [1.0]
      for _ in 0..<order {
        var next = [Double](repeating: 0, count: power.count + x.count - 1)
        for (i, a) in power.enumerated() { for (j, b) in envelope.enumerated() { next[i + j] += a * b } }
        power = next
      }
      var sum = 0.0
      for (index, value) in power.enumerated() where value > 0 {
        let total = Double(order) * x[0] + lattice.spacing * Double(index)
        sum += exp(q * total * total / 2 + log(value))
      }
      moment *= sum
    }
    let scale = (0..<order).reduce(1.0) { product, _ in product * lattice.cellVolume }
    let result = moment * scale
    return result.isFinite ? result : nil
  }
}
