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
    return npyHeader(type, shape: array.shape) + data
  }

  /// What stands before the data of a `.npy` file.
  static func npyHeader(_ type: String, shape: [Int]) -> [UInt8] {
    let shape = shape.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }"
    // Magic, version and length take 10 bytes; the whole ends at a multiple of 64.
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + UInt16(header.utf8.count).littleEndianBytes + Array(header.utf8)
  }
}

/// A zip archive of stored files, without times.
struct StoredZip {
  /// A member whose content is written by someone else.
  struct Reservation {
    /// The beginning of its content.
    let head: [UInt8]
    /// Where the rest goes.
    let data: Int
    fileprivate let name: String
    fileprivate let offset: Int
    fileprivate let size: Int
  }

  private var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count: UInt16 = 0
  private var length = 0
  private var reservations: [Reservation] = []

  private static let nameRoom = 1 << 16

  private func checkRoom(_ size: Int) throws {
    guard length + size < 0xFFFF_0000 - Self.nameRoom, count < .max else {
      throw OutputError("the arrays exceed the 4 GiB of a plain zip archive; use --format hdf5")
    }
  }

  /// What the local header and the directory have in common.
  private static func common(_ name: String, checksum: UInt32, size: Int) -> [UInt8] {
    var common: [UInt8] = []
    // Version 2.0, names in UTF-8, method 0, 1 January 1980.
    for field: UInt16 in [20, 1 << 11, 0, 0, 0x21] { common += field.littleEndianBytes }
    for field in [checksum, UInt32(size), UInt32(size)] { common += field.littleEndianBytes }
    for field in [UInt16(name.utf8.count), 0] { common += field.littleEndianBytes }
    return common
  }

  private static func localHeader(_ name: String, checksum: UInt32, size: Int) -> [UInt8] {
    [0x50, 0x4B, 3, 4] + common(name, checksum: checksum, size: size) + Array(name.utf8)
  }

  private mutating func list(_ name: String, checksum: UInt32, size: Int, offset: Int) {
    directory += [0x50, 0x4B, 1, 2, 20, 0]
    directory += Self.common(name, checksum: checksum, size: size)
    directory += [UInt8](repeating: 0, count: 10)
    directory += UInt32(offset).littleEndianBytes
    directory += Array(name.utf8)
    count += 1
  }

  /// Appends a file.
  mutating func add(_ name: String, _ content: [UInt8]) throws {
    try checkRoom(content.count)
    let checksum = Checksum.crc32(content)
    let header = Self.localHeader(name, checksum: checksum, size: content.count)
    list(name, checksum: checksum, size: content.count, offset: length)
    bytes += header
    bytes += content
    length += header.count + content.count
  }

  /// Leaves room for a file of `head` and `count` more bytes; no file can be added afterwards.
  mutating func reserve(_ name: String, _ head: [UInt8], count: Int) throws -> Reservation {
    try checkRoom(head.count + count)
    let data = length + Self.localHeader(name, checksum: 0, size: 0).count + head.count
    let reservation = Reservation(head: head, data: data, name: name, offset: length, size: head.count + count)
    reservations.append(reservation)
    length = data + count
    return reservation
  }

  /// The files added so far.
  var start: [UInt8] { bytes }

  /// The beginnings of reserved files, and their places.
  var reserved: [(bytes: [UInt8], place: Int)] { reservations.map { ($0.head, $0.data - $0.head.count) } }

  /// What completes an archive with reserved files, and the places: local headers and directory.
  mutating func finish(checksums: [UInt32]) throws -> [(bytes: [UInt8], place: Int)] {
    var pieces: [(bytes: [UInt8], place: Int)] = []
    for (reservation, checksum) in zip(reservations, checksums) {
      pieces.append(
        (Self.localHeader(reservation.name, checksum: checksum, size: reservation.size), reservation.offset))
      list(reservation.name, checksum: checksum, size: reservation.size, offset: reservation.offset)
    }
    return pieces + [(end, length)]
  }

  /// The bytes of the archive, its directory at the end.
  mutating func finish() throws -> [UInt8] { bytes + end }

  private var end: [UInt8] {
    var end = directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
    for field in [count, count] { end += field.littleEndianBytes }
    for field in [UInt32(directory.count), UInt32(length)] { end += field.littleEndianBytes }
    return end + [0, 0]
  }
}

extension FixedWidthInteger {
  /// The bytes, lowest first.
  package var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { [UInt8]($0) } }
}
