// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis

/// Named arrays of one table in a file of arrays (HDF5, npz).
protocol ArraySource {
  /// Where it is, for messages.
  var path: String { get }
  /// Whether there is an array of that name.
  func has(_ name: String) throws -> Bool
  /// Texts, row-major.
  func texts(_ name: String) throws -> (values: [String], shape: [Int])
  /// Numbers, row-major.
  func numbers(_ name: String) throws -> (values: [Double], shape: [Int])
  /// A list of whole numbers; nil where the array holds floating-point numbers.
  func integers(_ name: String) throws -> [Int]?
}

/// What describes a table beside its arrays.
struct TableDescription {
  let name: String
  let summary: String
  let columns: [String]
  let kinds: [String]
  let notes: [String]
}

extension Provenance {
  /// The entries of an array of pairs.
  init(pairs: (values: [String], shape: [Int])) throws {
    self.init()
    guard pairs.shape.count == 2, pairs.shape[1] == 2 else {
      throw FileFailure(problem: "/meta/provenance is no list of pairs")
    }
    for row in 0..<pairs.shape[0] { add(pairs.values[2 * row], pairs.values[2 * row + 1]) }
  }
}

extension SampledTable {
  /// The table whose arrays ``forEachArray(_:)`` once handed out.
  init(_ description: TableDescription, _ source: some ArraySource) throws {
    let known = description.kinds.compactMap(Column.Kind.init)
    guard description.columns.count == description.kinds.count, known.count == description.kinds.count else {
      throw FileFailure(problem: "\(source.path) has columns of unknown kind")
    }
    let columns = zip(description.columns, known).map(Column.init)
    var table = ResultTable(name: description.name, summary: description.summary, columns: columns)
    table.notes = description.notes
    let cells = try columns.map { try Self.cells($0, source) }
    let rowCount = cells.first?.count ?? 0
    guard cells.allSatisfy({ $0.count == rowCount }) else {
      throw FileFailure(problem: "the columns of \(source.path) differ in length")
    }
    for row in 0..<rowCount { try table.append(cells.map { $0[row] }) }
    guard try source.has(ArrayName.jackknife) else {
      self.init(table)
      return
    }
    try self.init(table, jackknifeOf: source)
  }

  private static func cells(_ column: Column, _ source: some ArraySource) throws -> [Cell] {
    switch column.kind {
    case .text: return try source.texts(column.name).values.map(Cell.text)
    case .integer:
      if let integers = try source.integers(column.name) { return integers.map(Cell.integer) }
      return try source.numbers(column.name).values.map { number in
        guard !number.isNaN else { return .missing }
        guard let integer = Int(exactly: number) else {
          throw FileFailure(problem: "\(source.path)/\(column.name) holds \(number), which is no whole number")
        }
        return .integer(integer)
      }
    case .number: return try source.numbers(column.name).values.map { $0.isNaN ? .missing : .number($0) }
    }
  }

  /// The jackknife of a table; the central values are those of the column `value`.
  private init(_ table: ResultTable, jackknifeOf source: some ArraySource) throws {
    let (replicas, shape) = try source.numbers(ArrayName.jackknife)
    let weights = try source.numbers(ArrayName.binWeights).values
    let (bins, rows) = (weights.count, table.rows.count)
    guard shape == [bins, rows], bins > 1, weights.allSatisfy({ $0 > 0 && $0.isFinite }),
      let value = table.columns.firstIndex(where: { $0.name == "value" })
    else {
      throw FileFailure(problem: "the jackknife samples of \(source.path) do not fit its rows and bins")
    }
    let samples = try (0..<rows).map { row -> JackknifeSamples? in
      let column = (0..<bins).map { replicas[$0 * rows + row] }
      if column.allSatisfy(\.isNaN) { return nil }
      guard column.allSatisfy(\.isFinite), case .number(let value) = table.rows[row][value] else {
        throw FileFailure(
          problem: "\(source.path)/\(ArrayName.jackknife) holds numbers that are not finite in row \(row)")
      }
      return JackknifeSamples(value: value, replicas: column, weights: weights)
    }
    guard let chosen = try source.integers(ArrayName.covarianceRows),
      chosen.allSatisfy({ samples.indices.contains($0) && samples[$0] != nil })
    else {
      throw FileFailure(problem: "\(source.path)/\(ArrayName.covarianceRows) names rows without samples")
    }
    self.init(table, samples: samples, covarianceRows: chosen)
  }
}
