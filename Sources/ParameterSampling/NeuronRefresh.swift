// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import FieldTheories
import NumericalKernels

/// Blocks of neurons redrawn from the prior, accepted with probability `min(1, e^{−β ΔS})`: moves every parameter, discrete
/// momenta included.
///
/// One sweep proposes every neuron once, in blocks of ``blockSize`` neighbours (neurons are exchangeable). Proposals are
/// independent of the state, so the prior cancels from the Hastings ratio. The block size is doubled above 75 % acceptance and
/// halved below 40 %, in warm-up only. Source: docs/physics/interactions.md.
public final class NeuronRefresh: MarkovKernel {
  /// "neuron-refresh".
  public let name = "neuron-refresh"
  /// Neurons redrawn at once.
  public private(set) var blockSize: Int
  private let proposal: Network
  private let architecture: any Architecture
  private let greatest: Int
  private var pending = KernelCounts()

  /// Starts with blocks of 4.
  public init(_ theory: InteractingTheory, blockSize: Int = 4) {
    architecture = theory.prior
    proposal = Network(layout: theory.prior.layout)
    greatest = min(theory.prior.width, PlaneWaveAction.greatestReplacement)
    self.blockSize = min(blockSize, greatest)
  }

  /// The move draws all parameters of a neuron anew.
  public var movedBlocks: Set<Int> { Set(architecture.layout.blocks.indices) }

  /// One proposal for every neuron.
  public func sweep(
    _ walker: Walker, _ evaluator: ActionEvaluator, coupling: Double, _ random: inout WalkerRandomness
  ) -> KernelCounts {
    random.advance()
    random.network(architecture, into: proposal.parameters)
    evaluator.update(proposal)
    evaluator.refreshIfDrifted(walker)
    var counts = KernelCounts()
    for first in stride(from: 0, to: architecture.width, by: blockSize) {
      let neurons = first..<min(first + blockSize, architecture.width)
      let action = evaluator.propose(neurons, of: walker, from: proposal)
      counts.proposals += 1
      if !action.isFinite { counts.nonFinite += 1 }
      // A comparison with NaN is false: such a proposal is rejected.
      if log(random.uniform()) < -coupling * (action - walker.action) {
        evaluator.accept(neurons, of: walker, from: proposal, action: action)
        counts.accepted += 1
      }
    }
    return counts
  }

  /// Doubles or halves the block, after at least fifty proposals of its size.
  public func tune(_ counts: KernelCounts) {
    pending += counts
    guard pending.proposals >= 50 else { return }
    if pending.acceptance > 0.75 {
      blockSize = min(2 * blockSize, greatest)
    } else if pending.acceptance < 0.4 {
      blockSize = max(blockSize / 2, 1)
    }
    pending = KernelCounts()
  }

  /// The block size.
  public var setting: String { "blocks of \(blockSize)" }

  /// What tuning has changed.
  public func visit(_ state: inout StateVisitor) -> Bool {
    state.visit(&blockSize)
    pending.visit(&state)
    return true
  }
}
