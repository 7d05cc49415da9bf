// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import ResultTables

/// Quantities with names, one below the other, with horizontal error bars: the survey plot of lattice reviews.
///
/// Where every row has an exact value that is not zero, all are shown in units of it. Where some have one, and where those units would make bars of
/// very different lengths, the deviations from the exact values are shown in units of their errors; rows without an exact value
/// then only state what was measured. Without any exact value all are shown as they are.
enum LabelledFigure {
  /// More rows than this are left out.
  static let rowLimit = 40
  /// Bars whose lengths differ by more than this factor from their median are not drawn over one axis.
  static let largestErrorRatio = 10.0
  static let kind = FigureKind(
    name: "labelled", summary: "named quantities with errors, relative to their exact values where all are known", draw: draw)

  /// What the horizontal axis measures.
  private enum Measure {
    case relative, deviation, value
  }

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
    let measure = measure(of: rows)
    let scaling = Scaling(measure == .value ? rows.map { abs($0.value) } : [])
    let points = rows.enumerated().compactMap { index, row -> (isNoise: Bool, mark: [Double])? in
      let position = Double(rows.count - index)
      switch measure {
      case .relative: return (row.isNoise, [row.value / row.exact!, position, row.error / abs(row.exact!)])
      case .deviation: return row.deviation.map { (false, [$0, position, 1]) }
      case .value: return (row.isNoise, [scaling.factor * row.value, position, scaling.factor * row.error])
      }
    }
    var series: [Series] = []
    switch measure {
    case .relative: series.append(Series(nil, .line, slot: Series.exactSlot, [[1, 0], [1, Double(rows.count) + 1]]))
    case .deviation:
      series.append(Series(nil, .line, slot: Series.exactSlot, [[0, 0], [0, Double(rows.count) + 1]]))
      if points.count < rows.count { notes.append("rows without a mark have no exact value") }
    case .value: break
    }
    for (isNoise, title, style) in [
      (false, "measured", Series.Style.horizontalPoints), (true, "below 1σ", .openHorizontalPoints),
    ] {
      let own = points.filter { $0.isNoise == isNoise }.map(\.mark)
      if !own.isEmpty { series.append(Series(title, style, own)) }
    }
    let ticks = rows.enumerated().map { index, row in
      (
        position: Double(rows.count - index),
        text: Notation.shortened(table.label(ofRow: row.row, leavingOut: ["order"])) + "\n"
          + ValueWithError.text(row.value, row.error)
      )
    }
    let reference: Double? = measure == .value ? nil : measure == .relative ? 1 : 0
    let ends = points.flatMap { [$0.mark[0] - $0.mark[2], $0.mark[0] + $0.mark[2]] } + (reference.map { [$0] } ?? [])
    let (low, high) = (ends.min()!, ends.max()!)
    let margin = max(0.08 * (high - low), 1e-12 * max(abs(low), abs(high)), 1e-300)
    let label =
      measure == .relative
      ? "value / exact" : measure == .deviation ? "(value − exact) / error" : scaling.label("value")
    return Figure(
      table: table.name,
      panels: [
        Panel(
          height: max(1.6, 0.85 * Double(rows.count) + 0.3),
          x: Axis(label, range: (low - margin)...(high + margin)),
          y: Axis("", range: 0.4...(Double(rows.count) + 0.6), ticks: ticks), series: series)
      ], notes: notes)
  }

  private static func measure(of rows: [MeasuredRow]) -> Measure {
    guard rows.contains(where: { $0.deviation != nil }) else { return .value }
    guard rows.allSatisfy({ $0.exact.map { $0 != 0 } ?? false }) else { return .deviation }
    let errors = rows.map { $0.error / abs($0.exact!) }.sorted()
    return errors.last! <= largestErrorRatio * errors[errors.count / 2] ? .relative : .deviation
  }
}

extension MeasuredRow {
  /// The deviation from the exact value in errors; nil without either.
  fileprivate var deviation: Double? { exact.flatMap { error > 0 ? (value - $0) / error : nil } }
}
