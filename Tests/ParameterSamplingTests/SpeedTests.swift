// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldSynthesis
import FieldTheories
import Foundation
import LatticeFields
import NumericalKernels
import Testing

@testable import ParameterSampling

/// What a sweep and a gradient cost in units of one field by matrix product; run by hand on a quiet machine with NNFT_LONG_TESTS.
@Suite(.serialized) struct SpeedTests {
  private func nanoseconds(_ repeats: Int, _ body: () -> Void) -> Double {
    body()
    return (0..<7).map { _ in
      var start = timespec()
      var end = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
      for _ in 0..<repeats { body() }
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
      return (Double(end.tv_sec - start.tv_sec) * 1e9 + Double(end.tv_nsec - start.tv_nsec)) / Double(repeats)
    }.min()!
  }

  @Test(.enabled(if: isLong)) func sweepAndGradient() throws {
    MatrixProduct.useOneThread()
    let open = Lattice(sites: [64, 64], spacing: 0.25, boundary: .open)
    let periodic = Lattice(sites: [64, 64], spacing: 1, boundary: .periodic)
    let nets: [(any Architecture, Lattice)] = [
      (CosNet(dimension: 2, width: 1024, sigmaW0: 1, sigmaW1: 1), open),
      (LatticeAlphaNet(kind: "alpha-net", width: 1024, mass: 0.7, alpha: 0, weights: .gaussian, lattice: periodic), periodic),
    ]
    for (net, lattice) in nets {
      let theory = try InteractingTheory(
        architecture: net, insertions: InsertionSum([QuarticInsertion(coupling: 0.01)]), lattice: lattice)
      let evaluator = theory.makeEvaluator()
      let walker = drawnWalker(theory, evaluator)
      let synthesizer = try SynthesisPlan(architecture: net, sites: .lattice(lattice), method: .matrixProduct)
        .makeSynthesizer()
      let field = AlignedBuffer<Double>(count: lattice.siteCount, repeating: 0)
      let unit = nanoseconds(20) { synthesizer.evaluate(walker.parameters, into: field.pointer) }
      print("\(net.kind): field \(unit / 1000) us")
      for size in [1, 2, 4, 8, 16, 32, 64] {
        let kernel = NeuronRefresh(theory, blockSize: size)
        var random = WalkerRandomness(stream: RandomStream(seed: 1, stream: "speed"), walker: 0)
        let time = nanoseconds(5) { _ = kernel.sweep(walker, evaluator, coupling: 1, &random) }
        print("  sweep, blocks of \(size): \(time / unit)")
        if size >= 4 { #expect(time < (size == 4 ? 5 : 3.5) * unit) }
      }
      let gradient = NetworkParameters(layout: net.layout)
      let slope = nanoseconds(20) { evaluator.gradient(of: walker, into: gradient) } / unit
      print("  gradient: \(slope)")
      #expect(slope < 3)
      print("  evaluation: \(nanoseconds(20) { evaluator.evaluate(walker) } / unit)")
    }
  }

  /// Whole actions and changes of one neuron by pair sums.
  @Test(.enabled(if: isLong)) func pairSums() throws {
    let box = BoxAlphaNet(
      dimension: 3, width: 100, mass: 1, alpha: 0, regulator: .hard, cutoff: 10, side: 100, weights: .constant, isPeriodic: false)!
    let open = try AlphaNet(
      dimension: 2, width: 50, mass: 1, alpha: 0, regulator: .gaussian, cutoff: 100, weights: .constant)
    let theories: [(any PlaneWaveNet, any InsertionRegion)] = [(box, .box(side: 100)), (open, .envelope(length: 10))]
    for (net, region) in theories {
      let theory = try InteractingTheory(
        architecture: net, insertions: InsertionSum([QuarticInsertion(coupling: 6, region: region)]),
        lattice: Lattice(sites: [Int](repeating: 4, count: net.dimension), spacing: 1, boundary: .open))
      let evaluator = pairedEvaluator(theory)
      let walker = drawnWalker(theory, evaluator)
      let proposal = drawnWalker(theory, pairedEvaluator(theory), draw: 1).network
      print("\(region), N = \(net.width): whole action \(nanoseconds(50) { evaluator.evaluate(walker) } / 1000) us")
      print(
        "  refused change of one neuron \(nanoseconds(200) { _ = evaluator.propose(7..<8, of: walker, from: proposal) } / 1000) us"
      )
      let gradient = NetworkParameters(layout: net.layout)
      print("  gradient \(nanoseconds(20) { evaluator.gradient(of: walker, into: gradient) } / 1000) us")
    }
  }
}
