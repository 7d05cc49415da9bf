// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import FieldTheories
import NumericalKernels

/// Hamiltonian Monte Carlo on independent modes that solves the harmonic part exactly:
///
///     H = ½ Σ D_k (η_k − ν_k)² + ½ Σ D_k v_k² + R(η),     D_k = 1 + λ_k (r + m),     ν_k = y_k (1 − 1/D_k)/√λ_k
///
/// with masses D_k, so that all modes turn with frequency one about their centres; R is what is left of `½ Σ η² + S`. A trajectory of a quarter turn is n
/// kicks of R between rotations, symmetric. m is the Hartree mass of the length, the root of `m = U Σ [1/(a_k + r + m) + (A_k/(a_k + r + m))²]`, `a = 1/λ`, `A = a y`:
/// the kicks then are small, and a quarter turn makes an independent state. n is tuned to 80 % acceptance in warm-up, from 4 on. Without a length m = 0, and
/// `ν_k = √λ_k J_k/D_k` of the sources J: quadratic terms are then solved whole.
/// Cost: about 6 ns a mode and kick. Source: Duane et al., Phys. Lett. B 195 (1987) 216; the splitting: Shahbaba, Lan, Johnson, Neal, Stat. Comput. 24 (2014) 339.
public final class HarmonicRotation: MarkovKernel {
  /// "rotation".
  public let name = "rotation"
  /// Kicks of a trajectory.
  public private(set) var kicks: Int
  private var level: Double
  private var tunings = 0
  private let frequencies: [Double]
  private let centres: [Double]
  private let velocities: AlignedBuffer<Double>
  private let force: NetworkParameters
  private let start: Walker
  private static let greatestKicks = 1000.0
  private static let targetAcceptance = 0.8

  /// Of the modes of a theory.
  public init(_ theory: InteractingTheory, _ modes: ModeExpansion) {
    (kicks, level) = (4, 4)
    let length = theory.terms.lazy.compactMap(\.length).first
    let ridge = 2 * theory.terms[0].potential.coefficient(2)
    let stiffness = ridge + (length.map { Self.hartreeMass($0, modes.stiffnesses, ridge: ridge) } ?? 0)
    // Without a length a quadratic part that has no minimum is left to the kicks.
    let isStable = modes.eigenvalues.allSatisfy { 1 + $0 * stiffness > 0 }
    frequencies = modes.eigenvalues.map { isStable ? 1 + $0 * stiffness : 1 }
    let sources = theory.terms[0].sources
    centres = modes.eigenvalues.indices.map { k in
      let force = length.map { stiffness * $0.targets[k] } ?? (isStable && !sources.isEmpty ? sources[k] : 0)
      return force * modes.eigenvalues[k].squareRoot() / (isStable ? 1 + modes.eigenvalues[k] * stiffness : 1)
    }
    velocities = AlignedBuffer(count: modes.width, repeating: 0)
    force = NetworkParameters(layout: modes.layout)
    start = theory.makeEvaluator().makeWalker()
  }

  /// The root of the gap equation, by bisection: its left side rises, its right side falls.
  static func hartreeMass(_ length: LengthTerm, _ stiffnesses: [Double], ridge: Double) -> Double {
    func excess(_ m: Double) -> Double {
      stiffnesses.indices.reduce(m) { sum, k in
        let inverse = 1 / (stiffnesses[k] + ridge + m)
        let mean = stiffnesses[k] * length.targets[k] * inverse
        return sum - length.coupling * (inverse + mean * mean)
      }
    }
    let edge = max(0, -(stiffnesses.min()! + ridge))
    var (lower, upper) = (edge, edge + 1)
    while excess(upper) < 0 { upper = edge + 2 * (upper - edge) }
    for _ in 0..<200 {
      let middle = (lower + upper) / 2
      if middle <= lower || middle >= upper { break }
      if excess(middle) < 0 { lower = middle } else { upper = middle }
    }
    return upper
  }

  /// The modes.
  public var movedBlocks: Set<Int> { [0] }

  /// One trajectory of a quarter turn.
  public func sweep(
    _ walker: Walker, _ evaluator: ActionEvaluator, coupling: Double, _ random: inout WalkerRandomness
  ) -> KernelCounts {
    random.advance()
    start.copy(from: walker)
    let (v, count) = (velocities.pointer, frequencies.count)
    random.normals(0, count: count, into: v)
    for k in 0..<count { v[k] /= frequencies[k].squareRoot() }
    let before = energy(walker, coupling)
    let angle = Double.pi / 2 / Double(kicks)
    for kick in 0..<kicks {
      rotate(walker, by: kick == 0 ? angle / 2 : angle)
      evaluator.evaluate(walker)
      guard walker.action.isFinite else { break }
      push(walker, evaluator, coupling, angle)
    }
    rotate(walker, by: angle / 2)
    evaluator.evaluate(walker)
    let after = energy(walker, coupling)
    var counts = KernelCounts()
    counts.proposals = 1
    if !after.isFinite { counts.nonFinite = 1 }
    counts.probability = after.isFinite ? min(1, exp(before - after)) : 0
    if log(random.uniform()) < before - after { counts.accepted = 1 } else { walker.copy(from: start) }
    return counts
  }

  /// `½ Σ η² + ½ Σ D v² + β S`.
  private func energy(_ walker: Walker, _ coupling: Double) -> Double {
    let (eta, v) = (walker.parameters.block(0), velocities.pointer)
    var sum = 0.0
    for k in frequencies.indices { sum += eta[k] * eta[k] + frequencies[k] * v[k] * v[k] }
    return sum / 2 + coupling * walker.action
  }

  /// Turns all modes about their centres.
  private func rotate(_ walker: Walker, by angle: Double) {
    let (eta, v) = (walker.parameters.block(0), velocities.pointer)
    let (c, s) = (cos(angle), sin(angle))
    for k in centres.indices {
      let x = eta[k] - centres[k]
      eta[k] = centres[k] + c * x + s * v[k]
      v[k] = c * v[k] - s * x
    }
  }

  /// `v −= t ∂R/D`, `∂R = η + β ∂S − D (η − ν)`.
  private func push(_ walker: Walker, _ evaluator: ActionEvaluator, _ coupling: Double, _ time: Double) {
    evaluator.gradient(of: walker, into: force)
    let (eta, v, f) = (walker.parameters.block(0), velocities.pointer, force.block(0))
    for k in centres.indices {
      let rest = eta[k] + coupling * f[k] - frequencies[k] * (eta[k] - centres[k])
      v[k] -= time * rest / frequencies[k]
    }
  }

  /// Robbins-Monro on the logarithm of the number of kicks.
  public func tune(_ counts: KernelCounts) {
    guard counts.proposals > 0 else { return }
    tunings += 1
    let gain = 1 / pow(Double(tunings), 0.6)
    level = min(
      max(level * exp(gain * (Self.targetAcceptance - counts.probability / Double(counts.proposals))), 4), Self.greatestKicks)
    kicks = Int(level.rounded(.up))
  }

  /// The number of kicks.
  public var setting: String { "\(kicks) kicks" }

  /// What tuning has changed.
  public func visit(_ state: inout StateVisitor) -> Bool {
    state.visit(&kicks)
    state.visit(&level)
    state.visit(&tunings)
    return true
  }
}
