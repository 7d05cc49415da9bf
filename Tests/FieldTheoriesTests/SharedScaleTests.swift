// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Foundation
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

@testable import FieldTheories

/// Output weights of one random scale: `v_i = s u_i`, s² ~ Gamma of mean 1 and variance c.
@Suite struct SharedScaleTests {
  private static let ring = Lattice(sites: [4], spacing: 0.8, boundary: .periodic)

  /// One of every architecture with output weights: with other laws than the Gaussian, or as its template states it; nets without exact values last.
  private static let nets: [any ScalableOutput] = {
    let box = Lattice(sites: [4, 4], spacing: 0.5, boundary: .periodic)
    let stated: [any ScalableOutput] = [
      CosNet(dimension: 2, width: 3, sigmaW0: 1.1, sigmaW1: 0.8, weights: .uniform),
      GaussNet(dimension: 1, width: 3, sigmaW0: 0.9, sigmaW1: 0.8, sigmaB0: 0.2),
      try! ScalarNet.make(dimension: 2, width: 3, mass: 1, cutoff: 3),
      try! AlphaNet(dimension: 1, width: 3, mass: 1, alpha: 0.3, regulator: .gaussian, cutoff: 4, weights: .rayleigh),
      BoxAlphaNet(
        dimension: 2, width: 3, mass: 1, alpha: 0, regulator: .hard, cutoff: 9, side: 2, weights: .laplace, isPeriodic: true)!,
      LatticeAlphaNet(kind: "alpha-net", width: 3, mass: 1.1, alpha: -0.4, weights: .constant, lattice: box),
      try! EuclideanNet(
        dimension: 2, width: 3, sigmaW1: 1, formulas: "exp(-k^2)", density: { exp(-$0 * $0) }, shape: .amplitude({ _ in 1 })),
      DenseNet(dimension: 2, width: 3, activation: .relu, sigmaW: 1.2, sigmaB: 0.4, sigmaV: 1),
      DeepNet(dimension: 2, widths: [4, 3], activation: .tanh, sigmaW: 1.2, sigmaB: 0.4, sigmaV: 1),
    ]
    let others = ArchitectureRegistry.entries.filter { entry in !stated.contains { $0.kind == entry.kind } }
    let templates = others.compactMap {
      try! TheoryDefinition.load(text: $0.template, fileName: $0.kind).architecture.scalable
    }
    return (stated + templates).filter { $0.neurons != nil } + (stated + templates).filter { $0.neurons == nil }
  }()

  // MARK: - The law

  /// `<s^{2j}> = ∏_{i<j} (1 + i c)` against the integral over the density, by the trapezoidal rule in ln t.
  @Test(arguments: [0.05, 0.5, 1, 7]) func moments(c: Double) {
    let rule = Self.scaleRule(c)
    for order in stride(from: 0, through: 12, by: 2) {
      let integral = rule.reduce(0.0) { $0 + $1.weight * pow($1.s, Double(order)) }
      let value = SharedScale(variance: c).moment(order)
      #expect(abs(integral / value - 1) < 1e-11, "\(order): \(integral), \(value)")
    }
  }

  /// Nodes s and weights of the law: exact to rounding, since the integrand and all its derivatives vanish at both ends.
  private static func scaleRule(_ c: Double) -> [(s: Double, weight: Double)] {
    let (a, step) = (1 / c, min(0.02, 0.2 * c.squareRoot()))
    let range = stride(from: min(-60 * c, -40 * c.squareRoot() - 5), through: 8 + 40 * c.squareRoot(), by: step)
    return range.map { y in
      // Density of y = ln t: t^a e^{−t/c}/(Γ(a) c^a).
      (s: exp(y / 2), weight: step * exp(a * (y - log(c)) - exp(y) / c - lgamma(a)))
    }
  }

