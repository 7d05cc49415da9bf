// SPDX-License-Identifier: GPL-3.0-or-later

/// The whole document as one HDF5 file: the format that keeps everything and that the others are made from (docs/formats.md).
public enum HDF5Renderer {
  /// Value of the root's attribute `format`.
  static let format = "nnft-correlators"
  /// Value of the root's attribute `version`: raised when a reader of the old layout would go wrong.
  static let version = 1

  /// The bytes of the file.
  public static func render(_ document: ResultDocument) throws -> [UInt8] {
    do {
      let file = try HDF5Sink.file { root in
        try root.attribute("format", format)
        try root.attribute("version", version)
        try root.group("meta") { meta in
          let entries = document.provenance.entries
          let program = entries.first { $0.key == "program" }?.value ?? ""
          try meta.write(.texts("program", [program], shape: []))
          try meta.write(.texts("provenance", entries.flatMap { [$0.key, $0.value] }, shape: [entries.count, 2]))
          try meta.write(.texts("theory", [document.theory], shape: []))
        }
        try root.group("correlators") { group in
          for table in document.tables {
            try group.group(table.table.name) { try write(table, into: $0) }
          }
        }
      }
      return FileSeal.sealed(file)
    } catch let failure as FileFailure {
      throw OutputError("the HDF5 library failed: \(failure.problem)")
    }
  }

  private static func write(_ sampled: SampledTable, into group: HDF5Sink) throws {
    let table = sampled.table
    try group.attribute("summary", table.summary)
    try group.attribute("columns", table.columns.map(\.name))
    try group.attribute("kinds", table.columns.map(\.kind.rawValue))
    try group.attribute("notes", table.notes)
    try sampled.forEachArray { try group.write($0) }
  }
}
