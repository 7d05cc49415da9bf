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
      let points = Self.fitted(quantity)
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

  /// Whether the exact values at all widths follow a model, to a hundredth of what the data resolve: χ² of the exact values is below 1e-4.
  private func isExact(_ fit: InverseWidthFit, _ quantity: StudyColumns.Quantity) -> Bool {
    let points = Self.fitted(quantity)
    let known = points.compactMap { $0.row.exact }
    guard known.count == points.count else { return false }
    let exact = CorrelatedFit(
      points.map { Double($0.width!) }, known, covariance: CovarianceMatrix(errors: points.map(\.row.estimate.error)),
      basis: fit.model.basis)
    return exact.reliability == .sound && exact.chiSquared < 1e-4
  }

  /// The widths at which a quantity has a value with an error.
  private static func fitted(_ quantity: StudyColumns.Quantity) -> [StudyColumns.QuantityAtWidth] {
    quantity.points.filter { $0.samples != nil && !$0.row.hasNoVariance && $0.row.estimate.error > 0 }
  }

  /// A line for each kind of doubt.
  var warnings: [String] {
    var lines: [String] = []
    // The models of a row are nested and see the same data: a row is one test, failed if all of them fail.
    let tested = fits.map { fits in fits.filter { $0.fit.pValue != nil } }
    let poor = fits.indices.filter { !tested[$0].isEmpty && tested[$0].allSatisfy(\.isPoor) }
    if !poor.isEmpty {
      let count = tested.count { !$0.isEmpty }
      let scattered = poor.count { row in tested[row].contains { isExact($0, columns.quantities[row]) } }
      let advice = [
        scattered < poor.count ? "add powers of 1/N, or leave out the narrowest nets" : nil,
        scattered > 0
          ? "the exact values of \(scattered == poor.count ? "these" : "\(scattered) of these") lie on the model, so no power of 1/N is missing: "
            + "see the pulls at each width" : nil,
      ].compactMap { $0 }
      lines.append(
        "\(columns.name): in \(poor.count) of \(count) rows every model has p < \(InverseWidthFit.leastPValue) "
          + "(\(Float(InverseWidthFit.leastPValue * Double(count))) expected by chance); \(advice.joined(separator: "; "))")
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
        let leading = columns.leadingCells(quantity) + [.text(entry.model.rawValue)]
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
