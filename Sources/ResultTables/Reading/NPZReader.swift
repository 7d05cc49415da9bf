// SPDX-License-Identifier: GPL-3.0-or-later

/// Reads what ``NPZRenderer`` wrote: a zip archive of stored `.npy` files, little-endian, C order.
enum NPZReader {
  static let reader = ResultReader(recognises: { $0.starts(with: [0x50, 0x4B, 3, 4]) }) { path, _ in
    try document(ResultFile.bytes(path))
  }

  /// The document of a whole file.
  static func document(_ bytes: [UInt8]) throws -> ResultDocument {
    let archive = try NPYArchive(bytes)
    let meta = archive.folder("meta")
    guard let theory = try meta.texts("theory").values.first else { throw FileFailure(problem: "meta/theory is empty") }
    let tables = try archive.folders.filter { $0 != "meta" }.map { name in
      let folder = archive.folder(name)
      return try SampledTable(
        TableDescription(
          name: name, summary: folder.texts("summary").values.first ?? "", columns: folder.texts("columns").values,
          kinds: folder.texts("kinds").values, notes: folder.texts("notes").values), folder)
    }
    return ResultDocument(
      provenance: try Provenance(pairs: meta.texts("provenance")), theory: theory, tables: tables)
  }
}

/// The arrays of a `.npz` file.
struct NPYArchive {
  private let bytes: [UInt8]
  private var entries: [String: Range<Int>] = [:]
  /// First parts of the names, in order.
  private(set) var folders: [String] = []

  /// Reads the central directory, and holds every member against its checksum.
  init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    let end = bytes.count - 22
    guard end >= 0, Self.number(bytes, end, 4) == 0x0605_4B50 else { throw Self.cutShort }
    var position = Self.number(bytes, end + 16, 4)
    for _ in 0..<Self.number(bytes, end + 10, 2) {
      guard position + 46 <= end, Self.number(bytes, position, 4) == 0x0201_4B50 else { throw Self.cutShort }
      let field = { Self.number(bytes, position + $0, $1) }
      let (nameLength, local, size) = (field(28, 2), field(42, 4), field(24, 4))
      guard position + 46 + nameLength <= end, local + 30 <= end else { throw Self.cutShort }
      let name = String(decoding: bytes[(position + 46)..<(position + 46 + nameLength)], as: UTF8.self)
      guard field(10, 2) == 0, field(20, 4) == size else { throw FileFailure(problem: "\(name) is compressed") }
      let start = local + 30 + Self.number(bytes, local + 26, 2) + Self.number(bytes, local + 28, 2)
      guard start + size <= end, Int(Checksum.crc32(bytes[start..<(start + size)])) == field(16, 4) else {
        throw FileFailure(problem: "\(name) is damaged")
      }
      entries[name] = start..<(start + size)
      let folder = String(name.prefix { $0 != "/" })
      if !folders.contains(folder) { folders.append(folder) }
      position += 46 + nameLength + field(30, 2) + field(32, 2)
    }
  }

  private static let cutShort = FileFailure(problem: "this zip archive is damaged or cut short")

  private static func number(_ bytes: [UInt8], _ position: Int, _ count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * $1) }
  }

  /// The arrays below a name.
  func folder(_ name: String) -> NPYFolder { NPYFolder(archive: self, path: name) }

  /// Type, shape and data of an array.
  fileprivate func array(_ name: String) throws -> (type: String, shape: [Int], data: ArraySlice<UInt8>) {
    guard let range = entries[name + ".npy"] else { throw FileFailure(problem: "array \(name) is missing") }
    let content = bytes[range]
    let wrong = FileFailure(problem: "\(name) is no array of .npy version 1.0")
    guard content.count >= 10, content.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]) else { throw wrong }
    let data = range.lowerBound + 10 + Self.number(bytes, range.lowerBound + 8, 2)
    guard data <= range.upperBound else { throw wrong }
    let header = String(decoding: bytes[(range.lowerBound + 10)..<data], as: UTF8.self)
    guard let type = Self.value(header, after: "'descr': '", until: "'"), header.contains("'fortran_order': False"),
      let extents = Self.value(header, after: "'shape': (", until: ")")
    else { throw wrong }
    let shape = extents.split { $0 == "," || $0 == " " }.map { Int($0) }
    guard shape.allSatisfy({ $0 != nil && $0! >= 0 && $0! <= bytes.count + 1 }) else { throw wrong }
    return (type, shape.map { $0! }, bytes[data..<range.upperBound])
  }

  private static func value(_ header: String, after start: String, until end: Character) -> String? {
    guard let range = header.range(of: start) else { return nil }
    return String(header[range.upperBound...].prefix { $0 != end })
  }
}

/// The arrays of one table.
struct NPYFolder: ArraySource {
  fileprivate let archive: NPYArchive
  let path: String

  func has(_ name: String) -> Bool { (try? archive.array("\(path)/\(name)")) != nil }

  /// Elements of a type that begins with `kind`, each of `width` bytes.
  private func elements<Element>(
    _ name: String, width: (String) -> Int?, _ make: (UnsafeRawBufferPointer, Int) throws -> Element
  ) throws -> (values: [Element], shape: [Int])? {
    let (type, shape, data) = try archive.array("\(path)/\(name)")
    guard let width = width(type) else { return nil }
    let (size, overflows) = shape.reduce((width, false)) { product, extent in
      let (value, over) = product.0.multipliedReportingOverflow(by: extent)
      return (value, product.1 || over)
    }
    guard !overflows, size == data.count else { throw FileFailure(problem: "\(path)/\(name) has not the size it claims") }
    return try data.withUnsafeBytes { raw in
      (try (0..<(data.count / max(1, width))).map { try make(raw, $0 * width) }, shape)
    }
  }

  func numbers(_ name: String) throws -> (values: [Double], shape: [Int]) {
    if let found = try elements(
      name, width: { $0 == "<f8" ? 8 : nil },
      { raw, at in
        raw.loadUnaligned(fromByteOffset: at, as: Double.self)
      })
    {
      return found
    }
    guard let whole = try integers(name) else { throw FileFailure(problem: "\(path)/\(name) holds no numbers") }
    return (whole.map(Double.init), [whole.count])
  }

  func integers(_ name: String) throws -> [Int]? {
    let found = try elements(name, width: { $0 == "<i8" ? 8 : nil }) { raw, at in
      raw.loadUnaligned(fromByteOffset: at, as: Int64.self)
    }
    guard let found else { return nil }
    guard found.shape.count == 1 else { throw FileFailure(problem: "\(path)/\(name) is no list") }
    return found.values.map(Int.init)
  }

  func texts(_ name: String) throws -> (values: [String], shape: [Int]) {
    let width = { (type: String) -> Int? in
      guard type.hasPrefix("<U"), let count = Int(type.dropFirst(2)), (1...(1 << 24)).contains(count) else { return nil }
      return 4 * count
    }
    var length = 0
    let found = try elements(
      name,
      width: {
        length = width($0) ?? 0; return width($0)
      }
    ) { raw, at in
      var text = String.UnicodeScalarView()
      for offset in stride(from: at, to: at + length, by: 4) {
        let code = raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        if code == 0 { break }
        guard let scalar = Unicode.Scalar(code) else { throw FileFailure(problem: "\(path)/\(name) is no Unicode") }
        text.append(scalar)
      }
      return String(text)
    }
    guard let found else { throw FileFailure(problem: "\(path)/\(name) holds no texts of fixed length") }
    return found
  }
}
