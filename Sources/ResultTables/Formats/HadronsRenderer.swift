// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis

/// One HDF5 file a bin, as Hadrons writes one file a configuration: group `TABLE/TABLE_0` with the complex dataset `corr`, one entry a row.
///
/// `pyerrors.input.hadrons.read_hd5(STEM, ENSEMBLE, TABLE, 0)` reads them. The samples are `JackknifeSamples.pseudoValues`; the imaginary parts
/// vanish. Withheld rows are left out; `rows` beside `corr` holds the indices of the rest, and each coordinate column follows under its own name.
public enum HadronsRenderer {
  /// The files, infix = number of the bin from 1.
  public static func render(_ document: ResultDocument) throws -> [OutputFile] {
    let tables = document.tables.compactMap { table in
      table.binWeights.map { (table, bins: $0.count, rows: table.sampledRows) }
    }
    guard let bins = tables.map(\.bins).max() else {
      throw OutputError("every row is under-sampled, so there is no correlator to write; use more draws")
    }
    let values = tables.map { sampled, _, rows in rows.map { sampled.samples[$0]!.pseudoValues } }
    do {
      return try (0..<bins).map { bin in
        OutputFile(
          infix: "\(bin + 1)",
          bytes: try HDF5Sink.file { root in
            for (index, (sampled, bins, rows)) in tables.enumerated() where bin < bins {
              try root.group(sampled.table.name) { group in
                try group.group("\(sampled.table.name)_0") {
                  try write(sampled.table, rows, values[index].map { $0[bin] }, into: $0)
                }
              }
            }
          })
      }
    } catch let failure as FileFailure {
      throw OutputError("the HDF5 library failed: \(failure.problem)")
    }
  }

  private static func write(_ table: ResultTable, _ rows: [Int], _ values: [Double], into group: HDF5Sink) throws {
    // Attributes are lists of one text: what the reader expects.
    try group.attribute("table", [table.name])
    try group.attribute("summary", [table.summary])
    try group.write(complex: values.flatMap { [$0, 0] }, name: "corr")
    try group.write(.integers("rows", rows))
    for index in table.coordinateIndices {
      try group.write(table.array(ofColumn: index, rows: rows))
    }
  }
}
