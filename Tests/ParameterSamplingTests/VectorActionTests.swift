// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldSynthesis
import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

@testable import ParameterSampling

/// Actions of fields of several components: values, mixtures and replaced blocks against direct sums, gradients against differences, and what is refused.
@Suite struct VectorActionTests {
  private static func theory(_ architecture: any Architecture, _ lattice: Lattice) throws -> InteractingTheory {
    try InteractingTheory(
      architecture: architecture,
      insertions: InsertionSum([
        QuarticInsertion(coupling: 6), MassInsertion(shift: -0.4),
        QuarticInsertion(coupling: 3, region: PointsRegion([lattice.position(1)], weights: [0.7])),
      ]), lattice: lattice)
  }

  private static var theories: [InteractingTheory] {
    get throws {
      let ring = Lattice(sites: [5], spacing: 0.8, boundary: .periodic)
      let box = Lattice(sites: [3, 3], spacing: 0.6, boundary: .open)
      return try [
        theory(FreeLatticeField(lattice: ring, mass: 0.9).with(outputs: 3)!, ring),
        theory(CosNet(dimension: 2, width: 4, sigmaW0: 1, sigmaW1: 1).giving(outputs: 2), box),
        theory(DenseNet(dimension: 2, width: 4, activation: .erf, sigmaW: 1, sigmaB: 0.5, sigmaV: 1).giving(outputs: 2), box),
      ]
    }
  }

  /// Fields of all components at the sites, one synthesizer a component.
  private func field(_ theory: InteractingTheory, _ parameters: NetworkParameters) throws -> [[Double]] {
    let synthesizer = try SynthesisPlan(architecture: theory.prior, sites: .lattice(theory.lattice)).makeSynthesizer()
    return (0..<theory.prior.outputs).map { component in
      let values = AlignedBuffer<Double>(count: theory.lattice.siteCount, repeating: 0)
      synthesizer.evaluate(parameters.network(ofOutput: component), into: values.pointer)
      return values.array
    }
  }

  /// λ/24 (φ·φ)² and −0.2 φ·φ over the sites, and 0.7 of 3/24 (φ·φ)² at site 1; `components` of them only, for the control.
  private func direct(_ theory: InteractingTheory, _ phi: [[Double]], components: Int? = nil) -> Double {
    func square(_ x: Int) -> Double { phi.prefix(components ?? phi.count).reduce(0.0) { $0 + $1[x] * $1[x] } }
    let bulk = (0..<theory.lattice.siteCount).reduce(0.0) { sum, x in sum + 0.25 * square(x) * square(x) - 0.2 * square(x) }
    return theory.lattice.cellVolume * bulk + 0.7 * 0.125 * square(1) * square(1)
  }

  @Test func valuesMixturesAndBlocks() throws {
    for theory in try Self.theories {
      let evaluator = theory.makeEvaluator()
      let (walker, other) = (evaluator.makeWalker(), evaluator.makeWalker())
      let stream = RandomStream(seed: 3, stream: "vector actions")
      theory.prior.drawParameters(stream, draw: 0, into: walker.parameters)
      theory.prior.drawParameters(stream, draw: 1, into: other.parameters)
      evaluator.evaluate(walker)
      evaluator.evaluate(other)
      let (a, b) = (try field(theory, walker.parameters), try field(theory, other.parameters))
      #expect(abs(walker.action - direct(theory, a)) < 1e-12)
      #expect(abs(walker.action - direct(theory, a, components: 1)) > 1e-3)
      let mixed = zip(a, b).map { zip($0, $1).map { 0.6 * $0 - 0.8 * $1 } }
      #expect(abs(evaluator.action(mixing: walker.fields, 0.6, with: other.fields, -0.8) - direct(theory, mixed)) < 1e-12)
      let sites = AlignedBuffer<Double>(count: theory.fieldCount, repeating: 0)
      evaluator.copyField(of: walker, into: sites.pointer)
      #expect(zip(sites.array, a.flatMap { $0 }).allSatisfy { abs($0 - $1) < 1e-13 })
      // φ V′ summed over components: 4 times the quartic and twice the quadratic part.
      let virial = evaluator.virial(of: walker, theory.terms)
      func scaled(_ s: Double) -> Double { direct(theory, a.map { $0.map { s * $0 } }) }
      #expect(abs(virial - (scaled(1 + 1e-5) - scaled(1 - 1e-5)) / 2e-5) < 1e-8)
      guard theory.prior.freeField == nil else { continue }
      let action = evaluator.propose(1..<3, of: walker, from: other.network)
      evaluator.accept(1..<3, of: walker, from: other.network, action: action)
      #expect(abs(action - direct(theory, try field(theory, walker.parameters))) < 1e-12)
    }
  }

  @Test func gradient() throws {
    let theory = try Self.theories[0]
    let evaluator = theory.makeEvaluator()
    let walker = evaluator.makeWalker()
    theory.prior.drawParameters(RandomStream(seed: 4, stream: "vector gradient"), draw: 0, into: walker.parameters)
    let gradient = NetworkParameters(layout: theory.prior.layout)
    evaluator.evaluate(walker)
    evaluator.gradient(of: walker, into: gradient)
    let slopes = (0..<3 * theory.lattice.siteCount).map { gradient.block(0)[$0] }
    for (i, slope) in slopes.enumerated() {
      let noise = walker.parameters.block(0) + i
      func action(_ shift: Double) -> Double {
        noise.pointee += shift
        evaluator.evaluate(walker)
        noise.pointee -= shift
        return walker.action
      }
      #expect(abs(slope - (action(1e-5) - action(-1e-5)) / 2e-5) < 1e-7)
    }
    #expect(slopes.contains { abs($0) > 0.05 })
  }

  /// Moves of one output, exact regions and the gap equation are refused for several.
  @Test func refusals() throws {
    let theory = try Self.theories[1]
    for move in [SamplerSettings.Move.pair, .step, .flip] {
      let fault = #expect(throws: SamplingError.self) { try KernelRecipe([.refresh, move], theory: theory) }
      #expect(fault?.description.contains("one output") ?? false)
    }
    #expect(throws: Never.self) { try KernelRecipe([.refresh, .slice, .hamiltonian], theory: theory) }
    let net = CosNet(dimension: 1, width: 4, sigmaW0: 1, sigmaW1: 1).giving(outputs: 2)
    let lattice = Lattice(sites: [2], spacing: 1, boundary: .open)
    #expect(throws: SamplingError.self) {
      try InteractingTheory(
        architecture: net, insertions: InsertionSum([QuarticInsertion(coupling: 1, region: BoxRegion(side: 2))]), lattice: lattice
      )
    }
  }
}
