// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
@testable import KnownValues
import LatticeFields
import NNFTTestSupport
import Testing

/// Nets of one and two neurons, exactly.
@Suite struct FewNeuronTests {
  static let records = ReferenceRecords.all.filter {
    $0.theory == "interacting lattice net finite N (exact quadrature)"
  }

  static func lattice(_ record: ReferenceRecord) -> Lattice {
    Lattice(sites: [record.integer("L")], spacing: record.number("a"), boundary: .periodic)
  }

  static func net(
    _ record: ReferenceRecord, coupling: Double? = nil, alpha: Double? = nil, angles: Int? = nil
  ) -> FewNeuronQuadrature {
    FewNeuronQuadrature(
      width: record.width, lattice: lattice(record), massSquared: record.number("m2"),
      alpha: alpha ?? record.number("alpha"), coupling: coupling ?? record.number("lam"), angles: angles)
  }

  static func values(_ record: ReferenceRecord, _ net: FewNeuronQuadrature) -> [Double] {
    if record.quantity.hasPrefix("G2") { return Array(net.twoPoint[0...record.integer("L") / 2]) }
    return record.quantity.hasPrefix("Z") ? [net.partitionRatio] : [net.meanAction, net.fourthMoment]
  }

  @Test func noRecordWentMissing() { #expect(Self.records.count == 30) }

  /// L, a, m², λ, N, α: what one computation needs.
  static func key(_ record: ReferenceRecord) -> [Double] {
    ["L", "a", "m2", "lam", "N", "alpha"].map { record.number($0) }
  }

  /// All records of one ensemble from one computation. The control: another member of the family.
  @Test(arguments: Set(records.map { key($0) })) func ensemble(key: [Double]) throws {
    let records = Self.records.filter { Self.key($0) == key }
    let net = Self.net(records[0])
    let wrong = Self.net(records[0], alpha: key[5] + 0.3, angles: 32)
    for record in records {
      let (values, control) = (Self.values(record, net), Self.values(record, wrong))
      try #require(values.count == record.values.count)
      for (index, value) in values.enumerated() {
        #expect(record.agrees(with: value, index, floor: 1e-9), "\(value), reference \(record.values)")
      }
      #expect(control.indices.contains { abs(control[$0] / record.values[$0] - 1) > 1e-4 })
    }
  }

  /// What ``FewNeuronQuadrature`` states of its accuracy: a finer grid of angles.
  @Test(arguments: [(0.0, 1.0), (-1, 6), (0, 24)]) func convergence(alpha: Double, coupling: Double) {
    func net(_ angles: Int) -> FewNeuronQuadrature {
      FewNeuronQuadrature(
        width: 2, lattice: Lattice(sites: [4], spacing: 1, boundary: .periodic), massSquared: 0.5,
        alpha: alpha, coupling: coupling, angles: angles)
    }
    let (coarse, fine) = (net(64), net(80))
    #expect(abs(coarse.partitionRatio / fine.partitionRatio - 1) < 1e-11)
    for r in 0...2 { #expect(abs(coarse.twoPoint[r] - fine.twoPoint[r]) < 1e-11 * fine.twoPoint[0]) }
    #expect(abs(coarse.fourthMoment / fine.fourthMoment - 1) < 1e-11)
  }

  /// The slope at λ = 0 is the first-order formula, 1/N and 1/N² parts included: without the latter it misses by far.
  @Test(arguments: [1, 2], [-1.0, 0, 0.4]) func slopeIsFirstOrder(width: Int, alpha: Double) {
    let lattice = Lattice(sites: [4], spacing: 0.8, boundary: .periodic)
    func net(_ coupling: Double) -> [Double] {
      FewNeuronQuadrature(
        width: width, lattice: lattice, massSquared: 1, alpha: alpha, coupling: coupling,
        angles: width == 1 ? 64 : 16
      ).twoPoint
    }
    let response = LatticeAlphaNet(
      kind: "alpha-net", width: width, mass: 1, alpha: alpha, weights: .gaussian, lattice: lattice
    ).firstOrderTwoPoint()
    // Five-point forward difference: λ < 0 has no theory.
    let step = 2e-4
    let samples = (0...4).map { net(step * Double($0)) }
    for r in 0...2 {
      let combination: [Double] = [-25, 48, -36, 16, -3]
      let slope = zip(combination, samples).reduce(0.0) { $0 + $1.0 * $1.1[r] } / (12 * step)
      let scale = abs(response[0].total)
      #expect(abs(slope - response[r].total) < 1e-5 * scale, "\(slope), \(response[r])")
      #expect(abs(slope - response[r].total + response[r].inverseWidthSquared) > 1e-3 * scale)
    }
  }

  /// λ = 0 is the free lattice propagator.
  @Test func freeNets() {
    let lattice = Lattice(sites: [3], spacing: 0.5, boundary: .periodic)
    let free = LatticePerturbationTheory(lattice: lattice, massSquared: 0.7).propagator
    for width in 1...2 {
      let net = FewNeuronQuadrature(
        width: width, lattice: lattice, massSquared: 0.7, alpha: 0.3, coupling: 0, angles: 12)
      #expect(abs(net.partitionRatio - 1) < 2e-13)
      for (a, b) in zip(net.twoPoint, free) { #expect(abs(a - b) < 2e-13) }
    }
  }

  /// Both branches of the radial integrals agree where they meet, and obey `d R_0/dg = −R_2`.
  @Test func radialIntegrals() {
    let (below, above) = (RadialMoments.twoWeights(0.0014999999), RadialMoments.twoWeights(0.0015000001))
    for k in 0..<3 { #expect(abs(below[k] / above[k] - 1) < 1e-7) }
    for g in [1e-4, 0.01, 1, 100] {
      let step = 1e-3 * g
      let slope =
        (8 * (RadialMoments.twoWeights(g + step)[0] - RadialMoments.twoWeights(g - step)[0])
          - RadialMoments.twoWeights(g + 2 * step)[0] + RadialMoments.twoWeights(g - 2 * step)[0])
        / (12 * step)
      #expect(abs(slope + RadialMoments.twoWeights(g)[2]) < 1e-8 * RadialMoments.twoWeights(g)[2])
    }
  }
}
