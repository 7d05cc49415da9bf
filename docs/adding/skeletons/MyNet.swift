// SPDX-License-Identifier: GPL-3.0-or-later
// Copy to Sources/FieldTheories/Architectures. Steps and the list of files: docs/adding/architecture.md.

import Draws
import Foundation
import LatticeFields
import NumericalKernels

@testable import FieldTheories

// MARK: - Definition

/// Plane waves of one momentum scale: field, parameter density, symmetries, source with equation numbers.
///
///     φ(x) = N^{-1/2} Σ_i v_i cos(k_i·x + b_i),   k ~ N(0, κ²),  b ~ U(−π, π),  <v²> = 1.
public struct MyNet: PlaneWaveNet, CosineNeurons, ScalableOutput {
  /// The kind "my-net".
  public let kind = "my-net"
  /// Dimension d of space.
  public let dimension: Int
  /// Width N, the number of neurons.
  public let width: Int
  /// Standard deviation κ of a momentum component, 1/length.
  public let scale: Double
  /// The law of v.
  public let outputWeights: OutputWeightLaw
  /// The scale s that all v share.
  public var sharedScale = SharedScale.one

  /// Output weight; momentum (d components); phase.
  public var layout: ParameterLayout {
    ParameterLayout(
      width: width,
      blocks: [
        outputWeightBlock, ParameterBlock("momentum", components: dimension, isGaussian: true), ParameterBlock("phase"),
      ])
  }

  /// Index of the block of momenta.
  public var momentumBlock: Int { 1 }
  /// Index of the block of phases.
  public var phaseBlock: Int { 2 }

  /// What holds at this width, not in the limit.
  public var symmetries: FieldSymmetries {
    FieldSymmetries(translationInvariantOrder: .max, rotations: .euclidean, isPeriodic: false)
  }

  /// Definition, densities, parameters and what is exact, a line each.
  public var description: [String] {
    [
      "phi(x) = N^{-1/2} sum_i v_i cos(k_i.x + b_i)",
      "k ~ N(0, scale^2), b ~ U(-pi, pi), v: \(outputWeights.kind.rawValue)\(sharedScale.lawWords), <v^2> = 1",
      "d = \(dimension), N = \(width), scale = \(scale)",
      "G2(x) = (1/2) exp(-scale^2 x^2/2) at every width; \(sharedScale.widthWords)",
    ]
  }

  /// Kind and all parameter values.
  public var streamName: String {
    "my-net d=\(dimension) N=\(width) scale=\(scale) v=\(outputWeights.kind.rawValue)\(sharedScale.streamWords)"
  }
}

// MARK: - Reading

extension MyNet {
  /// Registers `kind = "my-net"`.
  static let entry = ArchitectureEntry(
    kind: "my-net", summary: "one line for nnft list",
    template: """
      title = "My net"
      source = "arXiv:0000.00000 eq. (1)"
      dimension = 2                 # d, 1 to 4

      [architecture]
      kind = "my-net"
      width = 100                   # N, number of neurons
      scale = 1.0                   # standard deviation of a momentum component, 1/length
      weights = "gaussian"          # law of v: gaussian (default), constant, uniform, laplace, rayleigh

      [lattice]
      sites = [64, 64]              # sites along each axis
      spacing = 0.25                # a, in units of length
      boundary = "open"             # a window on infinite space

      """
  ) { block, dimension, _ in
    MyNet(
      dimension: dimension, width: try block.integer("width", in: 1...100_000_000),
      scale: try block.number("scale", in: TheoryBlock.scales),
      outputWeights: OutputWeightLaw(try block.choice("weights", default: .gaussian), variance: 1))
  }
}

// MARK: - Sampling

extension MyNet {
  /// Output weights, momenta and phases of network `draw`: a pure function of stream and draw number.
  public func drawParameters(_ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters) {
    drawOutputWeights(stream, draw: draw, into: parameters.block(0))
    stream.drawNormalMomenta(draw: draw, width: width, dimension: dimension, sigma: scale) {
      parameters.block(momentumBlock, component: $0)
    }
    stream.drawPhases(draw: draw, width: width, into: parameters.block(phaseBlock))
  }

  /// `c_i = v_i/√N`.
  public func amplitudes(_ parameters: NetworkParameters, into amplitudes: UnsafeMutablePointer<Double>) {
    let weights = parameters.block(0)
    for i in 0..<width { amplitudes[i] = weights[i] / Double(width).squareRoot() }
  }
}

// MARK: - Exact results

extension MyNet {
  /// `J_n(z) = <F^n cos k·z> = exp(−κ² z²/2)` for every n: the amplitude F is one.
  public func spectralMoment(order: Int, _ z: Point) -> Double { exp(-scale * scale * z.squaredNorm / 2) }
}
