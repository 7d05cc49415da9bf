// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import ResultTables

/// A table with columns `width` and `floor`: the size of deviations from Wick's theorem against N, both logarithmic, with the
/// noise of a Gaussian field as a line of the same colour and the exact size where known. Of each correlator its first row, the
/// mean where there are several. Open symbols are below twice the noise.
enum DeviationFigure {
  /// Greatest number of curves in one figure.
  static let curveLimit = 5
  static let kind = FigureKind(
    name: "deviations", summary: "sizes of deviations from Wick's theorem against N beside the noise of a Gaussian field",
    draw: draw)

  private static func draw(_ sampled: SampledTable, _ options: FigureOptions) -> Figure? {
    let table = sampled.table
    guard let widths = table.numbers("width"), let floors = table.numbers("floor") else { return nil }
    let names = table.coordinateNames
    let further = Set(names.dropFirst().filter { ["n", "at", "width"].contains($0) })
    // The place of a correlator's first row, and the label of what varies beside it.
    var first: [Cell: [Cell]] = [:]
    var (labels, curves): ([String], [String: [MeasuredRow]]) = ([], [:])
    let places = names.indices.filter { ["n", "at"].contains(names[$0]) }
    for row in table.measured where row.value != 0 && widths[row.row].map({ $0 > 0 }) ?? false {
      let cells = table.rows[row.row]
      let place = places.map { cells[$0] }
      guard first[cells[0], default: place] == place else { continue }
      first[cells[0]] = place
      let label = table.label(ofRow: row.row, leavingOut: further)
      if curves[label] == nil { labels.append(label) }
      curves[label, default: []].append(row)
    }
    labels = labels.filter { Set(curves[$0]!.map { widths[$0.row]! }).count > 1 }
    guard !labels.isEmpty else { return nil }
    let chosen = labels.prefix(curveLimit)
    let notes = chosen.count < labels.count ? ["only the first \(curveLimit) of \(labels.count) correlators are shown"] : []
    let all = chosen.flatMap { curves[$0]! }
    let bottom = (all.map { abs($0.value) } + all.compactMap { floors[$0.row] }).filter { $0 > 0 }.min()! / 2
    let top = 2 * all.map { abs($0.value) + $0.error }.max()!
    var (series, exact): ([Series], [[Double]]) = ([], [])
    for (slot, label) in chosen.enumerated() {
      let rows = curves[label]!.sorted { widths[$0.row]! < widths[$1.row]! }
      func marks(_ rows: [MeasuredRow]) -> [[Double]] {
        rows.map { [widths[$0.row]!, abs($0.value), max(0, min($0.error, abs($0.value) - bottom))] }
      }
      func isNoise(_ row: MeasuredRow) -> Bool { abs(row.value) < 2 * (floors[row.row] ?? row.error) }
      exact += rows.compactMap { row in row.exact.flatMap { abs($0) > bottom ? [widths[row.row]!, abs($0)] : nil } }
      let noise = rows.compactMap { row in floors[row.row].map { [widths[row.row]!, $0] } }
      if !noise.isEmpty { series.append(Series(nil, .line, slot: slot, noise)) }
      let (sound, unsound) = (rows.filter { !isNoise($0) }, rows.filter(isNoise))
      let title = Notation.shortened(label)
      if !sound.isEmpty { series.append(Series(title, .points, slot: slot, marks(sound))) }
      if !unsound.isEmpty { series.append(Series(sound.isEmpty ? title : nil, .openPoints, slot: slot, marks(unsound))) }
    }
    if !exact.isEmpty { series.insert(Series("exact", .ticks, slot: Series.exactSlot, exact), at: 0) }
    let n = all.map { widths[$0.row]! }
    return Figure(
      table: table.name,
      panels: [
        Panel(
          x: Axis("N", isLogarithmic: true, range: (n.min()! / 1.4)...(1.4 * n.max()!)),
          y: Axis("|mₙ|   (lines: Gaussian noise)", isLogarithmic: true, range: bottom...top), series: series)
      ], notes: notes)
  }
}
