// SPDX-License-Identifier: GPL-3.0-or-later
// Copy to Sources/FieldTheories/Architectures. Steps and the list of files: docs/adding/architecture.md.

import Foundation
import LatticeFields

@testable import FieldTheories

// MARK: - Definition

/// Plane waves of one momentum scale: field, parameter density, symmetries, source with equation numbers.
///
///     φ(x) = N^{-1/2} Σ_i v_i cos(k_i·x + b_i),   k ~ N(0, κ²),  b ~ U(−π, π),  <v²> = 1.
public struct MyNet: GaussianMomenta, CosineNeurons, ScalableOutput {
  /// The kind "my-net".
  public let kind = "my-net"
  /// Dimension d of space.
  public let dimension: Int
  /// Width N, the number of neurons.
  public let width: Int
  /// Standard deviation κ of a momentum component, 1/length.
  public let scale: Double
  /// The law of v.
  public var outputWeights: OutputWeightLaw
  /// The scale s that all v share.
  public var sharedScale = SharedScale.one

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
      \(SharedScale.template)

      \(ArchitectureEntry.window)
      """
  ) { block, dimension, _ in
    MyNet(
      dimension: dimension, width: try block.width(),
      scale: try block.number("scale", in: TheoryBlock.scales),
      outputWeights: OutputWeightLaw(try block.choice("weights", default: .gaussian), variance: 1))
  }
}

// MARK: - Sampling and exact results

extension MyNet {
  /// The standard deviation κ of a momentum component.
  public var momentumDeviation: Double { scale }

  /// `J_n(z) = <F^n cos k·z> = exp(−κ² z²/2)` for every n: the amplitude F is one.
  public func spectralMoment(order: Int, _ z: Point) -> Double { exp(-scale * scale * z.squaredNorm / 2) }
}
