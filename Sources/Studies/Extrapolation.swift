// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import ResultTables

/// Every quantity of a table fitted linearly and quadratically in 1/N: a table `NAME-extrapolation` of values at infinite width.
struct Extrapolation {
  private let columns: StudyColumns
  private let fits: [[InverseWidthFit]]

  init(_ columns: StudyColumns) {
    self.columns = columns
    fits = columns.quantities.map { quantity in
      let points = quantity.points.filter { $0.samples != nil && !$0.row.hasNoVariance && $0.row.estimate.error > 0 }
      return InverseWidthFit.Model.allCases.compactMap { model in
        guard points.count >= model.parameterCount else { return nil }
        return InverseWidthFit(
          model, widths: points.map { $0.width! }, samples: points.map { $0.samples! }, placed: points.map { $0.placed! })
      }
    }
  }

  private func status(_ fit: InverseWidthFit, among all: [InverseWidthFit]) -> String {
    if fit.limit == nil { return "withheld" }
    if fit.isPoor { return "poor fit" }
    // A model that fails says so itself.
    let others = all.contains { $0.model != fit.model && !$0.isPoor && InverseWidthFit.disagree($0, fit) }
    return others ? "models differ" : "ok"
  }

  /// A line for each kind of doubt.
  var warnings: [String] {
    let all = fits.flatMap { fits in fits.map { (fit: $0, status: status($0, among: fits)) } }
    var lines: [String] = []
    let poor = all.filter { $0.status == "poor fit" }
    if !poor.isEmpty {
      let tested = all.count { $0.fit.fit.pValue != nil }
      let expected = InverseWidthFit.leastPValue * Double(tested)
      lines.append(
        "\(columns.name): \(poor.count) of \(tested) fits have p < \(InverseWidthFit.leastPValue) (\(Float(expected)) expected by chance); "
          + "add powers of 1/N, or leave out the narrowest nets")
    }
    let differing = fits.count { fits in fits.contains { status($0, among: fits) == "models differ" } }
    if differing > 0 {
      lines.append(
        "\(columns.name): for \(differing) of \(fits.count) quantities the linear and the quadratic value at infinite width are further apart than "
          + "their errors; trust the quadratic one, or add wider nets")
    }
    return lines
  }

  /// The table; nil where nothing could be fitted.
  func table() throws -> SampledTable? {
    guard fits.contains(where: { !$0.isEmpty }) else { return nil }
    var table = ResultTable(
      name: "\(columns.name)-extrapolation",
      summary: "value at N = infinity of \(columns.summary): fits c0 + slope/N (+ curvature/N^2) with full covariance",
      columns: columns.leadingColumns + [
        Column("model", .text), Column("value", .number), Column("error", .number), Column("exact", .number),
        Column("pull", .number), Column("slope", .number), Column("slope_error", .number), Column("curvature", .number),
        Column("curvature_error", .number), Column("chi2", .number), Column("dof", .integer), Column("p", .number),
        Column("status", .text),
      ])
    var samples: [JackknifeSamples?] = []
    var reasons: [String] = []
    for (quantity, fits) in zip(columns.quantities, fits) {
      for entry in fits {
        let (fit, c) = (entry.fit, entry.fit.parameters)
        let exact = quantity.exactLimit.map(Cell.number) ?? .missing
        let leading = quantity.coordinates + columns.scanCells(quantity) + [.text(entry.model.rawValue)]
        samples.append(entry.limit)
        guard samples.last! != nil else {
          if case .underSampled(let reason) = fit.reliability, !reasons.contains(reason) { reasons.append(reason) }
          try table.append(leading + [.missing, .missing, exact] + [Cell](repeating: .missing, count: 8) + [.text("withheld")])
          continue
        }
        let pull = quantity.exactLimit.flatMap { fit.errors[0] > 0 ? (c[0] - $0) / fit.errors[0] : nil }
        let curvature: [Cell] = c.count > 2 ? [.number(c[2]), .number(fit.errors[2])] : [.missing, .missing]
        try table.append(
          leading + [
            .number(c[0]), .number(fit.errors[0]), exact, pull.map(Cell.number) ?? .missing, .number(c[1]),
            .number(fit.errors[1]),
          ] + curvature + [
            .number(fit.chiSquared), .integer(fit.degreesOfFreedom), fit.pValue.map(Cell.number) ?? .missing,
            .text(status(entry, among: fits)),
          ])
      }
    }
    table.notes =
      reasons.prefix(3).map { "withheld: \($0)" } + [
        "poor fit: p < \(InverseWidthFit.leastPValue); models differ: linear and quadratic value further apart than the sum of their errors; "
          + "p is empty where nothing is left to test"
      ] + warnings.map { "warning: \($0)" }
    let covariance = samples.indices.filter { samples[$0] != nil }.prefix(48)
    return SampledTable(table, samples: samples, covarianceRows: Array(covariance))
  }
}
