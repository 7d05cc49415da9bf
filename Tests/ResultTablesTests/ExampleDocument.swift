// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Foundation
import ResultTables

/// A document with everything that a format must carry: texts outside ASCII, whole numbers, missing cells, a withheld row, bins of
/// unequal weight, a table whose samples were not kept and one without rows.
enum ExampleDocument {
  static let binCount = 20
  static let rowCount = 6
  static let withheldRow = 2

  static func make(rows: Int = rowCount) throws -> ResultDocument {
    var provenance = Provenance()
    provenance.add("program", "nnft test")
    provenance.add("ensemble", "one: φ")
    provenance.add("ensemble", "two")
    provenance.add("set run.seed", "1")
    return ResultDocument(
      provenance: provenance, theory: "title = \"φ\"\n\n[run]\nseed = 1\n",
      tables: [try radial(rows: rows), try labelled(), try empty()])
  }

  private static func radial(rows: Int) throws -> SampledTable {
    var bins = BinnedMeans(primaryCount: rows)
    for bin in 0..<binCount {
      bins.append(
        means: (0..<rows).map { row in cos(Double(row) + 0.1 * Double((bin * bin + row) % 17)) },
        weight: Double(5 + bin % 3))
    }
    var table = ResultTable(
      name: "radial", summary: "a function of r",
      columns: [
        Column("r", .number), Column("n1", .integer), Column("value", .number), Column("error", .number),
        Column("exact", .number), Column("pull", .number), Column("status", .text),
      ])
    table.notes = ["a note", "another, with φ"]
    let samples = (0..<rows).map { $0 == withheldRow ? nil : bins.mean($0) }
    for (row, sample) in samples.enumerated() {
      let measured: [Cell] =
        sample.map { [.number($0.value), .number($0.error), .number(0.5), .number(-0.25), .text("ok")] }
        ?? [.missing, .missing, .number(0.5), .missing, .text("under-sampled")]
      try table.append([.number(0.1 * Double(row)), .integer(row - 3)] + measured)
    }
    return SampledTable(
      table, samples: samples, covarianceRows: samples.indices.filter { $0 != withheldRow && $0 < 48 })
  }

  private static func labelled() throws -> SampledTable {
    var table = ResultTable(
      name: "labelled", summary: "no samples",
      columns: [Column("set", .text), Column("count", .integer), Column("value", .number)])
    try table.append([.text("a,\"φ\""), .missing, .number(-0.0)])
    try table.append([.text(""), .integer(-7), .number(1e-300)])
    return SampledTable(table)
  }

  private static func empty() throws -> SampledTable {
    SampledTable(ResultTable(name: "empty", summary: "", columns: [Column("value", .number)]))
  }
}

/// A fresh directory, removed by the caller.
func temporaryDirectory() throws -> URL {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("nnft-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  return url
}
