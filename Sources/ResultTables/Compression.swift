// SPDX-License-Identifier: GPL-3.0-or-later

internal import CZlib

/// Text deflated on the way, as a gzip file without name and time: equal text gives equal bytes.
final class GzipStream {
  /// zlib keeps a pointer to it, so it must not move.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private var bytes: [UInt8] = []

  init() {
    stream.initialize(to: z_stream())
    // Window bits 15 + 16: a gzip frame.
    let status = deflateInit2_(
      stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib does not start: \(status)")
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// Appends text.
  func write(_ text: String) {
    var text = text
    text.withUTF8 { deflate($0, flush: Z_NO_FLUSH) }
  }

  /// The whole file; nothing may be written afterwards.
  func finish() -> [UInt8] {
    deflate(UnsafeBufferPointer(start: nil, count: 0), flush: Z_FINISH)
    return bytes
  }

  private func deflate(_ input: UnsafeBufferPointer<UInt8>, flush: Int32) {
    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
    stream.pointee.avail_in = uInt(input.count)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1 << 16) { room in
      repeat {
        stream.pointee.next_out = room.baseAddress
        stream.pointee.avail_out = uInt(room.count)
        let status = CZlib.deflate(stream, flush)
        precondition(status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR, "zlib: \(status)")
        bytes.append(contentsOf: room.prefix(room.count - Int(stream.pointee.avail_out)))
      } while stream.pointee.avail_out == 0
    }
  }
}

/// Cyclic redundancy check of zip, gzip and png.
package enum Checksum {
  /// CRC-32 of bytes that follow others whose CRC-32 is known.
  static func crc32(_ bytes: UnsafeRawBufferPointer, continuing checksum: UInt32) -> UInt32 {
    UInt32(
      truncatingIfNeeded: crc32_z(UInt(checksum), bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
  }

  /// CRC-32 of any number of bytes.
  package static func crc32(_ bytes: some Collection<UInt8>) -> UInt32 {
    bytes.withContiguousStorageIfAvailable { UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count)) }
      ?? crc32(Array(bytes))
  }
}
