// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import NumericalKernels

/// φ → −φ by the signs of all output weights (phases by π, where weights are positive): always accepted where the potential is
/// even, and the move between the two wells of a broken symmetry.
public final class SignFlip: MarkovKernel {
  /// The name of the move in theory files.
  public let name = "sign-flip"
  private let weightBlock: Int
  private let phaseBlock: Int?
  private let width: Int

  /// Whether the architecture's weights take either sign alike, or have phases.
  public static func applies(to architecture: any Architecture) -> Bool {
    architecture.layout.blocks.contains { $0.entersLinearly }
  }

  /// The flip of all output weights of a theory, and with them of its field.
  public init(_ theory: InteractingTheory) {
    let layout = theory.prior.layout
    weightBlock = layout.blocks.firstIndex(where: \.entersLinearly)!
    let net = theory.prior.planeWaves
    phaseBlock = net?.outputWeights.kind == .rayleigh ? net?.phaseBlock : nil
    width = layout.width
  }

  /// None to any value.
  public var movedBlocks: Set<Int> { [] }

  /// Flips with probability one half.
  public func sweep(
    _ walker: Walker, _ evaluator: ActionEvaluator, coupling: Double, _ random: inout WalkerRandomness
  ) -> KernelCounts {
    random.advance()
    guard random.uniform() < 0.5 else { return KernelCounts() }
    if let phaseBlock {
      let b = walker.parameters.block(phaseBlock)
      for i in 0..<width { b[i] += b[i] > 0 ? -.pi : .pi }
    } else {
      let v = walker.parameters.block(weightBlock)
      for i in 0..<width { v[i] = -v[i] }
    }
    evaluator.negate(walker)
    var counts = KernelCounts()
    (counts.proposals, counts.accepted) = (1, 1)
    return counts
  }

  /// Nothing to tune.
  public func tune(_ counts: KernelCounts) {}
  /// The move has no setting to tune.
  public var setting: String { "" }
  /// Nothing is tuned.
  public func visit(_ state: inout StateVisitor) -> Bool { true }
}
