// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis

/// An array with a name: what the array formats (HDF5, npz) write of a table.
struct NamedArray {
  /// The entries, row-major.
  enum Elements {
    case numbers([Double])
    case integers([Int64])
    case texts([String])
  }

  let name: String
  let shape: [Int]
  let elements: Elements

  static func numbers(_ name: String, _ values: [Double], shape: [Int]? = nil) -> NamedArray {
    NamedArray(name: name, shape: shape ?? [values.count], elements: .numbers(values))
  }
  static func integers(_ name: String, _ values: [Int]) -> NamedArray {
    NamedArray(name: name, shape: [values.count], elements: .integers(values.map(Int64.init)))
  }
  static func texts(_ name: String, _ values: [String], shape: [Int]? = nil) -> NamedArray {
    NamedArray(name: name, shape: shape ?? [values.count], elements: .texts(values))
  }
}

extension ResultTable {
  /// A column as an array; missing numbers are NaN, and whole numbers of which some are missing become numbers.
  func array(ofColumn index: Int, rows chosen: [Int]? = nil) -> NamedArray {
    let cells = (chosen ?? Array(rows.indices)).map { rows[$0][index] }
    let name = columns[index].name
    switch columns[index].kind {
    case .text:
      return .texts(name, cells.map(DelimitedText.plain))
    case .integer where cells.allSatisfy { if case .integer = $0 { true } else { false } }:
      return .integers(name, cells.map { if case .integer(let integer) = $0 { integer } else { 0 } })
    case .integer, .number:
      return .numbers(
        name,
        cells.map {
          switch $0 {
          case .number(let number): number
          case .integer(let integer): Double(integer)
          case .text, .missing: .nan
          }
        })
    }
  }
}

extension SampledTable {
  /// Names of the arrays beside the columns.
  enum ArrayName {
    static let jackknife = "jackknife"
    static let binWeights = "bin_weights"
    static let covariance = "covariance"
    static let covarianceRows = "covariance_rows"
  }

  /// The columns, then `jackknife` (bins × rows, NaN where a row is withheld), `bin_weights`, `covariance` and `covariance_rows`, where
  /// samples are known. Each array is made when `body` gets it.
  func forEachArray(_ body: (NamedArray) throws -> Void) rethrows {
    for index in table.columns.indices { try body(table.array(ofColumn: index)) }
    guard let weights = binWeights else { return }
    try body(.numbers(ArrayName.binWeights, weights))
    try body(.integers(ArrayName.covarianceRows, covarianceRows))
    try body(
      .numbers(
        ArrayName.covariance, JackknifeSamples.covariance(of: covarianceRows.map { samples[$0]! }),
        shape: [covarianceRows.count, covarianceRows.count]))
    let (bins, rows) = (weights.count, samples.count)
    let replicas = [Double](unsafeUninitializedCapacity: bins * rows) { buffer, count in
      for (row, sample) in samples.enumerated() {
        for bin in 0..<bins {
          buffer.initializeElement(at: bin * rows + row, to: sample.map { $0.replicas[bin] } ?? .nan)
        }
      }
      count = bins * rows
    }
    try body(.numbers(ArrayName.jackknife, replicas, shape: [bins, rows]))
  }
}
