// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis

/// A `.json.gz` file for `pyerrors.input.json.load_json`, format version 1.1: one structure a table, in the order of the tables.
///
/// A table with one radial coordinate becomes a `Corr` (one timeslice a row, None where a row is withheld), any other a list of `Obs` of the rows
/// that are not withheld. The samples are `JackknifeSamples.pseudoValues`: bins of networks are independent, so `gamma_method(S=0)` is the right
/// error analysis, and it gives our errors and covariances. The description carries provenance, theory, coordinates and exact values. Source:
/// pyerrors 2.17 (Joswig et al., Comput. Phys. Commun. 288 (2023) 108750), input/json.py.
public enum PyerrorsRenderer {
  /// The bytes of the file.
  public static func render(_ document: ResultDocument) throws -> [UInt8] {
    let file = GzipStream()
    let program = document.provenance.entries.first { $0.key == "program" }?.value ?? ""
    file.write("{\"program\": \(try JSONRenderer.string(program)), \"version\": \"1.1\",\n\"description\": ")
    file.write(try description(document))
    file.write(",\n\"obsdata\": [")
    let ensemble = ensembleName(document.provenance)
    let written = document.tables.filter { $0.binWeights != nil }
    for (index, table) in written.enumerated() {
      file.write(index == 0 ? "\n" : ",\n")
      try write(table, ensemble: ensemble, into: file)
    }
    file.write("\n]}\n")
    return file.finish()
  }

  /// Whether a table is a function of one radius or one momentum: a `Corr`.
  static func isRadial(_ table: ResultTable) -> Bool {
    guard let first = table.columns.first, ["r", "phat"].contains(first.name) else { return false }
    let radii = table.rows.map { if case .number(let radius) = $0[0] { radius } else { Double.nan } }
    return zip(radii, radii.dropFirst()).allSatisfy { $0 < $1 }
  }

  /// Equal for runs with the same random numbers in the same bins, different otherwise: what decides which Obs are correlated.
  static func ensembleName(_ provenance: Provenance) -> String {
    let text = provenance.entries.filter { ["networks", "random numbers"].contains($0.key) }
      .map { "\($0.key): \($0.value)\n" }.joined()
    let hexadecimal = String(Checksum.crc32(Array(text.utf8)), radix: 16)
    return "nnft-" + String(repeating: "0", count: 8 - hexadecimal.count) + hexadecimal
  }

  private static func write(_ sampled: SampledTable, ensemble: String, into file: GzipStream) throws {
    let table = sampled.table
    let isCorr = isRadial(table)
    let rows = isCorr ? Array(table.rows.indices) : sampled.sampledRows
    let tags = try rows.map { try JSONRenderer.string(label(table, row: $0)) }
    let tagList = "[\((isCorr ? tags + [try JSONRenderer.string(table.name)] : tags).joined(separator: ", "))]"
    file.write("{\"type\": \"\(isCorr ? "Corr" : "List")\", ")
    file.write("\"layout\": \"\(rows.count)\(isCorr ? ", 1" : "")\", ")
    file.write("\"tag\": \(isCorr ? "{\"tag\": \(tagList)}" : tagList),\n")
    // NaN marks a timeslice that is None; pyerrors writes and reads it so.
    let values = rows.map { sampled.samples[$0].map { "\($0.value)" } ?? "NaN" }
    file.write("\"value\": [\(values.joined(separator: ", "))],\n")
    file.write("\"data\": [{\"id\": \"\(ensemble)\", \"replica\": [{\"name\": \"\(ensemble)\", \"deltas\": [")
    let fluctuations = rows.map { row in
      sampled.samples[row].map { samples in samples.pseudoValues.map { $0 - samples.value } }
    }
    for bin in sampled.binWeights!.indices {
      let line = fluctuations.map { $0.map { "\($0[bin])" } ?? "NaN" }
      file.write("\(bin == 0 ? "" : ",")\n[\(bin + 1), \(line.joined(separator: ", "))]")
    }
    file.write("]}]}]}")
  }

  /// `two-point r=0.25 x1=0.25 x2=0.0`.
  private static func label(_ table: ResultTable, row: Int) -> String {
    table.coordinateIndices.reduce(table.name) { label, index in
      "\(label) \(table.columns[index].name)=\(DelimitedText.plain(table.rows[row][index]))"
    }
  }

  private static func description(_ document: ResultDocument) throws -> String {
    var structure = -1
    let tables = try document.tables.map { sampled in
      let table = sampled.table
      let isWritten = sampled.binWeights != nil
      if isWritten { structure += 1 }
      let coordinates = try table.rows.map { row in
        "[\(try table.coordinateIndices.map { try JSONRenderer.cell(row[$0]) }.joined(separator: ", "))]"
      }
      let exact = table.columns.firstIndex { $0.name == "exact" }
      let rows = !isWritten ? [] : isRadial(table) ? Array(table.rows.indices) : sampled.sampledRows
      return """
        {"name": \(try JSONRenderer.string(table.name)), "summary": \(try JSONRenderer.string(table.summary)),
        "obsdata": \(isWritten ? "\(structure)" : "null"), "rows": \(rows),
        "coordinate_columns": [\(try table.coordinateIndices.map { try JSONRenderer.string(table.columns[$0].name) }.joined(separator: ", "))],
        "coordinates": [\(coordinates.joined(separator: ", "))],
        "exact": [\(try table.rows.map { row in try exact.map { try JSONRenderer.cell(row[$0]) } ?? "null" }.joined(separator: ", "))],
        "notes": [\(try table.notes.map(JSONRenderer.string).joined(separator: ", "))]}
        """
    }
    let provenance = try document.provenance.entries.map {
      "[\(try JSONRenderer.string($0.key)), \(try JSONRenderer.string($0.value))]"
    }
    return """
      {"provenance": [\(provenance.joined(separator: ",\n"))],
      "theory": \(try JSONRenderer.string(document.theory)),
      "tables": [
      \(tables.joined(separator: ",\n"))]}
      """
  }
}

extension ResultTable {
  /// Indices of the columns before `value`.
  var coordinateIndices: Range<Int> { 0..<(columns.firstIndex { $0.name == "value" } ?? columns.count) }
}
