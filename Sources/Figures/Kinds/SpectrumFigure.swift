// SPDX-License-Identifier: GPL-3.0-or-later

import ResultTables

/// The spectrum of a kernel: eigenvalues against degree or mode, logarithmic, and below them what they leave of the trace.
enum SpectrumFigure {
  /// Eigenvalues below this part of the largest are rounding of a quadrature.
  private static let rounding = 1e-15
  static let kind = FigureKind(name: "spectrum", summary: "eigenvalues of a kernel against degree or mode", draw: draw)

  private static func draw(_ sampled: SampledTable, _ options: FigureOptions) -> Figure? {
    let table = sampled.table
    guard let name = ["degree", "mode"].first(where: { table.numbers($0) != nil }), let order = table.numbers(name),
      let values = table.numbers("value"), let shares = table.numbers("share")
    else { return nil }
    let largest = values.compactMap { $0 }.max() ?? 0
    let rows = table.rows.indices.filter { order[$0] != nil && (values[$0] ?? 0) > rounding * largest }
    guard !rows.isEmpty else { return nil }
    let range = (order[rows[0]]! - 0.5)...(order[rows.last!]! + 0.5)
    let left = rows.compactMap { row in shares[row].flatMap { 1 - $0 > rounding ? [order[row]!, 1 - $0] : nil } }
    var notes: [String] = []
    if rows.count < table.rows.count {
      notes.append("\(table.rows.count - rows.count) eigenvalues that vanish to rounding are not shown")
    }
    let smallest = rows.map { values[$0]! }.min()!
    let label = name == "degree" ? "degree l" : "mode k"
    var figure = Figure(
      table: table.name,
      panels: [
        Panel(
          x: Axis(label, range: range),
          y: Axis(
            "eigenvalue λ", isLogarithmic: options.scale != .linear,
            range: options.scale == .linear ? nil : smallest / 3...3 * largest),
          series: [Series(nil, .points, rows.map { [order[$0]!, values[$0]!, 0] })])
      ], notes: notes)
    if left.count > 1 {
      figure.panels.append(
        Panel(
          height: 2.4, x: Axis(label, range: range), y: Axis("left of trace", isLogarithmic: true),
          series: [Series(nil, .line, slot: 1, left)]))
    }
    return figure
  }
}
