// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

@testable import ParameterSampling

/// φ⁴ and a mass term in regions of the continuum.
private func regionTheory(
  _ net: any Architecture, _ region: any InsertionRegion, coupling: Double = 1.3, shift: Double = 0.7
) throws -> InteractingTheory {
  try InteractingTheory(
    architecture: net,
    insertions: InsertionSum([
      QuarticInsertion(coupling: coupling, region: region), MassInsertion(shift: shift, region: region),
    ]), lattice: Lattice(sites: [Int](repeating: 5, count: net.dimension), spacing: 0.3, boundary: .open))
}

private func boxNet(
  _ dimension: Int, width: Int, cutoff: Double = 4, side: Double = 5, alpha: Double = 0,
  weights: OutputWeightLaw.Kind = .gaussian,
  regulator: AlphaNet.Regulator = .hard
) -> BoxAlphaNet {
  BoxAlphaNet(
    dimension: dimension, width: width, mass: 1, alpha: alpha, regulator: regulator, cutoff: cutoff, side: side, weights: weights,
    isPeriodic: false)!
}

private func alphaNet(
  _ dimension: Int, width: Int, cutoff: Double = 8, alpha: Double = 0, weights: OutputWeightLaw.Kind = .gaussian
) throws -> AlphaNet {
  try AlphaNet(
    dimension: dimension, width: width, mass: 1, alpha: alpha, regulator: .gaussian, cutoff: cutoff, weights: weights)
}

/// A theory of one term, by pair sums.
func pairedEvaluator(_ theory: InteractingTheory) -> ActionEvaluator {
  ActionEvaluator(theory, [PairSumAction(theory, theory.terms[0], theory.prior as! any PlaneWaveNet)])
}

/// A theory of one term, on a grid of the box.
private func onGrid(_ theory: InteractingTheory, _ grid: Lattice) -> ActionEvaluator {
  ActionEvaluator(theory, [BoxGridAction(theory, theory.terms[0], theory.prior as! any PlaneWaveNet, grid: grid)])
}

/// The action by its definition: sums over all quadruples of plane waves; `sign` turns the term of k_i − k_j + k_l − k_m over for the control.
private func bruteForce(_ theory: InteractingTheory, _ walker: Walker, sign: Double = 1) -> Double {
  let net = theory.prior as! any PlaneWaveNet
  let (n, d) = (net.width, net.dimension)
  let c = walker.network.amplitudes.pointer
  let b = walker.parameters.block(net.phaseBlock)
  func momentum(_ i: Int) -> Point {
    Point(coordinates: (0..<d).map { walker.parameters.block(net.momentumBlock, component: $0)[i] })
  }
  let k = (0..<n).map(momentum)
  func window(_ q: Point) -> Double {
    guard case .pairs(let isBox, let scale) = theory.terms[0].region.integral else { return .nan }
    return isBox ? (q.norm * scale < 1e-7 ? 1 : 0) : exp(-scale * scale * q.squaredNorm / 2)
  }
  var (second, fourth) = (0.0, 0.0)
  for i in 0..<n {
    for j in 0..<n {
      for s in [-1.0, 1.0] { second += 0.5 * c[i] * c[j] * cos(b[i] + s * b[j]) * window(k[i] + s * k[j]) }
      for l in 0..<n {
        for m in 0..<n {
          for signs in 0..<8 {
            let s = (0..<3).map { signs >> $0 & 1 == 1 ? -1.0 : 1.0 }
            let q = k[i] + s[0] * k[j] + s[1] * k[l] + s[2] * k[m]
            let phase = b[i] + s[0] * b[j] + s[1] * b[l] + s[2] * b[m]
            fourth += (signs == 5 ? sign : 1) * c[i] * c[j] * c[l] * c[m] * cos(phase) * window(q) / 8
          }
        }
      }
    }
  }
  let volume = theory.terms[0].region.volume(theory.lattice)
  return volume * (theory.terms[0].potential.coefficient(2) * second + theory.terms[0].potential.coefficient(4) * fourth)
}

