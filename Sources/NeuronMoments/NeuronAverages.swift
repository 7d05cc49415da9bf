// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import NumericalKernels

/// Over what an estimate in neuron space averages exactly, and over what it samples.
public enum NeuronAverages: String, Sendable, Hashable, CaseIterable {
  /// Nothing: products of sampled `v φ_1`.
  case raw
  /// The output weights, by their moments μ_n.
  case weights
  /// The output weights, and the uniform phase of cosine neurons: `M_n = 2^{1−n} Σ_{half splits} <F^n cos k·z>`.
  case weightsAndPhases = "weights-and-phases"
  /// The output weights given all neurons of a network: φ is then Gaussian, and `G4c = Σ_3 Cov(C_12, C_34)`.
  case conditionalCovariance = "conditional-covariance"

  /// One clause for tables and lists.
  public var summary: String {
    switch self {
    case .raw: "sampled neurons and weights"
    case .weights: "sampled neurons, averaged exactly over output weights"
    case .weightsAndPhases: "sampled momenta, averaged exactly over output weights and phases"
    case .conditionalCovariance: "covariances over networks of the field's covariance given its neurons"
    }
  }
}

/// Why a theory has no estimates in neuron space, in one line with its cure.
public struct NeuronSpaceFault: Fault, Hashable {
  /// What the run fails of.
  public var kind: FaultKind { .usage }
  /// What is wrong and what to do.
  public let description: String
  /// States a refusal.
  public init(_ description: String) { self.description = description }
}

/// Neurons that were checked to be independent and identically distributed, with a law simple enough to be sampled singly:
/// what every estimate in neuron space rests on. An architecture states independence by being a `NeuronSum`; an insertion
/// couples the neurons of a network.
public struct IndependentNeurons: Sendable {
  /// The network whose neurons are averaged.
  public let net: any NeuronSum
  let law: NeuronLaw

  /// The neurons of a theory; refuses theories with insertions.
  public init(_ theory: TheoryDefinition) throws(NeuronSpaceFault) {
    if let key = theory.resolved.first(where: { $0.key.hasPrefix("insertion") })?.key {
      throw NeuronSpaceFault(
        "\(key): insertions correlate the neurons of a network, so there are no neuron-space estimates; leave out --neuron-space")
    }
    try self.init(theory.architecture)
  }

  /// The neurons of a network; refuses those that are not independent.
  public init(_ architecture: any Architecture) throws(NeuronSpaceFault) {
    guard let net = architecture.neurons else {
      throw NeuronSpaceFault(
        "the neurons of \(architecture.kind) are not independent, so there are no neuron-space estimates; leave out --neuron-space"
      )
    }
    guard net.sharedScale.isConstant else {
      throw NeuronSpaceFault(
        "weights_shared_variance: the output weights of a network share a scale, so its neurons are not independent; leave out --neuron-space"
      )
    }
    guard let law = NeuronLaw(net) else {
      throw NeuronSpaceFault(
        "neuron-space estimates know cosine and exponential neurons, not those of \(net.kind); leave out --neuron-space")
    }
    self.net = net
    self.law = law
  }

  /// The level of averaging, the best one by default: over phases where they are uniform, else over weights.
  func resolved(_ averages: NeuronAverages?) throws(NeuronSpaceFault) -> NeuronAverages {
    switch averages {
    case nil: return law.hasUniformPhase ? .weightsAndPhases : .weights
    case .weightsAndPhases where !law.hasUniformPhase:
      throw NeuronSpaceFault(
        "weights-and-phases averages over uniform phases, which the neurons of \(net.kind) lack; use weights")
    case .conditionalCovariance where net.outputWeights.kind != .gaussian:
      throw NeuronSpaceFault(
        "conditional-covariance needs gaussian output weights, and those of this net are \(net.outputWeights.kind.rawValue); use weights"
      )
    case let averages?: return averages
    }
  }
}

/// The function one neuron is, `F(k) cos(k·x + b)` or `exp(k·x + b − C − q x²)`, and where its parameters stand.
struct NeuronLaw: Sendable {
  enum Shape: Sendable {
    case cosine
    case exponential(constant: Double, quadratic: Double)
  }

  let shape: Shape
  let weightBlock: Int
  let momentumBlock: Int
  /// Index of the block of phases or biases.
  let offsetBlock: Int
  /// b is uniform on the circle.
  let hasUniformPhase: Bool
  /// Writes `v F/√N` of all neurons.
  let amplitudes: @Sendable (NetworkParameters, UnsafeMutablePointer<Double>) -> Void

  /// The law of a net's neurons, or nil if it is neither.
  init?(_ net: any NeuronSum) {
    guard let weightBlock = net.layout.blocks.firstIndex(where: \.entersLinearly) else { return nil }
    self.weightBlock = weightBlock
    hasUniformPhase = net.cosineNeurons != nil
    if let net = net.planeWaves {
      shape = .cosine
      (momentumBlock, offsetBlock) = (net.momentumBlock, net.phaseBlock)
      amplitudes = { net.amplitudes($0, into: $1) }
    } else if let net = net.exponentials {
      shape = .exponential(constant: net.normalisation.constant, quadratic: net.normalisation.quadratic)
      (momentumBlock, offsetBlock) = (net.momentumBlock, net.biasBlock)
      amplitudes = { net.amplitudes($0, into: $1) }
    } else {
      return nil
    }
  }
}
