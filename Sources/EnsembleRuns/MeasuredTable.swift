// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import ErrorAnalysis
import FieldTheories
import Foundation
import KnownValues
import LatticeFields
import ResultTables

/// One estimator's results with the exact values beside them: where measurement and prediction meet.
public struct MeasuredTable: Sendable {
  /// One row: what was measured, and its exact value where one is known.
  public struct Row: Sendable {
    /// Coordinate cells.
    public let coordinates: [CorrelatorRow.Coordinate]
    /// What is estimated.
    public let target: RowTarget
    /// The measurement.
    public let estimate: Estimate
    /// The exact finite-N value.
    public let exact: Double?
    /// The estimator has no variance: the error is exactly zero, and there is no pull.
    public let hasNoVariance: Bool
  }

  /// A further column, one cell a row; it stands before the status.
  public struct Annotation: Sendable {
    let column: Column
    let cells: [Cell]

    /// A column of one cell a row.
    public init(_ column: Column, _ cells: [Cell]) {
      self.column = column
      self.cells = cells
    }
  }

  /// A number of a further column; nil where there is none.
  public func annotatedNumber(_ name: String, row: Int) -> Double? {
    annotations.first { $0.column.name == name }.flatMap { if case .number(let value) = $0.cells[row] { value } else { nil } }
  }

  /// Further columns.
  public var annotations: [Annotation] = []
  /// Further lines under the table.
  public var remarks: [String] = []
  /// Name of the table, `two-point` for example.
  public let name: String
  /// What is estimated.
  public let summary: String
  /// Coordinate column names.
  public let coordinateColumns: [String]
  /// The rows with their estimates and exact values.
  public let rows: [Row]
  /// All sound rows of the stated row set held against their exact values at once; nil where none has an exact value.
  public private(set) var test: HotellingTest?
  /// Made of rows of other tables, which are held against their exact values there: this one has no joint test.
  public var isTestedElsewhere = false
  /// Prints the numbers of under-sampled rows too, as their status says; they have no part in tests, and no jackknife samples are written.
  public var showsUnderSampled = false
  /// What was drawn, in words.
  public var unit = "networks"
  private let draws: Int
  /// Comparable contributions behind the means: what a joint test may resolve.
  public let independentSamples: Double
  private let leastEigenvalue: Double
  /// Rows without variance that have an exact value, and whether they agree with it.
  private let certain: (count: Int, agree: Bool)
  /// One estimate a row with its jackknife samples, whatever its reliability.
  public let samples: [JackknifeSamples]
  /// Sound rows of the stated row set, whose covariance is kept.
  private let covarianceRows: [Int]
  /// How many rows the stated row set has.
  public private(set) var testedRows: Int
  private let hasNonFiniteExact: Bool
  /// Rows whose exact value is no better than the measurement.
  private let withheldExact: Int
  /// Whether an exact value or a further column left the range of numbers; such a table cannot be written.
  var hasNonFiniteReference: Bool {
    hasNonFiniteExact
      || annotations.contains { $0.cells.contains { if case .number(let value) = $0 { !value.isFinite } else { false } } }
  }

  /// Compares one estimator's rows with what is known of them: one `known` value a row, nil where there is none. `independentSamples` is the number
  /// of comparable contributions behind the means, `Architecture.effectiveSamples(draws:)`; `rowOrders` the order of each row where rows differ in
  /// it; `obstruction` says why sampling cannot estimate a row, or nil.
  public init(
    name: String, summary: String, coordinateColumns: [String], rows: [CorrelatorRow],
    covarianceRows: [Int], samples: [JackknifeSamples], order: Int, rowOrders: [Int]? = nil, draws: Int,
    independentSamples: Double,
    obstruction: (CorrelatorRow, JackknifeSamples) -> String?, known: [KnownValue?]
  ) {
    self.init(
      name: name, summary: summary, coordinateColumns: coordinateColumns, rows: rows, covarianceRows: covarianceRows,
      samples: samples,
      reliability: rows.indices.map { index in
        obstruction(rows[index], samples[index]).map(Reliability.underSampled)
          ?? SamplingAdequacy.reliability(
            of: samples[index], order: rowOrders?[index] ?? order, draws: draws)
      },
      draws: draws, independentSamples: independentSamples, known: known)
  }

