// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import KnownValues
import LatticeFields
import NNFTTestSupport
import Testing

/// One dimension on the lattice, exactly.
@Suite struct TransferMatrixTests {
  static let records = ReferenceRecords.all.filter { $0.theory == "phi4 d=1 lattice (exact)" }
  static let shiftedRecords = ReferenceRecords.all.filter {
    $0.theory == "phi4 d=1 mass-shifted reweighting (N=infinity)"
  }

  static func potential(_ record: ReferenceRecord, factor: Double = 1) -> QuarticPotential {
    QuarticPotential(massSquared: record.number("m2"), coupling: factor * record.number("lam"))
  }

  static func matrix(_ record: ReferenceRecord, factor: Double = 1) -> TransferMatrix {
    TransferMatrix(
      potential(record, factor: factor), sites: record.parameters["L"]?.number.map { Int($0) },
      spacing: record.number("a"))
  }

  static func values(_ record: ReferenceRecord, _ matrix: TransferMatrix) -> [Double] {
    let quantity = record.quantity
    let sites = record.points.map { Int($0[0]) }
    if quantity == "<phi^2>" { return [matrix.siteMoment(2)] }
    if quantity == "<phi^4>" { return [matrix.siteMoment(4)] }
    if quantity.hasPrefix("Binder") { return [matrix.binderCumulant] }
    if quantity.hasPrefix("G2(p_n)") { return record.values.indices.map { matrix.propagator(mode: $0) } }
    if quantity.hasPrefix("G2(r)") { return matrix.twoPoint(upTo: matrix.sites! / 2) }
    if quantity.hasPrefix("G4c") { return [matrix.cumulant(sites)] }
    if quantity.hasPrefix("[G4,G4c]") { return [matrix.moment(sites), matrix.cumulant(sites)] }
    if quantity.hasPrefix("chi") {
      return [matrix.susceptibilities(order: 6)[Int(String(quantity.dropFirst(3).first!))! / 2 - 1]]
    }
    if quantity.hasPrefix("spectral gap") { return [matrix.gap] }
    if quantity.hasPrefix("ESS decay") {
      return [RingReweighting.decayRate(matrix.potential, spacing: matrix.spacing)]
    }
    if quantity.hasPrefix("ESS fraction") {
      return [
        RingReweighting(matrix).effectiveSampleFraction(priorMassSquared: matrix.potential.massSquared)
      ]
    }
    if quantity.hasPrefix("Var_0") {
      let lattice = Lattice(sites: [matrix.sites!], spacing: matrix.spacing, boundary: .periodic)
      return [
        LatticePerturbationTheory(lattice: lattice, massSquared: matrix.potential.massSquared)
          .actionVariance(coupling: matrix.potential.coupling)
      ]
    }
    if quantity.hasPrefix("ln Z") { return [matrix.logPartitionRatio] }
    return quantity.hasPrefix("g4(0)") ? [matrix.quarticCoupling] : []
  }

  @Test func noRecordWentMissing() {
    #expect(Self.records.count == 112)
    #expect(Self.shiftedRecords.count == 15)
  }

  /// The control: λ larger by 1e-3 is seen in every quantity.
  @Test(arguments: records) func record(_ record: ReferenceRecord) throws {
    let values = Self.values(record, Self.matrix(record))
    let wrong = Self.values(record, Self.matrix(record, factor: 1.001))
    try #require(values.count == record.values.count)
    for (index, value) in values.enumerated() {
      #expect(record.agrees(with: value, index, floor: 1e-12), "\(value), reference \(record.values)")
    }
    #expect(wrong.indices.contains { !record.agrees(with: wrong[$0], $0, floor: 1e-8) })
  }

  @Test(arguments: shiftedRecords) func massShiftedPriors(record: ReferenceRecord) throws {
    let reweighting = RingReweighting(Self.matrix(record))
    if record.quantity.hasPrefix("ESS") {
      let value = reweighting.effectiveSampleFraction(priorMassSquared: record.number("m2"))
      #expect(abs(value / record.value - 1) < 1e-8)
    } else if record.quantity.hasPrefix("[Hartree") {
      let lattice = Lattice(
        sites: [record.integer("L")], spacing: record.number("a"), boundary: .periodic)
      let potential = Self.potential(record)
      let mass = try #require(
        HartreeMass(
          massSquared: potential.massSquared, potential: LocalPotential(even: [0, potential.coupling / 24]), lattice: lattice)
      ).shifted
      #expect(abs(mass / record.values[0] - 1) < 1e-8)
      let value = reweighting.effectiveSampleFraction(priorMassSquared: mass)
      #expect(abs(value / record.values[1] - 1) < 1e-8)
    } else {
      // The best prior: what it keeps, and that its neighbours keep less.
      let (mass, kept) = (record.values[0], record.values[1])
      #expect(abs(reweighting.effectiveSampleFraction(priorMassSquared: mass) / kept - 1) < 1e-6)
      for factor in [0.9, 1.1] { #expect(reweighting.effectiveSampleFraction(priorMassSquared: factor * mass) < kept) }
    }
  }

  struct Row: Sendable {
    let (sites, mass, coupling): (Int, Double, Double)
    let values: [Double]
    let gap: Double?
    let correlations: [Double]
  }

