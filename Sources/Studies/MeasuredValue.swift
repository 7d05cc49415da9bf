// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import KnownValues
import LatticeFields

/// A measured number together with its exact value: arithmetic acts on both alike, so that what is derived from tables knows its
/// error and what it should be.
struct MeasuredValue {
  /// Nil where a row that enters is withheld, or where there is no number, as in 0/0.
  var samples: JackknifeSamples?
  /// Nil where an exact value that enters is unknown, or where there is no number.
  var exact: Double?
  /// Whether nothing that enters has any variance beyond rounding.
  var isCertain = false

  static func + (a: MeasuredValue, b: MeasuredValue) -> MeasuredValue { a.combined(b, +, +) }
  static func - (a: MeasuredValue, b: MeasuredValue) -> MeasuredValue { a.combined(b, -, -) }
  static func * (a: MeasuredValue, b: MeasuredValue) -> MeasuredValue { a.combined(b, *, *) }
  static func / (a: MeasuredValue, b: MeasuredValue) -> MeasuredValue { a.combined(b, /, /) }
  static func * (factor: Double, a: MeasuredValue) -> MeasuredValue {
    MeasuredValue(
      samples: a.samples.map { factor * $0 }, exact: a.exact.map { $0 == 0 ? 0 : factor * $0 }, isCertain: a.isCertain)
  }

  /// The sum; of none, nothing.
  static func sum(_ terms: [MeasuredValue]) -> MeasuredValue? { terms.first.map { terms.dropFirst().reduce($0, +) } }

  /// Ratios and products of means lose their O(1/bins) bias.
  var biasCorrected: MeasuredValue { MeasuredValue(samples: samples?.biasCorrected, exact: exact, isCertain: isCertain) }

  private func combined(
    _ other: MeasuredValue, _ samplewise: (JackknifeSamples, JackknifeSamples) -> JackknifeSamples,
    _ exactly: (Double, Double) -> Double
  ) -> MeasuredValue {
    MeasuredValue(
      samples: samples.flatMap { a in other.samples.flatMap { samplewise(a, $0).ifFinite } },
      exact: exact.flatMap { a in other.exact.flatMap { Self.ifFinite(exactly(a, $0)) } }, isCertain: isCertain && other.isCertain
    )
  }

  private static func ifFinite(_ value: Double) -> Double? { value.isFinite ? value : nil }
}

/// The tables of one run, row by row.
struct RunTables {
  let tables: [MeasuredTable]
  private let samples: [[JackknifeSamples?]]

  init(_ tables: [MeasuredTable]) throws {
    self.tables = tables
    samples = try tables.map { try $0.sampledTable().samples }
  }

  /// Row `row` of table number `table`.
  func measured(_ table: Int, _ row: Int) -> MeasuredValue {
    let own = tables[table].rows[row]
    return MeasuredValue(
      samples: samples[table].isEmpty ? nil : samples[table][row], exact: own.exact, isCertain: own.hasNoVariance)
  }

  /// All rows of a table; nil where it was not measured.
  func rows(_ name: String) -> [(row: MeasuredTable.Row, measured: MeasuredValue)]? {
    tables.firstIndex { $0.name == name }.map { table in
      tables[table].rows.indices.map { (tables[table].rows[$0], measured(table, $0)) }
    }
  }

  /// The first row in the named tables that is wanted.
  func first(in names: [String], _ isWanted: (RowTarget) -> Bool) -> MeasuredValue? {
    for name in names {
      if let found = rows(name)?.first(where: { isWanted($0.row.target) }) { return found.measured }
    }
    return nil
  }
}

/// Rows of a table made of other tables.
struct DerivedRow {
  let coordinates: [CorrelatorRow.Coordinate]
  let measured: MeasuredValue
  /// How far rounding can carry a row without variance.
  var resolution: Double { 1e-9 * max(1, abs(measured.samples?.value ?? 0)) }
}

extension MeasuredTable {
  /// A table of derived rows; those made of a withheld row are withheld. `tested` are the rows of the joint test.
  init(
    name: String, summary: String, coordinateColumns: [String], derived rows: [DerivedRow], tested: [Int], draws: Int,
    independentSamples: Double
  ) {
    self.init(
      name: name, summary: summary, coordinateColumns: coordinateColumns,
      rows: rows.map { CorrelatorRow(coordinates: $0.coordinates, target: RowTarget(terms: [])) },
      covarianceRows: tested, samples: rows.map { $0.measured.samples ?? .withheld },
      reliability: rows.map { row in
        row.measured.samples.map { SamplingAdequacy.reliability(of: $0) }
          ?? .underSampled("a correlator in it is under-sampled or zero")
      },
      draws: draws, independentSamples: independentSamples, known: rows.map { $0.measured.exact.map(KnownValue.init(exact:)) },
      resolution: rows.map { $0.measured.isCertain ? $0.resolution : nil })
  }
}

extension JackknifeSamples {
  /// In place of numbers that are withheld.
  fileprivate static var withheld: JackknifeSamples { JackknifeSamples(value: 0, replicas: [0, 0], weights: [1, 1]) }

  /// The samples where all are numbers.
  fileprivate var ifFinite: JackknifeSamples? { value.isFinite && replicas.allSatisfy(\.isFinite) ? self : nil }
}
