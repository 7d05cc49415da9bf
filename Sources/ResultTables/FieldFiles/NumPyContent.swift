// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// The arrays of a `.npz` archive or of a single `.npy` file, mapped into memory and converted as they are read.
struct NumPyContent: FieldContent {
  private struct Member: Sendable {
    let array: FieldArray
    let bytes: MappedFile
    /// Where the elements begin.
    let data: Int
    let numbers: NumPyNumbers?
    /// Letters of a text; 0 for anything else.
    let letters: Int
    let isFortran: Bool
  }

  private let members: [String: Member]
  let arrays: [FieldArray]

  /// A zip archive of `.npy` files; other members are passed over. Every member is held against its checksum.
  init(archive path: String) throws {
    let file = try MappedFile(path)
    var members: [Member] = []
    for entry in try ZipDirectory(file).entries where entry.name.hasSuffix(".npy") {
      let name = String(entry.name.dropLast(4))
      members.append(try Self.member(name, try entry.content(of: file)))
    }
    guard !members.isEmpty else { throw FileFailure(problem: "this zip archive holds no arrays") }
    self.init(members)
  }

  /// One array, under the name that NumPy gives an unnamed one.
  init(array path: String) throws { self.init([try Self.member("arr_0", MappedFile(path))]) }

  private init(_ members: [Member]) {
    arrays = members.map(\.array)
    self.members = Dictionary(members.map { ($0.array.name, $0) }) { first, _ in first }
  }

  /// Reads the header: the magic string, version, length, and a Python dictionary of three keys (numpy.lib.format, versions 1 to 3).
  private static func member(_ name: String, _ bytes: MappedFile) throws -> Member {
    let wrong = FileFailure(problem: "\(PlainText.line(name, limit: 80)) is no array in NumPy's format")
    guard bytes.count >= 12, bytes.starts(with: [0x93] + Array("NUMPY".utf8)) else { throw wrong }
    let isLong = bytes[6] > 1
    guard (1...3).contains(bytes[6]) else { throw wrong }
    let length = bytes.number(8, isLong ? 4 : 2)
    let start = isLong ? 12 : 10
    guard length <= 1 << 20, start + length <= bytes.count else { throw wrong }
    let header = String(decoding: bytes.bytes(start..<(start + length)), as: UTF8.self)
    guard let order = value(header, of: "fortran_order", until: ",")?.trimmingCharacters(in: .whitespaces),
      let extents = value(header, of: "shape", until: ")")
    else { throw wrong }
    let parts = extents.drop { $0 == " " || $0 == "(" }.split { $0 == "," || $0 == " " }.map { Int($0) }
    guard parts.allSatisfy({ $0.map { $0 >= 0 } ?? false }) else {
      throw FileFailure(problem: "\(PlainText.line(name, limit: 80)) claims more numbers than there can be")
    }
    let shape = parts.map { $0! }
    // A descriptor that is no text describes records.
    let descriptor = value(header, of: "descr", until: ",")?.trimmingCharacters(in: CharacterSet(charactersIn: " '\""))
    let numbers = descriptor.flatMap { NumPyNumbers($0) }
    var letters = 0
    if let descriptor, descriptor.hasPrefix("<U"), let count = Int(descriptor.dropFirst(2)), (1...(1 << 24)).contains(count) {
      letters = count
    }
    let size = try FieldArray.checkedCount(shape, width: numbers?.width ?? 4 * letters, of: PlainText.line(name, limit: 80))
    guard size <= bytes.count - start - length else {
      throw FileFailure(problem: "\(PlainText.line(name, limit: 80)) is cut short: it has not the size it claims")
    }
    return Member(
      array: FieldArray(name: name, shape: shape, numbers: numbers?.name), bytes: bytes, data: start + length, numbers: numbers,
      letters: letters, isFortran: order == "True")
  }

  private static func value(_ header: String, of key: String, until end: Character) -> String? {
    guard let range = header.range(of: "'\(key)':") else { return nil }
    return String(header[range.upperBound...].prefix { $0 != end })
  }

  func read(_ array: FieldArray, rows: Range<Int>, leading: Int, into place: UnsafeMutablePointer<Double>) throws {
    guard let member = members[array.name], let numbers = member.numbers else {
      throw FileFailure(problem: "array \(array.name) is missing")
    }
    let rowCount = array.shape.prefix(leading).reduce(1, *)
    precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "NumPyContent: rows \(rows) of \(rowCount)")
    let rowSize = array.shape.dropFirst(leading).reduce(1, *)
    let start = member.bytes.start + member.data
    guard member.isFortran, array.shape.count > 1, leading > 0 else {
      numbers.convert(start + rows.lowerBound * rowSize * numbers.width, numbers.width, rows.count * rowSize, place)
      return
    }
    // The first axis runs fastest: what lies side by side are the rows of one place of the lattice.
    let inner = array.shape.dropFirst(leading)
    let strides = array.shape.reduce(into: [numbers.width]) { $0.append($0.last! * $1) }
    var run = [Double](repeating: 0, count: rows.count)
    for site in 0..<rowSize {
      var (rest, offset) = (site, 0)
      for axis in inner.indices.reversed() {
        offset += rest % array.shape[axis] * strides[axis]
        rest /= array.shape[axis]
      }
      run.withUnsafeMutableBufferPointer { run in
        var row = rows.lowerBound
        while row < rows.upperBound {
          // Rows of two axes come chain by chain.
          let chain = leading == 2 ? row / array.shape[1] : 0
          let end = leading == 2 ? min(rows.upperBound, (chain + 1) * array.shape[1]) : rows.upperBound
          let first = leading == 2 ? chain * strides[0] + row % array.shape[1] * strides[1] : row * strides[0]
          numbers.convert(start + offset + first, strides[leading - 1], end - row, run.baseAddress! + (row - rows.lowerBound))
          row = end
        }
      }
      for row in 0..<rows.count { place[row * rowSize + site] = run[row] }
    }
  }

  func texts(_ array: FieldArray) throws -> [String]? {
    guard let member = members[array.name], member.letters > 0 else { return nil }
    return (0..<array.count).map { index in
      var text = String.UnicodeScalarView()
      for letter in 0..<member.letters {
        let code = (member.bytes.start + member.data + 4 * (index * member.letters + letter)).loadUnaligned(as: UInt32.self)
        guard code != 0, let scalar = Unicode.Scalar(code) else { break }
        text.append(scalar)
      }
      return String(text)
    }
  }
}
