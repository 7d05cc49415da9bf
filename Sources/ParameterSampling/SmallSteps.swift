// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import FieldTheories
import NumericalKernels
import LatticeFields

/// Small steps of one neuron after the other: `k′ = k + ε n/R`, `b′ = b + ε n₀`, n standard normal, R the extent of the region, accepted
/// with probability `min(1, e^{−β ΔS} P0(k′)/P0(k))`.
///
/// They move nets at strong coupling, whose neurons cancel each other in pairs that a redrawn neuron would break. ε is tuned to 40 %
/// acceptance in warm-up. Source: docs/physics/interactions.md.
public final class SmallSteps: MarkovKernel {
  /// "small-steps".
  public let name = "small-steps"
  /// The size ε of a step: ε/R of momenta, ε of biases.
  public private(set) var stepSize = 0.3
  private let net: any MomentumDensity
  private let extent: Double
  private let proposal: Network
  private var tunings = 0

  /// Steps of the theory's net.
  public init(_ theory: InteractingTheory) {
    net = theory.prior.continuumMomenta!
    extent = theory.extent
    proposal = Network(layout: net.layout)
  }

  /// The momenta and the phases.
  public var movedBlocks: Set<Int> { [net.momentumBlock, net.phaseBlock] }

  /// One step of every neuron.
  public func sweep(
    _ walker: Walker, _ evaluator: ActionEvaluator, coupling: Double, _ random: inout WalkerRandomness
  ) -> KernelCounts {
    random.advance()
    evaluator.refreshIfDrifted(walker)
    let (width, dimension) = (net.width, net.dimension)
    // All proposals at once: each is of a neuron that no other one touches.
    proposal.copy(from: walker.network)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { normals in
      for axis in 0...dimension {
        random.normals(axis, count: width, into: normals.baseAddress!)
        let row =
          axis < dimension
          ? proposal.parameters.block(net.momentumBlock, component: axis) : proposal.parameters.block(net.phaseBlock)
        let scale = axis < dimension ? stepSize / extent : stepSize
        for i in 0..<width { row[i] += scale * normals[i] }
      }
    }
    let b = proposal.parameters.block(net.phaseBlock)
    for i in 0..<width { b[i] -= 2 * .pi * (b[i] / (2 * .pi)).rounded() }
    evaluator.update(proposal)
    var counts = KernelCounts()
    for i in 0..<width {
      let action = evaluator.propose(i..<i + 1, of: walker, from: proposal)
      counts.proposals += 1
      if !action.isFinite { counts.nonFinite += 1 }
      let ratio = log(density(i, proposal.parameters)) - log(density(i, walker.parameters))
      let exponent = ratio - coupling * (action - walker.action)
      counts.probability += exponent.isNaN ? 0 : min(1, exp(exponent))
      if log(random.uniform()) < exponent {
        evaluator.accept(i..<i + 1, of: walker, from: proposal, action: action)
        counts.accepted += 1
      }
    }
    return counts
  }

  private func density(_ i: Int, _ parameters: NetworkParameters) -> Double {
    var k = Point.zero
    for axis in 0..<net.dimension { k[axis] = parameters.block(net.momentumBlock, component: axis)[i] }
    return net.momentumDensity(k)
  }

  /// Robbins-Monro on ln ε.
  public func tune(_ counts: KernelCounts) {
    guard counts.proposals > 0 else { return }
    tunings += 1
    let gain = 1 / (Double(tunings) * Double(tunings)).squareRoot().squareRoot()
    stepSize = min(max(stepSize * exp(gain * (counts.probability / Double(counts.proposals) - 0.4)), 1e-4), 3)
  }

  /// The step size.
  public var setting: String { "step \(stepSize)" }

  /// What tuning has changed.
  public func visit(_ state: inout StateVisitor) -> Bool {
    state.visit(&stepSize)
    state.visit(&tunings)
    return true
  }
}
