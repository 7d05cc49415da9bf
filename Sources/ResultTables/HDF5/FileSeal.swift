// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// Sixteen bytes behind the end of an HDF5 file that say whether it is as it was written: the mark `NNFTCRC1`, the CRC-32 of all before it,
/// and zeros.
///
/// HDF5 libraries pass over them. Without them a damaged byte among the numbers would go unnoticed, and one among the addresses makes
/// version 1.10 of the library read outside its memory. A file that another program has changed has lost its seal; ``IsolatedReader`` reads it.
enum FileSeal {
  private static let mark = Array("NNFTCRC1".utf8)
  private static let size = 16

  /// The file with its seal.
  static func sealed(_ bytes: [UInt8]) -> [UInt8] {
    bytes + mark + Checksum.crc32(bytes).littleEndianBytes + [0, 0, 0, 0]
  }

  /// Whether a file has a seal that fits its content; throws where it does not fit.
  static func isSealed(path: String, size fileSize: Int) throws -> Bool {
    guard fileSize > size else { return false }
    let file: FileHandle
    do { file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path)) } catch {
      throw FileFailure(problem: "it cannot be read")
    }
    defer { try? file.close() }
    do {
      try file.seek(toOffset: UInt64(fileSize - size))
      let seal = [UInt8](try file.read(upToCount: size) ?? Data())
      guard seal.count == size, seal.starts(with: mark) else { return false }
      try file.seek(toOffset: 0)
      var (checksum, rest) = (UInt32(0), fileSize - size)
      while rest > 0, let piece = try file.read(upToCount: min(rest, 1 << 20)), !piece.isEmpty {
        checksum = piece.withUnsafeBytes { Checksum.crc32($0, continuing: checksum) }
        rest -= piece.count
      }
      guard rest == 0, checksum.littleEndianBytes == Array(seal[8..<12]) else {
        throw FileFailure(problem: "this HDF5 file is damaged: its checksum does not fit")
      }
      return true
    } catch let failure as FileFailure {
      throw failure
    } catch {
      throw FileFailure(problem: "it cannot be read")
    }
  }
}
