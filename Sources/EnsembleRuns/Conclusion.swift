// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Foundation

extension MeasuredTable {
  /// What tables say, in one plain sentence: how many agree with their exact values, how many contradict them, have too little data to tell or have none to be
  /// held against; and where a table agrees although many of its pulls are large, that its rows move together. Nil of no tables.
  public static func conclusion(_ tables: [MeasuredTable]) -> String? {
    guard !tables.isEmpty else { return nil }
    func count(_ number: Int) -> String { number == 1 ? "1 table" : "\(number) tables" }
    let judged = tables.filter { $0.test?.pValue != nil || $0.contradictsExactValues }
    let contradicted = judged.filter(\.contradictsExactValues).count
    let agreeing = judged.count - contradicted
    let undecided = tables.count { $0.test != nil && $0.test?.pValue == nil && !$0.contradictsExactValues }
    let without = tables.count { $0.test == nil && !$0.contradictsExactValues }
    var parts: [String] = []
    if agreeing > 0 {
      let least = judged.filter { !$0.contradictsExactValues }.compactMap { $0.test?.pValue }.min() ?? 1
      parts.append(
        "\(count(agreeing)) \(agreeing == 1 ? "agrees" : "agree") with \(agreeing == 1 ? "its" : "their") exact values; "
          + (agreeing == 1 ? "p = " : "smallest p = ") + String(format: "%.2g", least))
    }
    if contradicted > 0 {
      parts.append("\(count(contradicted)) \(contradicted == 1 ? "contradicts its" : "contradict their") exact values")
    }
    if undecided > 0 { parts.append("\(count(undecided)) \(undecided == 1 ? "has" : "have") too little data to tell") }
    if without > 0 {
      parts.append("\(count(without)) \(without == 1 ? "has" : "have") no exact values to be held against")
    }
    let moving = judged.filter { !$0.contradictsExactValues && $0.hasManyLargePulls }.map(\.name)
    if !moving.isEmpty {
      parts.append(
        "large pulls side by side in \(moving.joined(separator: ", ")) are one fluctuation: rows of a table move together, and the joint test knows it"
      )
    }
    let withheld = tables.reduce(0) { $0 + $1.rows.count { $0.estimate.reliability != .sound } }
    if withheld > 0 {
      parts.append("\(withheld) \(withheld == 1 ? "row is" : "rows are") withheld for lack of data, see the notes")
    }
    return parts.joined(separator: "; ")
  }

  /// Three neighbouring rows or more beyond two errors on the same side.
  private var hasManyLargePulls: Bool {
    var (run, last) = (0, 0.0)
    for row in rows {
      let pull = row.hasNoVariance ? 0 : row.exact.flatMap { row.estimate.pull(exact: $0) } ?? 0
      run = abs(pull) > 2 ? (pull * last > 0 ? run + 1 : 1) : 0
      last = pull
      if run >= 3 { return true }
    }
    return false
  }
}
