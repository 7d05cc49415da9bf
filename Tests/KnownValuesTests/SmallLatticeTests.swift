// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import KnownValues
import LatticeFields
import NNFTTestSupport
import Testing

/// Two dimensions: 2 × 2 as a ring of double links, 4 × 4 by summation.
@Suite struct SmallLatticeTests {
  static let small = ReferenceRecords.all.filter { $0.theory == "phi4 d=2 2x2 (exact)" }
  static let torus = ReferenceRecords.all.filter { $0.theory == "phi4 d=2 4x4 (quadrature-exact)" }

  static func potential(_ record: ReferenceRecord, factor: Double = 1) -> QuarticPotential {
    QuarticPotential(massSquared: record.number("m2"), coupling: factor * record.number("lam"))
  }

  @Test func noRecordWentMissing() {
    #expect(Self.small.count == 39)
    #expect(Self.torus.count == 55)
  }

  static func values(_ record: ReferenceRecord, _ ring: TransferMatrix) -> Double {
    switch record.quantity.prefix(5) {
    case "<phi^": ring.siteMoment(record.quantity.hasPrefix("<phi^2>") ? 2 : 4)
    case "G2(1,": ring.moment([0, record.quantity.hasPrefix("G2(1,0)") ? 1 : 2])
    case "chi2=": ring.susceptibilities(order: 2)[0]
    case "chi4=": ring.susceptibilities(order: 4)[1]
    case "Binde": ring.binderCumulant
    default: ring.cumulant([0, 0, 1, 1])
    }
  }

  /// The control: a ring of single links.
  @Test(arguments: small) func twoByTwo(record: ReferenceRecord) {
    let value = Self.values(record, TransferMatrix(Self.potential(record), sites: 4, linkStrength: 2))
    let wrong = Self.values(record, TransferMatrix(Self.potential(record), sites: 4))
    #expect(record.agrees(with: value, floor: 1e-12), "\(value), reference \(record.values)")
    #expect(!record.agrees(with: wrong, floor: 1e-8))
  }

  static func value(_ record: ReferenceRecord, _ torus: SquareTorus) -> Double {
    let quantity = record.quantity
    if quantity.hasPrefix("G2(") {
      let digits = quantity.compactMap(\.wholeNumberValue)
      return torus.twoPoint(Array(digits[1...2]))
    }
    switch quantity.prefix(5) {
    case "<phi^": return quantity.hasPrefix("<phi^2>") ? torus.secondMoment : torus.fourthMoment
    case "Binde": return torus.binderCumulant
    case "G4c(x": return torus.oppositeFourPoint
    case "chi2=": return torus.susceptibility
    case "chi4=": return torus.fourthSusceptibility
    default: return exp(torus.logPartition)
    }
  }

  /// All records of one pair (m², λ) from one sum. The control: the values of another pair.
  @Test(arguments: Set(torus.map { potential($0) })) func fourByFour(potential: QuarticPotential) {
    let records = Self.torus.filter { Self.potential($0) == potential }
    let torus = SquareTorus(potential)
    for record in records {
      let value = Self.value(record, torus)
      #expect(record.agrees(with: value, floor: 1e-10), "\(value), reference \(record.values), \(torus.gridSize) points")
    }
    #expect(abs(torus.schwingerDysonResidual) < 1e-11, "\(torus.schwingerDysonResidual)")
    let other = SquareTorus(
      QuarticPotential(massSquared: potential.massSquared, coupling: 1.01 * potential.coupling))
    for record in records where !record.quantity.hasPrefix("G4c") {
      #expect(!record.agrees(with: Self.value(record, other), floor: 1e-8))
    }
  }

  /// Ten digits of docs/physics/interacting-exact.md: <φ²>, <φ⁴>, G(1,0), G(1,1), G(2,1), G(2,2), χ2; <M⁴>/<M²>². A finer grid changes nothing.
  @Test(arguments: [
    (1.0, [0.3154833571, 0.2892347361, 0.1169702241, 0.0762198112, 0.0603058725, 0.0518589093, 1.5337655201], 2.884995),
    (6, [0.2461281993, 0.1662763556, 0.0684633131, 0.0359768356, 0.0245482087, 0.0189920376, 0.8530273380], 2.835788),
  ])
  func publishedDigits(coupling: Double, values: [Double], kurtosis: Double) {
    let torus = SquareTorus(QuarticPotential(massSquared: 0.5, coupling: coupling))
    let computed = [
      torus.secondMoment, torus.fourthMoment, torus.twoPoint([1, 0]), torus.twoPoint([1, 1]),
      torus.twoPoint([2, 1]), torus.twoPoint([2, 2]), torus.susceptibility,
    ]
    for (a, b) in zip(computed, values) { #expect(abs(a - b) < 1e-10, "\(a), \(b)") }
    let finer = SquareTorus(torus.potential, refinement: 1.2)
    #expect(abs(torus.fourthSusceptibility / finer.fourthSusceptibility - 1) < 1e-10)
    #expect(abs(torus.oppositeFourPoint - finer.oppositeFourPoint) < 1e-13)
    #expect(abs(torus.logPartition - finer.logPartition) < 1e-11)
    let second = 16 * torus.susceptibility
    #expect(abs(torus.totalFourthMoment / (second * second) - kurtosis) < 1e-6)
    #expect(abs(torus.schwingerDysonResidual) < 1e-11)
  }

  /// Deep wells: the Schwinger-Dyson identity and a finer grid.
  @Test func deepWells() {
    let potential = QuarticPotential(massSquared: -4, coupling: 12)
    let (torus, finer) = (SquareTorus(potential), SquareTorus(potential, refinement: 1.15))
    #expect(abs(torus.schwingerDysonResidual) < 1e-10, "\(torus.schwingerDysonResidual), \(torus.gridSize)")
    #expect(abs(torus.susceptibility / finer.susceptibility - 1) < 1e-11)
    #expect(torus.susceptibility > 15)
  }

  /// λ = 0: the free propagator, Gaussian cumulants and the determinant.
  @Test func freeTorus() {
    let torus = SquareTorus(QuarticPotential(massSquared: 0.8, coupling: 0))
    let free = LatticePerturbationTheory(
      lattice: Lattice(sites: [4, 4], spacing: 1, boundary: .periodic), massSquared: 0.8)
    for (index, value) in free.propagator.enumerated() {
      #expect(abs(torus.twoPoint([index / 4, index % 4]) - value) < 1e-12)
    }
    #expect(abs(torus.fourthSusceptibility) < 1e-10 && abs(torus.oppositeFourPoint) < 1e-12)
    let determinant = free.spectrum.reduce(0) { $0 + 0.5 * log(2 * .pi * $1) }
    #expect(abs(torus.logPartition - determinant) < 1e-11)
  }

  /// Second-order perturbation theory at small λ: the remainder is of third order, eight times smaller at half λ.
  @Test func weakCoupling() {
    let theory = LatticePerturbationTheory(
      lattice: Lattice(sites: [4, 4], spacing: 1, boundary: .periodic), massSquared: 1)
    let remainders = [0.1, 0.05].map { coupling -> (Double, Double) in
      let torus = SquareTorus(QuarticPotential(massSquared: 1, coupling: coupling))
      return (
        torus.susceptibility - theory.twoPoint(mode: [0, 0]).value(at: coupling),
        torus.fourthSusceptibility - theory.fourthSusceptibility.value(at: coupling)
      )
    }
    #expect(abs(remainders[0].0 / remainders[1].0 - 8) < 0.3)
    #expect(abs(remainders[0].1 / remainders[1].1 - 8) < 0.5)
  }
}
