// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import FieldTheories
import NumericalKernels
import LatticeFields

/// One neuron brought near plus or minus the momentum of another, with the opposite phase: makes and breaks the pairs of
/// cancelling neurons by which a net of finite width escapes a strong potential.
///
/// For neuron j a partner i ≠ j and a sign s are drawn evenly, `k′ ~ N(s k_i, δ²)`, `b′ = s b_i + π + τ u`, u uniform on (−1, 1).
/// The density of the proposal,
///
///     q(k, b) = (1/2(N−1)) Σ_{i≠j} Σ_s N(k; s k_i, δ²) [|b − s b_i − π| < τ]/(2τ),
///
/// does not depend on neuron j, and is mixed with prior draws in equal parts so that every state can be reached back. Accepted
/// with probability `min(1, e^{−β ΔS} P0(k′) q(k, b)/(P0(k) q(k′, b′)))`. δ = π/(2 R), R the extent of the region. Source: docs/physics/interactions.md.
public final class PairMove: MarkovKernel {
  /// The name of the move in theory files.
  public let name = "pair"
  private let net: any MomentumDensity
  private let width: Double
  private let phaseWidth = 1.0
  private let proposal: Network
  /// Whether the ratio of proposal densities enters; false only in the test that must see it forgotten.
  let hastings: Bool

  /// Pair moves of the theory's net, which has at least two neurons.
  public convenience init(_ theory: InteractingTheory) { self.init(theory, hastings: true) }

  init(_ theory: InteractingTheory, hastings: Bool) {
    net = theory.prior.continuumMomenta!
    let typical = net.gaussianMomenta?.momentumDeviation ?? .infinity
    width = min(Double.pi / (2 * theory.extent), typical)
    proposal = Network(layout: net.layout)
    self.hastings = hastings
  }

  /// None on its own.
  public var movedBlocks: Set<Int> { [] }

  /// A proposal for every fourth neuron: neighbours from a random one on, so that none is asked twice. A prior draw is one only until it
  /// has met the state: used again, after it was refused or overwritten by a pair, it would be another law than the ratio assumes.
  public func sweep(
    _ walker: Walker, _ evaluator: ActionEvaluator, coupling: Double, _ random: inout WalkerRandomness
  ) -> KernelCounts {
    drawProposals(&random)
    evaluator.refreshIfDrifted(walker)
    var counts = KernelCounts()
    let first = choose(of: net.width, &random)
    for pick in 0..<max(1, net.width / 4) {
      attempt((first + pick) % net.width, walker, evaluator, coupling, &random, &counts)
    }
    return counts
  }

  /// Draws from the prior what each neuron may become in one sweep; good for one attempt each.
  func drawProposals(_ random: inout WalkerRandomness) {
    random.advance()
    random.network(net, into: proposal.parameters)
  }

  /// Proposes a pair, or the prior draw, for neuron j.
  func attempt(
    _ j: Int, _ walker: Walker, _ evaluator: ActionEvaluator, _ coupling: Double, _ random: inout WalkerRandomness,
    _ counts: inout KernelCounts
  ) {
    let fromPrior = random.uniform() < 0.5
    if !fromPrior {
      var i = choose(of: net.width - 1, &random)
      if i >= j { i += 1 }
      let sign = random.uniform() < 0.5 ? -1.0 : 1.0
      for axis in 0..<net.dimension {
        proposal.parameters.block(net.momentumBlock, component: axis)[j] =
          sign * walker.parameters.block(net.momentumBlock, component: axis)[i] + width * normal(&random)
      }
      let b = sign * walker.parameters.block(net.phaseBlock)[i] + .pi + phaseWidth * (2 * random.uniform() - 1)
      proposal.parameters.block(net.phaseBlock)[j] = b - 2 * .pi * (b / (2 * .pi)).rounded()
    }
    let weight = net.layout.blocks.firstIndex(where: \.entersLinearly)!
    proposal.parameters.block(weight)[j] = walker.parameters.block(weight)[j]
    evaluator.update(proposal)
    let action = evaluator.propose(j..<j + 1, of: walker, from: proposal)
    counts.proposals += 1
    if !action.isFinite { counts.nonFinite += 1 }
    let ratio =
      hastings ? logDensity(of: j, in: walker.parameters, walker) - logDensity(of: j, in: proposal.parameters, walker) : 0
    if log(random.uniform()) < ratio - coupling * (action - walker.action) {
      evaluator.accept(j..<j + 1, of: walker, from: proposal, action: action)
      counts.accepted += 1
    }
  }

  private func choose(of count: Int, _ random: inout WalkerRandomness) -> Int {
    min(Int(random.uniform() * Double(count)), count - 1)
  }

  /// `ln [q/P0]` of neuron j of `parameters`, the other neurons those of the walker; infinite where P0 vanishes.
  private func logDensity(of j: Int, in parameters: NetworkParameters, _ walker: Walker) -> Double {
    let (n, d) = (net.width, net.dimension)
    let b = parameters.block(net.phaseBlock)[j]
    let phases = walker.parameters.block(net.phaseBlock)
    var momentum = Point.zero
    for axis in 0..<d { momentum[axis] = parameters.block(net.momentumBlock, component: axis)[j] }
    var sum = 0.0
    for i in 0..<n where i != j {
      for sign in [-1.0, 1.0] {
        let turn = b - sign * phases[i] - .pi
        guard abs(turn - 2 * .pi * (turn / (2 * .pi)).rounded()) < phaseWidth else { continue }
        var distance = 0.0
        for axis in 0..<d {
          let k = parameters.block(net.momentumBlock, component: axis)
          let other = walker.parameters.block(net.momentumBlock, component: axis)
          distance += (k[j] - sign * other[i]) * (k[j] - sign * other[i])
        }
        sum += exp(-distance / (2 * width * width))
      }
    }
    let pairs = sum / Double(2 * (n - 1)) * pow(2 * .pi * width * width, -Double(d) / 2) / (2 * phaseWidth)
    let prior = net.momentumDensity(momentum) / (2 * .pi)
    return log(0.5 * (pairs / prior) + 0.5)
  }

  private func normal(_ random: inout WalkerRandomness) -> Double {
    (-2 * log(random.uniform())).squareRoot() * cos(2 * .pi * random.uniform())
  }

  /// Nothing to tune.
  public func tune(_ counts: KernelCounts) {}
  /// The width of the proposal.
  public var setting: String { "momentum width \(width)" }
  /// Nothing is tuned.
  public func visit(_ state: inout StateVisitor) -> Bool { true }
}
