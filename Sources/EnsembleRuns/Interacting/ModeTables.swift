// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import FieldTheories
import KnownValues
import LatticeFields
import ParameterSampling
import ResultTables

/// The tables of modes under the length of their discrepancies: `mode-means` and `mode-variances`, with the columns of what approximations say of them.
public struct ModeTables {
  /// The tables' names, in their order.
  public static let names = ModeTable.Moment.allCases.map(\.rawValue)
  /// What each holds.
  public static let quantities = ModeTable.Moment.allCases.map(\.quantity)

  private let lattice: Lattice
  private let targets: [Double]

  /// Of a theory; nil unless it is one of modes with their length inserted.
  init?(_ theory: TheoryDefinition) {
    guard theory.architecture.modes != nil,
      let length = theory.insertions.insertions.lazy.compactMap({ $0 as? LengthInsertion }).first
    else { return nil }
    (lattice, targets) = (theory.lattice, length.term.targets)
  }

  /// The tables of these names, every one if none is named or all are asked for.
  func estimators(named names: [String]?) throws(SelectionError) -> [any CorrelatorEstimator] {
    let asked = names == [EstimatorSelection.all] ? nil : names
    var chosen: [any CorrelatorEstimator] = []
    for name in asked ?? Self.names {
      guard let moment = ModeTable.Moment(rawValue: name) else {
        throw SelectionError(
          "\(name) is no table of modes under their length; these are: \(Self.names.joined(separator: ", "))")
      }
      chosen.append(ModeTable(moment, lattice: lattice, targets: targets))
    }
    return chosen
  }

  /// Adds the columns of approximations to a table of modes.
  static func annotate(_ table: inout MeasuredTable, _ theory: InteractingTheory) {
    guard names.contains(table.name), let known = ModePredictions(theory.prior, terms: theory.terms) else { return }
    for column in known.columns {
      let values = table.name == ModeTable.Moment.means.rawValue ? column.means : column.variances
      guard values.allSatisfy(\.isFinite) else { continue }
      table.annotations.append(MeasuredTable.Annotation(Column(column.name, .number), values.map { .number($0) }))
    }
    table.remarks += ModePredictions.notes + [agreement(table)].compactMap { $0 }
  }

  /// `χ²/P` of all rows against their exact values.
  private static func agreement(_ table: MeasuredTable) -> String? {
    let pulls = table.rows.compactMap { row in
      row.estimate.reliability == .sound ? row.exact.flatMap { row.estimate.pull(exact: $0) } : nil
    }
    guard !pulls.isEmpty else { return nil }
    let ratio = pulls.reduce(0) { $0 + $1 * $1 } / Double(pulls.count)
    return
      "chi^2 of all \(pulls.count) rows against their exact values, over their number: \(Float((1000 * ratio).rounded() / 1000)) (modes share the length: no test)"
  }

  /// The exact mean of ρ and of ρ² among the observables.
  static func fill(_ references: inout [KnownValue?], _ names: [String], _ theory: InteractingTheory) {
    guard names.contains("rho"), let known = ModePredictions(theory.prior, terms: theory.terms) else { return }
    let source = "the one-dimensional integral of Hubbard and Stratonovich over the length of the modes"
    let (mean, variance) = (known.exact.meanLength, known.exact.lengthVariance)
    for (index, name) in names.enumerated() {
      switch name {
      case "rho": references[index] = KnownValue(value: mean, kind: .exact, source: source)
      case "rho^2": references[index] = KnownValue(value: variance + mean * mean, kind: .exact, source: source)
      default: break
      }
    }
  }
}
