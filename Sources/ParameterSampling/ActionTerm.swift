// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import NumericalKernels

/// Evaluates one term of an action on nodes of its own: its value, its change when a block of neurons is replaced, and its gradient.
///
/// What the term is, a ``LocalTerm`` says; an evaluator is how it is computed fast for one kind of net in one kind of region. Any sum of
/// them is an ``ActionEvaluator``. One instance belongs to one worker and serves any number of walkers, one at a time.
protocol ActionTerm: AnyObject {
  /// What is evaluated.
  var term: LocalTerm { get }
  /// Numbers in the field a walker keeps for this term, padding included.
  var fieldCount: Int { get }
  /// Whether a replaced block changes the field step by step, which gathers rounding errors.
  var isIncremental: Bool { get }
  /// Visits what its numbers depend on beside the walker in hand.
  func visit(_ state: inout StateVisitor)

  /// Writes the field of a network whose amplitudes are in step.
  func synthesise(_ network: Network, into field: AlignedBuffer<Double>)
  /// I of a field in this term's order.
  func value(_ field: AlignedBuffer<Double>) -> Double
  /// I of `f_a a + f_b b`.
  func value(mixing a: AlignedBuffer<Double>, _ fa: Double, with b: AlignedBuffer<Double>, _ fb: Double) -> Double
  /// The field `f_a a + f_b b`.
  func mix(
    _ a: AlignedBuffer<Double>, _ fa: Double, _ b: AlignedBuffer<Double>, _ fb: Double, into out: AlignedBuffer<Double>)
  /// φ becomes −φ.
  func negate(_ field: AlignedBuffer<Double>)
  /// I if `neurons` of the network of this field were those of `proposal`; ``accept(_:field:)`` makes it so.
  func propose(
    _ neurons: Range<Int>, of network: Network, _ field: AlignedBuffer<Double>, from proposal: Network
  ) -> Double
  /// Commits the proposal just evaluated; to roll back, do nothing.
  func accept(_ neurons: Range<Int>, field: inout AlignedBuffer<Double>)
  /// ∂I/∂θ of all continuous parameters.
  func gradient(of network: Network, _ field: AlignedBuffer<Double>, into gradient: NetworkParameters)
  /// Blocks whose derivatives ``gradient(of:_:into:)`` writes.
  var differentiableBlocks: Set<Int> { get }
  /// Whether the field holds the values at the sites of the theory's lattice.
  var coversLattice: Bool { get }
  /// φ at the sites of the lattice, in their order, where the field covers it.
  func copyField(_ field: AlignedBuffer<Double>, into sites: UnsafeMutablePointer<Double>)

  /// `∫ w φ V′(φ)` of another potential in the same region, a source included.
  func virial(of network: Network, _ field: AlignedBuffer<Double>, _ other: LocalTerm) -> Double
  /// For plane waves `Σ_i ∂²I/∂b_i² = ∫ w [ ½ V″(φ) (Σ_i c_i² − ψ(x)) − V′(φ) φ ]`, `ψ(x) = Σ_i c_i² cos(2 k_i·x + 2 b_i)`.
  func phaseCurvature(of network: Network, _ field: AlignedBuffer<Double>, _ other: LocalTerm) -> Double
}

extension ActionTerm {
  /// What a term keeps beside a walker is scratch, unless it says otherwise.
  func visit(_ state: inout StateVisitor) {}

  /// Fields are values at nodes unless a term says otherwise.
  func mix(
    _ a: AlignedBuffer<Double>, _ fa: Double, _ b: AlignedBuffer<Double>, _ fb: Double, into out: AlignedBuffer<Double>
  ) { PotentialKernels.mix(a.pointer, fa, b.pointer, fb, into: out.pointer, count: out.count) }

  /// All values change sign.
  func negate(_ field: AlignedBuffer<Double>) {
    for x in 0..<field.count { field.pointer[x] = -field.pointer[x] }
  }
}

/// J at the nodes of a term times their weights, in the term's own order: the part of the action that differs from node to node.
struct NodeSources {
  /// `w J`; empty where no source differs.
  let values: [Double]

  /// The sum `Σ w J φ` over the nodes.
  func sum(_ field: UnsafePointer<Double>) -> Double { values.indices.reduce(0.0) { $0 + values[$1] * field[$1] } }

  /// Takes `scale w J` from a slope.
  func subtract(scale: Double, from slope: UnsafeMutablePointer<Double>) {
    for x in values.indices { slope[x] -= scale * values[x] }
  }
}
