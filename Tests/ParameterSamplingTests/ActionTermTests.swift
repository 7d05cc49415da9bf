// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldSynthesis
import FieldTheories
import Foundation
import LatticeFields
import NumericalKernels
import Testing

@testable import ParameterSampling

/// Sums of terms in different regions, sources among them: values, block changes, gradients and curvatures against direct sums and differences.
@Suite struct ActionTermTests {
  static let theories = Mixtures.all(7)

  /// Σ w (V(φ) − J φ) at nodes from fields evaluated there; a term of pair sums by an evaluator of its own, which its own tests judge. `forget`
  /// leaves the source of one node out, for the control.
  private func direct(_ theory: InteractingTheory, _ walker: Walker, forget: Int? = nil) throws -> Double {
    try theory.terms.reduce(0.0) { sum, term in
      let set: SiteSet
      let weights: [Double]
      switch term.region.integral {
      case .sites:
        (set, weights) = (
          .lattice(theory.lattice), [Double](repeating: theory.lattice.cellVolume, count: theory.lattice.siteCount)
        )
      case .points(let points, let own): (set, weights) = (.points(points, dimension: theory.lattice.dimension), own)
      case .pairs:
        let alone = ActionEvaluator(theory, [PairSumAction(theory, term, theory.prior as! any PlaneWaveNet)])
        let copy = alone.makeWalker()
        copy.network.copy(from: walker.network)
        alone.evaluate(copy)
        return sum + copy.action
      }
      var field = [Double](repeating: 0, count: weights.count)
      if theory.prior is FreeLatticeField, case .points(let points, _) = term.region.integral {
        var sites = [Double](repeating: 0, count: theory.lattice.siteCount)
        try SynthesisPlan(architecture: theory.prior, sites: .lattice(theory.lattice)).makeSynthesizer()
          .evaluate(walker.parameters, into: &sites)
        field = points.map { sites[theory.lattice.site(at: $0)!] }
      } else {
        try SynthesisPlan(architecture: theory.prior, sites: set).makeSynthesizer().evaluate(walker.parameters, into: &field)
      }
      return sum
        + field.indices.reduce(0.0) {
          let source = term.sources.isEmpty || $1 == forget ? 0 : term.sources[$1]
          return $0 + weights[$1] * (term.potential.value(field[$1]) - source * field[$1])
        }
    }
  }

  private func closes(_ a: Double, _ b: Double, _ tolerance: Double = 1e-11) -> Bool {
    abs(a - b) <= tolerance * max(1, abs(a), abs(b))
  }

  @Test(arguments: theories.indices) func valuesAndMixtures(_ index: Int) throws {
    let theory = try Self.theories[index]()
    #expect(theory.terms.count > 1)
    let evaluator = theory.makeEvaluator()
    for draw in 0..<4 as Range<UInt64> {
      let walker = drawnWalker(theory, evaluator, draw: draw)
      #expect(closes(walker.action, try direct(theory, walker)), "\(theory.streamName)")
      #expect(!closes(walker.action, try direct(theory, walker, forget: 0)), "the control agrees")
      // A mixture of two fields is the field of mixed weights.
      guard let block = theory.prior.layout.blocks.firstIndex(where: \.entersLinearly),
        (theory.prior as? any PlaneWaveNet)?.outputWeights.kind != .rayleigh
      else { continue }
      let other = evaluator.makeWalker()
      other.network.copy(from: walker.network)
      for i in 0..<theory.prior.width { other.parameters.block(block)[i] = 0.1 * Double(i) - 0.3 }
      evaluator.evaluate(other)
      let action = evaluator.action(mixing: walker.fields, 0.6, with: other.fields, -0.8)
      let mixed = evaluator.makeFields()
      evaluator.mix(walker.fields, 0.6, other.fields, -0.8, into: mixed)
      #expect(closes(action, evaluator.action(mixed)))
      for i in 0..<theory.prior.width {
        other.parameters.block(block)[i] = 0.6 * walker.parameters.block(block)[i] - 0.8 * other.parameters.block(block)[i]
      }
      evaluator.evaluate(other)
      #expect(closes(action, other.action), "\(theory.streamName)")
    }
  }