  /// All neurons of a network have one s, everything else is as without, and s has its law: χ² over twenty equal cells at false alarm 1e-6, with
  /// a variance ten per cent larger rejected.
  @Test(arguments: nets.indices) func drawsShareOneScale(index: Int) throws {
    let (net, c) = (Self.nets[index], 0.5)
    let shared = net.sharing(SharedScale(variance: c))
    let stream = RandomStream(seed: 31, stream: "shared scale \(index)")
    let (own, scaled) = (NetworkParameters(layout: net.layout), NetworkParameters(layout: shared.layout))
    let cells = 20
    func edges(_ c: Double) -> [Double] {
      (1..<cells).map { c * Distributions.gammaQuantile(Double($0) / Double(cells), shape: 1 / c) }
    }
    let draws = 30_000
    var counts = [[Int]](repeating: [Int](repeating: 0, count: cells), count: 2)
    let (right, wrong) = (edges(c), edges(1.1 * c))
    var strangers = 0
    for draw in 0..<UInt64(draws) {
      net.drawParameters(stream, draw: draw, into: own)
      shared.drawParameters(stream, draw: draw, into: scaled)
      let s = scaled.block(0)[0] / own.block(0)[0]
      for i in 0..<net.width where abs(scaled.block(0)[i] - s * own.block(0)[i]) > 1e-15 * abs(scaled.block(0)[i]) {
        strangers += 1
      }
      for (block, layout) in net.layout.blocks.enumerated().dropFirst() where draw < 10 {
        for i in 0..<layout.components * net.layout.width(of: layout) where scaled.block(block)[i] != own.block(block)[i] {
          strangers += 1
        }
      }
      for (which, edges) in [right, wrong].enumerated() { counts[which][edges.firstIndex { s * s < $0 } ?? cells - 1] += 1 }
    }
    #expect(strangers == 0)
    func chiSquared(_ counts: [Int]) -> Double {
      let expected = Double(draws) / Double(cells)
      return counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    }
    let bound = StatisticalChecks.chiSquaredBound(degrees: cells - 1)
    #expect(chiSquared(counts[0]) < bound, "\(chiSquared(counts[0])), bound \(bound)")
    #expect(chiSquared(counts[1]) > bound, "control: \(chiSquared(counts[1])), bound \(bound)")
  }

  /// c = 0 is the net itself: name of the stream, words, parameters; any other c is another ensemble without Gaussian weights.
  @Test(arguments: nets.indices) func noVarianceChangesNothing(index: Int) {
    let net = Self.nets[index]
    let (same, other) = (net.sharing(SharedScale(variance: 0)), net.sharing(SharedScale(variance: 0.5)))
    #expect(same.streamName == net.streamName && same.description == net.description && same.layout == net.layout)
    #expect(other.streamName != net.streamName && other.description != net.description)
    #expect(!other.layout.blocks[0].isGaussian && other.layout.blocks[0].entersLinearly)
  }

  // MARK: - Exact values

  /// `G_n = <s^n> G_n(independent)` and, connected, `G4c = (1+c) κ4 + c Σ_3`, `G6c = (1+c)(1+2c) κ6 + 2c(1+c) Σ_15 κ4 κ2 + 2c² Σ_15 κ2 κ2 κ2`.
  @Test(arguments: nets.indices.filter { nets[$0].neurons != nil }) func correlatorsFollowFromIndependentOnes(index: Int) throws {
    let (net, c) = (Self.nets[index], 0.7)
    let shared = net.sharing(SharedScale(variance: c))
    let lattice = (net as? any LatticeModeNet)?.lattice
    let points = (0..<6).map { i in
      lattice.map { $0.position((5 * i) % 7) }
        ?? Point(0.1 * Double(i * i) - 0.4, net.dimension > 1 ? 0.3 - 0.2 * Double(i) : 0, 0, 0)
    }
    func value(_ net: any ScalableOutput, _ f: CorrelationFunction) throws -> Double {
      try #require(net.exactValue(f, lattice: lattice))
    }
    func cumulant(_ points: [Point]) throws -> Double { try value(net, .cumulant(points)) }
    for coincident in [false, true] {
      let x = coincident ? [Point](repeating: points[1], count: 6) : points
      for n in [2, 4, 6] {
        let moment = try value(shared, .moment(Array(x[..<n])))
        let expected = (0..<n / 2).reduce(try value(net, .moment(Array(x[..<n])))) { $0 * (1 + Double($1) * c) }
        #expect(abs(moment - expected) <= 1e-12 * abs(expected), "\(n)")
      }
      func pairs(_ pairing: [(Int, Int)]) throws -> Double {
        try pairing.reduce(1) { $0 * (try cumulant([x[$1.0], x[$1.1]])) }
      }
      var disconnected = 0.0
      for pairing in Pairings.four { disconnected += try pairs(pairing) }
      let fourth = try value(shared, .cumulant(Array(x[..<4])))
      let expected = try (1 + c) * cumulant(Array(x[..<4])) + c * disconnected
      #expect(abs(fourth - expected) <= 1e-12 * abs(disconnected))
      var sixth = try (1 + c) * (1 + 2 * c) * cumulant(x)
      var scale = 0.0
      for split in Pairings.pairsOfSix {
        sixth += 2 * c * (1 + c) * (try cumulant([x[split.pair.0], x[split.pair.1]]) * cumulant(split.rest.map { x[$0] }))
      }
      for pairing in Pairings.six {
        sixth += try 2 * c * c * pairs(pairing)
        scale += try abs(pairs(pairing))
      }
      #expect(abs(try value(shared, .cumulant(x)) - sixth) <= 1e-11 * max(scale, abs(sixth)))
    }
  }

