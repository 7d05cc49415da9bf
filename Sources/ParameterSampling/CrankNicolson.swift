// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import FieldTheories
import NumericalKernels

/// Steps of preconditioned Crank-Nicolson, of all parameters of known density at once: a normal parameter of deviation σ moves to
///
///     θ′ = √(1 − ε²) θ + ε σ n,      n ~ N(0, 1),
///
/// which leaves the prior as it is, so that the step is accepted with probability `min(1, e^{−β ΔS})`. Parameters of other laws move through their coordinate of standard normal prior
/// (`ParameterDensity.isMapped`), phases by `b′ = b + π ε n` on the circle. No gradient is needed, and the acceptance depends on what the action asks of the field, not on the number of parameters. ε
/// is tuned to 30 % acceptance in warm-up. Source: S. L. Cotter, G. O. Roberts, A. M. Stuart, D. White, Stat. Sci. 28 (2013) 424, sec. 4.
public final class CrankNicolson: MarkovKernel {
  /// The name of the move in theory files.
  public let name = "pcn"
  /// The step ε, at most 1: a network drawn anew.
  public private(set) var stepSize = 0.2
  private let architecture: any Architecture
  private let densities: [(block: Int, count: Int, density: ParameterDensity)]
  private let trial: Walker
  private let deviates: AlignedBuffer<Double>
  private var tunings = 0
  private static let targetAcceptance = 0.3
  /// Whether the old state is shortened by √(1 − ε²); true, except in the test that must see a walk that forgets the prior.
  let isPreconditioned: Bool

  /// Steps of a theory's parameters.
  public convenience init(_ theory: InteractingTheory) { self.init(theory, isPreconditioned: true) }

  init(_ theory: InteractingTheory, isPreconditioned: Bool) {
    architecture = theory.prior
    self.isPreconditioned = isPreconditioned
    let layout = architecture.layout
    densities = ParameterDensity.densities(of: architecture).filter { !theory.integratedOut.contains($0.key) }.sorted {
      $0.key < $1.key
    }.map { ($0.key, layout.blocks[$0.key].components * layout.width(of: layout.blocks[$0.key]), $0.value) }
    trial = theory.makeEvaluator().makeWalker()
    deviates = AlignedBuffer(count: densities.map(\.count).max() ?? 1, repeating: 0)
  }

  /// The blocks of known density.
  public var movedBlocks: Set<Int> { Set(densities.map(\.block)).union(ParameterDensity.constants(of: architecture)) }

  /// One step.
  public func sweep(
    _ walker: Walker, _ evaluator: ActionEvaluator, coupling: Double, _ random: inout WalkerRandomness
  ) -> KernelCounts {
    random.advance()
    trial.network.copy(from: walker.network)
    let (step, rest) = (stepSize, isPreconditioned ? (1 - stepSize * stepSize).squareRoot() : 1)
    for (index, part) in densities.enumerated() {
      random.normals(index, count: part.count, into: deviates.pointer)
      let v = trial.parameters.block(part.block)
      switch part.density {
      case .gaussian(let sigma): for i in 0..<part.count { v[i] = rest * v[i] + step * sigma * deviates[i] }
      case .circle:
        for i in 0..<part.count {
          v[i] += .pi * step * deviates[i]
          v[i] -= 2 * .pi * (v[i] / (2 * .pi)).rounded()
        }
      case .rayleigh, .laplace, .uniform:
        for i in 0..<part.count {
          v[i] = part.density.parameter(rest * part.density.coordinate(v[i]) + step * deviates[i]).value
        }
      }
    }
    evaluator.evaluate(trial)
    let exponent = -coupling * (trial.action - walker.action)
    var counts = KernelCounts()
    counts.proposals = 1
    if !trial.action.isFinite { counts.nonFinite = 1 }
    counts.probability = exponent.isNaN ? 0 : min(1, exp(exponent))
    if log(random.uniform()) < exponent {
      walker.copy(from: trial)
      counts.accepted = 1
    }
    return counts
  }

  /// Robbins-Monro on ln ε.
  public func tune(_ counts: KernelCounts) {
    guard counts.proposals > 0 else { return }
    tunings += 1
    let gain = 1 / pow(Double(tunings), 0.6)
    let change = counts.probability / Double(counts.proposals) - Self.targetAcceptance
    stepSize = min(max(stepSize * exp(gain * change), 1e-5), 1)
  }

  /// The step.
  public var setting: String { "step \(stepSize)" }

  /// What tuning has changed.
  public func visit(_ state: inout StateVisitor) -> Bool {
    state.visit(&stepSize)
    state.visit(&tunings)
    return true
  }
}
