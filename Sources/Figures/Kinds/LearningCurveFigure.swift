// SPDX-License-Identifier: GPL-3.0-or-later

import ResultTables

/// A learning curve: the error on new points against the number of data, one colour a ridge, both logarithmic; the effective ridge as a line, the equivalent kernel as
/// open symbols, and below it how far the effective ridge is from the measurement.
enum LearningCurveFigure {
  /// Ridges in one figure.
  static let curveLimit = 5
  /// By how much the frame goes below the least measured value where the equivalent kernel lies there.
  private static let depth = 100.0
  static let kind = FigureKind(
    name: "learning curve", summary: "test error against the number of data, beside the theories of it", draw: draw)

  private static func draw(_ sampled: SampledTable, _ options: FigureOptions) -> Figure? {
    let table = sampled.table
    guard let counts = table.numbers("data"), let ridges = table.numbers("ridge"), let theory = table.numbers("effective_ridge"),
      let equivalent = table.numbers("equivalent_kernel"), let deviations = table.numbers("deviation")
    else { return nil }
    let rows = table.measured.filter { $0.value > 0 && (counts[$0.row] ?? 0) > 0 && ridges[$0.row] != nil }
    guard !rows.isEmpty else { return nil }
    var all: [Double] = []
    for row in rows where !all.contains(ridges[row.row]!) { all.append(ridges[row.row]!) }
    let shown = all.prefix(curveLimit)
    var notes = ["lines: effective ridge; open symbols: equivalent kernel, which holds at large ridges only"]
    if shown.count < all.count { notes.append("only the first \(curveLimit) of \(all.count) ridges are shown") }
    let isLogarithmic = options.scale != .linear
    var (main, below): ([Series], [Series]) = ([], [])
    var marks: [Double] = []
    for (slot, ridge) in shown.enumerated() {
      let own = rows.filter { ridges[$0.row] == ridge }.sorted { counts[$0.row]! < counts[$1.row]! }
      func curve(_ column: [Double?]) -> [[Double]] {
        own.compactMap { row in
          column[row.row].flatMap { $0 > 0 || !isLogarithmic ? [counts[row.row]!, $0] : nil }
        }
      }
      let (line, bars) = (curve(theory), curve(equivalent))
      // The legend names what is drawn once, in the first colour.
      let isFirst = slot == 0
      if !line.isEmpty {
        main.append(Series(isFirst ? "effective ridge" : nil, line.count > 1 ? .line : .ticks, slot: slot, line))
      }
      if !bars.isEmpty {
        main.append(Series(isFirst ? "equivalent kernel" : nil, .openPoints, slot: slot, bars.map { $0 + [0] }))
      }
      let floor = own.map(\.value).min()! / 3
      main.append(
        Series(
          "T = \(Notation.short(ridge))", .points, slot: slot,
          own.map { [counts[$0.row]!, $0.value, isLogarithmic ? min($0.error, $0.value - floor) : $0.error] }))
      below.append(
        Series(nil, .points, slot: slot, own.compactMap { row in deviations[row.row].map { [counts[row.row]!, $0, 0] } }))
      marks += (line + bars).map { $0[1] }
    }
    let (least, most) = (rows.map(\.value).min()!, rows.map { $0.value + $0.error }.max()!)
    let low = min(least, marks.filter { $0 >= least / depth }.min() ?? least) / 2
    let x = Set(rows.map { counts[$0.row]! }).sorted()
    let ticks = x.count > 9 ? [] : x.map { (position: $0, text: Notation.short($0)) }
    let range = (x[0] / 1.25)...(1.25 * x[x.count - 1])
    let limit = max(3.5, (below.flatMap(\.rows).map { abs($0[1]) }.max() ?? 0) + 0.5)
    return Figure(
      table: table.name,
      panels: [
        Panel(
          x: Axis("number of data P", isLogarithmic: true, range: range, ticks: ticks),
          y: Axis(
            "mean squared error", isLogarithmic: isLogarithmic,
            range: isLogarithmic ? low...(2 * max(most, marks.max() ?? most)) : nil), series: main),
        Panel(
          height: 1.7, x: Axis("number of data P", isLogarithmic: true, range: range, ticks: ticks),
          y: Axis("deviation", range: (-limit)...limit, step: (0.51 * limit).rounded(.up)),
          series: [
            Series(nil, .band, slot: Series.exactSlot, [[range.lowerBound, -1, 1], [range.upperBound, -1, 1]]),
            Series(nil, .line, slot: Series.exactSlot, [[range.lowerBound, 0], [range.upperBound, 0]]),
          ] + below),
      ], notes: notes)
  }
}