  /// A ring of four sites with two neurons of weights ±1: every mode, every sign, sixteen phases (exact for eight fields) and every s, summed.
  @Test func bruteForceOnARing() throws {
    let c = 0.6
    let net = LatticeAlphaNet(
      kind: "alpha-net", width: 2, mass: 0.9, alpha: 0.4, weights: .constant, lattice: Self.ring
    ).sharing(SharedScale(variance: c))
    let scales = Self.scaleRule(c)
    // Fields of one neuron at all sites with their probabilities.
    var neuron: [(field: [Double], weight: Double)] = []
    for mode in 0..<4 {
      let probability = net.modeProbability([mode])
      // <v²> J_2(0)/2 = A² P summed: A from the definition.
      let momentum = 2 * sin(Double.pi * Double(mode) / 4) / 0.8
      let propagator = 1 / (momentum * momentum + 0.81)
      let normalisation = (0..<4).reduce(0.0) {
        let p = 2 * sin(Double.pi * Double($1) / 4) / 0.8
        return $0 + pow(p * p + 0.81, -1.4)
      }
      let amplitude = (2 * normalisation / (4 * 0.8) * pow(propagator, -0.4)).squareRoot()
      for phase in 0..<16 {
        let b = 2 * Double.pi * Double(phase) / 16
        // A sign is a phase of π.
        neuron.append(((0..<4).map { amplitude * cos(Double.pi / 2 * Double(mode * $0) + b) }, probability / 16))
      }
    }
    func moment(_ sites: [Int]) -> Double {
      var average = 0.0
      for first in neuron {
        for second in neuron {
          average +=
            first.weight * second.weight * sites.reduce(1.0) { $0 * (first.field[$1] + second.field[$1]) / 2.0.squareRoot() }
        }
      }
      return average * scales.reduce(0.0) { $0 + $1.weight * pow($1.s, Double(sites.count)) }
    }
    let sites = [0, 1, 3, 1, 2, 0]
    func position(_ sites: [Int]) -> [Point] { sites.map { Self.ring.position($0) } }
    func pair(_ i: Int, _ j: Int) -> Double { moment([sites[i], sites[j]]) }
    let four = Array(sites[..<4])
    let connected = Pairings.four.reduce(moment(four)) { $0 - pair($1[0].0, $1[0].1) * pair($1[1].0, $1[1].1) }
    var sixth = moment(sites)
    for split in Pairings.pairsOfSix { sixth -= pair(split.pair.0, split.pair.1) * moment(split.rest.map { sites[$0] }) }
    for pairing in Pairings.six { sixth += 2 * pairing.reduce(1.0) { $0 * pair($1.0, $1.1) } }
    #expect(abs(try #require(net.exactValue(.moment(position(four)), lattice: nil)) - moment(four)) < 1e-12)
    #expect(abs(try #require(net.exactValue(.cumulant(position(four)), lattice: nil)) - connected) < 1e-12)
    #expect(abs(try #require(net.exactValue(.moment(position(sites)), lattice: nil)) - moment(sites)) < 1e-11)
    #expect(abs(try #require(net.exactValue(.cumulant(position(sites)), lattice: nil)) - sixth) < 1e-11)
    // The zero mode and the trispectrum are sums over all sites.
    let all = (0..<256).map { Lattice.unravel($0, shape: [4, 4, 4, 4]) }
    func sum(_ modes: [Int]) -> Double {
      var sum = 0.0
      for tuple in all {
        let turns = Double(zip(modes, tuple).reduce(0) { $0 + $1.0 * $1.1 }) / 4
        var value = moment(tuple)
        for pairing in Pairings.four {
          value -= moment([tuple[pairing[0].0], tuple[pairing[0].1]]) * moment([tuple[pairing[1].0], tuple[pairing[1].1]])
        }
        sum += value * cos(2 * Double.pi * turns)
      }
      return sum * pow(0.8, 4) / (4 * 0.8)
    }
    let fourth = try #require(net.exactValue(.zeroMomentumCumulant(order: 4), lattice: Self.ring))
    #expect(abs(fourth - sum([0, 0, 0, 0])) < 1e-10 * abs(fourth))
    let second = try #require(net.exactValue(.zeroMomentumCumulant(order: 2), lattice: Self.ring))
    let binder = try #require(net.exactValue(.binderCumulant, lattice: Self.ring))
    #expect(abs(binder + fourth / (3 * second * second * 3.2)) < 1e-12)
    for modes in [[1, -1, 1, -1], [1, -1, 0, 0], [1, -1, 2, 2], [0, 0, 0, 0], [2, 2, 2, 2]] {
      let value = try #require(net.exactValue(.trispectrum(modes: modes.map { [$0] }), lattice: nil))
      #expect(abs(value - sum(modes)) < 1e-10, "\(modes): \(value), \(sum(modes))")
    }
  }

