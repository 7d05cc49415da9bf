// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import KnownValues
import LatticeFields
import ResultTables

/// What a study found: every table of its runs with a column `width`, the extrapolation of every quantity to infinite width, and
/// the powers of N by which cumulants fall; of each scan the place where G4c(x,x,x,x) is least.
public struct StudyResults: Sendable {
  /// The tables: those of the runs, each followed by its extrapolation; last `exponents` and the minimum of a scan.
  public private(set) var tables: [SampledTable] = []
  /// What the reader should know before believing an extrapolation, a line each.
  public private(set) var warnings: [String] = []
  /// Tables that contradict their exact values, with the run.
  public let contradictions: [String]

  /// Puts tables of runs side by side; `measured` in the order of the study's runs, all with the same rows.
  init(_ study: WidthStudy, _ measured: [[MeasuredTable]]) throws {
    contradictions = zip(study.runs, measured).flatMap { run, tables in
      tables.filter(\.contradictsExactValues).map { "\($0.name) at \(run.label)" }
    }
    let hasWidths = Set(study.runs.compactMap(\.width)).count > 1
    var exponents: [WidthExponent] = []
    var minima: [ScanMinimum] = []
    for name in measured[0].map(\.name) {
      let own = try measured.map { tables in
        guard let table = tables.first(where: { $0.name == name }) else {
          throw SelectionError("table \(name) is not made at every width; leave its estimator out")
        }
        return table
      }
      guard own.allSatisfy({ $0.rows.count == own[0].rows.count }) else {
        throw SelectionError("table \(name) has other rows at other widths; leave its estimator out")
      }
      let columns = try StudyColumns(study, own)
      tables.append(try columns.table())
      minima += study.axes.indices.flatMap { ScanMinimum.all(columns, along: $0, exact: study.exactMinimum(along: $0)) }
      guard hasWidths, !Self.notExtrapolated.contains(name) else { continue }
      let extrapolation = Extrapolation(columns)
      if let table = try extrapolation.table() { tables.append(table) }
      warnings += extrapolation.warnings
      exponents += WidthExponent.all(columns)
    }
    if let table = try WidthExponent.table(exponents, axisNames: study.axisNames) { tables.append(table) }
    for axis in study.axes.indices {
      if let table = try ScanMinimum.table(minima, along: axis, axisNames: study.axisNames) { tables.append(table) }
    }
  }

  /// Deviations from Wick's theorem are held against their noise at each width; the many momenta of the other table are what the
  /// action is made of.
  private static let notExtrapolated = [WickDeviations.name, PairTrispectrum.tableName]

  /// As a document.
  public func document(_ study: WidthStudy, version: String) -> ResultDocument {
    ResultDocument(
      provenance: study.provenance(version: version), theory: study.runs[0].theory.resolvedText, tables: tables)
  }
}

/// One table of all runs, row by row: every quantity with its values at all widths.
struct StudyColumns {
  /// One quantity at one value of each scanned key.
  struct Quantity {
    let coordinates: [Cell]
    let target: RowTarget
    let scanned: [Double]
    let exactLimit: Double?
    let points: [QuantityAtWidth]
  }

  struct QuantityAtWidth {
    /// Nil for infinite width.
    let width: Int?
    let row: MeasuredTable.Row
    /// All cells of the row in the run's table.
    let cells: [Cell]
    /// Among the bins of the widths of this quantity, nil where withheld.
    let samples: JackknifeSamples?
    /// Among the bins of all runs.
    let placed: JackknifeSamples?
  }

  let name: String
  let summary: String
  /// Of the coordinates, without scan and width.
  let coordinateColumns: [Column]
  let axisNames: [String]
  /// From `value` on.
  let furtherColumns: [Column]
  let quantities: [Quantity]
  let notes: [String]
  /// Whether neurons are independent, so that every cumulant is a single power of N.
  let isFree: Bool
  private let hasWidth: Bool