  /// docs/physics/interacting-exact.md, table of one-dimensional values: <φ²>, <φ⁴>; gap; G(1…4).
  static let table = [
    Row(
      sites: 8, mass: 0.5, coupling: 0, values: [0.671895424837], gap: nil,
      correlations: [0.339869281046, 0.177777777778, 0.104575163399, 0.083660130719]),
    Row(
      sites: 8, mass: 0.5, coupling: 1, values: [0.532649439984, 0.789302053997], gap: 0.837847937823,
      correlations: [0.231586971147, 0.103005535284, 0.051104846850, 0.037244051799]),
    Row(
      sites: 8, mass: 0.5, coupling: 6, values: [0.359725847610, 0.333335431591], gap: 1.129775154808,
      correlations: [0.116325025308, 0.037950264059, 0.013395716099, 0.007838061994]),
    Row(
      sites: 16, mass: 0.25, coupling: 1, values: [0.640295031613, 1.110633534652], gap: 0.715737066701,
      correlations: [0.312884705119, 0.152959375487, 0.074814774137, 0.036662386963]),
    Row(
      sites: 16, mass: 0.25, coupling: 6, values: [0.392345722956, 0.389209586127], gap: 1.059291435996,
      correlations: [0.135993731389, 0.047148610654, 0.016346833241, 0.005668510201]),
    Row(
      sites: 64, mass: 0.04, coupling: 0.05, values: [1.747570887470, 8.543853644708], gap: 0.281521618405,
      correlations: [1.318121695406, 0.994456271414, 0.750360328558, 0.566214098667]),
  ]

  @Test(arguments: table) func publishedDigits(row: Row) {
    let matrix = TransferMatrix(
      QuarticPotential(massSquared: row.mass, coupling: row.coupling), sites: row.sites)
    for (k, value) in row.values.enumerated() { #expect(abs(matrix.siteMoment(2 * k + 2) - value) < 1e-12) }
    if let gap = row.gap { #expect(abs(matrix.gap - gap) < 1e-12) }
    for (value, expected) in zip(matrix.twoPoint(upTo: 4).dropFirst(), row.correlations) {
      #expect(abs(value - expected) < 1e-12)
    }
  }

  /// λ = 0 against the free lattice propagator, gap `sinh(ωa/2) = ma/2`, Gaussian cumulants, ln Z.
  @Test func freeTheory() {
    let (mass, spacing, sites) = (0.7, 0.6, 9)
    let matrix = TransferMatrix(
      QuarticPotential(massSquared: mass, coupling: 0), sites: sites, spacing: spacing)
    let free = LatticePerturbationTheory(
      lattice: Lattice(sites: [sites], spacing: spacing, boundary: .periodic), massSquared: mass)
    for (a, b) in zip(matrix.twoPoint(upTo: sites - 1), free.propagator) { #expect(abs(a - b) < 1e-13) }
    #expect(abs(matrix.gap - 2 / spacing * asinh(spacing * mass.squareRoot() / 2)) < 1e-12)
    #expect(abs(matrix.logPartitionRatio) < 1e-12)
    #expect(abs(matrix.cumulant([0, 2, 2, 5])) < 1e-13)
    let chi = matrix.susceptibilities(order: 6)
    #expect(abs(chi[0] - 1 / mass) < 1e-12 && abs(chi[1]) < 1e-10 && abs(chi[2]) < 1e-8)
  }

  /// Twice as fine a grid changes nothing; the Schwinger-Dyson identity `(2/a² + m²)<φ²> − (2/a²) G(1) + (λ/6)<φ⁴> = 1/a` holds; odd
  /// moments vanish; the infinite line is the limit of long rings.
  @Test(arguments: [(1.0, 1.0, 1.0), (1, 24, 1), (-2, 12, 1), (0.25, 3, 0.25), (-1, 6, 0.5), (-12, 12, 1)])
  func internalConsistency(mass: Double, coupling: Double, spacing: Double) {
    let potential = QuarticPotential(massSquared: mass, coupling: coupling)
    let matrix = TransferMatrix(potential, sites: 12, spacing: spacing)
    let finer = TransferMatrix(potential, sites: 12, spacing: spacing, refinement: 1.5)
    for (a, b) in zip(matrix.twoPoint(upTo: 6), finer.twoPoint(upTo: 6)) { #expect(abs(a - b) < 1e-12 * a) }
    for (a, b) in zip(matrix.susceptibilities(order: 6), finer.susceptibilities(order: 6)) {
      #expect(abs(a - b) < 1e-10 * abs(a))
    }
    let link = 2 / (spacing * spacing)
    let g = matrix.twoPoint(upTo: 1)
    let action = (link + mass) * g[0] - link * g[1] + coupling / 6 * matrix.siteMoment(4)
    #expect(abs(action * spacing - 1) < 1e-12 * link)
    #expect(matrix.moment([0, 1, 2]) == 0)
    #expect(abs(matrix.moment([3, 5]) - matrix.twoPoint(upTo: 2)[2]) < 1e-13)
    #expect(abs(matrix.moment([3, 5, 5, 11]) - matrix.moment([7, 9, 9, 15])) < 1e-12)
    let line = TransferMatrix(potential, sites: nil, spacing: spacing)
    let long = TransferMatrix(potential, sites: 4_000_000, spacing: spacing)
    #expect(abs(line.siteMoment(4) - long.siteMoment(4)) < 1e-11)
    #expect(abs(line.moment([0, 1, 3, 3]) - long.moment([0, 1, 3, 3])) < 1e-11)
    #expect(abs(line.twoPoint(upTo: 5)[5] - long.twoPoint(upTo: 5)[5]) < 1e-11)
  }
}
