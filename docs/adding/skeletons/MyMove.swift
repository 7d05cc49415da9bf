// SPDX-License-Identifier: GPL-3.0-or-later
// Copy to Sources/ParameterSampling. Steps and the list of files: docs/adding/sampler.md.

import Draws
import FieldTheories
import Foundation
import NumericalKernels

@testable import ParameterSampling

/// All parameters of the network drawn anew from the prior, accepted with probability `min(1, e^{−β ΔS})`: the proposal, the acceptance with its
/// Hastings ratio, what is tuned, the source.
public final class MyMove: MarkovKernel {
  /// The word for it in a theory file.
  public let name = "my-move"
  private let prior: any Architecture
  private let proposed: Walker

  /// The move of one chain of a theory.
  public init(_ theory: InteractingTheory) {
    prior = theory.prior
    proposed = theory.makeEvaluator().makeWalker()
  }

  /// All blocks: a prior draw reaches any value.
  public var movedBlocks: Set<Int> { Set(prior.layout.blocks.indices) }

  /// One proposal.
  public func sweep(
    _ walker: Walker, _ evaluator: ActionEvaluator, coupling: Double, _ random: inout WalkerRandomness
  ) -> KernelCounts {
    random.advance()
    random.network(prior, into: proposed.parameters)
    evaluator.evaluate(proposed)
    var counts = KernelCounts()
    counts.proposals = 1
    // A comparison with NaN is false: what is no number is rejected.
    if log(random.uniform()) < -coupling * (proposed.action - walker.action) {
      walker.copy(from: proposed)
      counts.accepted = 1
    }
    return counts
  }

  /// Nothing to tune.
  public func tune(_ counts: KernelCounts) {}
  /// No setting, hence no words.
  public var setting: String { "" }
  /// Every number that `tune` changes goes to the visitor, `state.visit(&step)` say; there is none here. Without this member chains cannot be cut.
  public func visit(_ state: inout StateVisitor) -> Bool { true }
}