@Suite struct RegionTests {
  static let theories: [@Sendable () throws -> InteractingTheory] = [
    { try regionTheory(alphaNet(1, width: 7), .envelope(length: 2)) },
    { try regionTheory(alphaNet(2, width: 6, weights: .constant), .envelope(length: 1.5)) },
    { try regionTheory(alphaNet(2, width: 6, alpha: -0.5, weights: .rayleigh), .envelope(length: 0.2)) },
    { try regionTheory(alphaNet(3, width: 5), .envelope(length: 3)) },
    { try regionTheory(alphaNet(4, width: 4), .envelope(length: 1)) },
    { try regionTheory(CosNet(dimension: 2, width: 6, sigmaW0: 1, sigmaW1: 1), .envelope(length: 1)) },
    { try regionTheory(boxNet(1, width: 7), .box(side: 5)) },
    { try regionTheory(boxNet(2, width: 6, weights: .constant), .box(side: 5)) },
    { try regionTheory(boxNet(2, width: 6, cutoff: 1.3, alpha: 0.5, weights: .rayleigh), .box(side: 5)) },
    { try regionTheory(boxNet(3, width: 5, cutoff: 2), .box(side: 5)) },
    { try regionTheory(boxNet(4, width: 4, cutoff: 2), .box(side: 5)) },
  ]

  /// Pair sums against all quadruples, with a control.
  @Test(arguments: theories.indices) func wholeActions(_ index: Int) throws {
    let theory = try Self.theories[index]()
    let evaluator = pairedEvaluator(theory)
    for draw in 0..<5 as Range<UInt64> {
      let walker = drawnWalker(theory, evaluator, draw: draw)
      let expected = bruteForce(theory, walker)
      #expect(abs(walker.action - expected) < 1e-12 * max(1, abs(expected)), "\(theory.streamName): \(walker.action) \(expected)")
      let wrong = bruteForce(theory, walker, sign: -1)
      #expect(abs(walker.action - wrong) > 1e-9, "the control agrees")
    }
  }

  /// Blocks of neurons against whole actions, taken back and accepted, through many rebuilt tables.
  @Test(arguments: theories.indices) func incrementalActions(_ index: Int) throws {
    let theory = try Self.theories[index]()
    let width = theory.prior.width
    let evaluator = pairedEvaluator(theory)
    let whole = pairedEvaluator(theory)
    let walker = drawnWalker(theory, evaluator)
    let proposal = drawnWalker(theory, whole).network
    let reference = drawnWalker(theory, whole)
    for step in 0..<400 {
      theory.prior.drawParameters(RandomStream(seed: 3, stream: "steps"), draw: UInt64(step), into: proposal.parameters)
      whole.update(proposal)
      let first = step % width
      let neurons = first..<min(width, first + 1 + step % (width + 1))
      let action = evaluator.propose(neurons, of: walker, from: proposal)
      reference.network.copy(from: walker.network)
      reference.network.copy(neurons, from: proposal)
      whole.evaluate(reference)
      #expect(abs(action - reference.action) < 1e-11 * max(1, abs(reference.action)), "\(theory.streamName) step \(step)")
      if step % 3 != 0 { evaluator.accept(neurons, of: walker, from: proposal, action: action) }
    }
    let before = walker.action
    evaluator.evaluate(walker)
    #expect(abs(walker.action - before) < 1e-11 * max(1, abs(before)))
  }