  /// The same with reliabilities given row by row. For rows whose estimator has no variance `resolution` says how far rounding can carry them; such a
  /// row is held against its exact value within this, and has no part in the joint test; it is nil for all others. `leastEigenvalue` is that of the
  /// joint test, see `HotellingTest`.
  public init(
    name: String, summary: String, coordinateColumns: [String], rows: [CorrelatorRow],
    covarianceRows: [Int], samples: [JackknifeSamples], reliability: [Reliability], draws: Int,
    independentSamples: Double, known: [KnownValue?], resolution: [Double?]? = nil,
    leastEigenvalue: Double = HotellingTest.eigenvalueFloor
  ) {
    hasNonFiniteExact = known.contains { $0.map { $0.kind == .exact && !$0.value.isFinite } ?? false }
    // An exact value that is a cancelled sum must be better than the measurement; else rounding would be compared with it.
    let isResolved = rows.indices.map { row in
      known[row].map { $0.rounding <= 0.1 * samples[row].error || resolution?[row] != nil || $0.rounding == 0 } ?? true
    }
    withheldExact = isResolved.count { !$0 }
    let exact = rows.indices.map { row in
      known[row].flatMap { $0.kind == .exact && $0.value.isFinite && isResolved[row] ? $0.value : nil }
    }
    let references = known.map { $0.flatMap { $0.kind == .exact ? nil : $0 } }
    if references.contains(where: { $0 != nil }) {
      annotations = [
        Annotation(Column("reference", .number), references.map { $0.map { .number($0.value) } ?? .missing }),
        Annotation(Column("reference_kind", .text), references.map { $0.map { .text($0.kind.label) } ?? .missing }),
      ]
    }
    self.name = name
    self.summary = summary
    self.coordinateColumns = coordinateColumns
    // Where every network gives exactly zero, an exact value that is not zero lies below the rounding of the fields, and nothing was measured.
    let reliability = rows.indices.map { index -> Reliability in
      guard reliability[index] == .sound, let known = exact[index], known != 0, samples[index].value == 0,
        samples[index].replicas.allSatisfy({ $0 == 0 })
      else { return reliability[index] }
      return .underSampled("every network gives exactly 0: what is expected lies below the rounding of the fields")
    }
    let measured = rows.indices.map { index in
      let isFixed = resolution?[index] != nil
      return Row(
        coordinates: rows[index].coordinates, target: rows[index].target,
        estimate: Estimate(
          value: samples[index].value, error: isFixed ? 0 : samples[index].error,
          degreesOfFreedom: samples[index].degreesOfFreedom, reliability: reliability[index]),
        exact: exact[index], hasNoVariance: isFixed)
    }
    let fixed = rows.indices.filter {
      measured[$0].hasNoVariance && measured[$0].estimate.reliability == .sound && exact[$0] != nil
    }
    certain = (
      fixed.count, fixed.allSatisfy { abs(measured[$0].estimate.value - exact[$0]!) <= resolution![$0]! }
    )
    self.rows = measured
    self.samples = samples
    self.covarianceRows = covarianceRows.filter { measured[$0].estimate.reliability == .sound }
    self.draws = draws
    self.independentSamples = independentSamples
    self.leastEigenvalue = leastEigenvalue
    (test, testedRows) = (nil, 0)
    test = jointTest(exact)
    testedRows = rowsTested(against: exact).count
  }

  /// The rows that a joint test against expected values, nil where there are none, takes: sound ones of the stated row set that have a variance.
  private func rowsTested(against expected: [Double?]) -> [Int] {
    covarianceRows.filter { expected[$0] != nil && !rows[$0].hasNoVariance }
  }

  /// The rows held against expected values at once, one value a row and nil where there is none; nil where no row can be tested. ``test`` is that of the
  /// exact values of the table's own theory, a validation's control that of another. With `truth` it says what would be found if the measured values
  /// were these, with the errors they have: how far a control is from what is true.
  public func jointTest(_ expected: [Double?], at truth: [Double?]? = nil) -> HotellingTest? {
    let tested = rowsTested(against: expected)
    guard !tested.isEmpty else { return nil }
    return HotellingTest(
      samples: tested.map { row in
        let measured = samples[row]
        return truth?[row].map { exact in measured.map { $0 - (measured.value - exact) } } ?? measured
      }, expected: tested.map { expected[$0]! },
      independentSamples: independentSamples, leastEigenvalue: leastEigenvalue)
  }

  /// Pulls of the rows of ``jointTest(_:at:)``.
  public func testedPulls(_ expected: [Double?]) -> [Double] {
    rowsTested(against: expected).map { (samples[$0].value - expected[$0]!) / samples[$0].error }
  }

