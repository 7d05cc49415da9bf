// SPDX-License-Identifier: GPL-3.0-or-later

import KnownValues
import NNFTTestSupport
import Testing

/// One dimension in the continuum.
@Suite struct AnharmonicOscillatorTests {
  static let records = ReferenceRecords.of(item: "D", theory: "anharmonic oscillator (continuum d=1)")

  @Test func noRecordWentMissing() { #expect(Self.records.count == 25) }

  static func values(_ record: ReferenceRecord, factor: Double = 1) -> [Double] {
    let oscillator = AnharmonicOscillator(
      QuarticPotential(massSquared: record.number("m2"), coupling: factor * record.number("lam")))
    return switch record.quantity {
    case "[E0,E1,E2,E3]": Array(oscillator.energies[0..<4])
    case "gap E1-E0": [oscillator.gap]
    case "<phi^2> infinite volume": [oscillator.moment(2)]
    case "<phi^4> infinite volume": [oscillator.moment(4)]
    default: [oscillator.moment(2, extent: 8)]
    }
  }

  @Test(arguments: records) func record(_ record: ReferenceRecord) throws {
    let values = Self.values(record)
    let wrong = Self.values(record, factor: 1.001)
    try #require(values.count == record.values.count)
    for (index, value) in values.enumerated() {
      #expect(record.agrees(with: value, index, floor: 1e-12), "\(value), reference \(record.values)")
      #expect(record.agrees(with: wrong[index], index, floor: 1e-8) == (record.number("lam") == 0))
    }
  }

  struct Row: Sendable {
    let (coupling, ground, gap, second): (Double, Double, Double, Double)
    var square: Double?
    var overlap: Double?
  }

  /// 40-digit diagonalisation at m² = 1 (docs/physics/interacting-exact.md).
  static let table = [
    Row(coupling: 0.1, ground: 0.50308086407953617977, gap: 1.0122026327728009676, second: 2.5393735594759359),
    Row(
      coupling: 1, ground: 0.52773612731410831269, gap: 1.1035644054541310161, second: 2.8221895629534608,
      square: 0.452843673320, overlap: 0.452738682341),
    Row(
      coupling: 2.4, ground: 0.55914632718351957672, gap: 1.2103563167655346679, second: 3.1386243084981204,
      square: 0.412525368384, overlap: 0.412281723497),
    Row(
      coupling: 6, ground: 0.62092702982574866086, gap: 1.4050391343409083362, second: 3.6984503193780829,
      square: 0.354840251173, overlap: 0.354434358104),
    Row(coupling: 12, ground: 0.69617582076514592783, gap: 1.6282305313408928404, second: 4.3275249788796548),
    Row(
      coupling: 24, ground: 0.80377065123427376935, gap: 1.9341216167741604916, second: 5.1792916876393910,
      square: 0.257149821443, overlap: 0.256643450303),
    Row(coupling: 60, ground: 1.0091703246826595488, gap: 2.4975692682258494035, second: 6.7338652070486722),
    Row(coupling: 240, ground: 1.5049724077788910992, gap: 3.8166358484823549043, second: 10.347055592460471),
  ]

  @Test(arguments: table) func publishedDigits(row: Row) {
    let oscillator = AnharmonicOscillator(QuarticPotential(massSquared: 1, coupling: row.coupling))
    #expect(abs(oscillator.energies[0] - row.ground) < 2e-12 * row.ground)
    #expect(abs(oscillator.gap - row.gap) < 4e-12 * row.gap, "\(oscillator.gap)")
    #expect(abs(oscillator.energies[2] - row.second) < 2e-12 * row.second)
    if let square = row.square { #expect(abs(oscillator.moment(2) - square) < 1e-12) }
    if let overlap = row.overlap {
      let element = oscillator.matrixElement(0, power: 1, 1)
      #expect(abs(element * element - overlap) < 1e-12)
    }
    #expect(abs(oscillator.twoPoint(0) - oscillator.moment(2)) < 1e-12)
  }

  /// The virial theorem `<p²> = <x v'(x)>` with `E_0 = <p²>/2 + <v>`, for a double well too.
  @Test(arguments: [(1.0, 6.0), (-1, 6), (-4, 2), (-6, 6), (0, 24)]) func virialTheorem(mass: Double, coupling: Double) {
    let oscillator = AnharmonicOscillator(QuarticPotential(massSquared: mass, coupling: coupling))
    let (x2, x4) = (oscillator.moment(2), oscillator.moment(4))
    let energy = (mass * x2 + coupling / 6 * x4) / 2 + mass / 2 * x2 + coupling / 24 * x4
    #expect(abs(energy - oscillator.energies[0]) < 1e-11)
    let larger = AnharmonicOscillator(oscillator.potential, basisSize: 160)
    for n in 0..<8 { #expect(abs(larger.energies[n] - oscillator.energies[n]) < 1e-11 * (1 + abs(larger.energies[n]))) }
  }

  /// Lattices approach the continuum as a²: the difference falls fourfold.
  @Test func latticesConverge() {
    let potential = QuarticPotential(massSquared: 1, coupling: 6)
    let continuum = AnharmonicOscillator(potential)
    let errors = [0.2, 0.1].map { spacing -> (Double, Double) in
      let matrix = TransferMatrix(potential, sites: nil, spacing: spacing)
      return (matrix.gap - continuum.gap, matrix.siteMoment(2) - continuum.moment(2))
    }
    #expect(abs(errors[0].0 / errors[1].0 - 4) < 0.1 && abs(errors[0].1 / errors[1].1 - 4) < 0.1)
    #expect(abs(errors[1].1 / 0.01 + 0.063) < 0.001)
  }
}
