// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import ResultTables

/// Powers of N against the distance: the table `exponents`, one colour a correlator, with the power of independent neurons as a line.
///
/// The exponents of quantities without a distance stand in the notes.
enum ExponentFigure {
  static let kind = FigureKind(name: "exponents", summary: "powers of N of cumulants against r", draw: draw)

  private static func draw(_ sampled: SampledTable, _ options: FigureOptions) -> Figure? {
    let table = sampled.table
    guard table.name == "exponents", table.coordinateNames.first == "cumulant" else { return nil }
    let scan = table.coordinateNames.first { !["cumulant", "order"].contains($0) }
    var curves: [(label: String, rows: [(r: Double, row: MeasuredRow)])] = []
    var notes: [String] = []
    for row in table.measured {
      let name = table.text(row: row.row, column: "cumulant") ?? ""
      let value = scan.flatMap { table.numbers($0)?[row.row] }.map { ", \(scan!) = \(Notation.short($0))" } ?? ""
      let parts = name.components(separatedBy: " r = ")
      guard parts.count == 2, let r = Double(parts[1]) else {
        notes.append("\(name)\(value): \(ValueWithError.text(row.value, row.error))")
        continue
      }
      let label = parts[0] + value
      if let index = curves.firstIndex(where: { $0.label == label }) {
        curves[index].rows.append((r, row))
      } else {
        curves.append((label, [(r, row)]))
      }
    }
    guard !curves.isEmpty else { return nil }
    if curves.count > CorrelatorFigure.curveLimit {
      notes.append("only the first \(CorrelatorFigure.curveLimit) of \(curves.count) curves are shown")
      curves = Array(curves.prefix(CorrelatorFigure.curveLimit))
    }
    let radii = curves.flatMap { $0.rows.map(\.r) }
    let margin = max(0.04 * (radii.max()! - radii.min()!), 0.1)
    let range = (radii.min()! - margin)...(radii.max()! + margin)
    let exact = Set(curves.flatMap { $0.rows.compactMap(\.row.exact) }).sorted()
    var series = exact.enumerated().map { index, value in
      Series(
        index == 0 ? "1 − n/2" : nil, .line, slot: Series.exactSlot, [[range.lowerBound, value], [range.upperBound, value]])
    }
    // Curves side by side at one distance would hide one another.
    let shift = 0.25 * margin / Double(curves.count)
    for (slot, curve) in curves.enumerated() {
      let offset = (Double(slot) - Double(curves.count - 1) / 2) * shift
      series.append(
        Series(
          Notation.quantity(curve.label), .points, slot: slot,
          curve.rows.map { [$0.r + offset, $0.row.value, $0.row.error] }))
    }
    return Figure(
      table: table.name, panels: [Panel(x: Axis("r", range: range), y: Axis("s   (κₙ = A Nˢ)"), series: series)], notes: notes)
  }
}
