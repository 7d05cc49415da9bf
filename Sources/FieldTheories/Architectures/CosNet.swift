// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import LatticeFields
import NumericalKernels

/// Cos-net: `φ(x) = N^{-1/2} Σ_i v_i cos(k_i·x + b_i)`, k ~ N(0, σ_0²/d), b ~ U[−π, π], <v²> = σ_1².
///
/// Source: arXiv:2408.00082 eqs. 68-71 (with the misprints of 71 mended, docs/conventions.md). Euclidean invariant at every width.
public struct CosNet: PlaneWaveNet, CosineNeurons {
  // MARK: Definition

  public let kind = "cos-net"
  public let dimension: Int
  public let width: Int
  /// σ_0: scale of the momenta.
  public let sigmaW0: Double
  /// The law of v, with `<v²> = σ_1²`.
  public let outputWeights: OutputWeightLaw

  /// A Cos-net.
  public init(dimension: Int, width: Int, sigmaW0: Double, sigmaW1: Double, weights: OutputWeightLaw.Kind = .gaussian) {
    self.dimension = dimension
    self.width = width
    self.sigmaW0 = sigmaW0
    outputWeights = OutputWeightLaw(weights, variance: sigmaW1 * sigmaW1)
  }

  public var layout: ParameterLayout { PlaneWaveBlocks.layout(width: width, dimension: dimension, weights: outputWeights) }
  public var symmetries: FieldSymmetries { PlaneWaveBlocks.symmetries }
  public var momentumBlock: Int { PlaneWaveBlocks.momentum }
  public var phaseBlock: Int { PlaneWaveBlocks.phase }

  public var description: [String] {
    [
      "Cos-net: phi(x) = N^(-1/2) sum_i v_i cos(k_i.x + b_i), N = \(width), d = \(dimension)",
      "k ~ N(0, sigma_w0^2/d), sigma_w0 = \(sigmaW0); b ~ U[-pi, pi]; v \(outputWeights.kind.rawValue), <v^2> = \(outputWeights.variance)",
      "G2(r) = (<v^2>/2) exp(-sigma_w0^2 r^2/(2d))",
    ]
  }

  public var streamName: String {
    "cos-net d=\(dimension) N=\(width) sigma_w0=\(sigmaW0) v=\(outputWeights.kind.rawValue):\(outputWeights.variance)"
  }

  // MARK: Reading

  static let entry = ArchitectureEntry(
    kind: "cos-net",
    summary: "cosine neurons with Gaussian momenta; Gaussian kernel, Euclidean invariant (arXiv:2408.00082 eqs. 68-71)",
    template: """
      # A Cos-net theory file. Every key is shown; those marked "default" may be left out.
      title = "Cos-net"
      source = "arXiv:2408.00082 eqs. 68-71"
      dimension = 2               # d, 1 to 4

      [architecture]
      kind = "cos-net"            # phi(x) = N^(-1/2) sum_i v_i cos(k_i.x + b_i), b uniform on the circle
      width = 100                 # N, number of neurons
      sigma_w0 = 1.0              # k ~ N(0, sigma_w0^2/d); G2(r) = (sigma_w1^2/2) exp(-sigma_w0^2 r^2/(2d))
      sigma_w1 = 1.0              # <v^2> = sigma_w1^2 (output weights w = v/sqrt N)
      weights = "gaussian"        # default; law of v: gaussian, constant (+-1), uniform, laplace, rayleigh

      \(TheoryTemplates.openBox)
      """,
    make: { block, dimension, lattice in
      try PlaneWaveBlocks.requireOpen(lattice, block)
      return CosNet(
        dimension: dimension, width: try block.width(), sigmaW0: try block.number("sigma_w0", above: 0),
        sigmaW1: try block.number("sigma_w1", above: 0), weights: try block.choice("weights", default: .gaussian))
    })

  // MARK: Sampling

  public func drawParameters(_ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters) {
    PlaneWaveBlocks.drawWeightsAndPhases(outputWeights, stream, draw, parameters)
    PlaneWaveBlocks.drawGaussianMomenta(
      dimension: dimension, scale: sigmaW0 / Double(dimension).squareRoot(), stream, draw, parameters)
  }

  public func amplitudes(_ parameters: NetworkParameters, into amplitudes: UnsafeMutablePointer<Double>) {
    PlaneWaveBlocks.constantAmplitudes(parameters, into: amplitudes)
  }

  // MARK: Exact results

  /// `J_n(z) = exp(−σ_0² z²/2d)` for every n.
  public func spectralMoment(order: Int, _ z: Point) -> Double {
    exp(-sigmaW0 * sigmaW0 * z.squaredNorm / Double(2 * dimension))
  }
}