  /// Gradients by phases and weights, and the sums of the phase identity, against differences.
  @Test(arguments: theories.indices) func gradients(_ index: Int) throws {
    let theory = try Self.theories[index]()
    let net = theory.prior as! any PlaneWaveNet
    let evaluator = pairedEvaluator(theory)
    let walker = drawnWalker(theory, evaluator)
    let gradient = NetworkParameters(layout: net.layout)
    evaluator.gradient(of: walker, into: gradient)
    let curvature = evaluator.phaseCurvature(of: walker, theory.terms)
    var total = 0.0
    for block in evaluator.differentiableBlocks {
      for neuron in 0..<net.width {
        let value = walker.parameters.block(block) + neuron
        let (centre, h) = (value.pointee, 1e-2)
        func action(_ steps: Double) -> Double {
          value.pointee = centre + steps * h
          evaluator.evaluate(walker)
          return walker.action
        }
        let slope = (45 * (action(1) - action(-1)) - 9 * (action(2) - action(-2)) + (action(3) - action(-3))) / (60 * h)
        let second =
          (2 * (action(3) + action(-3)) - 27 * (action(2) + action(-2)) + 270 * (action(1) + action(-1)) - 490 * action(0))
          / (180 * h * h)
        if block == net.phaseBlock { total += second }
        _ = action(0)
        let adjoint = gradient.block(block)[neuron]
        #expect(
          abs(slope - adjoint) < 1e-7 * max(1, abs(adjoint), abs(walker.action)),
          "\(theory.streamName) block \(block): \(slope) \(adjoint)")
      }
    }
    #expect(
      abs(total - curvature) < 1e-6 * max(1, abs(curvature), abs(walker.action)), "\(theory.streamName): \(total) \(curvature)")
  }

  /// The alias-free grid and the join are the same integral; a grid that is too coarse is not.
  @Test(arguments: [1, 2, 3]) func gridAgainstJoin(_ dimension: Int) throws {
    let net = boxNet(dimension, width: 12, cutoff: dimension == 3 ? 3 : 6)
    let theory = try regionTheory(net, .box(side: 5))
    let grid = net.aliasFreeGrid!
    let extent = 2 * net.greatestMode + 1
    let coarse = Lattice(
      sites: [Int](repeating: extent, count: dimension), spacing: 5 / Double(extent), boundary: .periodic)
    let evaluators: [ActionEvaluator] = [
      pairedEvaluator(theory), onGrid(theory, grid), onGrid(theory, coarse),
    ]
    var coarseDiffers = false
    for draw in 0..<5 as Range<UInt64> {
      let walkers = evaluators.map { drawnWalker(theory, $0, draw: draw) }
      #expect(abs(walkers[0].action - walkers[1].action) < 1e-12 * max(1, walkers[0].action))
      coarseDiffers = coarseDiffers || abs(walkers[0].action - walkers[2].action) > 1e-6
      let (a, b) = (NetworkParameters(layout: net.layout), NetworkParameters(layout: net.layout))
      evaluators[0].gradient(of: walkers[0], into: a)
      evaluators[1].gradient(of: walkers[1], into: b)
      for i in 0..<net.width {
        #expect(abs(a.block(net.phaseBlock)[i] - b.block(net.phaseBlock)[i]) < 1e-11 * max(1, walkers[0].action))
      }
      let (c, e) = (evaluators[0], evaluators[1])
      #expect(
        abs(c.virial(of: walkers[0], theory.terms) - e.virial(of: walkers[1], theory.terms)) < 1e-11
          * max(1, walkers[0].action))
      #expect(
        abs(c.phaseCurvature(of: walkers[0], theory.terms) - e.phaseCurvature(of: walkers[1], theory.terms)) < 1e-10
          * max(1, walkers[0].action))
    }
    #expect(coarseDiffers, "the control agrees")
  }

  /// <S> of the free net against `V_w [c_2 G2 + c_4 (3 G2² + G4c)]`, which the width enters; false alarm 1e-6. Control: the infinite width.
  @Test(arguments: [true, false]) func priorMean(_ isBox: Bool) throws {
    let net: any PlaneWaveNet = isBox ? boxNet(2, width: 2, weights: .constant) : try alphaNet(2, width: 2, weights: .constant)
    let region: any InsertionRegion = isBox ? .box(side: 5) : .envelope(length: 1)
    let theory = try regionTheory(net, region)
    let evaluator = theory.makeEvaluator()
    let actions = (0..<20_000 as Range<UInt64>).map { drawnWalker(theory, evaluator, draw: $0).action }
    let mean = actions.reduce(0, +) / Double(actions.count)
    let variance = actions.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(actions.count - 1)
    let error = (variance / Double(actions.count)).squareRoot()
    let g2 = net.exactValue(.moment([.zero, .zero]), lattice: nil)!
    let g4 = net.exactValue(.moment([.zero, .zero, .zero, .zero]), lattice: nil)!
    let volume = region.volume(theory.lattice)
    let (c2, c4) = (theory.terms[0].potential.coefficient(2), theory.terms[0].potential.coefficient(4))
    let expected = volume * (c2 * g2 + c4 * g4)
    #expect(abs(mean - expected) < 4.9 * error, "\(mean) +- \(error), exact \(expected)")
    let infinite = volume * (c2 * g2 + 3 * c4 * g2 * g2)
    #expect(abs(mean - infinite) > 4.9 * error, "the control agrees")
    let forecast = ReweightingForecast(theory)
    #expect(abs(forecast.meanAction! - expected) < 1e-10 * expected)
  }

  /// Translations of the box and rotations of the envelope change nothing.
  @Test func symmetries() throws {
    let box = try regionTheory(boxNet(2, width: 10), .box(side: 5))
    let evaluator = pairedEvaluator(box)
    let walker = drawnWalker(box, evaluator)
    let before = walker.action
    for i in 0..<10 {
      let p = (0..<2).map { walker.parameters.block(1, component: $0)[i] }
      walker.parameters.block(2)[i] += 0.37 * p[0] - 1.21 * p[1]
    }
    evaluator.evaluate(walker)
    #expect(abs(walker.action - before) < 1e-12 * max(1, before))

    let envelope = try regionTheory(alphaNet(2, width: 10), .envelope(length: 2))
    let sums = pairedEvaluator(envelope)
    let turned = drawnWalker(envelope, sums)
    let action = turned.action
    for i in 0..<10 {
      let (x, y) = (turned.parameters.block(1)[i], turned.parameters.block(1, component: 1)[i])
      turned.parameters.block(1)[i] = cos(0.7) * x - sin(0.7) * y
      turned.parameters.block(1, component: 1)[i] = sin(0.7) * x + cos(0.7) * y
    }
    sums.evaluate(turned)
    #expect(abs(turned.action - action) < 1e-12 * max(1, action))
  }
}

