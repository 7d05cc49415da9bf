// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldSynthesis
import FieldTheories
import NumericalKernels

/// Evaluates the action of an interacting theory, the sum of its terms: as a whole, its change when a block of neurons is replaced, and its
/// gradient.
///
/// One instance belongs to one worker and serves any number of walkers, one at a time. An action that is not a number never
/// enters a decision: moves reject it.
public final class ActionEvaluator {
  /// Incremental changes after which a field is evaluated anew: they add rounding errors of 1e-16 each.
  private static let greatestDrift = 1000

  /// What is evaluated.
  public let theory: InteractingTheory
  /// Its terms, in the theory's order.
  let terms: [any ActionTerm]
  /// Blocks whose derivatives `gradient(of:into:)` writes: those that every term knows.
  public let differentiableBlocks: Set<Int>
  private let waves: (any PlaneWaveNet)?
  private let share: NetworkParameters?
  private let isIncremental: Bool
  private let lattice: Int?
  private let synthesizer: (any FieldSynthesizer<Double>)?

  init(_ theory: InteractingTheory, _ terms: [any ActionTerm]) {
    precondition(!terms.isEmpty, "ActionEvaluator: an action has a term")
    (self.theory, self.terms) = (theory, terms)
    waves = theory.prior.planeWaves
    share = terms.count > 1 ? NetworkParameters(layout: theory.prior.layout) : nil
    isIncremental = terms.contains(where: \.isIncremental)
    differentiableBlocks = terms.dropFirst().reduce(terms[0].differentiableBlocks) { $0.intersection($1.differentiableBlocks) }
    lattice = terms.firstIndex(where: \.coversLattice)
    synthesizer =
      lattice != nil
      ? nil : try! SynthesisPlan(architecture: theory.prior, sites: .lattice(theory.lattice)).makeSynthesizer()
  }

  // MARK: Whole actions

  /// Numbers in a walker's fields, padding included.
  var fieldCount: Int { terms.reduce(0) { $0 + $1.fieldCount } }

  /// Room for the fields of all terms.
  func makeFields() -> [AlignedBuffer<Double>] { terms.map { AlignedBuffer(count: $0.fieldCount, repeating: 0) } }

  /// A walker with all parameters zero.
  public func makeWalker() -> Walker { Walker(layout: theory.prior.layout, fields: makeFields()) }

  /// Brings the amplitudes of a network into step with its parameters.
  func update(_ network: Network) { waves?.amplitudes(network.parameters, into: network.amplitudes.pointer) }

  /// Writes the fields of a network whose amplitudes are in step.
  func synthesise(_ network: Network, into fields: [AlignedBuffer<Double>]) {
    for (term, field) in zip(terms, fields) { term.synthesise(network, into: field) }
  }

  /// The action S of the fields on the nodes of each term.
  func action(_ fields: [AlignedBuffer<Double>]) -> Double { sum { terms[$0].value(fields[$0]) } }

  /// S of `f_a a + f_b b`.
  func action(mixing a: [AlignedBuffer<Double>], _ fa: Double, with b: [AlignedBuffer<Double>], _ fb: Double) -> Double {
    sum { terms[$0].value(mixing: a[$0], fa, with: b[$0], fb) }
  }

  /// The fields `f_a a + f_b b`.
  func mix(
    _ a: [AlignedBuffer<Double>], _ fa: Double, _ b: [AlignedBuffer<Double>], _ fb: Double, into out: [AlignedBuffer<Double>]
  ) {
    for (index, term) in terms.enumerated() { term.mix(a[index], fa, b[index], fb, into: out[index]) }
  }

  /// φ becomes −φ.
  func negate(_ walker: Walker) {
    for (term, field) in zip(terms, walker.fields) { term.negate(field) }
    update(walker.network)
  }

  private func sum(_ value: (Int) -> Double) -> Double {
    var sum = value(0)
    for index in 1..<max(1, terms.count) { sum += value(index) }
    return sum
  }

  /// Fields and action from the parameters.
  public func evaluate(_ walker: Walker) {
    update(walker.network)
    synthesise(walker.network, into: walker.fields)
    walker.action = action(walker.fields)
    walker.changes = 0
  }

  /// Visits what later numbers depend on beside the walkers.
  func visit(_ state: inout StateVisitor) { for term in terms { term.visit(&state) } }

  /// Evaluates a walker that has drifted.
  func refreshIfDrifted(_ walker: Walker) {
    if walker.changes > Self.greatestDrift { evaluate(walker) }
  }

  // MARK: Blocks of neurons

  /// S if `neurons` of the walker were those of `proposal`; ``accept(_:of:from:action:)`` makes it so.
  func propose(_ neurons: Range<Int>, of walker: Walker, from proposal: Network) -> Double {
    sum { terms[$0].propose(neurons, of: walker.network, walker.fields[$0], from: proposal) }
  }

  /// Commits the proposal just evaluated; to roll back, do nothing.
  func accept(_ neurons: Range<Int>, of walker: Walker, from proposal: Network, action: Double) {
    for (index, term) in terms.enumerated() { term.accept(neurons, field: &walker.fields[index]) }
    walker.network.copy(neurons, from: proposal)
    walker.action = action
    if isIncremental { walker.changes += 1 }
  }

  // MARK: Derivatives

  /// ∂S/∂θ of all continuous parameters; the walker's fields must be those of its parameters.
  func gradient(of walker: Walker, into gradient: NetworkParameters) {
    terms[0].gradient(of: walker.network, walker.fields[0], into: gradient)
    guard let share else { return }
    for (term, field) in zip(terms, walker.fields).dropFirst() {
      term.gradient(of: walker.network, field, into: share)
      for block in differentiableBlocks {
        let (sum, part) = (gradient.block(block), share.block(block))
        for i in 0..<theory.prior.layout.blocks[block].components
          * theory.prior.layout.width(of: theory.prior.layout.blocks[block])
        {
          sum[i] += part[i]
        }
      }
    }
  }

  /// `Σ_a h_a I_a`, h_a the degree of each monomial, of other terms in the same regions.
  func virial(of walker: Walker, _ others: [LocalTerm]) -> Double {
    sum { terms[$0].virial(of: walker.network, walker.fields[$0], others[$0]) }
  }

  /// `Σ_i ∂²S/∂b_i²` of other terms in the same regions.
  func phaseCurvature(of walker: Walker, _ others: [LocalTerm]) -> Double {
    sum { terms[$0].phaseCurvature(of: walker.network, walker.fields[$0], others[$0]) }
  }

  /// `Σ w (J·n) φ_a` over the nodes of all terms, for every component a.
  func pull(of walker: Walker, along n: [Double]) -> [Double] {
    zip(terms, walker.fields).reduce(n.map { _ in 0.0 }) { sum, part in
      (part.0 as? VectorAction).map { zip(sum, $0.pull(part.1, along: n)).map(+) } ?? sum
    }
  }

  // MARK: Fields

  /// φ of a walker at the sites of the lattice, in their order; of several components one after another.
  public func copyField(of walker: Walker, into sites: UnsafeMutablePointer<Double>) {
    if let lattice {
      terms[lattice].copyField(walker.fields[lattice], into: sites)
    } else {
      let (values, count) = (AlignedBuffer<Double>(count: theory.lattice.siteCount, repeating: 0), theory.lattice.siteCount)
      synthesizer!.evaluateComponents(walker.parameters, into: values.pointer) {
        (sites + $0 * count).update(from: values.pointer, count: count)
      }
    }
  }
}
