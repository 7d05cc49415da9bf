// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import ResultTables

/// A function of one coordinate: values with errors and error band, the exact curve, and below it the pulls. Open symbols are
/// values smaller than their errors.
///
/// The coordinate is the first column of numbers that varies. Where other coordinates vary independently (not the components
/// beside a radius), the rows on its axis are shown, all others zero.
enum CorrelatorFigure {
  static let kind = FigureKind(
    name: "correlator", summary: "values with error band against distance or momentum, exact curve, pulls", draw: draw)

  private static func draw(_ sampled: SampledTable, _ options: FigureOptions) -> Figure? {
    let table = sampled.table
    guard let (name, coordinates, kept) = coordinate(table) else { return nil }
    let rows = table.measured.filter { kept.contains($0.row) }.sorted { coordinates[$0.row]! < coordinates[$1.row]! }
    guard !rows.isEmpty else { return nil }
    var notes: [String] = []
    let withheld = kept.count - rows.count
    if withheld > 0 { notes.append("\(withheld) withheld rows are not shown") }
    if kept.count < table.rows.count {
      notes.append("\(table.rows.count - kept.count) rows off the axis of \(name) are not shown")
    }

    let isLogarithmic: Bool
    switch options.scale {
    case .linear: isLogarithmic = false
    case .logarithmic: isLogarithmic = rows.contains { $0.value > 0 }
    case .automatic:
      let lows = rows.map { $0.value - $0.error } + rows.compactMap(\.exact)
      isLogarithmic = lows.min()! > 0 && rows.map(\.value).max()! > 10 * rows.map(\.value).min()!
    }
    let shown = isLogarithmic ? rows.filter { $0.value > 0 } : rows
    if shown.count < rows.count { notes.append("\(rows.count - shown.count) values that are not positive are not shown") }
    if options.scale == .logarithmic && !isLogarithmic { notes.append("no value is positive: the axis is linear") }

    let scaling = Scaling(shown.map { abs($0.value) } + shown.compactMap { $0.exact.map(abs) }, isLogarithmic: isLogarithmic)
    func x(_ row: MeasuredRow) -> Double { coordinates[row.row]! }
    let f = scaling.factor
    let floor = shown.map { abs($0.value) }.min()! / 3
    let sound = shown.filter { !$0.isNoise }
    let noise = shown.filter(\.isNoise)
    var series: [Series] = []
    // One band point a coordinate: several rows may share a radius.
    series.append(
      Series(nil, .band, shown.map { row in
        let low = row.value - row.error
        return [x(row), f * (isLogarithmic ? max(low, floor) : low), f * (row.value + row.error)]
      }))
    let exact = curve(table, coordinates, kept, isLogarithmic: isLogarithmic, below: floor)
    if !exact.isEmpty { series.append(Series("exact", .line, slot: Series.exactSlot, exact.map { [$0[0], f * $0[1]] })) }
    func marks(_ rows: [MeasuredRow]) -> [[Double]] {
      rows.map { row in
        let error = isLogarithmic ? min(row.error, row.value - floor) : row.error
        return [x(row), f * row.value, f * max(0, error), f * row.error]
      }
    }
    if !sound.isEmpty { series.append(Series("measured", .points, marks(sound))) }
    if !noise.isEmpty { series.append(Series("below 1σ", .openPoints, marks(noise))) }
    let label = Notation.coordinate(name) + (kept.count < table.rows.count ? "  (on its axis)" : "")
    let low = coordinates.compactMap { $0 }.min()!
    let high = kept.map { coordinates[$0]! }.max()!
    let margin = 0.03 * max(high - min(low, 0), 1e-300)
    let range = (kept.map { coordinates[$0]! }.min()! - margin)...(high + margin)
    var figure = Figure(
      table: table.name,
      panels: [
        Panel(
          x: Axis(label, range: range),
          y: Axis(
            scaling.label(Notation.value(ofTable: table.name)), isLogarithmic: isLogarithmic,
            range: isLogarithmic ? floor...(2 * shown.map { $0.value + $0.error }.max()!) : nil), series: series)
      ], notes: notes)
    if let pulls = pulls(rows, x) {
      figure.panels.append(
        Panel(height: 1.7, x: Axis(label, range: range), y: pulls.axis, series: pulls.series(range)))
    }
    return figure
  }