  @Test(arguments: theories.indices) func blockChanges(_ index: Int) throws {
    let theory = try Self.theories[index]()
    let evaluator = theory.makeEvaluator()
    let walker = drawnWalker(theory, evaluator)
    let proposal = Network(layout: theory.prior.layout)
    let width = theory.prior.width
    for step in 0..<40 {
      theory.prior.drawParameters(RandomStream(seed: 5, stream: "proposal"), draw: UInt64(step), into: proposal.parameters)
      evaluator.update(proposal)
      let first = step % width
      let neurons = first..<min(width, first + 1 + step % 4)
      let before = walker.action
      let action = evaluator.propose(neurons, of: walker, from: proposal)
      let check = evaluator.makeWalker()
      check.network.copy(from: walker.network)
      check.network.copy(neurons, from: proposal)
      #expect(
        closes(
          action,
          {
            evaluator.theory.makeEvaluator().evaluate(check); return check.action
          }()), "\(theory.streamName) \(step)")
      #expect(walker.action == before)
      if step % 3 != 0 { evaluator.accept(neurons, of: walker, from: proposal, action: action) }
    }
    let action = walker.action
    evaluator.evaluate(walker)
    #expect(closes(walker.action, action))
  }

  /// Six-point differences; the sum of second derivatives by phases is that of the phase identity.
  @Test(arguments: theories.indices) func derivatives(_ index: Int) throws {
    let theory = try Self.theories[index]()
    let evaluator = theory.makeEvaluator()
    guard !evaluator.differentiableBlocks.isEmpty else { return }
    let net = theory.prior as? any PlaneWaveNet
    let walker = drawnWalker(theory, evaluator)
    let gradient = NetworkParameters(layout: theory.prior.layout)
    evaluator.gradient(of: walker, into: gradient)
    let curvature = net.map { _ in evaluator.phaseCurvature(of: walker, theory.terms) }
    var total = 0.0
    for block in evaluator.differentiableBlocks {
      for component in 0..<theory.prior.layout.blocks[block].components {
        for neuron in 0..<theory.prior.width {
          let value = walker.parameters.block(block, component: component) + neuron
          let (centre, h) = (value.pointee, 4e-3)
          func action(_ steps: Double) -> Double {
            value.pointee = centre + steps * h
            evaluator.evaluate(walker)
            return walker.action
          }
          let slope = (45 * (action(1) - action(-1)) - 9 * (action(2) - action(-2)) + (action(3) - action(-3))) / (60 * h)
          if block == net?.phaseBlock {
            total +=
              (2 * (action(3) + action(-3)) - 27 * (action(2) + action(-2)) + 270 * (action(1) + action(-1)) - 490 * action(0))
              / (180 * h * h)
          }
          _ = action(0)
          let adjoint = gradient.block(block, component: component)[neuron]
          #expect(
            abs(slope - adjoint) < 1e-7 * max(1, abs(adjoint), abs(walker.action)),
            "\(theory.streamName) block \(block) neuron \(neuron): \(slope) \(adjoint)")
        }
      }
    }
    if let curvature {
      #expect(
        abs(total - curvature) < 1e-5 * max(1, abs(curvature), abs(walker.action)), "\(theory.streamName): \(total) \(curvature)")
    }
  }

  /// Identities of mixtures hold in weighted draws: false alarm 1e-6 a comparison. Control: those of another source.
  @Test(arguments: [0, 2, 4, 5, 6]) func identities(_ index: Int) throws {
    let theory = try Self.theories[index]()
    let other = try InteractingTheory(
      architecture: theory.prior, insertions: InsertionSum([QuarticInsertion(coupling: 9)]), lattice: theory.lattice)
    let (own, wrong) = (Identities.applicable(to: theory), Identities.applicable(to: other))
    #expect(!own.names.isEmpty)
    let run = Reweighting.run(ReweightingPlan(theory: theory, draws: 40_000, bins: 100, seed: 2), observables: own, threads: 2)
    for name in own.names where !name.contains("^4") && name != "SD T^3" && name != "SD M T^2" {
      let estimate = run.estimate(name)
      #expect(abs(estimate.value) < 5.5 * estimate.error, "\(theory.streamName) \(name): \(estimate.value) +- \(estimate.error)")
    }
    guard theory.prior is FreeLatticeField else { return }
    let control = Reweighting.run(
      ReweightingPlan(theory: theory, draws: 40_000, bins: 100, seed: 2), observables: wrong, threads: 2)
    #expect(wrong.names.contains { abs(control.estimate($0).value) > 5.5 * control.estimate($0).error }, "the control agrees")
  }

  /// Moves that a mixture cannot serve are refused with a reason: no sign flip under a source.
  @Test func signFlipIsRefused() throws {
    let fault = #expect(throws: SamplingError.self) { try KernelRecipe([.refresh, .flip], theory: Mixtures.sites(4)) }
    #expect(fault?.description.contains("without source") == true)
    // Control: it serves a mixture that is even.
    let even = try InteractingTheory(
      architecture: CosNet(dimension: 1, width: 4, sigmaW0: 1, sigmaW1: 1),
      insertions: InsertionSum([QuarticInsertion(coupling: 1), MassInsertion(shift: 1, region: .points([.zero]))]),
      lattice: Lattice(sites: [4], spacing: 1, boundary: .open))
    _ = try KernelRecipe([.refresh, .flip], theory: even)
  }
}
