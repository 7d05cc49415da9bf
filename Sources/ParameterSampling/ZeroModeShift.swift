// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import FieldTheories
import NumericalKernels

/// A uniform shift of the field of infinite width, which is a shift of its zero mode alone: by a normal deviate, or by minus
/// twice the average, which carries the average from one well of a broken symmetry to the other and leaves all other modes.
///
/// Both are accepted with probability `min(1, e^{−β ΔS − ΔU})`, `ΔU = ε Σ η + ½ N_s ε²` from the prior of the noise, ε =
/// δ/√(G_0/a^d); the reflection is its own inverse and preserves volume. The deviate's width is tuned to 50 % acceptance in
/// warm-up.
public final class ZeroModeShift: MarkovKernel {
  /// The name of the move in theory files.
  public let name = "zero-mode"
  /// Standard deviation of the shift.
  public private(set) var width: Double
  private let noisePerField: Double
  private let siteCount: Int
  private var shifted: Walker
  private var tunings = 0

  /// Shifts of the theory's field.
  public init(_ theory: InteractingTheory) {
    let field = theory.prior.freeField!
    siteCount = field.lattice.siteCount
    let root = 1 / (field.mass * field.lattice.cellVolume.squareRoot())
    noisePerField = 1 / root
    width = root / Double(siteCount).squareRoot()
    shifted = theory.makeEvaluator().makeWalker()
  }

  /// None to any value.
  public var movedBlocks: Set<Int> { [] }

  /// One shift and, every second time, one reflection.
  public func sweep(
    _ walker: Walker, _ evaluator: ActionEvaluator, coupling: Double, _ random: inout WalkerRandomness
  ) -> KernelCounts {
    random.advance()
    var counts = KernelCounts()
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 1) {
      random.normals(0, count: 1, into: $0.baseAddress!)
      attempt($0[0] * width, walker, evaluator, coupling, random.uniform(), &counts)
    }
    if random.uniform() < 0.5 {
      let average = (0..<siteCount).reduce(0.0) { $0 + walker.fields[0].pointer[$1] } / Double(siteCount)
      var reflection = KernelCounts()
      attempt(-2 * average, walker, evaluator, coupling, random.uniform(), &reflection)
    }
    evaluator.refreshIfDrifted(walker)
    return counts
  }

  private func attempt(
    _ shift: Double, _ walker: Walker, _ evaluator: ActionEvaluator, _ coupling: Double, _ uniform: Double,
    _ counts: inout KernelCounts
  ) {
    let noise = walker.parameters.block(0)
    let epsilon = shift * noisePerField
    let sum = (0..<siteCount).reduce(0.0) { $0 + noise[$1] }
    let prior = epsilon * sum + 0.5 * Double(siteCount) * epsilon * epsilon
    // At infinite width every term keeps the field at all sites.
    for (target, field) in zip(shifted.fields, walker.fields) {
      for x in 0..<siteCount { target.pointer[x] = field.pointer[x] + shift }
    }
    let action = evaluator.action(shifted.fields)
    let exponent = -coupling * (action - walker.action) - prior
    counts.proposals += 1
    if !action.isFinite { counts.nonFinite += 1 }
    counts.probability += exponent.isNaN ? 0 : min(1, exp(exponent))
    guard log(uniform) < exponent else { return }
    for x in 0..<siteCount { noise[x] += epsilon }
    swap(&walker.fields, &shifted.fields)
    walker.action = action
    walker.changes += 1
    counts.accepted += 1
  }

  /// Robbins-Monro on the logarithm of the width.
  public func tune(_ counts: KernelCounts) {
    guard counts.proposals > 0 else { return }
    tunings += 1
    width *= exp((counts.probability / Double(counts.proposals) - 0.5) / pow(Double(tunings), 0.6))
  }

  /// The width of the proposal, as tuned.
  public var setting: String { "width \(width)" }

  /// What tuning has changed.
  public func visit(_ state: inout StateVisitor) -> Bool {
    state.visit(&width)
    state.visit(&tunings)
    return true
  }
}