/// Sampling through pair sums: all moves and populations against weighted draws, identities among them; false alarm 1e-6 a check.
@Suite struct RegionSamplingTests {
  static let theories: [(theory: @Sendable () throws -> InteractingTheory, moves: [[SamplerSettings.Move]])] = [
    (
      { try regionTheory(alphaNet(2, width: 4, cutoff: 3), .envelope(length: 1), coupling: 2, shift: 0.2) },
      [[.refresh, .slice], [.refresh, .hamiltonian, .flip], [.pair, .refresh, .step]]
    ),
    (
      { try regionTheory(alphaNet(2, width: 4, cutoff: 3, weights: .constant), .envelope(length: 1.5), coupling: 3, shift: 0) },
      [[.refresh], [.refresh, .pair, .step]]
    ),
    (
      { try regionTheory(boxNet(2, width: 4, cutoff: 3, side: 3, weights: .rayleigh), .box(side: 3), coupling: 2, shift: 0.2) },
      [[.refresh, .slice], [.refresh, .hamiltonian]]
    ),
  ]

  @Test(arguments: theories.indices) func samplersAgree(_ index: Int) throws {
    let (make, mixtures) = Self.theories[index]
    let theory = try make()
    let observables = Observables.standard(theory) + Identities.applicable(to: theory)
    let weighted = Reweighting.run(
      ReweightingPlan(theory: theory, draws: 60_000, bins: 100, seed: 2), observables: observables, threads: 2)
    let names = ["S", "phi^2", "phi^4"]
    let identities = Identities.applicable(to: theory).names
    #expect(!identities.isEmpty)
    for name in identities {
      let estimate = weighted.estimate(name)
      #expect(abs(estimate.value) < 5.5 * estimate.error, "weighted \(name): \(estimate.value) +- \(estimate.error)")
    }
    for moves in mixtures {
      let recipe = try KernelRecipe(moves, theory: theory)
      let chains = try MarkovChains.run(
        ChainPlan(theory: theory, recipe: recipe, chains: 32, warmUp: 100, measurements: 600, thinning: 2, seed: 5),
        observables: observables, threads: 2)
      for name in names + identities {
        // The spread between whole chains is the error.
        let means = chains.replicas.map { $0.primaries[chains.names.firstIndex(of: name)!] }.map {
          $0.reduce(0, +) / Double($0.count)
        }
        let value = means.reduce(0, +) / Double(means.count)
        let error = (means.reduce(0) { $0 + ($1 - value) * ($1 - value) } / Double(means.count * (means.count - 1))).squareRoot()
        let expected = identities.contains(name) ? (0.0, 0.0) : (weighted.estimate(name).value, weighted.estimate(name).error)
        let both = (error * error + expected.1 * expected.1).squareRoot()
        #expect(
          abs(value - expected.0) < 6.1 * both,
          "\(theory.streamName) \(moves) \(name): \(value) +- \(error), expected \(expected)")
      }
    }
    let population = try SequentialMonteCarlo.run(
      PopulationPlan(theory: theory, recipe: KernelRecipe(mixtures[0], theory: theory), populations: 20, particles: 200, seed: 4),
      observables: observables, threads: 2)
    for name in names {
      let (a, b) = (population.estimate(name), weighted.estimate(name))
      #expect(abs(a.value - b.value) < 6.5 * (a.error * a.error + b.error * b.error).squareRoot(), "smc \(name): \(a) \(b)")
    }
    let z = (population.logPartitionRatio, weighted.logPartitionRatio)
    #expect(abs(z.0.value - z.1.value) < 6.5 * (z.0.error * z.0.error + z.1.error * z.1.error).squareRoot(), "ln Z: \(z)")
    // Control: the free theory is another one.
    let free = Reweighting.run(
      ReweightingPlan(
        theory: try regionTheory(theory.prior, theory.terms[0].region, coupling: 1e-6, shift: 0), draws: 20_000, bins: 100,
        seed: 2),
      observables: Observables.standard(theory), threads: 2)
    let (a, b) = (free.estimate("phi^2"), weighted.estimate("phi^2"))
    #expect(abs(a.value - b.value) > 6.5 * (a.error * a.error + b.error * b.error).squareRoot(), "the control agrees")
  }
}
