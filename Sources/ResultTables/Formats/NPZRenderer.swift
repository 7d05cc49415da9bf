// SPDX-License-Identifier: GPL-3.0-or-later

/// The arrays of all tables as a NumPy archive: `TABLE/COLUMN`, `TABLE/jackknife`, …, `meta/provenance`, `meta/theory`.
///
/// A zip archive of stored (not compressed) `.npy` files of version 1.0, little-endian; texts are UTF-32 of fixed length (`<U`), so nothing
/// is pickled. Sources: PKWARE APPNOTE 6.3.3; numpy.lib.format.
public enum NPZRenderer {
  /// The bytes of the archive.
  public static func render(_ document: ResultDocument) throws -> [UInt8] {
    var archive = StoredZip()
    func add(_ array: NamedArray, to folder: String) throws {
      try archive.add("\(folder)/\(array.name).npy", npy(array))
    }
    let entries = document.provenance.entries
    try add(.texts("provenance", entries.flatMap { [$0.key, $0.value] }, shape: [entries.count, 2]), to: "meta")
    try add(.texts("theory", [document.theory], shape: []), to: "meta")
    for table in document.tables {
      let name = table.table.name
      try add(.texts("summary", [table.table.summary], shape: []), to: name)
      try add(.texts("notes", table.table.notes), to: name)
      try add(.texts("columns", table.table.columns.map(\.name)), to: name)
      try add(.texts("kinds", table.table.columns.map(\.kind.rawValue)), to: name)
      try table.forEachArray { try add($0, to: name) }
    }
    return try archive.finish()
  }

  /// One array as a `.npy` file.
  static func npy(_ array: NamedArray) -> [UInt8] {
    let type: String
    let data: [UInt8]
    switch array.elements {
    case .numbers(let values):
      type = "<f8"
      data = values.withUnsafeBytes { [UInt8]($0) }
    case .integers(let values):
      type = "<i8"
      data = values.withUnsafeBytes { [UInt8]($0) }
    case .texts(let texts):
      let width = max(1, texts.map(\.unicodeScalars.count).max() ?? 1)
      type = "<U\(width)"
      data = texts.flatMap { text in
        let scalars = text.unicodeScalars.map(\.value)
        return (scalars + [UInt32](repeating: 0, count: width - scalars.count)).flatMap(\.littleEndianBytes)
      }
    }
    let shape = array.shape.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }"
    // Magic, version and length take 10 bytes; the whole ends at a multiple of 64.
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + UInt16(header.utf8.count).littleEndianBytes + Array(header.utf8)
      + data
  }
}

/// A zip archive of stored files, without times.
struct StoredZip {
  private var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count: UInt16 = 0

  /// Appends a file.
  mutating func add(_ name: String, _ content: [UInt8]) throws {
    guard bytes.count + content.count < 0xFFFF_0000, count < .max else {
      throw OutputError("the arrays exceed the 4 GiB of a plain zip archive; use --format hdf5")
    }
    let offset = UInt32(bytes.count)
    let (length, nameLength) = (UInt32(content.count), UInt16(name.utf8.count))
    var common: [UInt8] = []
    // Version 2.0, names in UTF-8, method 0, 1 January 1980.
    for field: UInt16 in [20, 1 << 11, 0, 0, 0x21] { common += field.littleEndianBytes }
    for field in [Checksum.crc32(content), length, length] { common += field.littleEndianBytes }
    for field in [nameLength, 0] { common += field.littleEndianBytes }
    bytes += [0x50, 0x4B, 3, 4]
    bytes += common
    bytes += Array(name.utf8)
    bytes += content
    directory += [0x50, 0x4B, 1, 2, 20, 0]
    directory += common
    directory += [UInt8](repeating: 0, count: 10)
    directory += offset.littleEndianBytes
    directory += Array(name.utf8)
    count += 1
  }

  /// The archive.
  mutating func finish() throws -> [UInt8] {
    let offset = UInt32(bytes.count)
    bytes += directory
    bytes += [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
    for field in [count, count] { bytes += field.littleEndianBytes }
    for field in [UInt32(directory.count), offset] { bytes += field.littleEndianBytes }
    bytes += [0, 0]
    return bytes
  }
}

extension FixedWidthInteger {
  /// The bytes, lowest first.
  var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { [UInt8]($0) } }
}
