// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import EnsembleRuns
import FieldTheories
import LatticeFields
import ResultTables
import Studies
import Testing
import TheoryLibrary

/// Studies of whole theories, for tests.
enum StudyRuns {
  /// Runs a library theory, or the text of one, with overrides that include its study.
  static func study(
    _ name: String, _ overrides: [(key: String, value: String)], estimators: [String]? = nil, points: [PointSet]? = nil,
    commonRandomNumbers: Bool = false
  ) throws -> StudyResults {
    let study = try plan(
      name, overrides, estimators: estimators, points: points, commonRandomNumbers: commonRandomNumbers)
    return try study.results { try $0.request.measure(threads: 2, monitor: RunMonitor()) }
  }

  /// The runs without running them.
  static func plan(
    _ name: String, _ overrides: [(key: String, value: String)], estimators: [String]? = nil, points: [PointSet]? = nil,
    commonRandomNumbers: Bool = false
  ) throws -> WidthStudy {
    let text = TheoryLibrary.files.first { $0.name == name }?.text ?? name
    func load(_ further: [(key: String, value: String)]) throws -> TheoryDefinition {
      try TheoryDefinition.load(text: text, fileName: "study", overrides: overrides + further, interactions: true)
    }
    let settings = try load([]).study ?? .none
    return try WidthStudy(
      settings, estimatorNames: estimators, pointSets: points, commonRandomNumbers: commonRandomNumbers, load: load)
  }

  /// Rows of a table as dictionaries.
  static func rows(_ results: StudyResults, _ name: String) throws -> [[String: Cell]] {
    let table = try #require(results.tables.first { $0.table.name == name }).table
    return table.rows.map { Dictionary(uniqueKeysWithValues: zip(table.columns.map(\.name), $0)) }
  }

  static func number(_ row: [String: Cell], _ name: String) throws -> Double {
    switch row[name] {
    case .number(let number)?: return number
    case .integer(let integer)?: return Double(integer)
    default: throw SelectionError("\(name) is missing")
    }
  }

  /// A lattice alpha-net on 8 x 8 sites, or lattice phi^4.
  static func lattice(_ architecture: String, _ insertion: String = "", draws: Int) -> String {
    """
    dimension = 2
    [architecture]
    mass = 1.0
    \(architecture)
    \(insertion)
    [lattice]
    sites = [8, 8]
    spacing = 1.0
    boundary = "periodic"
    [run]
    draws = \(draws)
    """
  }

  static let alphaNet = "kind = \"alpha-net\"\nwidth = 10\nalpha = 0.0\nregulator = \"lattice\"\nweights = \"constant\""
}
