// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import NumericalKernels

/// Evaluates the action of an interacting theory: as a whole, its change when a block of neurons is replaced, and its gradient.
///
/// One instance belongs to one worker and serves any number of walkers, one at a time. An action that is not a number never
/// enters a decision: moves reject it.
public protocol ActionEvaluator: AnyObject {
  /// What is evaluated.
  var theory: InteractingTheory { get }
  /// Numbers in a walker's field, padding included.
  var fieldCount: Int { get }

  /// Brings the amplitudes of a network into step with its parameters.
  func update(_ network: Network)
  /// Writes the field of a network whose amplitudes are in step.
  func synthesise(_ network: Network, into field: AlignedBuffer<Double>)
  /// S of a field in this evaluator's order.
  func action(_ field: AlignedBuffer<Double>) -> Double
  /// S of `f_a a + f_b b`.
  func action(mixing a: AlignedBuffer<Double>, _ fa: Double, with b: AlignedBuffer<Double>, _ fb: Double) -> Double
  /// The field `f_a a + f_b b`.
  func mix(
    _ a: AlignedBuffer<Double>, _ fa: Double, _ b: AlignedBuffer<Double>, _ fb: Double, into out: AlignedBuffer<Double>)
  /// φ becomes −φ.
  func negate(_ field: AlignedBuffer<Double>)
  /// S if `neurons` of the walker were those of `proposal`; ``accept(_:of:from:action:)`` makes it so.
  func propose(_ neurons: Range<Int>, of walker: Walker, from proposal: Network) -> Double
  /// Commits the proposal just evaluated; to roll back, do nothing.
  func accept(_ neurons: Range<Int>, of walker: Walker, from proposal: Network, action: Double)
  /// ∂S/∂θ of all continuous parameters; the walker's field must be that of its parameters.
  func gradient(of walker: Walker, into gradient: NetworkParameters)
  /// Blocks whose derivatives ``gradient(of:into:)`` writes.
  var differentiableBlocks: Set<Int> { get }
  /// φ at the sites of the lattice, in their order.
  func copyField(_ field: AlignedBuffer<Double>, into sites: UnsafeMutablePointer<Double>)
  /// φ of a walker at the sites of the lattice, in their order.
  func copyField(of walker: Walker, into sites: UnsafeMutablePointer<Double>)
}

extension ActionEvaluator {
  /// Incremental changes after which a field is evaluated anew: they add rounding errors of 1e-16 each.
  static var greatestDrift: Int { 1000 }

  /// A walker with all parameters zero.
  public func makeWalker() -> Walker { Walker(layout: theory.prior.layout, fieldCount: fieldCount) }

  /// Field and action from the parameters.
  public func evaluate(_ walker: Walker) {
    update(walker.network)
    synthesise(walker.network, into: walker.field)
    walker.action = action(walker.field)
    walker.changes = 0
  }

  /// Evaluates a walker that has drifted.
  func refreshIfDrifted(_ walker: Walker) {
    if walker.changes > Self.greatestDrift { evaluate(walker) }
  }

  /// Fields are values at sites unless an evaluator says otherwise.
  public func mix(
    _ a: AlignedBuffer<Double>, _ fa: Double, _ b: AlignedBuffer<Double>, _ fb: Double, into out: AlignedBuffer<Double>
  ) { PotentialKernels.mix(a.pointer, fa, b.pointer, fb, into: out.pointer, count: out.count) }

  /// All values change sign.
  public func negate(_ field: AlignedBuffer<Double>) {
    for x in 0..<field.count { field.pointer[x] = -field.pointer[x] }
  }

  /// From the walker's field.
  public func copyField(of walker: Walker, into sites: UnsafeMutablePointer<Double>) {
    copyField(walker.field, into: sites)
  }

  /// ∫ c_0 over the region.
  var constantAction: Double { theory.region.volume(theory.lattice) * theory.potential.constant }
}

/// An evaluator of plane waves, which knows what their identities need.
protocol PlaneWaveEvaluator: ActionEvaluator {
  /// Σ_a h_a I_a = ∫ φ V′(φ), h_a the degree of term a.
  func virial(of walker: Walker, _ potential: LocalPotential) -> Double
  /// For this potential `Σ_i ∂²S/∂b_i² = ∫ [ ½ V″(φ) (Σ_i c_i² − ψ(x)) − V′(φ) φ ]`, `ψ(x) = Σ_i c_i² cos(2 k_i·x + 2 b_i)`.
  func phaseCurvature(of walker: Walker, _ potential: LocalPotential) -> Double
}