  init(_ study: WidthStudy, _ tables: [MeasuredTable]) throws {
    let sampled = try tables.map { try $0.sampledTable() }
    let first = sampled[0].table
    let coordinates = tables[0].coordinateColumns.count
    name = first.name
    summary = first.summary
    coordinateColumns = Array(first.columns[..<coordinates])
    axisNames = study.axisNames
    hasWidth = study.runs[0].width != nil
    let theory = study.runs[0].theory
    isFree = theory.insertions.isEmpty && theory.architecture.neurons?.sharedScale.isConstant == true
    // A column that some runs lack stays empty there.
    var further: [Column] = []
    for table in sampled {
      for column in table.table.columns[coordinates...].dropLast() where !further.contains(column) { further.append(column) }
    }
    furtherColumns = further + [first.columns.last!]
    let columns = furtherColumns
    let bins = sampled.map { $0.binWeights?.count ?? 0 }
    let isCommon = study.commonRandomNumbers && Set(bins).count == 1
    func place(_ samples: JackknifeSamples?, _ block: Int, _ counts: [Int]) -> JackknifeSamples? {
      isCommon ? samples : samples?.placed(inBlock: block, ofBins: counts)
    }
    var scans: [[Int]] = []
    for (index, run) in study.runs.enumerated() {
      if let last = scans.last, study.runs[last[0]].scanned == run.scanned {
        scans[scans.count - 1].append(index)
      } else {
        scans.append([index])
      }
    }
    // Of free nets K and g4 are a constant and a term in 1/N, like the functions they are made of.
    let isFirstOrder = isFree && [EdgeworthTables.actionName, EdgeworthTables.profileName].contains(name)
    let limits = scans.map { InfiniteWidthValues(study.runs[$0[0]].theory) }
    quantities = tables[0].rows.indices.flatMap { row in
      zip(scans, limits).map { runs, limit in
        let counts = runs.map { bins[$0] }
        let points = runs.enumerated().map { block, run in
          let table = sampled[run].table
          let samples = sampled[run].samples.isEmpty ? nil : sampled[run].samples[row]
          let cells = columns.map { column -> Cell in
            table.columns.firstIndex(of: column).map { table.rows[row][$0] } ?? .missing
          }
          return QuantityAtWidth(
            width: study.runs[run].width, row: tables[run].rows[row], cells: cells, samples: place(samples, block, counts),
            placed: place(samples, run, bins))
        }
        let target = tables[runs[0]].rows[row].target
        return Quantity(
          coordinates: Array(first.rows[row][..<coordinates]), target: target, scanned: study.runs[runs[0]].scanned,
          exactLimit: limit.value(target)?.value ?? (isFirstOrder ? Self.linearLimit(points) : nil), points: points)
      }
    }
    // What is said of every run is said once.
    let common = first.notes.filter { note in sampled.allSatisfy { $0.table.notes.contains(note) } }
    notes =
      common
      + zip(study.runs, sampled).flatMap { run, table in
        table.table.notes.filter { !common.contains($0) }.map { "\(run.label): \($0)" }
      }
  }

  /// The limit of exact values that are linear in 1/N.
  private static func linearLimit(_ points: [QuantityAtWidth]) -> Double? {
    let known = points.compactMap { point in
      point.width.flatMap { width in point.row.exact.map { (width: Double(width), value: $0) } }
    }
    guard let narrow = known.min(by: { $0.width < $1.width }), let wide = known.max(by: { $0.width < $1.width }),
      wide.width > narrow.width
    else { return nil }
    let limit = (wide.width * wide.value - narrow.width * narrow.value) / (wide.width - narrow.width)
    // What is left of a function that vanishes is rounding.
    return abs(limit) < 1e-9 * abs(narrow.value) ? 0 : limit
  }

  /// Cells before those of the fit or of the width.
  func leadingCells(_ quantity: Quantity) -> [Cell] { quantity.coordinates + quantity.scanned.map(Cell.number) }

  /// Their columns.
  var leadingColumns: [Column] { coordinateColumns + axisNames.map { Column($0, .number) } }

  /// All rows, widths running fastest.
  func table() throws -> SampledTable {
    var table = ResultTable(
      name: name, summary: summary,
      columns: leadingColumns + (hasWidth ? [Column("width", .integer)] : []) + furtherColumns)
    var samples: [JackknifeSamples?] = []
    for quantity in quantities {
      for point in quantity.points {
        try table.append(leadingCells(quantity) + (point.width.map { [.integer($0)] } ?? []) + point.cells)
        samples.append(point.placed)
      }
    }
    table.notes = notes
    return SampledTable(table, samples: samples, covarianceRows: Array(samples.indices.filter { samples[$0] != nil }.prefix(48)))
  }
}
