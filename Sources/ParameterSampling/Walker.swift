// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldSynthesis
import FieldTheories
import NumericalKernels

/// The parameters of one network and the amplitudes of its neurons, kept in step by an ``ActionEvaluator``.
public final class Network {
  /// The parameters θ of the network.
  public let parameters: NetworkParameters
  /// c_i, for plane waves.
  let amplitudes: AlignedBuffer<Double>

  init(layout: ParameterLayout) {
    parameters = NetworkParameters(layout: layout)
    amplitudes = AlignedBuffer(count: layout.width, repeating: 0)
  }

  func copy(from other: Network) {
    parameters.copy(from: other.parameters)
    amplitudes.pointer.update(from: other.amplitudes.pointer, count: amplitudes.count)
  }

  func copy(_ neurons: Range<Int>, from other: Network) {
    parameters.copy(neurons, from: other.parameters)
    for i in neurons { amplitudes.pointer[i] = other.amplitudes.pointer[i] }
  }
}

/// One state of the interacting ensemble: a network, its field in the evaluator's own order of sites, and its action.
public final class Walker {
  private let own: Network
  /// Takes the field to the noise that it comes from, where moves of the field have left that behind.
  private var whitening: SpectralFilter?
  /// φ, for each term of the action arranged as that likes it; ``ActionEvaluator/copyField(of:into:)`` gives it in the order of the sites.
  var fields: [AlignedBuffer<Double>]
  /// S = Σ_a I_a[φ] at full coupling.
  public internal(set) var action = 0.0
  /// Incremental changes since the field was last evaluated from the parameters.
  var changes = 0

  init(layout: ParameterLayout, fields: [AlignedBuffer<Double>]) {
    own = Network(layout: layout)
    self.fields = fields
  }

  /// The network: its parameters, and what follows from them. Moves of the field alone leave them behind, and they are brought into step when they are asked for.
  public var network: Network {
    if let whitening {
      self.whitening = nil
      whitening.apply(fields[0].pointer, into: own.parameters.block(0))
    }
    return own
  }

  /// The field of infinite width has been moved by itself: its noise is what the filter, `G^{−1/2}`, makes of it.
  func movedField(_ filter: SpectralFilter) {
    whitening = filter
    changes += 1
  }

  /// The parameters θ of the network.
  public var parameters: NetworkParameters { network.parameters }

  /// Visits all of its numbers.
  func visit(_ state: inout StateVisitor) {
    for (index, block) in network.parameters.layout.blocks.enumerated() {
      state.visit(network.parameters.block(index), count: block.components * network.parameters.layout.width(of: block))
    }
    state.visit(network.amplitudes.pointer, count: network.amplitudes.count)
    for field in fields { state.visit(field.pointer, count: field.count) }
    state.visit(&action)
    state.visit(&changes)
  }

  /// Becomes a copy of another walker of the same theory.
  func copy(from other: Walker) {
    whitening = nil
    own.copy(from: other.network)
    for (field, source) in zip(fields, other.fields) { field.pointer.update(from: source.pointer, count: field.count) }
    action = other.action
    changes = other.changes
  }
}

extension NetworkParameters {
  /// Takes over all numbers of another network of the same layout.
  func copy(from other: NetworkParameters) {
    for (index, block) in layout.blocks.enumerated() {
      self.block(index).update(from: other.block(index), count: block.components * layout.width(of: block))
    }
  }

  /// Takes over some neurons.
  func copy(_ neurons: Range<Int>, from other: NetworkParameters) {
    for (index, block) in layout.blocks.enumerated() {
      for component in 0..<block.components {
        (self.block(index, component: component) + neurons.lowerBound).update(
          from: other.block(index, component: component) + neurons.lowerBound, count: neurons.count)
      }
    }
  }
}
