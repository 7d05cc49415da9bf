// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import KnownValues
import LatticeFields
import ParameterSampling
import ResultTables

/// The table `hidden-kernel` of a net with data: what the data do to its hidden layer (``HiddenKernel``), beside the prior and, of linear networks, the exact posterior.
enum HiddenKernelTable {
  static let name = "hidden-kernel"
  static let summary =
    "sum_i w_ia w_ib over the neurons that read the input, and its part along u = sum_mu x_mu t_mu, t the pin forces of infinite width, |u| = 1"

  /// What is measured; nil where the theory has no data, no hidden layer of Gaussian weights, or several outputs.
  static func kernel(_ theory: InteractingTheory) -> HiddenKernel? {
    guard theory.prior.outputs == 1, !theory.data.isEmpty else { return nil }
    let (d, data) = (theory.prior.dimension, theory.data)
    let points = data.map(\.point)
    let values = points.flatMap { x in points.map { theory.prior.limitKernel(x, $0) } }
    let noises = data.map(\.noise)
    var forces = zip(data, noises).map { $0.label / $1 }
    // Data at one point repeat each other without noise alone.
    if !values.contains(nil),
      let process = try? GaussianProcessPosterior(kernel: values.map { $0! }, noise: noises, labels: data.map(\.label))
    {
      forces = process.pinForces
    }
    let direction = (0..<d).map { axis in zip(points, forces).reduce(0.0) { $0 + $1.0[axis] * $1.1 } }
    return HiddenKernel(theory, along: direction)
  }

  /// The exact entries, of linear networks.
  static func exact(_ kernel: HiddenKernel, _ theory: InteractingTheory) -> [KnownValue?] {
    guard let data = QuadraticNodes(theory.terms, theory.lattice)?.data,
      let matrix = theory.prior.layers.flatMap({ LinearNetworkPosterior($0, data) })?.hiddenKernel
    else { return kernel.names.map { _ in nil } }
    let entries = kernel.axes.map { matrix[$0.0][$0.1] }
    return (entries + [kernel.along(entries)]).map {
      KnownValue(value: $0, kind: .exact, source: "the linear network with data, one integral over its scale")
    }
  }

  /// The columns `prior` and `over_prior`, by which factor the data change the entry.
  static func annotate(_ table: inout MeasuredTable, _ kernel: HiddenKernel) {
    let numbers = { (values: [Double?]) in values.map { $0.map { Cell.number($0) } ?? .missing } }
    let ratios = zip(table.rows, kernel.prior).map { row, prior -> Double? in
      guard prior > 0, row.estimate.reliability == .sound else { return nil }
      return row.estimate.value / prior
    }
    table.annotations += [
      MeasuredTable.Annotation(Column("prior", .number), numbers(kernel.prior)),
      MeasuredTable.Annotation(Column("over_prior", .number), numbers(ratios)),
    ]
    table.remarks.append("u = (\(kernel.direction.map { "\(Float($0))" }.joined(separator: ", ")))")
  }
}
