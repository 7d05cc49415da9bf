// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import ResultTables

/// A function of one coordinate: values with errors and error band, the exact curve, and below it the pulls. Open symbols are
/// values smaller than their errors.
///
/// The coordinate is `r`, `phat` or `t`, else the first column of numbers that varies. Names beside it (operators), and modes beside t, make
/// several curves. Other coordinates are kept at zero: the rows on the axis are shown. Beside r and phat they only name a representative.
enum CorrelatorFigure {
  /// Greatest number of curves in one figure.
  static let curveLimit = 5
  static let kind = FigureKind(
    name: "correlator", summary: "values with error band against distance or momentum, exact curve, pulls", draw: draw)

  /// Names of coordinates that tables of functions have.
  static let radial = ["r", "phat", "t"]

  private static func draw(_ sampled: SampledTable, _ options: FigureOptions) -> Figure? {
    let table = sampled.table
    guard let axis = CoordinateAxis(table) else { return nil }
    let all = table.measured.filter { axis.rows.contains($0.row) }
    var labels: [String] = []
    for row in all where !labels.contains(axis.labels[row.row]) { labels.append(axis.labels[row.row]) }
    let curves = Array(labels.prefix(curveLimit))
    let rows = all.filter { curves.contains(axis.labels[$0.row]) }.sorted { axis.x($0) < axis.x($1) }
    guard !rows.isEmpty else { return nil }
    var notes: [String] = []
    if all.count < axis.rows.count { notes.append("\(axis.rows.count - all.count) withheld rows are not shown") }
    if axis.rows.count < table.rows.count {
      notes.append("\(table.rows.count - axis.rows.count) rows off the axis of \(axis.name) are not shown")
    }
    if curves.count < labels.count { notes.append("only the first \(curveLimit) of \(labels.count) curves are shown") }

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
    // Where a logarithmic axis ends below: error bars that reach zero stop here.
    let floor = shown.map { abs($0.value) }.min()! / 3
    func marks(_ rows: [MeasuredRow]) -> [[Double]] {
      rows.map { row in
        let error = isLogarithmic ? min(row.error, row.value - floor) : row.error
        return [axis.x(row), scaling.factor * row.value, scaling.factor * max(0, error)]
      }
    }
    var series: [Series] = []
    for (slot, label) in curves.enumerated() {
      let own = shown.filter { axis.labels[$0.row] == label }
      if curves.count == 1 {
        series.append(
          Series(
            nil, .band,
            own.map { row in
              let low = row.value - row.error
              return [
                axis.x(row), scaling.factor * (isLogarithmic ? max(low, floor) : low), scaling.factor * (row.value + row.error),
              ]
            }))
      }
      let exact = curve(table, axis, label, above: isLogarithmic ? floor : -.infinity)
      if !exact.isEmpty {
        series.append(
          // A line of one point is none.
          Series(
            slot == 0 ? "exact" : nil, exact.count > 1 ? .line : .ticks, slot: Series.exactSlot,
            smooth(exact, isLogarithmic: isLogarithmic).map { [$0[0], scaling.factor * $0[1]] }))
      }
      let sound = own.filter { !$0.isNoise }
      let noise = own.filter(\.isNoise)
      let title = label.isEmpty ? "measured" : label
      if !sound.isEmpty { series.append(Series(title, .points, slot: slot, marks(sound))) }
      if !noise.isEmpty {
        let noiseTitle = curves.count == 1 ? "below 1σ" : sound.isEmpty ? title : nil
        series.append(Series(noiseTitle, .openPoints, slot: slot, marks(noise)))
      }
    }
    let range = axis.range
    let label = Notation.coordinate(axis.name) + (axis.rows.count < table.rows.count ? "  (on its axis)" : "")
    var figure = Figure(
      table: table.name,
      panels: [
        Panel(
          x: Axis(label, range: range),
          y: Axis(
            scaling.label(Notation.value(ofTable: table.name)), isLogarithmic: isLogarithmic,
            range: isLogarithmic ? floor...(2 * shown.map { $0.value + $0.error }.max()!) : nil), series: series)
      ], notes: notes)
    let pulls = curves.enumerated().map { slot, label in
      Series(
        nil, .points, slot: slot,
        rows.filter { axis.labels[$0.row] == label }.compactMap { row in row.pull.map { [axis.x(row), $0, 0] } })
    }
    if let largest = pulls.flatMap(\.rows).map({ abs($0[1]) }).max() {
      let limit = max(3.5, (1.1 * largest).rounded(.up) + 0.5)
      figure.panels.append(
        Panel(
          height: 1.7, x: Axis(label, range: range),
          y: Axis("pull", range: (-limit)...limit, step: (0.51 * limit).rounded(.up)),
          series: [
            Series(nil, .band, slot: Series.exactSlot, [[range.lowerBound, -1, 1], [range.upperBound, -1, 1]]),
            Series(nil, .line, slot: Series.exactSlot, [[range.lowerBound, 0], [range.upperBound, 0]]),
          ] + pulls))
    }
    return figure
  }

