// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// Networks as a NumPy archive: all sizes are known beforehand, so every row goes straight to its place.
enum NPZSampleFile {
  static func write(
    _ description: SampleDescription, _ path: String, _ body: (SampleFormat.Append) throws -> Void
  ) throws {
    var zip = StoredZip()
    for (group, array) in description.constants {
      try zip.add("\(group)/\(array.name).npy", NPZRenderer.npy(array))
    }
    let heads = try description.arrays.map { array in
      let head = NPZRenderer.npyHeader(array.isSingle ? "<f4" : "<f8", shape: [description.draws] + array.rowShape)
      let count = array.rowBytes.multipliedReportingOverflow(by: description.draws)
      return try zip.reserve("\(array.name).npy", head, count: count.overflow ? Int.max >> 1 : count.partialValue)
    }
    let file = try RawFile(path)
    try file.write(zip.start, at: 0)
    var checksums = heads.map { Checksum.crc32($0.head) }
    for (head, place) in zip.reserved { try file.write(head, at: place) }
    var done = 0
    try body { rows, blocks in
      for (index, array) in description.arrays.enumerated() {
        let bytes = UnsafeRawBufferPointer(start: blocks[index], count: rows * array.rowBytes)
        try file.write(bytes, at: heads[index].data + done * array.rowBytes)
        checksums[index] = Checksum.crc32(bytes, continuing: checksums[index])
      }
      done += rows
    }
    precondition(done == description.draws, "NPZSampleFile: \(done) of \(description.draws) rows")
    for (piece, place) in try zip.finish(checksums: checksums) { try file.write(piece, at: place) }
    try file.close()
  }
}

/// An empty file written at chosen places.
private final class RawFile {
  private var descriptor: Int32

  init(_ path: String) throws {
    descriptor = open(path, O_WRONLY | O_CLOEXEC)
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

  func close() throws {
    let status = Foundation.close(descriptor)
    descriptor = -1
    guard status == 0 else { throw Self.failure() }
  }
}
