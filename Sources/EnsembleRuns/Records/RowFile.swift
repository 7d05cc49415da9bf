// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import NumericalKernels
import ResultTables

/// Rows of samples on their way into a sample file, on disk beside the file of records that says which of them are there: what an interrupted `nnft sample` goes on
/// from.
///
/// Layout: the arrays one after the other, each with a row for every draw, as the machine writes floats and doubles. Every row has its place from the
/// beginning, so rows may come in any order and from any thread.
final class RowFile: Sendable {
  /// The file.
  let path: String
  private let arrays: [SampleArray]
  private let draws: Int
  private let descriptor: Int32

  /// The file at a path: a new one, or that of an interrupted run. Throws where a new one cannot be made, or that of the interrupted run is gone.
  init(path: String, _ arrays: [SampleArray], draws: Int, isNew: Bool) throws(FileWriteError) {
    descriptor = open(path, O_RDWR | O_CLOEXEC | (isNew ? O_CREAT | O_TRUNC : 0), 0o666)
    guard descriptor >= 0 else {
      let reason = String(cString: strerror(errno))
      throw FileWriteError(
        description: isNew
          ? "cannot write \(path): \(reason); choose another name or directory"
          : "the rows that the checkpoint file counts were in \(path): \(reason); put it back, or remove the checkpoint file to begin anew",
        isUsage: true)
    }
    (self.path, self.arrays, self.draws) = (path, arrays, draws)
  }

  deinit { close(descriptor) }

  private func place(_ array: Int, _ row: Int) -> Int {
    arrays[..<array].reduce(0) { $0 + $1.rowBytes * draws } + row * arrays[array].rowBytes
  }

  /// Puts rows of an array where they belong.
  func put(_ array: Int, _ first: Int, _ rows: Int, _ block: UnsafeRawPointer) throws(FileWriteError) {
    var (done, count) = (0, rows * arrays[array].rowBytes)
    let start = place(array, first)
    while count > 0 {
      let written = pwrite(descriptor, block + done, count, off_t(start + done))
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw failure() }
      (done, count) = (done + written, count - written)
    }
  }

  /// Returns when the rows so far will outlive the machine.
  func keep() throws(FileWriteError) { if fdatasync(descriptor) != 0, errno != EINVAL { throw failure() } }

  private func failure() -> FileWriteError {
    FileWriteError(
      description: "cannot write \(path): \(String(cString: strerror(errno))); free some space or choose another place",
      isUsage: false)
  }

  /// Hands all rows on in order: blocks of rows of one group of `groupSize` draws, each with all its arrays.
  func hand(blockRows: Int, groupSize: Int, to put: SampleFormat.Put) throws {
    let blocks = arrays.map { AlignedBuffer<UInt8>(count: blockRows * $0.rowBytes, repeating: 0) }
    var first = 0
    while first < draws {
      let rows = min(blockRows, groupSize - first % groupSize, draws - first)
      for (index, block) in blocks.enumerated() {
        try read(index, first, rows, into: block.pointer)
        try put(index, first, rows, block.pointer)
      }
      first += rows
    }
  }

  private func read(_ array: Int, _ first: Int, _ rows: Int, into block: UnsafeMutablePointer<UInt8>) throws(FileWriteError) {
    var (done, count) = (0, rows * arrays[array].rowBytes)
    while count > 0 {
      let read = pread(descriptor, block + done, count, off_t(place(array, first) + done))
      if read < 0, errno == EINTR { continue }
      guard read > 0 else {
        throw FileWriteError(
          description: "\(path) is shorter than the checkpoint file says; remove both to begin anew", isUsage: true)
      }
      (done, count) = (done + read, count - read)
    }
  }
}
