// SPDX-License-Identifier: GPL-3.0-or-later

/// Reads what ``HDF5Renderer`` wrote.
enum HDF5Reader {
  static let reader = ResultReader(
    recognises: { $0.starts(with: [0x89] + Array("HDF\r\n".utf8)) },
    read: { path, size in
      _ = try FileSeal.isSealed(path: path, size: size)
      return try HDF5Source.file(path, fileSize: size) { try document($0) }
    },
    isFragile: { path, size in try !FileSeal.isSealed(path: path, size: size) })

  private static func document(_ root: HDF5Source) throws -> ResultDocument {
    guard try root.textAttribute("format") == [HDF5Renderer.format] else {
      throw FileFailure(problem: "attribute format of / is not \"\(HDF5Renderer.format)\"")
    }
    let version = try root.integerAttribute("version")
    guard version == HDF5Renderer.version else {
      throw FileFailure(
        problem: "its layout has version \(version), this program reads version \(HDF5Renderer.version)")
    }
    let (provenance, theory) = try root.group("meta") { meta in
      guard let theory = try meta.texts("theory").values.first else {
        throw FileFailure(problem: "/meta/theory is empty")
      }
      return (try Provenance(pairs: meta.texts("provenance")), theory)
    }
    let tables = try root.group("correlators") { group in
      try group.members().map { name in
        try group.group(name) { table in
          try SampledTable(
            TableDescription(
              name: name, summary: table.textAttribute("summary").first ?? "",
              columns: table.textAttribute("columns"), kinds: table.textAttribute("kinds"),
              notes: table.textAttribute("notes")), table)
        }
      }
    }
    return ResultDocument(provenance: provenance, theory: theory, tables: tables)
  }
}
