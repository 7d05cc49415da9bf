// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import ResultTables

/// Quantities with names, one below the other, with horizontal error bars: the survey plot of lattice reviews.
///
/// Where every row has an exact value that is not zero, all are shown in units of it; else as they are.
enum LabelledFigure {
  /// More rows than this are left out.
  static let rowLimit = 40
  /// Errors larger than the median by this factor do not choose the frame.
  static let largestErrorRatio = 10.0
  static let kind = FigureKind(
    name: "labelled", summary: "named quantities with errors, relative to their exact values where all are known", draw: draw)

  private static func draw(_ sampled: SampledTable, _ options: FigureOptions) -> Figure? {
    let table = sampled.table
    guard table.columns.first?.kind == .text, !table.coordinateNames.contains(where: CorrelatorFigure.radial.contains)
    else { return nil }
    let all = table.measured
    guard !all.isEmpty else { return nil }
    let rows = Array(all.prefix(rowLimit))
    var notes: [String] = []
    if all.count < table.rows.count { notes.append("\(table.rows.count - all.count) withheld rows are not shown") }
    if rows.count < all.count { notes.append("only the first \(rowLimit) of \(all.count) rows are shown") }
    let isRelative = rows.allSatisfy { $0.exact.map { $0 != 0 } ?? false }
    let scaling = Scaling(isRelative ? [] : rows.map { abs($0.value) })
    func position(_ index: Int) -> Double { Double(rows.count - index) }
    let points = rows.enumerated().map { index, row -> [Double] in
      let unit = isRelative ? 1 / row.exact! : scaling.factor
      return [unit * row.value, position(index), abs(unit) * row.error]
    }
    let noise = Set(rows.indices.filter { rows[$0].isNoise })
    var series: [Series] = []
    if isRelative {
      series.append(Series(nil, .line, slot: Series.exactSlot, [[1, 0], [1, Double(rows.count) + 1]]))
    } else {
      let exact = rows.enumerated().compactMap { index, row in
        row.exact.map { [scaling.factor * $0, position(index)] }
      }
      if !exact.isEmpty { series.append(Series("exact", .ticks, slot: Series.exactSlot, exact)) }
    }
    let sound = points.indices.filter { !noise.contains($0) }.map { points[$0] }
    if !sound.isEmpty { series.append(Series("measured", .horizontalPoints, sound)) }
    if !noise.isEmpty {
      series.append(Series("below 1σ", .openHorizontalPoints, noise.sorted().map { points[$0] }))
    }
    let ticks = rows.enumerated().map { index, row in
      (
        position: position(index),
        text: Notation.shortened(table.label(ofRow: row.row, leavingOut: ["order"])) + "\n"
          + ValueWithError.text(row.value, row.error)
      )
    }
    // A value that drowns in its error, or in errors that dwarf those of the others, must not hide them.
    let median = points.map { $0[2] }.sorted()[points.count / 2]
    let precise = sound.filter { median == 0 || $0[2] <= largestErrorRatio * median }
    let framed = precise.isEmpty ? points : precise
    if framed.count < points.count {
      notes.append("values below one standard error, or of far larger error than others, may leave the frame")
    }
    let low = min(framed.map { $0[0] - $0[2] }.min()!, isRelative ? 1 : .infinity)
    let high = max(framed.map { $0[0] + $0[2] }.max()!, isRelative ? 1 : -.infinity)
    let margin = max(0.08 * (high - low), 1e-12 * max(abs(low), abs(high)), 1e-300)
    return Figure(
      table: table.name,
      panels: [
        Panel(
          height: max(1.6, 0.85 * Double(rows.count) + 0.3),
          x: Axis(isRelative ? "value / exact" : scaling.label("value"), range: (low - margin)...(high + margin)),
          y: Axis("", range: 0.4...(Double(rows.count) + 0.6), ticks: ticks), series: series)
      ], notes: notes)
  }
}
