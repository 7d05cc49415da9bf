// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis

/// A table together with the samples behind its values.
public struct SampledTable: Sendable {
  /// The table as it is printed.
  public let table: ResultTable
  /// The estimate of each row with its jackknife replicas, nil where a row is withheld; empty where no samples were kept. All rows have
  /// the same bins.
  public let samples: [JackknifeSamples?]
  /// Indices of the rows whose covariance is written.
  public let covarianceRows: [Int]

  /// A table and its samples, none or one a row. The rows of the covariance must not be withheld.
  public init(_ table: ResultTable, samples: [JackknifeSamples?] = [], covarianceRows: [Int] = []) {
    precondition(samples.isEmpty || samples.count == table.rows.count, "table \(table.name): \(samples.count) samples")
    precondition(covarianceRows.allSatisfy { samples[$0] != nil }, "table \(table.name): covariance of withheld rows")
    self.table = table
    self.samples = samples
    self.covarianceRows = covarianceRows
  }

  /// Weights of the bins behind the samples; nil where every row is withheld or none was kept.
  public var binWeights: [Double]? { samples.lazy.compactMap { $0 }.first?.weights }

  /// Indices of the rows that have samples.
  var sampledRows: [Int] { samples.indices.filter { samples[$0] != nil } }
}

/// Everything a run has to say: what every output format is made of, and what an HDF5 file gives back.
public struct ResultDocument: Sendable {
  /// Where the numbers come from.
  public let provenance: Provenance
  /// The resolved theory as the text of a theory file.
  public let theory: String
  /// The tables in the order of their measurement.
  public let tables: [SampledTable]

  /// A document of tables and of what they come from.
  public init(provenance: Provenance, theory: String, tables: [SampledTable]) {
    self.provenance = provenance
    self.theory = theory
    self.tables = tables
  }
}