  /// The curve through exact values; a logarithmic axis has it smooth there.
  private static func smooth(_ exact: [[Double]], isLogarithmic: Bool) -> [[Double]] {
    guard isLogarithmic else { return MonotoneCurve.dense(exact) }
    return MonotoneCurve.dense(exact.map { [$0[0], log($0[1])] }).map { [$0[0], exp($0[1])] }
  }

  /// The exact values of a curve; one point a coordinate, the mean of those that share it.
  private static func curve(_ table: ResultTable, _ axis: CoordinateAxis, _ label: String, above floor: Double) -> [[Double]] {
    guard let exact = table.numbers("exact") else { return [] }
    var sums: [Double: (sum: Double, count: Double)] = [:]
    for row in axis.rows where axis.labels[row] == label {
      guard let value = exact[row] else { continue }
      let old = sums[axis.values[row]!] ?? (0, 0)
      sums[axis.values[row]!] = (old.sum + value, old.count + 1)
    }
    return sums.map { [$0.key, $0.value.sum / $0.value.count] }.filter { $0[1] > floor }.sorted { $0[0] < $1[0] }
  }
}

/// The column a table is drawn against, and the rows that are drawn.
private struct CoordinateAxis {
  let name: String
  /// Coordinates of all rows; nil where a row has none.
  let values: [Double?]
  /// The rows on the axis.
  let rows: Set<Int>
  /// Which curve a row belongs to.
  let labels: [String]

  init?(_ table: ResultTable) {
    let names = table.coordinateNames
    let numbers = names.compactMap { name in table.numbers(name).map { (name: name, values: $0) } }
    func varies(_ values: [Double?]) -> Bool { Set(values.compactMap { $0 }).count > 1 }
    guard
      let chosen = numbers.first(where: { CorrelatorFigure.radial.contains($0.name) })
        ?? numbers.first(where: { varies($0.values) }) ?? numbers.first
    else { return nil }
    (name, values) = chosen
    let others = numbers.filter { $0.name != chosen.name }
    let isTime = chosen.name == "t"
    let fixed = CorrelatorFigure.radial.contains(chosen.name) ? [] : others.map(\.values).filter(varies)
    rows = Set(table.rows.indices.filter { row in chosen.values[row] != nil && fixed.allSatisfy { $0[row] == 0 } })
    let unlabelled = Set(numbers.map(\.name)).subtracting(isTime ? others.map(\.name) : [])
    labels = table.rows.indices.map { table.label(ofRow: $0, leavingOut: unlabelled) }
    if rows.isEmpty { return nil }
  }

  func x(_ row: MeasuredRow) -> Double { values[row.row]! }

  /// Range of the axis: all rows with a margin.
  var range: ClosedRange<Double> {
    let all = rows.map { values[$0]! }
    let (low, high) = (all.min()!, all.max()!)
    let margin = low == high ? (low == 0 ? 0.5 : 0.5 * abs(low)) : 0.03 * (high - min(low, 0))
    return (low - margin)...(high + margin)
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
