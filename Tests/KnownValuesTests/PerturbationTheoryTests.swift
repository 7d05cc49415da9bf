// SPDX-License-Identifier: GPL-3.0-or-later

import KnownValues
import LatticeFields
import NNFTTestSupport
import Testing

/// Second order in λ at infinite width.
@Suite struct PerturbationTheoryTests {
  static let records =
    ReferenceRecords.of(item: "C", theory: "phi4 lattice perturbation theory")
    + ReferenceRecords.of(item: "H", theory: "phi4 lattice perturbation theory")
    + ReferenceRecords.of(item: "E", theory: "free lattice field")

  static func theory(_ record: ReferenceRecord, massSquared: Double? = nil) -> LatticePerturbationTheory {
    LatticePerturbationTheory(
      lattice: Lattice(
        sites: [Int](repeating: record.integer("L"), count: record.dimension),
        spacing: record.number("a"), boundary: .periodic),
      massSquared: massSquared ?? record.number("m2"))
  }

  static func values(_ record: ReferenceRecord, _ theory: LatticePerturbationTheory) -> [Double] {
    let quantity = record.quantity
    let d = record.dimension
    let axis = [1] + [Int](repeating: 0, count: d - 1)
    let origin = [Int](repeating: 0, count: d)
    if quantity.hasPrefix("G2(0)") { return theory.twoPoint()[0].coefficients }
    if quantity.hasPrefix("G2(e1)") { return theory.twoPoint()[theory.lattice.siteIndex(axis)].coefficients }
    if quantity.hasPrefix("G2(p=0)") { return theory.twoPoint(mode: origin).coefficients }
    if quantity.hasPrefix("G2(p=(2pi") { return theory.twoPoint(mode: axis).coefficients }
    if quantity.hasPrefix("G4c") {
      let sites = record.points.map { point in (0..<d).map { Int(point[$0]) } }
      return Array(theory.fourPoint(sites).coefficients[1...])
    }
    if quantity.hasPrefix("chi4") { return Array(theory.fourthSusceptibility.coefficients[1...]) }
    if quantity.hasPrefix("g4(0)") { return Array(theory.quarticCoupling.coefficients[1...]) }
    if quantity.hasPrefix("self-energy") {
      let pieces = theory.selfEnergy(mode: origin)
      return [pieces.tadpole, pieces.doubleTadpole, pieces.sunset]
    }
    return [theory.actionVariance(coupling: 1)]
  }

  @Test func noRecordWentMissing() { #expect(Self.records.count == 48) }

  /// The control in the same breath: another mass must disagree.
  @Test(arguments: records) func record(_ record: ReferenceRecord) throws {
    let values = Self.values(record, Self.theory(record))
    let wrong = Self.values(record, Self.theory(record, massSquared: 1.001 * record.number("m2")))
    try #require(values.count == record.values.count)
    for (index, value) in values.enumerated() {
      #expect(record.agrees(with: value, index, floor: 1e-12), "\(value), reference \(record.values)")
      let isConstant = record.quantity.hasPrefix("g4(0)") && index == 0
      #expect(record.agrees(with: wrong[index], index, floor: 1e-8) == isConstant)
    }
  }

  /// `Σ_{x2,x3,x4} G4c = χ4`, order by order.
  @Test func theFourPointFunctionSumsToItsSusceptibility() {
    let theory = LatticePerturbationTheory(
      lattice: Lattice(sites: [5], spacing: 0.6, boundary: .periodic), massSquared: 0.7)
    var sums = [0.0, 0, 0]
    for index in 0..<125 {
      let sites = [[0], [index % 5], [index / 5 % 5], [index / 25]]
      for (k, c) in theory.fourPoint(sites).coefficients.enumerated() { sums[k] += c * 0.6 * 0.6 * 0.6 }
    }
    for (a, b) in zip(sums, theory.fourthSusceptibility.coefficients) { #expect(abs(a - b) < 1e-12) }
  }

  /// Differences of the exact transfer matrix in λ reproduce the coefficients; a sunset twice as large would not.
  @Test func transferMatrixReproducesTheCoefficients() {
    let (mass, spacing, sites) = (0.8, 0.5, 10)
    let theory = LatticePerturbationTheory(
      lattice: Lattice(sites: [sites], spacing: spacing, boundary: .periodic), massSquared: mass)
    func exact(_ coupling: Double) -> (g2: Double, g4: Double, chi4: Double) {
      let matrix = TransferMatrix(
        QuarticPotential(massSquared: mass, coupling: coupling), sites: sites, spacing: spacing)
      return (matrix.propagator(mode: 1), matrix.cumulant([0, 1, 3, 6]), matrix.susceptibilities(order: 4)[1])
    }
    // Seven values of λ, λ = 0 included, and the Newton polynomial through them.
    let step = 0.004
    let samples = (0...6).map { exact(step * Double($0)) }
    func coefficients(_ values: [Double]) -> (first: Double, second: Double) {
      var table = values
      var differences = [table[0]]
      for k in 1...6 {
        for i in stride(from: 6, through: k, by: -1) { table[i] -= table[i - 1] }
        differences.append(table[k])
      }
      // d/dt and ½ d²/dt² of Σ_k Δ^k C(t, k) at t = 0: signed harmonic numbers.
      var (first, second, harmonic) = (differences[1], 0.0, 0.0)
      for k in 2...6 {
        harmonic += 1 / Double(k - 1)
        let sign = k % 2 == 0 ? 1.0 : -1.0
        first -= sign * differences[k] / Double(k)
        second += sign * differences[k] * harmonic / Double(k)
      }
      return (first / step, second / (step * step))
    }
    let sunset = -theory.selfEnergy(mode: [1]).sunset
    let spectrum = theory.spectrum[1]
    let cases: [(values: [Double], series: CouplingSeries, control: Double?)] = [
      (samples.map(\.g2), theory.twoPoint(mode: [1]), spectrum * spectrum * sunset),
      (samples.map(\.g4), theory.fourPoint([[0], [1], [3], [6]]), nil),
      (samples.map(\.chi4), theory.fourthSusceptibility, nil),
    ]
    for (values, series, control) in cases {
      let fit = coefficients(values)
      let (c1, c2) = (series.coefficients[1], series.coefficients[2])
      #expect(abs(fit.first - c1) < 1e-6 * abs(c1))
      #expect(abs(fit.second - c2) < 1e-3 * abs(c2), "\(fit.second), \(c2)")
      if let control { #expect(abs(fit.second - c2 - control) > 0.01 * abs(c2)) }
    }
  }

  @Test func truncatedSums() {
    let series = CouplingSeries([1, -2, 3])
    #expect(abs(series.value(at: 0.1) - 0.83) < 1e-15)
    #expect(abs(series.lastTerm(at: 0.1) - 0.03) < 1e-17)
  }
}
