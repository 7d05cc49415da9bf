// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields
import ResultTables

/// Where G4c(x,x,x,x) is least along a scanned key, with an error bar: `f = c0 + c2 (a − a0)²` fitted to its values at one width,
/// and with `c4 (a − a0)⁴` where there are four values or more.
///
/// In the alpha family G4c(x,x,x,x) is a positive multiple of `Z_{1+a} Z_{1−a}` less a constant, log-convex and even by
/// Cauchy-Schwarz: a0 = 0. Correlated χ² (``CorrelatedFit``). Source: docs/physics/studies.md.
struct ScanMinimum {
  /// Powers of a − a0.
  enum Model: String, CaseIterable {
    case parabola, quartic

    var parameterCount: Int { self == .parabola ? 3 : 4 }
  }

  /// The table of the values.
  let quantity: String
  /// Which of the scanned keys.
  let axis: Int
  /// The values of the other scanned keys.
  let others: [Double]
  let width: Int?
  let model: Model
  let fit: CorrelatedFit
  let exact: Double?

  /// Of all G4c(x,x,x,x) in the tables of a study, along one of its scanned keys; `exact` is a0 where it is known.
  static func all(_ columns: StudyColumns, along axis: Int, exact: Double?) -> [ScanMinimum] {
    var groups: [Group: [(scanned: Double, samples: JackknifeSamples?)]] = [:]
    var order: [Group] = []
    for quantity in columns.quantities {
      guard quantity.target.terms.count == 1,
        case .cumulant(let points) = quantity.target.terms[0].function, points.count == 4, points.allSatisfy({ $0 == points[0] })
      else { continue }
      let scanned = quantity.scanned[axis]
      for point in quantity.points {
        let group = Group(quantity: columns.name, others: without(axis, quantity.scanned), width: point.width)
        if groups[group] == nil { order.append(group) }
        // In a shell there may be more than one such row; the first is enough.
        if groups[group]?.contains(where: { $0.scanned == scanned }) ?? false { continue }
        groups[group, default: []].append((scanned, point.row.hasNoVariance ? nil : point.placed))
      }
    }
    return order.flatMap { group -> [ScanMinimum] in
      let points = groups[group]!.compactMap { point in point.samples.map { (scanned: point.scanned, samples: $0) } }
      return Model.allCases.compactMap { model in
        guard points.count >= model.parameterCount, let fit = fit(points, model) else { return nil }
        return ScanMinimum(
          quantity: group.quantity, axis: axis, others: group.others, width: group.width, model: model, fit: fit, exact: exact)
      }
    }
  }

  private struct Group: Hashable {
    let quantity: String
    let others: [Double]
    let width: Int?
  }

  private static func without<T>(_ index: Int, _ list: [T]) -> [T] {
    var list = list
    list.remove(at: index)
    return list
  }

  /// Nil unless the fit is sound and has a minimum.
  private static func fit(_ points: [(scanned: Double, samples: JackknifeSamples)], _ model: Model) -> CorrelatedFit? {
    let a = points.map(\.scanned)
    let unit = points.map { abs($0.samples.value) }.max()!
    guard unit > 0 else { return nil }
    let samples = points.map { (1 / unit) * $0.samples }
    let values = samples.map(\.value)
    // Starts from the unweighted parabola.
    let start = CorrelatedFit(a, values, covariance: CovarianceMatrix(errors: a.map { _ in 1 })) { [1, $0, $0 * $0] }.parameters
    guard start[2] > 0 else { return nil }
    let centre = -start[1] / (2 * start[2])
    let initial = [centre, start[0] - start[2] * centre * centre, start[2]] + (model == .quartic ? [0] : [])
    let fit = CorrelatedFit(a, values, covariance: CovarianceMatrix(of: samples), start: initial) { a, p in
      let square = (a - p[0]) * (a - p[0])
      return p[1] + p[2] * square + (p.count > 3 ? p[3] * square * square : 0)
    }
    guard fit.reliability == .sound, fit.errors.allSatisfy(\.isFinite), fit.parameters[2] > 0,
      (a.min()!...a.max()!).contains(fit.parameters[0])
    else { return nil }
    return fit
  }

  /// All of one scanned key as a table; nil for none.
  static func table(_ all: [ScanMinimum], along axis: Int, axisNames: [String]) throws -> SampledTable? {
    let (minima, scanName) = (all.filter { $0.axis == axis }, axisNames[axis])
    guard !minima.isEmpty else { return nil }
    let hasWidth = minima.contains { $0.width != nil }
    var table = ResultTable(
      name: "\(scanName)-scan",
      summary:
        "the \(scanName) at which G4c(x,x,x,x) is least: c0 + c2 (a - a0)^2 (+ c4 (a - a0)^4) fitted, a = \(scanName), a0 the value",
      columns: [Column("correlator", .text)] + without(axis, axisNames).map { Column($0, .number) }
        + (hasWidth ? [Column("width", .integer)] : []) + [
          Column("model", .text), Column("value", .number), Column("error", .number), Column("exact", .number),
          Column("pull", .number), Column("chi2", .number), Column("dof", .integer), Column("p", .number),
          Column("status", .text),
        ])
    for entry in minima {
      let (a, error) = (entry.fit.parameters[0], entry.fit.errors[0])
      let isPoor = entry.fit.pValue.map { $0 < InverseWidthFit.leastPValue } ?? false
      try table.append(
        [.text(entry.quantity)] + entry.others.map(Cell.number) + (hasWidth ? [entry.width.map(Cell.integer) ?? .missing] : [])
          + [
            .text(entry.model.rawValue), .number(a), .number(error), entry.exact.map(Cell.number) ?? .missing,
            entry.exact.map { .number((a - $0) / error) } ?? .missing, .number(entry.fit.chiSquared),
            .integer(entry.fit.degreesOfFreedom), entry.fit.pValue.map(Cell.number) ?? .missing,
            .text(isPoor ? "poor fit" : "ok"),
          ])
    }
    table.notes = [
      "poor fit: p < \(InverseWidthFit.leastPValue), the curve has higher powers: scan closer to the minimum; G4c(x,x,x,x) without a minimum inside the scan is left out"
    ]
    return SampledTable(table)
  }
}
