// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import FieldTheories
import LatticeFields
import Foundation

extension TheoryDefinition {
  /// The same theory with the first coupling of its insertions larger by a factor, and the words for it; nil where there is none.
  func withWrongCoupling(_ factor: Double) throws -> (words: String, theory: TheoryDefinition)? {
    for name in ["lambda", "eta", "delta", "J", "temperature"] {
      guard let entry = resolved.first(where: { $0.key.hasPrefix("insertion") && $0.key.hasSuffix(".\(name)") }),
        let value = Double(entry.value), value != 0
      else { continue }
      return ("\(name) x \(Finding.short(factor))", try varied([(entry.key, "\(factor * value)")]))
    }
    return nil
  }

  /// A theory of a file, budget and overrides, ready to be measured with the named tables; nil for those of the file. With points at these.
  func request(
    _ budget: Budget?, _ overrides: [(key: String, value: String)] = [], estimators: [String]?, points: [PointSet]? = nil
  ) throws -> CorrelatorRequest {
    let sized = budget.map { [("run.seed", "\($0.seed)"), ("run.draws", "\($0.draws(run.draws))")] } ?? []
    return try CorrelatorRequest(
      theory: try varied(sized + overrides), estimatorNames: estimators, pointSets: points, allDisplacements: false,
      commonRandomNumbers: false)
  }
}

extension [MeasuredTable] {
  /// The table of a name.
  func named(_ name: String) -> MeasuredTable? { first { $0.name == name } }
}
