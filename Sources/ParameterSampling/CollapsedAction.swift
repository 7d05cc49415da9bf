// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import FieldTheories
import NumericalKernels

/// The action of hidden parameters whose output weights were integrated out, `S(W) = −ln weight(W) ≥ 0` (``CollapsedTheory``), as a term whose field are the features f_i(x_μ) at the data.
///
/// With it moves that know nothing of data act on hidden parameters: Hamiltonian Monte Carlo through the adjoint of the features, preconditioned Crank-Nicolson steps. Single neurons are replaced by
/// ``CollapsedRefresh``, which changes A_W in place.
final class CollapsedAction: ActionTerm {
  /// The law of the network evaluated last.
  let readout: CollapsedReadout
  let term: LocalTerm

  init(_ readout: CollapsedReadout) {
    self.readout = readout
    term = readout.collapsed.theory.terms[0]
  }

  var fieldCount: Int { readout.features.count }
  var isIncremental: Bool { false }
  var coversLattice: Bool { false }

  func synthesise(_ network: Network, into field: AlignedBuffer<Double>) {
    readout.synthesise(network.parameters, into: field)
  }

  func value(_ field: AlignedBuffer<Double>) -> Double {
    readout.take(field, anew: true)
    return -readout.logWeight
  }

  var differentiableBlocks: Set<Int> { readout.collapsed.theory.prior.adjointBlocks }

  func gradient(of network: Network, _ field: AlignedBuffer<Double>, into gradient: NetworkParameters) {
    readout.take(field, anew: true)
    readout.gradient(network.parameters, into: gradient)
  }

  // What moves of output weights, single neurons and identities of fields would need: none of them acts on hidden parameters.
  private func unused() -> Never { preconditionFailure("CollapsedAction: an action of hidden parameters") }
  func value(mixing a: AlignedBuffer<Double>, _ fa: Double, with b: AlignedBuffer<Double>, _ fb: Double) -> Double { unused() }
  func propose(
    _ neurons: Range<Int>, of network: Network, _ field: AlignedBuffer<Double>, from proposal: Network
  ) -> Double { unused() }
  func accept(_ neurons: Range<Int>, field: inout AlignedBuffer<Double>) { unused() }
  func copyField(_ field: AlignedBuffer<Double>, into sites: UnsafeMutablePointer<Double>) { unused() }
  func virial(of network: Network, _ field: AlignedBuffer<Double>, _ other: LocalTerm) -> Double { unused() }
  func phaseCurvature(of network: Network, _ field: AlignedBuffer<Double>, _ other: LocalTerm) -> Double { unused() }
}

/// One proposal for every neuron, each drawn anew from the prior and accepted with the ratio of the weights, `min(1, (weight′/weight)^β)`: the move ``NeuronRefresh`` of hidden parameters whose output
/// weights were integrated out (``CollapsedReadout/refresh(_:from:accept:)``), `O(P²)` a neuron; the kernel is made anew behind every sweep. Nets of one hidden layer.
final class CollapsedRefresh: MarkovKernel {
  let name = "neuron-refresh"
  private let prior: any Architecture
  private let proposal: NetworkParameters
  private var features: AlignedBuffer<Double>?

  init(_ theory: InteractingTheory) {
    prior = theory.prior
    proposal = NetworkParameters(layout: theory.prior.layout)
  }

  var movedBlocks: Set<Int> { Set(prior.layout.blocks.indices) }

  func sweep(
    _ walker: Walker, _ evaluator: ActionEvaluator, coupling: Double, _ random: inout WalkerRandomness
  ) -> KernelCounts {
    let readout = (evaluator.terms[0] as! CollapsedAction).readout
    let features = features ?? readout.makeFeatures()
    self.features = features
    random.advance()
    random.network(prior, into: proposal)
    readout.synthesise(proposal, into: features)
    readout.take(walker.fields[0], anew: true)
    var counts = KernelCounts()
    readout.refresh(0..<prior.width, from: features) { neuron, change in
      counts.proposals += 1
      if change.isNaN { counts.nonFinite += 1 }
      guard log(random.uniform()) < coupling * change else { return false }
      walker.parameters.copy(neuron..<neuron + 1, from: proposal)
      counts.accepted += 1
      return true
    }
    if counts.accepted > 0 { readout.evaluateKernel() }
    walker.fields[0].pointer.update(from: readout.features.pointer, count: features.count)
    walker.action = -readout.logWeight
    evaluator.update(walker.network)
    return counts
  }

  func tune(_ counts: KernelCounts) {}
  var setting: String { "" }
  func visit(_ state: inout StateVisitor) -> Bool { true }
}
