// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import ResultTables

/// A histogram of a density: the first column of numbers is the middle of the bins, `value` the density with its error; every
/// further column of numbers beside them (`gaussian`, `edgeworth`, …) is a curve.
enum DistributionFigure {
  static let kind = FigureKind(
    name: "distribution", summary: "histogram of a density with errors and the curves tabulated beside it", draw: draw)

  private static func draw(_ sampled: SampledTable, _ options: FigureOptions) -> Figure? {
    let table = sampled.table
    guard table.name.hasSuffix("distribution"),
      let name = table.coordinateNames.first(where: { table.numbers($0) != nil }), let middles = table.numbers(name)
    else { return nil }
    let rows = table.measured.filter { middles[$0.row] != nil }.sorted { middles[$0.row]! < middles[$1.row]! }
    guard rows.count > 1 else { return nil }
    let x = rows.map { middles[$0.row]! }
    let width = zip(x, x.dropFirst()).map { $1 - $0 }.min()!
    let isLogarithmic = options.scale == .logarithmic
    let shown = rows.filter { !isLogarithmic || $0.value > 0 }
    guard !shown.isEmpty, width > 0 else { return nil }
    let floor = shown.map(\.value).min()! / 3
    var series = [
      Series(
        "measured", .steps,
        shown.map { [middles[$0.row]!, $0.value, width, isLogarithmic ? min($0.error, $0.value - floor) : $0.error] })
    ]
    var slot = 1
    for column in table.columns {
      let isKnown = ["value", "error", "pull"].contains(column.name) || table.coordinateNames.contains(column.name)
      guard !isKnown, let numbers = table.numbers(column.name) else { continue }
      let curve = rows.compactMap { row in numbers[row.row].map { [middles[row.row]!, $0] } }
        .filter { !isLogarithmic || $0[1] > floor }
      guard !curve.isEmpty else { continue }
      series.append(
        Series(
          column.name.replacingOccurrences(of: "_", with: " "), .line,
          slot: column.name == "exact" ? Series.exactSlot : slot, curve))
      slot += 1
    }
    let label = name.hasPrefix("phi") ? "φ" : Notation.coordinate(name)
    return Figure(
      table: table.name,
      panels: [
        Panel(
          x: Axis(label, range: (x.first! - width)...(x.last! + width)),
          y: Axis("density P(\(label))", isLogarithmic: isLogarithmic), series: series)
      ])
  }
}
