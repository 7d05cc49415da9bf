// SPDX-License-Identifier: GPL-3.0-or-later

import ResultTables

/// A field on a full grid of two coordinates, cell by cell in colours: the predictor of a membrane, for one.
enum MapFigure {
  /// Fewest cells along each axis.
  private static let leastExtent = 4
  static let kind = FigureKind(name: "map", summary: "values on a full grid of two coordinates, in colours", draw: draw)

  private static func draw(_ sampled: SampledTable, _ options: FigureOptions) -> Figure? {
    let table = sampled.table
    guard table.coordinateNames == ["x1", "x2"], let x = table.numbers("x1"), let y = table.numbers("x2") else { return nil }
    let rows = table.measured
    let cells = rows.compactMap { row in x[row.row].flatMap { x in y[row.row].map { [x, $0, row.value] } } }
    let (columns, lines) = (Set(cells.map { $0[0] }).sorted(), Set(cells.map { $0[1] }).sorted())
    guard columns.count >= leastExtent, lines.count >= leastExtent, cells.count == columns.count * lines.count,
      Set(cells.map { [$0[0], $0[1]] }).count == cells.count, let a = step(columns), let b = step(lines)
    else { return nil }
    let horizontal = (columns[0] - a / 2)...(columns[columns.count - 1] + a / 2)
    let vertical = (lines[0] - b / 2)...(lines[lines.count - 1] + b / 2)
    let ratio = (vertical.upperBound - vertical.lowerBound) / (horizontal.upperBound - horizontal.lowerBound)
    let largest = rows.map(\.error).max()!
    return Figure(
      table: table.name,
      panels: [
        Panel(
          height: min(12, max(3, 7 * ratio)), x: Axis(Notation.coordinate("x1"), range: horizontal),
          y: Axis(Notation.coordinate("x2"), range: vertical),
          series: [Series(nil, .map, cells.sorted { ($0[1], $0[0]) < ($1[1], $1[0]) })])
      ],
      notes: ["colours: \(Notation.value(ofTable: table.name)); largest error \(Notation.short(largest))"]
        + (rows.count < table.rows.count ? ["\(table.rows.count - rows.count) withheld rows are not shown"] : []))
  }

  /// The distance of neighbours, if it is the same everywhere.
  private static func step(_ values: [Double]) -> Double? {
    let first = values[1] - values[0]
    return zip(values, values.dropFirst()).allSatisfy { abs($1 - $0 - first) <= 1e-6 * first } ? first : nil
  }
}