  /// Order eight at a point, and what becomes of all of it at infinite width: a Gaussian field of random variance, `κ_n = (n−1)!! (n/2−1)! c^{n/2−1} G^{n/2}`.
  @Test func infiniteWidth() throws {
    let c = 0.8
    let net = CosNet(dimension: 1, width: 100_000_000, sigmaW0: 1, sigmaW1: 2).sharing(SharedScale(variance: c))
    for (order, expected) in [(4, 3 * c), (6, 15 * 2 * c * c), (8, 105 * 6 * c * c * c)] {
      let value = try #require(net.exactValue(.standardisedCumulant(order: order, .zero), lattice: nil))
      #expect(abs(value / expected - 1) < 1e-6, "\(order): \(value), \(expected)")
    }
    #expect(
      abs(try #require(net.exactValue(.binderCumulant, lattice: Lattice(sites: [3], spacing: 1, boundary: .open))) + c) < 1e-6)
  }

  /// Deep relu nets at one point: moments times those of s.
  @Test func deepReluAtOnePoint() throws {
    let (c, x) = (0.4, Point(0.6, -0.3, 0, 0))
    let net = DeepNet(dimension: 2, widths: [5, 4], activation: .relu, sigmaW: 1.3, sigmaB: 0.2, sigmaV: 1)
    let shared = net.sharing(SharedScale(variance: c))
    func moment(_ net: DeepNet, _ n: Int) throws -> Double {
      try #require(net.exactValue(.moment([Point](repeating: x, count: n)), lattice: nil))
    }
    for n in [2, 4, 6, 8] {
      let expected = (0..<n / 2).reduce(try moment(net, n)) { $0 * (1 + Double($1) * c) }
      #expect(abs(try moment(shared, n) / expected - 1) < 1e-13)
    }
    let second = try moment(shared, 2)
    let fourth = try #require(shared.exactValue(.cumulant([x, x, x, x]), lattice: nil))
    #expect(abs(fourth - (try moment(shared, 4)) + 3 * second * second) < 1e-13)
  }

  // MARK: - Reading and refusals

  private static func theory(_ more: String, kind: String = "cos-net") throws -> TheoryDefinition {
    try TheoryDefinition.load(
      text: """
        dimension = 1
        [architecture]
        kind = "\(kind)"
        width = 4
        sigma_w0 = 1.0
        sigma_w1 = 1.0
        \(more)
        [lattice]
        sites = [8]
        spacing = 0.5
        boundary = "open"
        """, fileName: "shared.toml", interactions: true)
  }

  @Test func theKeyArrives() throws {
    let net = try #require(try Self.theory("weights_shared_variance = 0.25").architecture as? CosNet)
    #expect(net.sharedScale.variance == 0.25 && net.streamName.contains("shared=0.25"))
    let zero = try Self.theory("weights_shared_variance = 0")
    #expect(zero.architecture.streamName == (try Self.theory("")).architecture.streamName)
    #expect(try !Self.theory("").resolved.contains { $0.key.contains("shared") })
  }

  @Test(arguments: ["-0.1", "1e-6", "200", "\"much\""]) func faultsAreNamed(value: String) {
    let fault = #expect(throws: TheoryFileError.self) { try Self.theory("weights_shared_variance = \(value)") }
    #expect(fault?.key == "architecture.weights_shared_variance" && fault?.line == 7)
  }

  /// Samplers know the density of independent weights only.
  @Test func insertionsAreRefused() {
    let fault = #expect(throws: TheoryFileError.self) {
      try Self.theory("weights_shared_variance = 0.5\n[[insertion]]\nkind = \"phi4\"\nlambda = 1.0")
    }
    #expect(fault?.description.contains("share a scale") == true)
  }

  /// Fewer networks count, and more are needed.
  @Test func tailsCount() {
    let net = CosNet(dimension: 1, width: 50, sigmaW0: 1, sigmaW1: 1)
    #expect(net.effectiveSamples(draws: 1000) > 1000)
    #expect(abs(net.sharing(SharedScale(variance: 0.5)).effectiveSamples(draws: 1000) - 1000 * 1.5 / (2 * 2.5)) < 1e-9)
    #expect(SharedScale.one.drawsFactor(order: 4) == 1 && SharedScale(variance: 0.5).drawsFactor(order: 4) > 10)
  }
}
