// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields
import NumericalKernels

/// What plane-wave nets share: the blocks v, b, k, and how v, b are drawn. Block 3, where present, is a net's own.
enum PlaneWaveBlocks {
  static let weight = 0
  static let phase = 1
  static let momentum = 2

  /// Weights, phases and momenta of a net on infinite space.
  static func layout(
    width: Int, dimension: Int, weights: OutputWeightLaw, gaussianMomenta: Bool = true, extra: [ParameterBlock] = []
  ) -> ParameterLayout {
    ParameterLayout(
      width: width,
      blocks: [
        ParameterBlock("output weight", isGaussian: weights.kind == .gaussian, entersLinearly: true),
        ParameterBlock("phase"),
        ParameterBlock("momentum", components: dimension, isGaussian: gaussianMomenta),
      ] + extra)
  }

  /// Euclidean invariant at every width.
  static let symmetries = FieldSymmetries(
    translationInvariantOrder: .max, rotations: .euclidean, isPeriodic: false)

  /// v from its law, b uniform on (−π, π).
  static func drawWeightsAndPhases(
    _ law: OutputWeightLaw, _ stream: RandomStream, _ draw: UInt64, _ parameters: NetworkParameters
  ) {
    let count = parameters.layout.width
    let (v, b) = (parameters.block(weight), parameters.block(phase))
    // The phase block serves as scratch for the second deviate of each weight before it is filled itself.
    law.draw(stream, draw: draw, count: count, into: v, scratch: b)
    let k = parameters.block(momentum)
    stream.uniformPairs(use: .phase, draw: draw, count: count, first: b, second: k)
    for i in 0..<count { b[i] = 2 * Double.pi * (b[i] - 0.5) }
  }

  /// Independent normal components with standard deviation `scale`.
  static func drawGaussianMomenta(
    dimension: Int, scale: Double, _ stream: RandomStream, _ draw: UInt64, _ parameters: NetworkParameters
  ) {
    let count = parameters.layout.width
    for axis in stride(from: 0, to: dimension, by: 2) {
      let first = parameters.block(momentum, component: axis)
      if axis + 1 < dimension {
        stream.normalPairs(
          use: .momentum, draw: draw, block: UInt32(axis / 2), count: count, first: first,
          second: parameters.block(momentum, component: axis + 1))
      } else {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { spare in
          stream.normalPairs(
            use: .momentum, draw: draw, block: UInt32(axis / 2), count: count, first: first,
            second: spare.baseAddress!)
        }
      }
    }
    let all = parameters.block(momentum)
    for i in 0..<count * dimension { all[i] *= scale }
  }

  /// `c_i = v_i/√N`.
  static func constantAmplitudes(_ parameters: NetworkParameters, into amplitudes: UnsafeMutablePointer<Double>) {
    let count = parameters.layout.width
    let v = parameters.block(weight)
    let scale = 1 / Double(count).squareRoot()
    for i in 0..<count { amplitudes[i] = scale * v[i] }
  }

  /// Nets on infinite space are sampled in a window; they are not periodic.
  static func requireOpen(_ lattice: Lattice, _ block: TheoryBlock) throws {
    guard lattice.boundary == .open else {
      throw block.fault(
        "kind", "a network on infinite space is not periodic, but the lattice is",
        cure: "use lattice.boundary = \"open\", or a lattice net such as \"scalar-net-lattice\"")
    }
  }
}

extension TheoryBlock {
  /// The key every architecture has.
  func width() throws -> Int { try integer("width", in: 1...Int(UInt32.max)) }
}

/// The parts of a commented theory file that all architectures share.
enum TheoryTemplates {
  private static let tail = """

    [correlators]
    # estimators = ["two-point", "zero-momentum"]   # default: all that apply; see nnft list estimators
    # first_separation = [1, 0]   # default: e1; r1 of G(0, r1, y, y+r2), lattice units
    # second_separation = [1, 0]  # default: e1; r2

    [run]
    draws = 20000               # default 20000; networks
    seed = 1                    # default 1; a whole number or a word
    bins = 256                  # default 256; bins of the jackknife
    """

  /// A window on infinite space.
  static let openBox =
    """
    [lattice]                   # where fields are measured: a box centred on the origin
    sites = [32, 32]            # one entry a dimension
    spacing = 0.25              # a
    boundary = "open"           # default; a window on infinite space
    """ + "\n" + tail

  /// A torus.
  static let periodicBox =
    """
    [lattice]
    sites = [32, 32]            # one entry a dimension
    spacing = 1.0               # a; masses are in the same units
    boundary = "periodic"       # a torus: lattice nets need it
    """ + "\n" + tail
}
