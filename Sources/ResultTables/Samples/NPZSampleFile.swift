// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// Networks as a NumPy archive: all sizes are known beforehand, so every row goes straight to its place.
enum NPZSampleFile {
  static func write(
    _ description: SampleDescription, _ path: String, _ body: (SampleFormat.Put) throws -> Void
  ) throws {
    var zip = StoredZip()
    for (group, array) in description.constants {
      try zip.add("\(group)/\(array.name).npy", NPZRenderer.npy(array))
    }
    let heads = try description.arrays.map { array in
      let head = NPZRenderer.npyHeader(array.isSingle ? "<f4" : "<f8", shape: description.leading + array.rowShape)
      let count = array.rowBytes.multipliedReportingOverflow(by: description.draws)
      return try zip.reserve("\(array.name).npy", head, count: count.overflow ? Int.max >> 1 : count.partialValue)
    }
    let file = try RawFile(path)
    try file.write(zip.start, at: 0)
    var checksums = heads.map { Checksum.crc32($0.head) }
    for (head, place) in zip.reserved { try file.write(head, at: place) }
    // A checksum grows with rows that come in order; where they do not, the file is read again.
    var (next, written) = ([Int](repeating: 0, count: heads.count), [Int](repeating: 0, count: heads.count))
    try body { index, first, rows, block in
      let rowBytes = description.arrays[index].rowBytes
      let bytes = UnsafeRawBufferPointer(start: block, count: rows * rowBytes)
      try file.write(bytes, at: heads[index].data + first * rowBytes)
      if first == next[index] {
        checksums[index] = Checksum.crc32(bytes, continuing: checksums[index])
        next[index] += rows
      }
      written[index] += rows
    }
    for (index, array) in description.arrays.enumerated() {
      precondition(written[index] == description.draws, "NPZSampleFile: \(written[index]) of \(description.draws) rows")
      if next[index] < description.draws {
        try file.read(heads[index].data + next[index] * array.rowBytes, (description.draws - next[index]) * array.rowBytes) {
          checksums[index] = Checksum.crc32($0, continuing: checksums[index])
        }
      }
    }
    for (piece, place) in try zip.finish(checksums: checksums) { try file.write(piece, at: place) }
    try file.close()
  }
}

/// An empty file written at chosen places.
private final class RawFile {
  private var descriptor: Int32

  init(_ path: String) throws {
    descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure() }
  }

  deinit { if descriptor >= 0 { Foundation.close(descriptor) } }

  private static func failure() -> FileFailure { FileFailure(problem: "the system refuses a write") }

  func write(_ bytes: [UInt8], at place: Int) throws { try bytes.withUnsafeBytes { try write($0, at: place) } }

  func write(_ bytes: UnsafeRawBufferPointer, at place: Int) throws {
    var done = 0
    while done < bytes.count {
      let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(place + done))
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Self.failure() }
      done += count
    }
  }

  /// Hands on `count` bytes from a place in blocks.
  func read(_ place: Int, _ count: Int, _ body: (UnsafeRawBufferPointer) -> Void) throws {
    var room = [UInt8](repeating: 0, count: min(count, 1 << 20))
    var done = 0
    while done < count {
      let size = pread(descriptor, &room, min(room.count, count - done), off_t(place + done))
      if size < 0 && errno == EINTR { continue }
      guard size > 0 else { throw Self.failure() }
      room.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<size])) }
      done += size
    }
  }

  func close() throws {
    let status = Foundation.close(descriptor)
    descriptor = -1
    guard status == 0 else { throw Self.failure() }
  }
}
