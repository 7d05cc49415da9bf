// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

extension MeasuredTable {
  /// Rows so far from their exact values that chance is no explanation, each in words: the two-sided tail of Student's t at the pull is below
  /// ``falseAlarm`` divided by the number of rows that are compared.
  ///
  /// Where the joint test is inconclusive too few draws were drawn to contradict anything: rare networks may carry the row, and its error
  /// cannot know them. That is no pass, and it must not pass in silence.
  public var improbableRows: [String] {
    guard !isTestedElsewhere else { return [] }
    let compared = rows.filter { $0.estimate.reliability == .sound && $0.exact != nil && !$0.hasNoVariance }
    return compared.compactMap { row in
      guard let pull = row.exact.flatMap({ row.estimate.pull(exact: $0) }), row.estimate.degreesOfFreedom > 0 else { return nil }
      let tail = Distributions.studentTwoSidedTail(pull, degrees: Double(row.estimate.degreesOfFreedom))
      guard tail < Self.falseAlarm / Double(compared.count) else { return nil }
      let place = zip(coordinateColumns, row.coordinates).map { column, coordinate in
        switch coordinate {
        case .text(let text): "\(column) = \(text)"
        case .integer(let integer): "\(column) = \(integer)"
        case .number(let number): "\(column) = \(number)"
        }
      }
      return "\(place.joined(separator: ", ")): pull \((10 * pull).rounded() / 10)"
    }
  }

  /// ``improbableRows`` in one line, where the joint test does not reject the table anyway; nil where there are none.
  public var improbableNote: String? {
    let rows = improbableRows
    guard !rows.isEmpty, !contradictsExactValues else { return nil }
    let named = rows.prefix(3).joined(separator: "; ") + (rows.count > 3 ? "; and \(rows.count - 3) more" : "")
    return
      "beyond chance, yet not rejected by the joint test: \(named); draw more, and distrust the error or the exact value until then"
  }
}