  /// The coordinate to draw against, its values, and the rows on its axis.
  private static func coordinate(_ table: ResultTable) -> (name: String, values: [Double?], rows: [Int])? {
    let names = table.coordinateNames
    guard let (name, values) = names.lazy.compactMap({ name in
      table.numbers(name).flatMap { Set($0.compactMap { $0 }).count > 1 ? (name, $0) : nil }
    }).first ?? names.first.flatMap({ name in table.numbers(name).map { (name, $0) } }) else { return nil }
    // A radius comes with a representative of its displacements: these are no further coordinates.
    let others = ["r", "phat"].contains(name) ? [] : names.filter { $0 != name }.compactMap { table.numbers($0) }
    let rows = table.rows.indices.filter { row in
      values[row] != nil && others.allSatisfy { $0[row] == 0 || Set($0.compactMap { $0 }).count == 1 }
    }
    return rows.isEmpty ? nil : (name, values, rows)
  }

  /// The exact values as a curve; one point a coordinate, the mean of those that share it.
  private static func curve(
    _ table: ResultTable, _ coordinates: [Double?], _ rows: [Int], isLogarithmic: Bool, below floor: Double
  ) -> [[Double]] {
    guard let exact = table.numbers("exact") else { return [] }
    var sums: [Double: (Double, Int)] = [:]
    for row in rows {
      guard let value = exact[row] else { continue }
      let old = sums[coordinates[row]!] ?? (0, 0)
      sums[coordinates[row]!] = (old.0 + value, old.1 + 1)
    }
    return sums.map { [$0.key, $0.value.0 / Double($0.value.1)] }
      .filter { !isLogarithmic || $0[1] > floor }.sorted { $0[0] < $1[0] }
  }

  /// The panel of pulls; nil where no exact value is known.
  private static func pulls(
    _ rows: [MeasuredRow], _ x: (MeasuredRow) -> Double
  ) -> (axis: Axis, series: (ClosedRange<Double>) -> [Series])? {
    let pulls = rows.compactMap { row in row.pull.map { [x(row), $0, 0] } }
    guard let largest = pulls.map({ abs($0[1]) }).max() else { return nil }
    let limit = max(3.5, (1.1 * largest).rounded(.up) + 0.5)
    return (
      Axis("pull", range: (-limit)...limit, step: (0.51 * limit).rounded(.up)),
      { range in
        [
          Series(nil, .band, slot: Series.exactSlot, [[range.lowerBound, -1, 1], [range.upperBound, -1, 1]]),
          Series(nil, .line, slot: Series.exactSlot, [[range.lowerBound, 0], [range.upperBound, 0]]),
          Series(nil, .points, pulls),
        ]
      }
    )
  }
}

/// A power of ten taken out of small and large numbers, so that their ticks stay short.
struct Scaling {
  private let exponent: Int
  /// What numbers are multiplied with.
  var factor: Double { pow(10, Double(-exponent)) }

  /// For numbers of these sizes; a logarithmic axis needs none.
  init(_ sizes: [Double], isLogarithmic: Bool = false) {
    let largest = sizes.max() ?? 1
    let magnitude = largest > 0 ? log10(largest) : 0
    exponent = isLogarithmic || (-1...3).contains(magnitude) ? 0 : 3 * Int((magnitude / 3).rounded(.down))
  }

  /// The label with its unit.
  func label(_ text: String) -> String {
    exponent == 0 ? text : "\(text)   [\(Notation.powerOfTen(exponent))]"
  }
}