  /// Whether the joint test contradicts the exact values at the stated false-alarm probability, 1e-6 a table, or a row without
  /// variance differs from its exact value.
  public var contradictsExactValues: Bool {
    guard certain.agree else { return true }
    guard let p = test?.pValue else { return false }
    return p < Self.falseAlarm
  }

  /// False-alarm probability of the joint test of one table.
  public static let falseAlarm = 1e-6

  /// The table as it is written: coordinates, value, error, exact, pull, status; footer with the joint test and the reasons for
  /// withheld rows. Value and error of an under-sampled row are withheld.
  public func resultTable() throws -> ResultTable {
    var table = ResultTable(
      name: name, summary: summary,
      columns: coordinateColumns.enumerated().map { index, name in
        Column(name, Self.kind(of: rows.first?.coordinates[index]))
      } + [
        Column("value", .number), Column("error", .number), Column("exact", .number), Column("pull", .number),
      ] + annotations.map(\.column) + [Column("status", .text)])
    var reasons: [String] = []
    for (index, row) in rows.enumerated() {
      let further = annotations.map { $0.cells[index] }
      var cells: [Cell] = row.coordinates.map {
        switch $0 {
        case .text(let text): .text(text)
        case .integer(let integer): .integer(integer)
        case .number(let number): .number(number)
        }
      }
      let exact = row.exact.map(Cell.number) ?? .missing
      switch row.estimate.reliability {
      case .sound:
        let pull = row.hasNoVariance ? nil : row.exact.flatMap { row.estimate.pull(exact: $0) }
        cells +=
          [
            .number(row.estimate.value), .number(row.estimate.error), exact,
            pull.map(Cell.number) ?? .missing,
          ] + further + [.text("ok")]
      case .underSampled(let reason):
        let (value, error) = (row.estimate.value, row.estimate.error)
        let isShown = showsUnderSampled && value.isFinite && error.isFinite
        cells +=
          [isShown ? .number(value) : .missing, isShown ? .number(error) : .missing, exact, .missing]
          + further + [.text("under-sampled")]
        if !reasons.contains(reason) { reasons.append(reason) }
      }
      try table.append(cells)
    }
    table.notes =
      reasons.prefix(3).map { "under-sampled: \($0)" }
      + (showsUnderSampled && !reasons.isEmpty
        ? ["numbers of under-sampled rows are printed on demand: their errors may be far too small"] : [])
      + remarks + certaintyNotes + withheldNotes
      + (improbableNote.map { [$0] } ?? []) + [
        testNote
      ]
    return table
  }

  /// The table with its jackknife samples and the rows of its covariance; those of under-sampled rows are withheld.
  public func sampledTable() throws -> SampledTable {
    SampledTable(
      try resultTable(),
      samples: zip(rows, samples).map { $0.estimate.reliability == .sound ? $1 : nil }, covarianceRows: covarianceRows)
  }

  private static func kind(of coordinate: CorrelatorRow.Coordinate?) -> Column.Kind {
    switch coordinate {
    case .text, nil: .text
    case .integer: .integer
    case .number: .number
    }
  }

  private var certaintyNotes: [String] {
    guard certain.count > 0 else { return [] }
    let verdict = certain.agree ? "agree with" : "DISAGREE with"
    return [
      "rows with error 0 have no variance beyond rounding, so no pull: nothing is left to sample; \(certain.count) of them have "
        + "exact values and \(verdict) them to rounding"
    ]
  }

  private var withheldNotes: [String] {
    withheldExact == 0
      ? []
      : [
        "no exact value in \(withheldExact) rows: it is a sum whose terms cancel, and their rounding is not small beside the measured error"
      ]
  }

  private var testNote: String {
    guard !isTestedElsewhere else { return "no joint test: these numbers are made of rows that are tested in their own tables" }
    guard let test else { return "no row of this table has both an error and an exact value" }
    guard let p = test.pValue, let statistic = test.statistic else {
      return
        "joint test of \(testedRows) rows against the exact values: inconclusive, \(draws) \(unit) in \(test.bins) bins are too few"
    }
    let leftOut = test.leftOut == 0 ? "" : " (\(test.leftOut) unresolved left out)"
    return
      "joint test of \(testedRows) rows against the exact values (Hotelling, full covariance): T2 = "
      + String(format: "%.2f", statistic) + " on K = \(test.directions) directions\(leftOut), \(test.bins) bins, p = "
      + String(format: "%.3g", p)
  }
}
