// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import ErrorAnalysis
import Glibc
import LatticeFields
import ResultTables

/// The power of N by which a cumulant of order n > 2 falls, `κ_n(N) = A N^s`: `s = 1 − n/2` for independent neurons, exactly at every N.
///
/// Fitted to the values themselves, not to their logarithms, whose mean is off by half a squared relative error. Correlated χ²
/// (``CorrelatedFit``). Source: docs/physics/studies.md.
struct WidthExponent {
  /// κ below this many errors at any width gives no exponent.
  static let leastSignal = 2.0

  /// Its table and its coordinates there.
  let cumulant: String
  let scanned: [Double]
  let order: Int
  let fit: CorrelatedFit
  /// `1 − n/2` where neurons are independent.
  let exact: Double?

  /// The exponents of all cumulants of a table that stand out of their noise at three widths or more.
  static func all(_ columns: StudyColumns) -> [WidthExponent] {
    columns.quantities.compactMap { quantity in
      guard let order = cumulantOrder(quantity.target), order > 2 else { return nil }
      let points = quantity.points.filter { $0.samples != nil && !$0.row.hasNoVariance }
      guard points.count >= 3, points.count == quantity.points.count,
        points.allSatisfy({ abs($0.samples!.value) > leastSignal * $0.row.estimate.error })
      else { return nil }
      let sign = points[0].samples!.value
      guard points.allSatisfy({ $0.samples!.value * sign > 0 }) else { return nil }
      let widths = points.map { Double($0.width!) }
      let centre = exp(widths.map { log($0) }.reduce(0, +) / Double(widths.count))
      let (first, last) = (points.first!.samples!.value, points.last!.samples!.value)
      let slope = log(last / first) / log(widths.last! / widths.first!)
      let start = [first * pow(centre / widths.first!, slope), slope]
      // In units of the value at the mean width, so that all is of order one.
      let unit = abs(start[0])
      let fit = CorrelatedFit(
        widths, points.map { $0.samples!.value / unit },
        covariance: CovarianceMatrix(of: points.map { (1 / unit) * $0.samples! }),
        start: [start[0] / unit, slope]
      ) { $1[0] * pow($0 / centre, $1[1]) }
      return WidthExponent(
        cumulant: "\(columns.name) \(label(columns.coordinateColumns, quantity.coordinates))", scanned: quantity.scanned,
        order: order, fit: fit,
        exact: columns.isFree ? 1 - Double(order) / 2 : nil)
    }
  }

  /// The order of a row all of whose terms are cumulants of one order, standardised or not.
  private static func cumulantOrder(_ target: RowTarget) -> Int? {
    let orders = target.terms.map { term -> Int? in
      switch term.function {
      case .cumulant(let points): points.count
      case .zeroMomentumCumulant(let order), .standardisedCumulant(let order, _): order
      case .trispectrum: 4
      default: nil
      }
    }
    guard let first = orders.first, let order = first, orders.allSatisfy({ $0 == order }) else { return nil }
    return order
  }

  /// The coordinates of a row in words; beside a radius, components only name a representative.
  static func label(_ columns: [Column], _ coordinates: [Cell]) -> String {
    let radius = columns.firstIndex { ["r", "phat", "t"].contains($0.name) }
    return zip(columns, coordinates).enumerated().compactMap { index, pair in
      let (column, cell) = pair
      switch cell {
      case .text(let text): return text
      case .missing: return "-"
      case .integer(let integer): return radius == nil ? "\(integer)" : nil
      case .number(let number):
        let text = "\(Float((number * 1e5).rounded() / 1e5))"
        return index == radius ? "\(column.name) = \(text)" : radius == nil ? text : nil
      }
    }.joined(separator: " ")
  }

  /// All of them as a table; nil for none.
  static func table(_ exponents: [WidthExponent], axisNames: [String]) throws -> SampledTable? {
    let sound = exponents.filter { $0.fit.reliability == .sound && $0.fit.errors.allSatisfy(\.isFinite) }
    guard !sound.isEmpty else { return nil }
    var table = ResultTable(
      name: "exponents",
      summary: "powers s of N by which cumulants of order n fall, kappa_n = A N^s; exact 1 - n/2 for independent neurons",
      columns: [Column("cumulant", .text)] + axisNames.map { Column($0, .number) } + [
        Column("order", .integer), Column("value", .number), Column("error", .number), Column("exact", .number),
        Column("pull", .number), Column("chi2", .number), Column("dof", .integer), Column("p", .number), Column("status", .text),
      ])
    for entry in sound {
      let (s, error) = (entry.fit.parameters[1], entry.fit.errors[1])
      let isPoor = entry.fit.pValue.map { $0 < InverseWidthFit.leastPValue } ?? false
      try table.append(
        [.text(entry.cumulant)] + entry.scanned.map(Cell.number) + [
          .integer(entry.order), .number(s), .number(error), entry.exact.map(Cell.number) ?? .missing,
          entry.exact.map { .number((s - $0) / error) } ?? .missing, .number(entry.fit.chiSquared),
          .integer(entry.fit.degreesOfFreedom), entry.fit.pValue.map(Cell.number) ?? .missing, .text(isPoor ? "poor fit" : "ok"),
        ])
    }
    table.notes = ["cumulants within \(Int(leastSignal)) errors of zero at some width are left out"]
    return SampledTable(table)
  }
}
