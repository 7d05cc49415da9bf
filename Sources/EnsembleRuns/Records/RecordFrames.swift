// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Foundation
import ResultTables

/// One frame of a ``RecordFile``: exactly one of its parts.
struct RecordFrame: Codable {
  /// A plan, and the plan before it in the file whose units it takes over.
  struct Plan: Codable {
    let name: String
    let statement: PlanStatement
    let extends: String?
  }

  var header: RecordFile.Header?
  var plan: Plan?
  var record: StoredRecord?
  var segment: StoredSegment?
  /// The plan of ``record`` or ``segment``.
  var owner: String?

  /// Length, its CRC-32, that of the content, and the content, a binary property list.
  var bytes: [UInt8] {
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    guard let data = try? encoder.encode(self) else { preconditionFailure("RecordFrame: a frame is no property list") }
    let length = UInt64(data.count).littleEndianBytes
    return length + Checksum.crc32(length).littleEndianBytes + Checksum.crc32([UInt8](data)).littleEndianBytes + [UInt8](data)
  }
}

/// What stands in a file of records, read frame by frame.
struct RecordFrames {
  /// The first line of the file.
  static let magic = Array("nnft records 2\n".utf8)
  private static let lead = 16

  private(set) var header: RecordFile.Header!
  /// Every plan with its units.
  private(set) var stores: [PlanStatement: MemoryStore] = [:]
  /// Where the last whole frame ends.
  private(set) var end: Int
  private var plans: [String: PlanStatement] = [:]

  /// Whether a file that is open ends before its first frame does.
  static func isTornHeader(_ descriptor: Int32, size: Int) -> Bool {
    let start = magic.count + lead
    var bytes = [UInt8](repeating: 0, count: min(size, start))
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    guard count == bytes.count, magic.starts(with: bytes.prefix(magic.count)) else { return false }
    guard size >= start else { return true }
    let length = bytes[magic.count..<magic.count + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Checksum.crc32(Array(bytes[magic.count..<magic.count + 8])).littleEndianBytes
      == Array(bytes[magic.count + 8..<magic.count + 12])
      && length > UInt64(size - start)
  }

  /// Reads a file that is open. A last frame that is not whole is left out; damage anywhere else throws.
  init(_ descriptor: Int32, _ path: String) throws(ResultFileError) {
    var status = stat()
    fstat(descriptor, &status)
    let size = Int(status.st_size)
    func fault(_ problem: String) -> ResultFileError {
      ResultFileError(description: "\(path): \(problem); name a file that --checkpoint has written, or begin a new one")
    }
    func bytes(_ place: Int, _ count: Int) throws(ResultFileError) -> [UInt8] {
      var (buffer, done) = ([UInt8](repeating: 0, count: count), 0)
      while done < count {
        let read = buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress! + done, count - done, off_t(place + done)) }
        if read < 0, errno == EINTR { continue }
        guard read > 0 else {
          throw fault("cannot read it: \(read < 0 ? String(cString: strerror(errno)) : "it became shorter")")
        }
        done += read
      }
      return buffer
    }
    func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    guard size >= Self.magic.count, try bytes(0, Self.magic.count) == Self.magic else {
      throw fault("this is no file of records of this version")
    }
    end = Self.magic.count
    while end + Self.lead <= size {
      let lead = try bytes(end, Self.lead)
      guard UInt64(Checksum.crc32(lead[0..<8])) == number(lead[8..<12]) else {
        throw fault("the frame at byte \(end) is damaged")
      }
      let length = number(lead[0..<8])
      guard length <= UInt64(size - end - Self.lead) else { break }
      let content = try bytes(end + Self.lead, Int(length))
      guard UInt64(Checksum.crc32(content)) == number(lead[12..<16]) else {
        if end + Self.lead + Int(length) == size, header != nil { break }
        throw fault("the frame at byte \(end) is damaged")
      }
      guard let frame = try? PropertyListDecoder().decode(RecordFrame.self, from: Data(content)) else {
        throw fault("the frame at byte \(end) is of a kind this version does not know")
      }
      guard take(frame) else { throw fault("the record at byte \(end) belongs to no plan, or its lists are of wrong length") }
      end += Self.lead + Int(length)
    }
    guard header != nil else { throw fault("its header is not whole") }
  }

  /// Adds a frame; false where it does not fit to those before it.
  private mutating func take(_ frame: RecordFrame) -> Bool {
    if let read = frame.header { header = read }
    if let plan = frame.plan {
      plans[plan.name] = plan.statement
      if stores[plan.statement] == nil {
        guard let name = plan.extends else {
          stores[plan.statement] = MemoryStore()
          return true
        }
        guard let base = plans[name], let store = stores[base], plan.statement.extends(base) else { return false }
        stores[plan.statement] = MemoryStore(plan.statement, extending: base, store)
      }
    }
    let store = frame.owner.flatMap { plans[$0] }.flatMap { stores[$0] }
    if let stored = frame.record {
      guard let record = stored.record, let store else { return false }
      store.append(record)
    }
    if let stored = frame.segment {
      guard let segment = stored.segment, let store else { return false }
      store.keep(segment)
    }
    return true
  }
}
