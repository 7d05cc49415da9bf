// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// One named array of network parameters, `components × width`, stored component after component.
public struct ParameterBlock: Sendable, Hashable {
  /// The field's name for it: "output weight", "phase", "momentum".
  public let name: String
  /// Numbers per neuron.
  public let components: Int
  /// The neurons that have it, where they are not those of the layout: a hidden layer of a deep net.
  public let width: Int?
  /// Standard Gaussian up to scale and shift under the prior.
  public let isGaussian: Bool
  /// The field is linear in it (output weights).
  public let entersLinearly: Bool

  /// Describes a block.
  public init(
    _ name: String, components: Int = 1, width: Int? = nil, isGaussian: Bool = false,
    entersLinearly: Bool = false
  ) {
    self.name = name
    self.components = components
    self.width = width
    self.isGaussian = isGaussian
    self.entersLinearly = entersLinearly
  }
}

/// The blocks of an architecture of `width` exchangeable neurons.
public struct ParameterLayout: Sendable, Hashable {
  /// Number of neurons N.
  public let width: Int
  /// The blocks in storage order.
  public let blocks: [ParameterBlock]

  /// A layout of blocks in storage order.
  public init(width: Int, blocks: [ParameterBlock]) {
    self.width = width
    self.blocks = blocks
  }

  /// The neurons that have a block.
  public func width(of block: ParameterBlock) -> Int { block.width ?? width }

  /// Numbers per network.
  public var parameterCount: Int { blocks.reduce(0) { $0 + $1.components * width(of: $1) } }
}

/// The parameters θ of one network, owned by one worker and refilled for every draw.
public final class NetworkParameters {
  /// What is stored where.
  public let layout: ParameterLayout
  private let storage: [AlignedBuffer<Double>]
  /// Which component of the blocks that enter linearly comes first.
  private let output: Int

  /// Room for one network.
  public init(layout: ParameterLayout) {
    self.layout = layout
    storage = layout.blocks.map { AlignedBuffer(count: $0.components * layout.width(of: $0), repeating: 0) }
    output = 0
  }

  private init(_ whole: NetworkParameters, output: Int) { (layout, storage, self.output) = (whole.layout, whole.storage, output) }

  /// Number of outputs: components of the blocks that enter linearly.
  public var outputs: Int { layout.blocks.first(where: \.entersLinearly)?.components ?? 1 }

  /// The network of one output, counted from 0, whose field is that component: the same numbers, of which the output weights begin with those of that output.
  public func network(ofOutput output: Int) -> NetworkParameters { NetworkParameters(self, output: output) }

  /// Block `index`, component `component`: contiguous numbers, one per neuron.
  public func block(_ index: Int, component: Int = 0) -> UnsafeMutablePointer<Double> {
    let block = layout.blocks[index]
    let component = component + (block.entersLinearly ? output : 0)
    assert(component < block.components)
    return storage[index].pointer + component * layout.width(of: block)
  }
}
