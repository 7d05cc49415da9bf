// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels
import Testing

@testable import ParameterSampling

/// Actions, block changes and gradients against direct sums and finite differences.
@Suite struct ActionEvaluatorTests {
  static let insertions = InsertionSum([
    QuarticInsertion(coupling: 3), MassInsertion(shift: -0.4), SexticInsertion(coupling: 0.7), SourceInsertion(strength: 0.2),
  ])

  /// Nets of every evaluator on lattices of even, odd, prime and single extents.
  static let theories: [InteractingTheory] = {
    var result: [InteractingTheory] = []
    for sites in [[1], [2], [7], [16], [64], [5, 7], [12, 12], [3, 4, 5], [3, 2, 3, 4]] {
      let periodic = Lattice(sites: sites, spacing: 0.6, boundary: .periodic)
      let open = Lattice(sites: sites, spacing: 0.6, boundary: .open)
      let nets: [(any Architecture, Lattice)] = [
        (CosNet(dimension: sites.count, width: 9, sigmaW0: 2, sigmaW1: 1.3), open),
        (CosNet(dimension: sites.count, width: 300, sigmaW0: 2, sigmaW1: 1.3, weights: .laplace), open),
        (
          LatticeAlphaNet(kind: "alpha-net", width: 10, mass: 0.8, alpha: -0.5, weights: .rayleigh, lattice: periodic),
          periodic
        ),
        (FreeLatticeField(lattice: periodic, mass: 0.7), periodic),
        (GaussNet(dimension: sites.count, width: 5, sigmaW0: 1, sigmaW1: 1, sigmaB0: 0.3), open),
      ]
      for (net, lattice) in nets {
        result.append(try! InteractingTheory(architecture: net, insertions: insertions, lattice: lattice))
      }
    }
    return result
  }()

  private func directAction(_ theory: InteractingTheory, _ field: UnsafePointer<Double>) -> Double {
    (0..<theory.lattice.siteCount).reduce(0.0) { $0 + theory.latticePotential!.value(field[$1]) } * theory.lattice.cellVolume
  }

  private func closes(_ a: Double, _ b: Double, _ tolerance: Double = 1e-12) -> Bool {
    abs(a - b) <= tolerance * max(1, abs(a), abs(b))
  }

  @Test(arguments: theories.indices) func fieldsAndActions(index: Int) throws {
    let theory = Self.theories[index]
    let evaluator = theory.makeEvaluator()
    let walker = drawnWalker(theory, evaluator)
    let count = theory.lattice.siteCount
    let field = AlignedBuffer<Double>(count: count, repeating: .nan)
    evaluator.copyField(of: walker, into: field.pointer)
    let direct = AlignedBuffer<Double>(count: count, repeating: 0)
    let method: SynthesisMethod = theory.prior is FreeLatticeField ? .inverseFFT : .direct
    try SynthesisPlan(architecture: theory.prior, sites: .lattice(theory.lattice), method: method)
      .makeSynthesizer().evaluate(walker.parameters, into: direct.pointer)
    for x in 0..<count { #expect(abs(field[x] - direct[x]) < 1e-11) }
    #expect(closes(walker.action, directAction(theory, direct.pointer)))
    // A mixture with itself.
    #expect(closes(evaluator.action(mixing: walker.fields, 0.25, with: walker.fields, 0.75), walker.action))
  }

  /// Blocks of every size: the change equals a full evaluation, a rejected proposal leaves no trace, an accepted one is the
  /// state.
  @Test(arguments: theories.indices) func blockChanges(index: Int) {
    let theory = Self.theories[index]
    let evaluator = theory.makeEvaluator()
    let walker = drawnWalker(theory, evaluator)
    let proposal = Network(layout: theory.prior.layout)
    let check = evaluator.makeWalker()
    var draw: UInt64 = 1
    for size in [1, 3, 4, 8, 64] where size <= theory.prior.width {
      for isAccepted in [false, true] {
        draw += 1
        theory.prior.drawParameters(RandomStream(seed: 5, stream: "proposal"), draw: draw, into: proposal.parameters)
        evaluator.update(proposal)
        let first = (theory.prior.width - size) / 2
        let before = walker.action
        let action = evaluator.propose(first..<first + size, of: walker, from: proposal)
        check.network.copy(from: walker.network)
        check.network.copy(first..<first + size, from: proposal)
        evaluator.evaluate(check)
        #expect(closes(action, check.action, 1e-11))
        guard isAccepted else {
          #expect(walker.action == before)
          continue
        }
        evaluator.accept(first..<first + size, of: walker, from: proposal, action: action)
        #expect(walker.action == action)
        #expect(closes(evaluator.action(walker.fields), action))
        let committed = action
        evaluator.evaluate(walker)
        #expect(closes(walker.action, committed, 1e-11))
      }
    }
  }

  /// Six-point central differences of full evaluations: good to 1e-10 of the scale of the slope.
  @Test(arguments: theories.indices) func gradients(index: Int) {
    let theory = Self.theories[index]
    let evaluator = theory.makeEvaluator()
    let walker = drawnWalker(theory, evaluator)
    let gradient = NetworkParameters(layout: theory.prior.layout)
    guard !evaluator.differentiableBlocks.isEmpty else { return }
    evaluator.gradient(of: walker, into: gradient)
    for block in evaluator.differentiableBlocks {
      let components = theory.prior.layout.blocks[block].components
      let width = theory.prior.width
      for component in 0..<components {
        for neuron in Set([0, width / 2, width - 1]) {
          let value = walker.parameters.block(block, component: component) + neuron
          // A momentum moves the phase by x: its step is shorter.
          let reach = theory.lattice.spacing * Double(theory.lattice.sites.max()!)
          let (centre, h) = (value.pointee, components > 1 || block == 1 ? 2e-3 / max(1, reach) : 2e-3)
          func action(_ steps: Double) -> Double {
            value.pointee = centre + steps * h
            evaluator.evaluate(walker)
            return walker.action
          }
          let slope =
            (45 * (action(1) - action(-1)) - 9 * (action(2) - action(-2)) + (action(3) - action(-3))) / (60 * h)
          value.pointee = centre
          evaluator.evaluate(walker)
          let adjoint = gradient.block(block, component: component)[neuron]
          #expect(
            abs(slope - adjoint) < 1e-8 * max(1, abs(adjoint), abs(walker.action)),
            "\(theory.prior.kind) \(theory.lattice.sites) block \(block).\(component) neuron \(neuron): \(slope) \(adjoint)")
        }
      }
    }
  }

  /// Thousands of accepted changes do not drift, and are evaluated anew on schedule.
  @Test func roundingDoesNotAccumulate() throws {
    let theory = try latticeTheory([16, 16], massSquared: 0.5, coupling: 6, width: 64)
    let evaluator = theory.makeEvaluator()
    let walker = drawnWalker(theory, evaluator)
    let kernel = NeuronRefresh(theory, blockSize: 4)
    var random = WalkerRandomness(stream: RandomStream(seed: 1, stream: "drift"), walker: 0)
    for _ in 0..<300 { _ = kernel.sweep(walker, evaluator, coupling: 1, &random) }
    let action = walker.action
    evaluator.evaluate(walker)
    #expect(abs(walker.action - action) < 1e-11 * max(1, action))
  }
}
