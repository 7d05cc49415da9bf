// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import Foundation
import KnownValues
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

/// The exact column: every way of knowing, asked in the words of a table.
@Suite struct InteractingValuesTests {
  static func lattice(_ sites: [Int], spacing: Double = 1) -> Lattice {
    Lattice(sites: sites, spacing: spacing, boundary: .periodic)
  }

  static func net(_ lattice: Lattice, width: Int, alpha: Double = 0) -> LatticeAlphaNet {
    LatticeAlphaNet(
      kind: "alpha-net", width: width, mass: 1, alpha: alpha, weights: .gaussian, lattice: lattice)
  }

  static let strong = QuarticPotential(massSquared: 1, coupling: 6)

  @Test func kindsOfKnowledge() throws {
    func kind(_ potential: QuarticPotential, _ sites: [Int]) -> KnownValue.Kind? {
      InteractingValues(infiniteWidth: potential, lattice: Self.lattice(sites))?
        .value(.moment([.zero, .zero]))?.kind
    }
    #expect(kind(Self.strong, [1]) == .exact)
    #expect(kind(Self.strong, [1, 1, 1]) == .exact)
    #expect(kind(Self.strong, [16]) == .exact)
    #expect(kind(Self.strong, [2, 2]) == .exact)
    #expect(kind(Self.strong, [4, 4]) == .exact)
    #expect(kind(Self.strong, [6, 6]) == .series(order: 2))
    #expect(kind(QuarticPotential(massSquared: -1, coupling: 6), [8]) == .exact)
    #expect(kind(QuarticPotential(massSquared: -1, coupling: 6), [6, 6]) == nil)
    let open = Lattice(sites: [8], spacing: 1, boundary: .open)
    #expect(InteractingValues(infiniteWidth: Self.strong, lattice: open) == nil)
    for (width, sites, kind) in [
      (1, 4, KnownValue.Kind.exact), (2, 3, .exact), (3, 4, .series(order: 1)), (9, 1, .exact),
      (1001, 1, .series(order: 1)),
    ] {
      let reference = try #require(
        InteractingValues(
          net: Self.net(Self.lattice([sites]), width: width), lattice: Self.lattice([sites]), coupling: 1))
      #expect(reference.value(.moment([.zero, .zero]))?.kind == kind)
    }
    let limit = try #require(
      InteractingValues(limitOf: Self.net(Self.lattice([16]), width: 16), coupling: 6))
    #expect(limit.value(.moment([.zero, .zero]))?.kind == .limit)
    #expect(KnownValue.Kind.series(order: 1).label == "O(lambda)")
    #expect(KnownValue.Kind.series(order: 2).label == "O(lambda^2)")
  }

  /// A ring in all the words of a table, against the transfer matrix itself.
  @Test func rings() throws {
    let (sites, spacing) = (10, 0.5)
    let reference = try #require(
      InteractingValues(infiniteWidth: Self.strong, lattice: Self.lattice([sites], spacing: spacing)))
    let matrix = TransferMatrix(Self.strong, sites: sites, spacing: spacing)
    func x(_ n: Int) -> Point { Point(spacing * Double(n), 0, 0, 0) }
    func check(_ function: CorrelationFunction, _ expected: Double) {
      let value = reference.value(function)?.value ?? .nan
      #expect(abs(value - expected) < 1e-11 * max(1, abs(expected)), "\(function): \(value), \(expected)")
    }
    let g = matrix.twoPoint(upTo: sites / 2)
    check(.moment([x(0), x(3)]), g[3])
    check(.cumulant([x(2), x(-1)]), g[3])
    check(.cumulant([x(0), x(1), x(4), x(12)]), matrix.cumulant([0, 1, 4, 12]))
    check(.moment([x(0), x(1), x(1), x(5)]), matrix.moment([0, 1, 1, 5]))
    check(.moment([x(0), x(1), x(1)]), 0)
    check(.propagator(mode: [2]), matrix.propagator(mode: 2))
    let chi = matrix.susceptibilities(order: 6)
    check(.zeroMomentumCumulant(order: 4), chi[1])
    check(.zeroMomentumCumulant(order: 6), chi[2])
    check(.binderCumulant, matrix.binderCumulant)
    check(.compositeCumulant(2, x(0), 2, x(3)), matrix.cumulant([0, 0, 3, 3]) + 2 * g[3] * g[3])
    check(.compositeCumulant(3, x(0), 1, x(2)), matrix.moment([0, 0, 0, 2]))
    check(.standardisedCumulant(order: 4, x(0)), matrix.cumulant([0, 0, 0, 0]) / (g[0] * g[0]))
    check(.effectiveMass(step: 2, mode: []), acosh((g[1] + g[3]) / (2 * g[2])) / spacing)
    #expect(reference.logPartitionRatio?.value == matrix.logPartitionRatio)
    let kept = RingReweighting(matrix).effectiveSampleFraction(priorMassSquared: 1)
    #expect(reference.effectiveSampleFraction?.value == kept)
    #expect(reference.value(.moment([x(0), Point(0.2, 0, 0, 0)])) == nil)
    #expect(reference.value(.vertexCorrelator(charge: 1, x(0), x(1))) == nil)
    let row = RowTarget(terms: [(0.5, .moment([x(0), x(1)])), (0.5, .moment([x(0), x(2)]))])
    #expect(abs(try #require(reference.value(row)).value - (g[1] + g[2]) / 2) < 1e-13)
  }

  /// Units: a lattice of spacing a is one of spacing 1 with m²a², λ a^{4−d}, for fields φ a^{d/2−1}.
  @Test(arguments: [[4], [2, 2], [4, 4], [6, 6], [1], [1, 1, 1]]) func spacing(sites: [Int]) throws {
    let (a, d) = (0.7, Double(sites.count))
    let coarse = try #require(
      InteractingValues(infiniteWidth: Self.strong, lattice: Self.lattice(sites, spacing: a)))
    let unit = try #require(
      InteractingValues(
        infiniteWidth: QuarticPotential(massSquared: a * a, coupling: 6 * pow(a, 4 - d)), lattice: Self.lattice(sites)))
    let zero = [Int](repeating: 0, count: sites.count)
    let next = Point(1, 0, 0, 0)
    for (function, same, power) in [
      (CorrelationFunction.moment([.zero, a * next]), CorrelationFunction.moment([.zero, next]), 2 - d),
      (.cumulant([.zero, .zero, .zero, .zero]), .cumulant([.zero, .zero, .zero, .zero]), 4 - 2 * d),
      (.propagator(mode: zero), .propagator(mode: zero), 2),
      (.zeroMomentumCumulant(order: 2), .zeroMomentumCumulant(order: 2), 2),
      (.zeroMomentumCumulant(order: 4), .zeroMomentumCumulant(order: 4), 4 + d),
      (.binderCumulant, .binderCumulant, 0),
    ] {
      let (value, expected) = (coarse.value(function)?.value, unit.value(same)?.value)
      let scaled = try #require(expected) * pow(a, power)
      #expect(abs(try #require(value) - scaled) < 1e-9 * abs(scaled), "\(function)")
    }
    if let ratio = unit.logPartitionRatio {
      #expect(abs(try #require(coarse.logPartitionRatio).value - ratio.value) < 1e-10)
    }
  }

  /// The series and the exact solutions meet at small λ, in every word both know; the last term bounds the difference.
  @Test func seriesMeetsTheExactSolution() throws {
    let weak = QuarticPotential(massSquared: 1, coupling: 0.02)
    let exact = try #require(InteractingValues(infiniteWidth: weak, lattice: Self.lattice([4, 4])))
    let theory = LatticePerturbationTheory(lattice: Self.lattice([4, 4]), massSquared: 1)
    let chi = try #require(exact.value(.zeroMomentumCumulant(order: 4)))
    let series = theory.fourthSusceptibility
    #expect(chi.lastTerm == 0)
    #expect(abs(chi.value - series.value(at: 0.02)) < 0.2 * series.lastTerm(at: 0.02))
    // The ring of five has both forms of all functions: a lattice of 5 × 1 sites is the ring, and is not recognised as one.
    let ring = try #require(InteractingValues(infiniteWidth: weak, lattice: Self.lattice([5])))
    let strip = try #require(InteractingValues(infiniteWidth: weak, lattice: Self.lattice([5, 1])))
    let x = (0..<5).map { Point(Double($0), 0, 0, 0) }
    let words: [CorrelationFunction] = [
      .moment([x[0], x[2]]), .moment([x[0], x[1], x[1], x[3]]), .cumulant([x[0], x[1], x[2], x[2]]),
      .zeroMomentumCumulant(order: 2), .zeroMomentumCumulant(order: 4), .binderCumulant,
      .compositeCumulant(2, x[0], 2, x[1]), .compositeCumulant(3, x[0], 1, x[1]),
      .compositeCumulant(1, x[0], 3, x[1]), .standardisedCumulant(order: 4, x[0]),
    ]
    for word in words {
      let (a, b) = (try #require(ring.value(word)), try #require(strip.value(word)))
      #expect(b.kind == .series(order: 2) && b.lastTerm > 0)
      #expect(abs(a.value - b.value) < 0.3 * b.lastTerm, "\(word)")
      #expect(abs(a.value - b.value) > 1e-12, "\(word)")
    }
  }

  /// First order at finite width against exact quadrature of two neurons at small λ: what is left is of second order.
  @Test func firstOrderMeetsTheQuadrature() throws {
    let lattice = Self.lattice([4])
    let net = Self.net(lattice, width: 2)
    func exact(_ coupling: Double) throws -> InteractingValues {
      try #require(InteractingValues(net: net, lattice: lattice, coupling: coupling))
    }
    // The same ensemble as a net whose weights are not recognised as two Gaussian neurons: another lattice object, an open box of equal sites.
    let box = Lattice(sites: [4], spacing: 1, boundary: .open)
    func first(_ coupling: Double) throws -> InteractingValues {
      try #require(InteractingValues(net: Shifted(net), lattice: box, coupling: coupling))
    }
    let points = [Point.zero, Point.zero]
    for word in [CorrelationFunction.moment(points), .moment(points + points)] {
      let gaps = try [1e-2, 5e-3].map { coupling -> Double in
        try #require(exact(coupling).value(word)).value - #require(first(coupling).value(word)).value
      }
      #expect(abs(gaps[0] / gaps[1] - 4) < 0.3, "\(gaps)")
    }
  }

  /// A counterterm: a wide net of mass² M² with δ = m² − M² is near the series of mass² m².
  @Test func massShift() throws {
    let lattice = Self.lattice([8])
    let shifted = try #require(
      InteractingValues(net: Self.net(lattice, width: 1_000_000), lattice: lattice, coupling: 0, massShift: -0.01))
    let limit = try #require(
      InteractingValues(limitOf: Self.net(lattice, width: 5), coupling: 0, massShift: -0.01))
    for word in [CorrelationFunction.moment([.zero, .zero]), .propagator(mode: [0]), .zeroMomentumCumulant(order: 2)] {
      let (a, b) = (try #require(shifted.value(word)), try #require(limit.value(word)))
      #expect(abs(a.value - b.value) < 0.02 * a.lastTerm && a.lastTerm > 1e-3)
      #expect(a.kind == .series(order: 1) && b.kind == .limit)
    }
    let narrow = Self.net(Self.lattice([4]), width: 2)
    let both = try #require(
      InteractingValues(net: narrow, lattice: narrow.lattice, coupling: 1, massShift: 0.1))
    #expect(both.value(.moment([.zero, .zero]))?.kind == .series(order: 1))
    #expect(InteractingValues(limitOf: narrow, coupling: 0, massShift: -2) == nil)
  }

  /// Widths 16, 64, 256 of the Monte-Carlo records, extrapolated quadratically in 1/N, meet the limit; linearly they do not.
  @Test func recordsOfFiniteWidthExtrapolateToTheLimit() throws {
    let records = ReferenceRecords.all.filter {
      $0.theory == "interacting lattice net finite N (Monte Carlo)" && $0.quantity == "<phi^2>"
        && $0.number("lam") == 6 && $0.number("alpha") == 0 && $0.integer("L") == 16 && $0.dimension == 1
        && $0.weightKind == .gaussian && $0.number("m2") == 1
    }.sorted { $0.width < $1.width }
    try #require(records.map(\.width) == [16, 64, 256])
    let inverse = records.map { 1 / Double($0.width) }
    // Lagrange weights at 1/N = 0.
    func weights(_ nodes: [Double]) -> [Double] {
      nodes.indices.map { i in
        nodes.indices.reduce(1.0) { $1 == i ? $0 : $0 * nodes[$1] / (nodes[$1] - nodes[i]) }
      }
    }
    let w = weights(inverse)
    let value = zip(w, records).reduce(0.0) { $0 + $1.0 * $1.1.value }
    let error = zip(w, records).reduce(0.0) { sum, pair in
      sum + pow(pair.0 * pair.1.uncertainties![0], 2)
    }.squareRoot()
    let limit = try #require(
      InteractingValues(limitOf: Self.net(Self.lattice([16]), width: 16), coupling: 6)?
        .value(.moment([.zero, .zero])))
    #expect(abs(value - limit.value) < 4 * error, "\(value) ± \(error), \(limit.value)")
    let straight = weights(Array(inverse[..<2]))
    let linear = zip(straight, records).reduce(0.0) { $0 + $1.0 * $1.1.value }
    #expect(abs(linear - limit.value) > 4 * error)
  }

  /// Cos-net in an open box, through the facade.
  @Test func cosNetInABox() throws {
    let net = CosNet(dimension: 1, width: 10, sigmaW0: 1, sigmaW1: 1)
    let box = Lattice(sites: [8], spacing: 0.5, boundary: .open)
    let reference = try #require(InteractingValues(net: net, lattice: box, coupling: 0.1))
    let record = try #require(FirstOrderTests.boxRecords.first { $0.points[1] == Point(0.5, 0, 0, 0) })
    // The record's box starts at the origin, ours is centred on it.
    let shift = box.position(0)
    let value = try #require(reference.value(.moment(record.points.map { $0 + shift })))
    let free = try #require(net.exactMoment(record.points))
    #expect(abs(value.value - free - 0.1 * record.value) < 1e-13)
    #expect(value.kind == .series(order: 1))
    #expect(reference.value(.zeroMomentumCumulant(order: 2)) == nil)
  }
}

/// A net that hides what it is: only the moments of its neurons are seen.
private struct Shifted: NeuronSum {
  let net: LatticeAlphaNet
  init(_ net: LatticeAlphaNet) { self.net = net }
  var kind: String { net.kind }
  var dimension: Int { net.dimension }
  var width: Int { net.width }
  var layout: ParameterLayout { net.layout }
  var symmetries: FieldSymmetries { net.symmetries }
  var description: [String] { net.description }
  var streamName: String { net.streamName }
  var outputWeights: OutputWeightLaw { net.outputWeights }
  func drawParameters(_ stream: RandomStream, draw: UInt64, into parameters: NetworkParameters) {
    net.drawParameters(stream, draw: draw, into: parameters)
  }
  // Sites of an open box lie half way between those of the ring; the ring does not mind a shift.
  func neuronMoment(_ points: [Point]) -> Double {
    net.neuronMoment(points.map { Point($0[0].rounded(.down), 0, 0, 0) })
  }
  func zeroMomentumNeuronMoment(order: Int, lattice: Lattice) -> ExactValue? { nil }
}
