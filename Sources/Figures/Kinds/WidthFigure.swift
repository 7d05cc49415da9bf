// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import ResultTables

/// A table with a column `width`: every quantity against 1/N with a straight line fitted to it, the band of its error, and its value at infinite
/// width. Where the line fails (p < 0.01) and a parabola does not, the parabola is drawn.
///
/// The fit minimises the correlated χ² where the jackknife samples are known (``CorrelatedFit``). Values at several widths that come from the
/// same neurons have a singular covariance; they are then weighted without correlations, and their errors still are those of the samples.
enum WidthFigure {
  /// Quantities in one figure.
  static let groupLimit = 5
  static let kind = FigureKind(
    name: "width", summary: "values against 1/N with fits, their error bands and values at infinite width", draw: draw)

  private static func draw(_ sampled: SampledTable, _ options: FigureOptions) -> Figure? {
    let table = sampled.table
    // What a model says at each width is no quantity that falls with it.
    guard let widths = table.numbers("width"), !table.coordinateNames.contains("model") else { return nil }
    // Beside a radius, components only name a representative.
    let names = table.coordinateNames
    let isRadial = names.contains(where: CorrelatorFigure.radial.contains)
    let scan = scannedKey(table)
    let scanned = scan.flatMap(table.numbers)
    // Terms of an action and quantities with names differ in size: a panel each, as for values of a scanned key.
    let term = scan == nil ? names.first.flatMap { ["term", "quantity"].contains($0) ? $0 : nil } : nil
    let leftOut = Set(
      names.filter { name in
        name == "width" || name == scan || name == term
          || (isRadial && !CorrelatorFigure.radial.contains(name) && table.numbers(name) != nil)
      })
    var (labels, values): ([String], [String?]) = ([], [])
    var groups: [Group: [MeasuredRow]] = [:]
    for row in table.measured {
      guard let width = widths[row.row], width > 0 else { continue }
      let panel =
        term != nil
        ? table.text(row: row.row, column: term!).map(Notation.quantity)
        : scanned?[row.row].map { "\(scan ?? "") = \(Notation.short($0))" }
      let group = Group(label: table.label(ofRow: row.row, leavingOut: leftOut), panel: panel)
      if !labels.contains(group.label) { labels.append(group.label) }
      if !values.contains(group.panel) { values.append(group.panel) }
      groups[group, default: []].append(row)
    }
    groups = groups.filter { Set($0.value.map { widths[$0.row]! }).count > 1 }
    labels = labels.filter { label in groups.keys.contains { $0.label == label } }
    values = values.filter { value in groups.keys.contains { $0.panel == value } }
    guard !labels.isEmpty else { return nil }
    let chosen = Array(labels.prefix(groupLimit))
    var notes: [String] = []
    if chosen.count < labels.count { notes.append("only the first \(groupLimit) of \(labels.count) quantities are shown") }
    if values.count > panelLimit {
      notes.append("only the first \(panelLimit) of \(values.count) panels are shown")
    }
    let titled = values[0]
    // Curves of different panels are different ones where panels are terms.
    func curves(of panel: String?) -> [String] {
      term == nil ? chosen : Array(labels.filter { groups[Group(label: $0, panel: panel)] != nil }.prefix(groupLimit))
    }
    let panels = values.prefix(panelLimit).compactMap { value -> Panel? in
      let own = curves(of: value).enumerated().compactMap { slot, label in
        groups[Group(label: label, panel: value)].map { (slot: slot, label: label, rows: $0) }
      }
      guard !own.isEmpty else { return nil }
      let scaling = Scaling(own.flatMap(\.rows).map { abs($0.value) })
      let prefix = value ?? ""
      var (bands, series, exact): ([Series], [Series], [[Double]]) = ([], [], [])
      var largest = 0.0
      for (slot, label, rows) in own {
        let x = rows.map { 1 / widths[$0.row]! }
        largest = max(largest, x.max()!)
        if let fit = fit(rows, x, sampled) {
          let steps = 48
          let curve = (0...steps).map { step -> [Double] in
            let x = x.max()! * Double(step) / Double(steps)
            let (value, error) = Self.value(fit, at: x)
            return [x, scaling.factor * value, abs(scaling.factor) * error]
          }
          bands.append(Series(nil, .band, slot: slot, curve.map { [$0[0], $0[1] - $0[2], $0[1] + $0[2]] }))
          series.append(Series(nil, .line, slot: slot, curve.map { [$0[0], $0[1]] }))
          series.append(
            Series(
              nil, .openPoints, slot: slot,
              [[0, scaling.factor * fit.parameters[0], abs(scaling.factor) * fit.errors[0]]]))
          notes.append("\([label, prefix].filter { !$0.isEmpty }.joined(separator: ", ")): \(text(fit))")
        }
        let title = label.isEmpty ? "measured" : Notation.shortened(label)
        series.append(
          Series(
            value == titled || (term != nil && !label.isEmpty) ? title : nil, .points, slot: slot,
            zip(x, rows).map { [$0, scaling.factor * $1.value, abs(scaling.factor) * $1.error] }))
        exact += zip(x, rows).compactMap { x, row in row.exact.map { [x, scaling.factor * $0] } }
      }
      if !exact.isEmpty { bands.append(Series(value == titled ? "exact" : nil, .ticks, slot: Series.exactSlot, exact)) }
      let x = Axis("1/N", range: (-0.06 * largest)...(1.06 * largest))
      guard value != nil else {
        return Panel(x: x, y: Axis(scaling.label(Notation.value(ofTable: table.name))), series: bands + series)
      }
      // Panels that touch: numbers keep away from the ends of their axes.
      let ends = (bands + series).flatMap { series in
        series.rows.flatMap { row in
          let error = row.count > 2 ? row[2] : 0
          return series.style == .band ? [row[1], row[2]] : [row[1] - error, row[1] + error]
        }
      }
      let margin = max(0.09 * (ends.max()! - ends.min()!), 1e-9 * abs(ends[0]), 1e-300)
      return Panel(
        height: 4.4, x: x, y: Axis(scaling.label(prefix), range: (ends.min()! - margin)...(ends.max()! + margin)),
        series: bands + series)
    }
    return Figure(table: table.name, panels: panels, notes: notes)
  }

