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
/// the kicks then are small, and a quarter turn makes an independent state. n is tuned to 90 % acceptance in warm-up, once a chain has left the draw it starts from: from one kick on where
/// `U Var ρ` of the harmonic part is below one, else from four. Without a length m = 0, and
/// `ν_k = √λ_k J_k/D_k` of the sources J: quadratic terms are then solved whole.
///
/// Where the action is that of a length alone, `S = (r/2) ρ + (U/4) ρ²`, all forces are one number, `∂R = √λ_k (U ρ − m) (φ_k − y_k)`, and kick, rotation, field and ρ are one vectorised
/// loop: 0.4 ns a mode and kick beside 2 ns for the velocities. Otherwise about 6 ns a mode and kick. Source: Duane et al., Phys. Lett. B 195 (1987) 216; the splitting: Shahbaba, Lan, Johnson, Neal, Stat. Comput. 24 (2014) 339.
public final class HarmonicRotation: MarkovKernel {
  /// "rotation".
  public let name = "rotation"
  /// Kicks of a trajectory.
  public private(set) var kicks: Int
  private var level: Double
  private var tunings = 0
  /// Kicks of a trajectory at least.
  private let least: Double
  private let frequencies: [Double]
  /// `1/√D`: the spread of the velocities.
  private let spreads: AlignedBuffer<Double>
  private let centres: [Double]
  private let velocities: AlignedBuffer<Double>
  private let force: NetworkParameters
  private let start: Walker
  private let kernels: ModeKernels
  /// r, U and m where the action is that of a length alone.
  private let length: (ridge: Double, coupling: Double, mass: Double)?
  /// Velocities begin this many numbers into their buffer: loads of coordinates at equal distance from a page's edge would wait for stores of velocities.
  private static let shift = 192
  private static let greatestKicks = 1000.0
  private static let targetAcceptance = 0.9

  /// Of the modes of a theory.
  public init(_ theory: InteractingTheory, _ modes: ModeExpansion) {

    let length = theory.terms.lazy.compactMap(\.length).first
    let ridge = 2 * theory.terms[0].potential.coefficient(2)
    let mass = length.map { Self.hartreeMass($0, modes.stiffnesses, ridge: ridge) } ?? 0
    let stiffness = ridge + mass
    least = length.map { Self.lengthVariance($0, modes.stiffnesses, ridge: stiffness) * $0.coupling < 1 } ?? true ? 1 : 4
    (kicks, level) = (Int(least), least)
    // Without a length a quadratic part that has no minimum is left to the kicks.
    let isStable = modes.eigenvalues.allSatisfy { 1 + $0 * stiffness > 0 }
    frequencies = modes.eigenvalues.map { isStable ? 1 + $0 * stiffness : 1 }
    let sources = theory.terms[0].sources
    centres = modes.eigenvalues.indices.map { k in
      let force = length.map { stiffness * $0.targets[k] } ?? (isStable && !sources.isEmpty ? sources[k] : 0)
      return force * modes.eigenvalues[k].squareRoot() / (isStable ? 1 + modes.eigenvalues[k] * stiffness : 1)
    }
    velocities = AlignedBuffer(count: modes.width + 1 + Self.shift, repeating: 0)
    let isAlone =
      theory.terms.count == 1 && isStable && theory.terms[0].potential.degree <= 2
      && length.map { term in sources == term.targets.map { ridge * $0 } } ?? false
    self.length = isAlone ? (ridge, length!.coupling, mass) : nil
    spreads = AlignedBuffer(count: modes.width, repeating: 0)
    for k in frequencies.indices { spreads[k] = 1 / frequencies[k].squareRoot() }
    kernels = ModeKernels(
      scales: modes.eigenvalues.map { $0.squareRoot() },
      targets: length?.targets ?? [Double](repeating: 0, count: modes.width), centres: centres, masses: frequencies)
    force = NetworkParameters(layout: modes.layout)
    start = theory.makeEvaluator().makeWalker()
  }

