// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Foundation

/// A file that should hold results does not: what, where, how to mend it.
public struct ResultFileError: Error, Sendable, CustomStringConvertible {
  /// One line.
  public let description: String
}

/// Reads what ``HDF5Renderer`` wrote.
public enum ResultFile {
  /// The document of an HDF5 file; every fault of the file is a ``ResultFileError``.
  public static func load(path: String) throws(ResultFileError) -> ResultDocument {
    func fault(_ problem: String) -> ResultFileError {
      ResultFileError(description: "\(path): \(problem); give a file that nnft correlate --format hdf5 has written")
    }
    var status = stat()
    guard stat(path, &status) == 0, access(path, R_OK) == 0 else {
      throw ResultFileError(description: "cannot read \(path): \(String(cString: strerror(errno))); check the path")
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw fault("this is no regular file") }
    do {
      return try HDF5Source.file(path, fileSize: Int(status.st_size)) { try document($0) }
    } catch let failure as HDF5Failure {
      throw fault(failure.problem)
    } catch let cell as NonFiniteCell {
      throw fault(cell.description)
    } catch {
      throw fault("\(error)")
    }
  }

  private static func document(_ root: HDF5Source) throws -> ResultDocument {
    guard try root.textAttribute("format") == [HDF5Renderer.format] else {
      throw HDF5Failure(problem: "attribute format of / is not \"\(HDF5Renderer.format)\"")
    }
    let version = try root.integerAttribute("version")
    guard version == HDF5Renderer.version else {
      throw HDF5Failure(
        problem: "its layout has version \(version), this program reads version \(HDF5Renderer.version)")
    }
    var provenance = Provenance()
    let theory = try root.group("meta") { meta in
      let entries = try meta.texts("provenance")
      guard entries.shape.count == 2, entries.shape[1] == 2 else {
        throw HDF5Failure(problem: "/meta/provenance is no list of pairs")
      }
      for row in 0..<entries.shape[0] { provenance.add(entries.values[2 * row], entries.values[2 * row + 1]) }
      guard let theory = try meta.texts("theory").values.first else {
        throw HDF5Failure(problem: "/meta/theory is empty")
      }
      return theory
    }
    let tables = try root.group("correlators") { group in
      try group.members().map { name in try group.group(name) { try table(name, $0) } }
    }
    return ResultDocument(provenance: provenance, theory: theory, tables: tables)
  }

  private static func table(_ name: String, _ group: HDF5Source) throws -> SampledTable {
    let (names, kinds) = (try group.textAttribute("columns"), try group.textAttribute("kinds"))
    let known = kinds.compactMap(Column.Kind.init)
    guard names.count == kinds.count, known.count == kinds.count else {
      throw HDF5Failure(problem: "\(group.path) has columns of unknown kind")
    }
    let columns = zip(names, known).map(Column.init)
    var table = ResultTable(
      name: name, summary: try group.textAttribute("summary").first ?? "", columns: columns)
    table.notes = try group.textAttribute("notes")
    let cells = try columns.map { try column($0, group) }
    let rowCount = cells.first?.count ?? 0
    guard cells.allSatisfy({ $0.count == rowCount }) else {
      throw HDF5Failure(problem: "the columns of \(group.path) differ in length")
    }
    for row in 0..<rowCount { try table.append(cells.map { $0[row] }) }
    guard group.has(SampledTable.ArrayName.jackknife) else { return SampledTable(table) }
    return try sampled(table, group)
  }

  private static func column(_ column: Column, _ group: HDF5Source) throws -> [Cell] {
    switch column.kind {
    case .text: return try group.texts(column.name).values.map(Cell.text)
    case .integer:
      if let integers = try group.integers(column.name) { return integers.map(Cell.integer) }
      return try group.numbers(column.name).values.map { number in
        guard !number.isNaN else { return .missing }
        guard let integer = Int(exactly: number) else {
          throw HDF5Failure(problem: "\(group.path)/\(column.name) holds \(number), which is no whole number")
        }
        return .integer(integer)
      }
    case .number: return try group.numbers(column.name).values.map { $0.isNaN ? .missing : .number($0) }
    }
  }

  /// The jackknife of a table; the central values are those of the column `value`.
  private static func sampled(_ table: ResultTable, _ group: HDF5Source) throws -> SampledTable {
    typealias Name = SampledTable.ArrayName
    let (replicas, shape) = try group.numbers(Name.jackknife)
    let weights = try group.numbers(Name.binWeights).values
    let (bins, rows) = (weights.count, table.rows.count)
    guard shape == [bins, rows], bins > 1, weights.allSatisfy({ $0 > 0 && $0.isFinite }),
      let value = table.columns.firstIndex(where: { $0.name == "value" })
    else {
      throw HDF5Failure(problem: "the jackknife samples of \(group.path) do not fit its rows and bins")
    }
    let samples = try (0..<rows).map { row -> JackknifeSamples? in
      let column = (0..<bins).map { replicas[$0 * rows + row] }
      if column.allSatisfy(\.isNaN) { return nil }
      guard column.allSatisfy(\.isFinite), case .number(let value) = table.rows[row][value] else {
        throw HDF5Failure(problem: "\(group.path)/\(Name.jackknife) holds numbers that are not finite in row \(row)")
      }
      return JackknifeSamples(value: value, replicas: column, weights: weights)
    }
    guard let chosen = try group.integers(Name.covarianceRows),
      chosen.allSatisfy({ samples.indices.contains($0) && samples[$0] != nil })
    else {
      throw HDF5Failure(problem: "\(group.path)/\(Name.covarianceRows) names rows without samples")
    }
    return SampledTable(table, samples: samples, covarianceRows: chosen)
  }
}
