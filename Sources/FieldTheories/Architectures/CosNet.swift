// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Glibc
import LatticeFields
import NumericalKernels

// MARK: - Definition

/// Cos-net: cosine neurons of unit amplitude with Gaussian momenta,
///
///     φ(x) = N^{-1/2} Σ_i v_i cos(k_i·x + b_i),   k ~ N(0, σ_w0²/d),  b ~ U(−π, π),  <v²> = σ_w1².
///
/// Translation and rotation invariant at every width. Source: arXiv:2408.00082 eqs. (68)-(71), with σ_w0 in both exponents of (71) and
/// the factor 2 on all three products (docs/physics/free-theories.md).
public struct CosNet: GaussianMomenta, CosineNeurons, ScalableOutput {
  /// The kind "cos-net".
  public let kind = "cos-net"
  /// Dimension d of space.
  public let dimension: Int
  /// Width N, the number of neurons.
  public let width: Int
  /// σ_w0: momenta have variance σ_w0²/d per component.
  public let sigmaW0: Double
  /// The law of v, with `<v²> = σ_w1²`.
  public var outputWeights: OutputWeightLaw
  /// The scale s that all v share.
  public var sharedScale = SharedScale.one

  /// A Cos-net; `sigmaW1`² is the second moment of v whatever its law.
  public init(
    dimension: Int, width: Int, sigmaW0: Double, sigmaW1: Double,
    weights: OutputWeightLaw.Kind = .gaussian
  ) {
    precondition(
      (1...maximumDimension).contains(dimension) && width > 0 && sigmaW0 > 0 && sigmaW1 > 0)
    self.dimension = dimension
    self.width = width
    self.sigmaW0 = sigmaW0
    outputWeights = OutputWeightLaw(weights, variance: sigmaW1 * sigmaW1)
  }

  /// Definition and densities in words.
  public var description: [String] {
    [
      "phi(x) = N^{-1/2} sum_i v_i cos(k_i.x + b_i)",
      "k ~ N(0, sigma_w0^2/d), b ~ U(-pi, pi), v: \(outputWeights.name)\(sharedScale.lawWords), <v^2> = sigma_w1^2",
      "d = \(dimension), N = \(width), sigma_w0 = \(sigmaW0), sigma_w1 = \(outputWeights.variance.squareRoot())",
      "G2(x) = (sigma_w1^2/2) exp(-sigma_w0^2 x^2/(2d)) at every width; \(sharedScale.widthWords)",
    ]
  }

  /// Kind, dimension and all parameter values.
  public var streamName: String {
    "cos-net d=\(dimension) N=\(width) sigma_w0=\(sigmaW0) mu2=\(outputWeights.variance) v=\(outputWeights.name)\(sharedScale.streamWords)"
  }
}

// MARK: - Reading

extension CosNet {
  /// Registers `kind = "cos-net"`.
  static let entry = ArchitectureEntry(
    kind: "cos-net",
    summary:
      "cosine neurons with Gaussian momenta; Gaussian two-point function, closed forms at every width",
    template: """
      title = "Cos-net"
      source = "arXiv:2408.00082 eqs. (68)-(71)"
      dimension = 2                 # d, 1 to 4

      # phi(x) = N^{-1/2} sum_i v_i cos(k_i.x + b_i),  k ~ N(0, sigma_w0^2/d),  b ~ U(-pi, pi)
      [architecture]
      kind = "cos-net"
      width = 100                   # N, number of neurons
      sigma_w0 = 1.0                # width of the momentum density, 1/length
      sigma_w1 = 1.0                # <v^2> = sigma_w1^2, so G2(0) = sigma_w1^2/2
      weights = "gaussian"          # law of v: gaussian (default), constant, uniform, laplace, rayleigh
      \(SharedScale.template)
      \(OutputComponents.template)

      \(ArchitectureEntry.window)
      """
  ) { block, dimension, _ in
    CosNet(
      dimension: dimension,
      width: try block.width(),
      sigmaW0: try block.number("sigma_w0", in: TheoryBlock.scales),
      sigmaW1: try block.number("sigma_w1", in: TheoryBlock.scales),
      weights: try block.choice("weights", default: .gaussian))
  }
}

// MARK: - Exact results

extension CosNet {
  /// The standard deviation `σ_w0/√d` of a momentum component.
  public var momentumDeviation: Double { sigmaW0 / Double(dimension).squareRoot() }

  /// `J_n(z) = exp(−σ_w0² z²/2d)` for every n: the amplitude is one.
  public func spectralMoment(order: Int, _ z: Point) -> Double {
    exp(-sigmaW0 * sigmaW0 * z.squaredNorm / Double(2 * dimension))
  }

  /// The 2-point function, `<v²> J_2(x − y)/2`, by itself: kernels of many data ask for it millions of times.
  public func limitKernel(_ x: Point, _ y: Point) -> Double? {
    outputWeights.moment(2) * (spectralMoment(order: 2, x - y) / 2)
  }
}
