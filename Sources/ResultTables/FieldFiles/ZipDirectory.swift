// SPDX-License-Identifier: GPL-3.0-or-later

internal import CZlib
import Foundation

/// The central directory of a zip archive, with the 64-bit fields that `numpy.savez` writes beyond 4 GiB. Source: PKWARE APPNOTE 6.3.3.
struct ZipDirectory {
  /// One member of the archive.
  struct Entry {
    let name: String
    fileprivate let method: Int
    fileprivate let checksum: UInt32
    fileprivate let stored: Int
    fileprivate let size: Int
    fileprivate let offset: Int
  }

  let entries: [Entry]

  private static let cutShort = FileFailure(problem: "this zip archive is damaged or cut short")

  init(_ file: MappedFile) throws {
    // The end record stands last, before a comment of at most 64 KiB.
    var end = file.count - 22
    while end >= 0, end > file.count - 22 - 65536, file.number(end, 4) != 0x0605_4B50 { end -= 1 }
    guard end >= 0, file.number(end, 4) == 0x0605_4B50 else { throw Self.cutShort }
    var (count, place) = (file.number(end + 10, 2), file.number(end + 16, 4))
    if count == 0xFFFF || place == 0xFFFF_FFFF, end >= 20, file.number(end - 20, 4) == 0x0706_4B50 {
      let record = file.number(end - 12, 8)
      guard record <= end - 56, file.number(record, 4) == 0x0606_4B50 else { throw Self.cutShort }
      (count, place) = (file.number(record + 32, 8), file.number(record + 48, 8))
    }
    guard place <= end, count <= file.count / 46 else { throw Self.cutShort }
    var entries: [Entry] = []
    for _ in 0..<count {
      guard place <= end - 46, file.number(place, 4) == 0x0201_4B50 else { throw Self.cutShort }
      let (nameLength, extraLength, commentLength) = (
        file.number(place + 28, 2), file.number(place + 30, 2), file.number(place + 32, 2)
      )
      let after = place + 46 + nameLength + extraLength + commentLength
      guard after <= end else { throw Self.cutShort }
      var (size, stored, offset) = (file.number(place + 24, 4), file.number(place + 20, 4), file.number(place + 42, 4))
      // The 64-bit values of those fields that are full, in this order.
      var extra = place + 46 + nameLength
      while extra + 4 <= place + 46 + nameLength + extraLength {
        let (kind, length) = (file.number(extra, 2), file.number(extra + 2, 2))
        if kind == 1 {
          var value = extra + 4
          func wide(_ field: inout Int) {
            guard field == 0xFFFF_FFFF, value + 8 <= extra + 4 + length else { return }
            field = file.number(value, 8)
            value += 8
          }
          wide(&size)
          wide(&stored)
          wide(&offset)
        }
        extra += 4 + length
      }
      entries.append(
        Entry(
          name: String(decoding: file.bytes((place + 46)..<(place + 46 + nameLength)), as: UTF8.self),
          method: file.number(place + 10, 2), checksum: UInt32(truncatingIfNeeded: file.number(place + 16, 4)), stored: stored,
          size: size, offset: offset))
      place = after
    }
    self.entries = entries
  }
}

extension ZipDirectory.Entry {
  /// The member's bytes, held against its checksum. Throws where it is damaged, encrypted or compressed by other means than deflate.
  func content(of file: MappedFile) throws -> MappedFile {
    let shown = PlainText.line(name, limit: 80)
    let damaged = FileFailure(problem: "\(shown) is damaged or cut short")
    guard offset <= file.count - 30, file.number(offset, 4) == 0x0403_4B50 else { throw damaged }
    let start = offset + 30 + file.number(offset + 26, 2) + file.number(offset + 28, 2)
    guard start <= file.count, stored <= file.count - start else { throw damaged }
    let bytes = MappedFile(file, start..<(start + stored))
    let whole: MappedFile
    switch method {
    case 0:
      guard size == stored else { throw damaged }
      whole = bytes
    case 8: whole = try Self.inflated(bytes, size: size, damaged)
    default: throw FileFailure(problem: "\(shown) is compressed by a method that NumPy does not write")
    }
    guard Checksum.crc32(whole.bytes(0..<whole.count), continuing: 0) == checksum else { throw damaged }
    return whole
  }

  /// Inflates into a file without a name, in the directory for such files.
  private static func inflated(_ bytes: MappedFile, size: Int, _ damaged: FileFailure) throws -> MappedFile {
    let directory = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
    var name = Array("\(directory)/nnft-fields-XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
      throw FileFailure(problem: "it is compressed, and \(directory) takes no file to inflate it into")
    }
    unlink(name)
    defer { close(descriptor) }
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    defer {
      inflateEnd(stream)
      stream.deallocate()
    }
    // Window bits below zero: no frame around the deflated bytes.
    guard inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { throw damaged }
    var room = [UInt8](repeating: 0, count: 1 << 20)
    var (taken, made, status) = (0, 0, Z_OK)
    while status == Z_OK {
      if stream.pointee.avail_in == 0 {
        let count = min(1 << 24, bytes.count - taken)
        guard count > 0 else { throw damaged }
        stream.pointee.next_in = UnsafeMutablePointer(mutating: (bytes.start + taken).assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(count)
        taken += count
      }
      let count = try room.withUnsafeMutableBufferPointer { buffer -> Int in
        stream.pointee.next_out = buffer.baseAddress
        stream.pointee.avail_out = UInt32(buffer.count)
        status = inflate(stream, Z_NO_FLUSH)
        guard status == Z_OK || status == Z_STREAM_END else { throw damaged }
        return buffer.count - Int(stream.pointee.avail_out)
      }
      made += count
      guard made <= size else { throw damaged }
      var done = 0
      while done < count {
        let written = room.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, count - done) }
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else {
          throw FileFailure(
            problem: "it is compressed, and \(directory) is too full to inflate it (\(String(cString: strerror(errno))))")
        }
        done += written
      }
    }
    guard made == size else { throw damaged }
    return try MappedFile(descriptor: descriptor)
  }
}