  /// `Var ρ = Σ (2/D² + 4A²/D³)` of modes of stiffness `D = a + r + m` about `A/D`.
  private static func lengthVariance(_ length: LengthTerm, _ stiffnesses: [Double], ridge: Double) -> Double {
    stiffnesses.indices.reduce(0.0) { sum, k in
      let inverse = 1 / (stiffnesses[k] + ridge)
      let mean = stiffnesses[k] * length.targets[k] * inverse
      return sum + 2 * inverse * inverse + 4 * mean * mean * inverse
    }
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
    let (v, count) = (velocities.pointer + Self.shift, frequencies.count)
    random.pairedNormals(0, count: count, into: v)
    for k in 0..<count { v[k] *= spreads[k] }
    let before = energy(walker, coupling)
    if let length, coupling == 1 { turn(walker, length) } else { move(walker, evaluator, coupling) }
    let after = energy(walker, coupling)
    var counts = KernelCounts()
    counts.proposals = 1
    if !after.isFinite { counts.nonFinite = 1 }
    counts.probability = after.isFinite ? min(1, exp(before - after)) : 0
    if log(random.uniform()) < before - after { counts.accepted = 1 } else { walker.copy(from: start) }
    return counts
  }

  /// The trajectory under a length alone.
  private func turn(_ walker: Walker, _ length: (ridge: Double, coupling: Double, mass: Double)) {
    let (eta, v, field) = (walker.parameters.block(0), velocities.pointer + Self.shift, walker.fields[0].pointer)
    let angle = Double.pi / 2 / Double(kicks)
    var rho = kernels.turn(cosine: cos(angle / 2), sine: sin(angle / 2), coordinates: eta, velocities: v)
    for kick in 1...kicks {
      let turn = kick == kicks ? angle / 2 : angle
      rho = kernels.turn(
        kick: angle * (length.coupling * rho - length.mass), cosine: cos(turn), sine: sin(turn), coordinates: eta, velocities: v,
        field: kick == kicks ? field : nil)
    }
    walker.action = length.ridge / 2 * rho + length.coupling / 4 * rho * rho
    walker.changes = 0
  }

  /// The trajectory under any action.
  private func move(_ walker: Walker, _ evaluator: ActionEvaluator, _ coupling: Double) {
    let angle = Double.pi / 2 / Double(kicks)
    for kick in 0..<kicks {
      rotate(walker, by: kick == 0 ? angle / 2 : angle)
      evaluator.evaluate(walker)
      guard walker.action.isFinite else { break }
      push(walker, evaluator, coupling, angle)
    }
    rotate(walker, by: angle / 2)
    evaluator.evaluate(walker)
  }

  /// `½ Σ η² + ½ Σ D v² + β S`.
  private func energy(_ walker: Walker, _ coupling: Double) -> Double {
    kernels.energy(coordinates: walker.parameters.block(0), velocities: velocities.pointer + Self.shift) + coupling
      * walker.action
  }

  /// Turns all modes about their centres.
  private func rotate(_ walker: Walker, by angle: Double) {
    let (eta, v) = (walker.parameters.block(0), velocities.pointer + Self.shift)
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
    let (eta, v, f) = (walker.parameters.block(0), velocities.pointer + Self.shift, force.block(0))
    for k in centres.indices {
      let rest = eta[k] + coupling * f[k] - frequencies[k] * (eta[k] - centres[k])
      v[k] -= time * rest / frequencies[k]
    }
  }

  /// Robbins-Monro on the logarithm of the number of kicks. Where one kick may do, a chain's first state, far from all others, is left by doubling kicks, and what that took is then forgotten.
  public func tune(_ counts: KernelCounts) {
    guard counts.proposals > 0 else { return }
    if least == 1, tunings == 0 {
      if counts.accepted == 0 {
        level = min(2 * level, Self.greatestKicks)
      } else {
        (level, tunings) = (1, 1)
      }
    } else {
      tunings += 1
      let excess = Self.targetAcceptance - counts.probability / Double(counts.proposals)
      level = min(max(level * exp(excess / pow(Double(tunings), 0.6)), least), Self.greatestKicks)
    }
    kicks = Int(level.rounded(.up))
  }

  /// The number of kicks.
  public var setting: String { kicks == 1 ? "1 kick" : "\(kicks) kicks" }

  /// What tuning has changed.
  public func visit(_ state: inout StateVisitor) -> Bool {
    state.visit(&kicks)
    state.visit(&level)
    state.visit(&tunings)
    return true
  }
}
