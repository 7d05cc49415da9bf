// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import ResultTables

/// A histogram of a probability density, `value` over intervals from `lower` to `upper`, with the Gaussian of the same mean and variance
/// and its first correction (Edgeworth), which is the one of order 1/N:
///
///     p(x) = g(z)/σ [1 + κ4/(24 σ⁴) He4(z)],   z = (x − μ)/σ,   He4 = z⁴ − 6z² + 3
///
/// Mean, variance and κ4 are those of the histogram, with Sheppard's corrections h²/12 and, for the fourth moment, h² m2/2 − 7h⁴/240. A
/// logarithmic axis shows the tails.
enum DistributionFigure {
  static let kind = FigureKind(
    name: "distribution", summary: "histogram of a density with Gaussian and Edgeworth curves", draw: draw)

  private static func draw(_ sampled: SampledTable, _ options: FigureOptions) -> Figure? {
    let table = sampled.table
    guard let lower = table.numbers("lower"), let upper = table.numbers("upper") else { return nil }
    let rows = table.measured.filter { row in
      lower[row.row].flatMap { low in upper[row.row].map { $0 > low } } ?? false
    }.sorted { lower[$0.row]! < lower[$1.row]! }
    func middle(_ row: MeasuredRow) -> Double { (lower[row.row]! + upper[row.row]!) / 2 }
    func width(_ row: MeasuredRow) -> Double { upper[row.row]! - lower[row.row]! }
    let isLogarithmic = options.scale == .logarithmic
    let shown = rows.filter { !isLogarithmic || $0.value > 0 }
    guard rows.count > 1, let first = rows.first, let last = rows.last, let smallest = shown.map({ abs($0.value) }).min()
    else { return nil }
    let floor = smallest / 3
    let range = lower[first.row]!...upper[last.row]!
    var series = [
      Series(
        "measured", .steps,
        shown.map { [middle($0), $0.value, width($0), isLogarithmic ? min($0.error, $0.value - floor) : $0.error] })
    ]
    var notes: [String] = []
    let exact = rows.compactMap { row in row.exact.map { [middle(row), $0] } }.filter { !isLogarithmic || $0[1] > floor }
    if !exact.isEmpty { series.append(Series("exact", .ticks, slot: Series.exactSlot, exact)) }
    if let law = Law(rows.map { (middle($0), width($0), $0.value) }) {
      let grid = (0...200).map { range.lowerBound + (range.upperBound - range.lowerBound) * Double($0) / 200 }
      func curve(_ density: (Double) -> Double) -> [[Double]] {
        grid.map { [$0, density($0)] }.filter { !isLogarithmic || $0[1] > floor }
      }
      series.append(Series("Gaussian", .line, slot: 1, curve(law.gaussian)))
      series.append(Series("Edgeworth", .line, slot: 2, curve(law.edgeworth)))
      notes.append(
        "Gaussian and Edgeworth curves have the histogram's moments: sigma = \(Notation.short(law.sigma)), "
          + "kappa4/sigma^4 = \(Notation.short(law.excess))")
    }
    let peak = shown.map { $0.value + $0.error }.max()!
    return Figure(
      table: table.name,
      panels: [
        Panel(
          x: Axis("φ", range: range),
          y: Axis(
            "probability density P(φ)", isLogarithmic: isLogarithmic,
            range: isLogarithmic ? floor...(2 * peak) : min(0, -0.02 * peak)...(1.08 * peak)), series: series)
      ], notes: notes)
  }

  /// Moments of a histogram.
  private struct Law {
    let mean: Double
    let sigma: Double
    /// Excess kurtosis κ4/σ⁴.
    let excess: Double

    /// Nil where the histogram has no positive variance.
    init?(_ bins: [(middle: Double, width: Double, density: Double)]) {
      let total = bins.reduce(0) { $0 + $1.width * $1.density }
      guard total > 0 else { return nil }
      func moment(_ n: Int, about centre: Double) -> Double {
        bins.reduce(0) { sum, bin in
          sum + bin.width * bin.density / total * (0..<n).reduce(1) { power, _ in power * (bin.middle - centre) }
        }
      }
      let mean = moment(1, about: 0)
      let h = bins[0].width * bins[0].width
      let grouped = moment(2, about: mean)
      let variance = grouped - h / 12
      guard variance > 0 else { return nil }
      let fourth = moment(4, about: mean) - h * grouped / 2 + 7 * h * h / 240
      self.mean = mean
      sigma = variance.squareRoot()
      excess = fourth / (variance * variance) - 3
    }

    func gaussian(_ x: Double) -> Double {
      let z = (x - mean) / sigma
      return exp(-z * z / 2) / (sigma * (2 * Double.pi).squareRoot())
    }

    func edgeworth(_ x: Double) -> Double {
      let z = (x - mean) / sigma
      return gaussian(x) * (1 + excess / 24 * (z * z * z * z - 6 * z * z + 3))
    }
  }
}