  /// One curve: a quantity in the panel of a value of the scanned key, or of a term.
  private struct Group: Hashable {
    let label: String
    let panel: String?
  }

  /// Greatest number of panels in one figure.
  private static let panelLimit = 4

  /// The column before `width`, where it holds the values of a scanned key and no coordinate (`x1`, `n2`) of the table.
  private static func scannedKey(_ table: ResultTable) -> String? {
    let names = table.coordinateNames
    guard let width = names.firstIndex(of: "width"), width > 0 else { return nil }
    let name = names[width - 1]
    let isCoordinate = name.count == 2 && name.last!.isNumber || CorrelatorFigure.radial.contains(name)
    return table.columns[width - 1].kind == .number && !isCoordinate ? name : nil
  }

  private static func fit(_ rows: [MeasuredRow], _ x: [Double], _ sampled: SampledTable) -> CorrelatedFit? {
    let samples = rows.compactMap { sampled.samples.isEmpty ? nil : sampled.samples[$0.row] }
    func fit(_ covariance: CovarianceMatrix) -> CorrelatedFit? {
      func polynomial(_ degree: Int) -> CorrelatedFit? {
        let fit = CorrelatedFit(x, rows.map(\.value), covariance: covariance) { x in
          (0...degree).map { $0 == 0 ? 1 : $0 == 1 ? x : x * x }
        }
        return fit.reliability == .sound && fit.errors.allSatisfy(\.isFinite) ? fit : nil
      }
      let line = polynomial(1)
      guard let p = line?.pValue, p < leastPValue, let parabola = polynomial(2),
        parabola.pValue.map({ $0 >= leastPValue }) ?? false
      else { return line }
      return parabola
    }
    guard samples.count == rows.count else { return fit(CovarianceMatrix(errors: rows.map(\.error))) }
    return fit(CovarianceMatrix(of: samples)) ?? fit(CovarianceMatrix(of: samples, shrinkage: .fixed(1)))
  }

  /// Goodness of fit below which the line is said to fail.
  private static let leastPValue = 0.01

  /// The polynomial at x with its error.
  private static func value(_ fit: CorrelatedFit, at x: Double) -> (Double, Double) {
    let count = fit.parameters.count
    let basis = (0..<count).map { $0 == 0 ? 1 : $0 == 1 ? x : x * x }
    var (value, variance) = (0.0, 0.0)
    for i in 0..<count {
      value += basis[i] * fit.parameters[i]
      for j in 0..<count { variance += basis[i] * basis[j] * fit.parameterCovariance[i * count + j] }
    }
    return (value, max(0, variance).squareRoot())
  }

  private static func text(_ fit: CorrelatedFit) -> String {
    let line =
      "\(ValueWithError.text(fit.parameters[0], fit.errors[0])) at infinite width, "
      + "slope in 1/N \(ValueWithError.text(fit.parameters[1], fit.errors[1]))"
      + (fit.parameters.count > 2 ? ", curvature \(ValueWithError.text(fit.parameters[2], fit.errors[2]))" : "")
    guard fit.shrinkage < 1 else { return line + " (values fully correlated: no test of the line)" }
    let chiSquared = "; chi2 = \(Notation.short(fit.chiSquared))"
    if let p = fit.pValue { return line + chiSquared + ", p = \(Notation.short(p))" }
    return fit.degreesOfFreedom > 0 ? line + chiSquared + ", \(Notation.short(fit.expectedChiSquared)) expected" : line
  }
}
