// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import FieldTheories
import NumericalKernels

/// Hamiltonian Monte Carlo on all continuous parameters of known density and derivative:
///
///     H = β S[φ_θ] − ln P0(θ) + Σ p²/(2 m),   m = 1/σ² for a normal parameter of deviation σ (N/σ² for w = v/√N), 1 for a phase
///
/// so that the free motion has frequency one. Parameters of other laws move through a coordinate of standard normal prior, m = 1
/// (`ParameterDensity.isMapped`): walls, kinks and poles of a density would ask for small steps. Leapfrog steps ε over a time drawn from (π/2)(½, 3/2). At infinite width the
/// parameters are the whitened modes: this is Fourier-accelerated lattice HMC. ε is tuned to 80 % acceptance in warm-up and then
/// frozen. A trajectory that leaves the numbers is rejected. Source: Duane, Kennedy, Pendleton, Roweth, Phys. Lett. B 195 (1987)
/// 216; Neal, arXiv:1206.1901.
public final class HamiltonianMonteCarlo: MarkovKernel {
  /// The name of the move in theory files.
  public let name = "hmc"
  /// The step ε of the leapfrog integrator.
  public private(set) var stepSize: Double
  private let architecture: any Architecture
  private let densities: [(block: Int, count: Int, density: ParameterDensity)]
  private let momenta: NetworkParameters
  private let force: NetworkParameters
  /// q and dv/dq of the blocks that move through a coordinate.
  private let mapped: NetworkParameters
  private let rates: NetworkParameters
  private let start: Walker
  private var tunings = 0
  private static let greatestSteps = 1000
  private static let targetAcceptance = 0.8
  /// Sign of the force; 1, except in the test that must see a wrong one.
  let forceSign: Double

  /// Starts with `stepSize`.
  public convenience init(_ theory: InteractingTheory, stepSize: Double = 0.2) {
    self.init(theory, stepSize: stepSize, forceSign: 1)
  }

  init(_ theory: InteractingTheory, stepSize: Double, forceSign: Double) {
    architecture = theory.prior
    self.stepSize = stepSize
    self.forceSign = forceSign
    let layout = architecture.layout
    let evaluator = theory.makeEvaluator()
    densities = Self.blocks(evaluator).sorted {
      $0.key < $1.key
    }.map {
      ($0.key, layout.blocks[$0.key].components * layout.width(of: layout.blocks[$0.key]), $0.value)
    }
    momenta = NetworkParameters(layout: layout)
    force = NetworkParameters(layout: layout)
    mapped = NetworkParameters(layout: layout)
    rates = NetworkParameters(layout: layout)
    start = evaluator.makeWalker()
  }

  private static func blocks(_ evaluator: ActionEvaluator) -> [Int: ParameterDensity] {
    ParameterDensity.densities(of: evaluator.theory.prior).filter { evaluator.differentiableBlocks.contains($0.key) }
  }

  /// Whether a theory has a block of known density and derivative.
  static func applies(to theory: InteractingTheory) -> Bool { !blocks(theory.makeEvaluator()).isEmpty }

  /// The blocks of known density and derivative.
  public var movedBlocks: Set<Int> { Set(densities.map(\.block)).union(ParameterDensity.constants(of: architecture)) }

  /// One trajectory.
  public func sweep(
    _ walker: Walker, _ evaluator: ActionEvaluator, coupling: Double, _ random: inout WalkerRandomness
  ) -> KernelCounts {
    random.advance()
    start.copy(from: walker)
    for (index, part) in densities.enumerated() {
      let p = momenta.block(part.block)
      random.normals(index, count: part.count, into: p)
      let scale = 1 / part.density.scale
      for i in 0..<part.count { p[i] *= scale }
    }
    for part in densities where part.density.isMapped {
      let (v, q, rate) = (walker.parameters.block(part.block), mapped.block(part.block), rates.block(part.block))
      for i in 0..<part.count {
        q[i] = part.density.coordinate(v[i])
        rate[i] = part.density.parameter(q[i]).rate
      }
    }
    let before = energy(walker, coupling)
    let time = Double.pi / 2 * (0.5 + random.uniform())
    let steps = max(1, Int(count: time / stepSize, atMost: Self.greatestSteps) ?? Self.greatestSteps)
    let epsilon = min(stepSize, time / Double(steps))
    kick(walker, evaluator, coupling, epsilon / 2)
    for step in 1...steps {
      drift(walker, epsilon)
      evaluator.evaluate(walker)
      guard walker.action.isFinite else { break }
      kick(walker, evaluator, coupling, step == steps ? epsilon / 2 : epsilon)
    }
    let after = energy(walker, coupling)
    var counts = KernelCounts()
    counts.proposals = 1
    if !after.isFinite { counts.nonFinite = 1 }
    if log(random.uniform()) < before - after {
      counts.accepted = 1
      wrapPhases(walker)
    } else {
      walker.copy(from: start)
    }
    energyError = after - before
    counts.probability = after.isFinite ? min(1, exp(before - after)) : 0
    return counts
  }

  /// ΔH of the last trajectory, of order ε².
  private(set) var energyError = 0.0

  /// The coordinates of a block: its parameters, or what they are functions of.
  private func coordinates(_ block: Int, _ density: ParameterDensity, _ walker: Walker) -> UnsafeMutablePointer<Double> {
    density.isMapped ? mapped.block(block) : walker.parameters.block(block)
  }

  private func energy(_ walker: Walker, _ coupling: Double) -> Double {
    var sum = coupling * walker.action
    for part in densities {
      let (q, p) = (coordinates(part.block, part.density, walker), momenta.block(part.block))
      let scale = part.density.scale
      for i in 0..<part.count { sum += part.density.energy(q[i]) + 0.5 * p[i] * p[i] * scale * scale }
    }
    return sum
  }

  private func kick(_ walker: Walker, _ evaluator: ActionEvaluator, _ coupling: Double, _ time: Double) {
    evaluator.gradient(of: walker, into: force)
    for part in densities {
      let (q, p, f) = (coordinates(part.block, part.density, walker), momenta.block(part.block), force.block(part.block))
      if part.density.isMapped {
        let rate = rates.block(part.block)
        for i in 0..<part.count { f[i] *= rate[i] }
      }
      for i in 0..<part.count { p[i] -= time * (forceSign * coupling * f[i] + part.density.slope(q[i])) }
    }
  }

  private func drift(_ walker: Walker, _ time: Double) {
    for part in densities {
      let (q, p) = (coordinates(part.block, part.density, walker), momenta.block(part.block))
      let inverseMass = part.density.scale * part.density.scale
      for i in 0..<part.count { q[i] += time * inverseMass * p[i] }
      guard part.density.isMapped else { continue }
      let (v, rate) = (walker.parameters.block(part.block), rates.block(part.block))
      for i in 0..<part.count { (v[i], rate[i]) = part.density.parameter(q[i]) }
    }
  }

  /// Phases back to [−π, π]: the field does not notice, cosines stay accurate.
  private func wrapPhases(_ walker: Walker) {
    for part in densities {
      guard case .circle = part.density else { continue }
      let q = walker.parameters.block(part.block)
      for i in 0..<part.count { q[i] -= 2 * .pi * (q[i] / (2 * .pi)).rounded() }
    }
  }

  /// Robbins-Monro on ln ε.
  public func tune(_ counts: KernelCounts) {
    guard counts.proposals > 0 else { return }
    tunings += 1
    let gain = 1 / pow(Double(tunings), 0.6)
    stepSize = min(max(stepSize * exp(gain * (counts.probability / Double(counts.proposals) - Self.targetAcceptance)), 1e-5), 1.5)
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
