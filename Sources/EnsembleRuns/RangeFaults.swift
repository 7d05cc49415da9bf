// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import ErrorAnalysis
import FieldTheories
import NumericalKernels
import ResultTables

/// Numbers that leave the range of double precision: faults of the theory file, found before anything is written.
enum RangeFaults {
  /// Fields, or parameters, that are not finite.
  static func fields(_ theory: TheoryDefinition) -> TheoryFileError {
    let isSingle = theory.fields.precision == .single
    return TheoryFileError(
      file: theory.fileName, problem: "a network has a field or parameters that are not finite numbers",
      cure: isSingle
        ? "fields.precision = \"single\" ends at 3e38: use \"double\", or smaller weights"
        : "double precision ends at 1e308: use smaller weights, fewer layers, or points nearer the origin")
  }

  /// Throws where a mean over a bin is not finite.
  static func check(_ bins: BinnedMeans, of table: String, _ theory: TheoryDefinition) throws(TheoryFileError) {
    guard !bins.isFinite else { return }
    throw TheoryFileError(
      file: theory.fileName, problem: "moments of the field behind the table \(table) are not finite numbers",
      cure: "leave that estimator out, or use other units: \(theory.fields.precision.rawValue) precision ends at "
        + (theory.fields.precision == .single ? "3e38" : "1e308"))
  }

  /// Throws where an exact value or a reference of a table is not finite.
  static func check(_ table: MeasuredTable, _ theory: TheoryDefinition) throws(TheoryFileError) {
    guard table.hasNonFiniteReference else { return }
    throw TheoryFileError(
      file: theory.fileName, problem: "exact or reference values of the table \(table.name) are not finite numbers",
      cure: "leave that table out, or use other units: double precision ends at 1e308")
  }
}

extension DrawWorkspace {
  /// Whether the field just measured is finite at every site.
  var hasFiniteField: Bool { FiniteNumbers.areAll(components.pointer, count: components.count) }
}
