// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// The bytes of a file, read by the system as they are touched: memory holds no more of them than it has room for.
final class MappedFile: @unchecked Sendable {
  /// The first byte.
  let start: UnsafeRawPointer
  /// Number of bytes.
  let count: Int
  /// What keeps the memory, where these bytes are part of a larger file.
  private let owner: MappedFile?

  /// Maps the file of a path into memory, to be read only.
  convenience init(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFailure(problem: "it cannot be read") }
    defer { close(descriptor) }
    try self.init(descriptor: descriptor)
  }

  /// Maps what an open file holds; the file may be closed afterwards.
  init(descriptor: Int32) throws {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_size > 0 else { throw FileFailure(problem: "the file is empty") }
    count = Int(status.st_size)
    guard let place = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), place != MAP_FAILED else {
      throw FileFailure(problem: "it cannot be mapped into memory")
    }
    start = UnsafeRawPointer(place)
    owner = nil
  }

  /// A part of a file.
  init(_ whole: MappedFile, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= whole.count, "MappedFile: \(range) of \(whole.count)")
    (start, count, owner) = (whole.start + range.lowerBound, range.count, whole)
  }

  deinit { if owner == nil { munmap(UnsafeMutableRawPointer(mutating: start), count) } }

  /// The byte at an offset from the beginning.
  subscript(index: Int) -> UInt8 { start.load(fromByteOffset: index, as: UInt8.self) }

  /// The bytes of a range of offsets.
  func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count)
  }

  /// A whole number of `size` bytes, lowest first; the largest number where it is none of ours.
  func number(_ place: Int, _ size: Int) -> Int {
    guard place >= 0, place + size <= count else { return .max }
    let value = (0..<size).reduce(UInt64(0)) { $0 | UInt64(self[place + $1]) << (8 * UInt64($1)) }
    return Int(clamping: value)
  }

  /// Whether the file begins with these bytes.
  func starts(with head: [UInt8]) -> Bool { count >= head.count && bytes(0..<head.count).elementsEqual(head) }
}
