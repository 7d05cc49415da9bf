// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Foundation
import ResultTables
import Synchronization

/// A file of finished units: what an interrupted run goes on from, and what shards are merged from.
///
/// Layout: the line `nnft records 1`, then frames to the end of the file. A frame is the length of its content (8 bytes, little endian), the CRC-32 of
/// the content (4 bytes) and the content, a binary property list. The first frame is the header; every other states a plan or holds the record of one
/// unit of the plan stated last of that name. Frames are only ever appended. A last frame that was not written whole, as a lost machine leaves it, is
/// dropped; damage anywhere else is a fault of the file.
///
/// One process at a time adds to a file.
public final class RecordFile: UnitArchive {
  /// What the file is for.
  public struct Header: Codable, Sendable {
    /// The program that made the records.
    public let program: String
    /// What determines the numbers: the identities of all plans.
    public let identity: PlanIdentity
    /// What was asked for, where tables can be made from the file alone.
    public let request: StoredRequest?
    /// Whose units these are.
    public let shard: UnitShard

    /// States a header.
    public init(program: String, identity: PlanIdentity, request: StoredRequest?, shard: UnitShard = .whole) {
      self.program = program
      self.identity = identity
      self.request = request
      self.shard = shard
    }
  }

  /// One frame: exactly one of its parts.
  private struct Frame: Codable {
    var header: Header?
    var plan: Plan?
    var record: StoredRecord?
    /// The plan of ``record``.
    var owner: String?
  }

  private struct Plan: Codable {
    let name: String
    let identity: PlanIdentity
    let units: Int
  }

  /// The header.
  public let header: Header
  /// The units that a run with this file does.
  public var shard: UnitShard { header.shard }
  /// The file, as the user named it.
  public let path: String
  private let descriptor: Int32
  private let stores: Mutex<[PlanIdentity: MemoryStore]>
  private let lastSync = Mutex<Date>(.distantPast)

  private static let magic = Array("nnft records 1\n".utf8)
  /// Records may be lost with the machine (not with the process) when they are younger than this many seconds.
  private static let syncInterval = 5.0

  /// A new file with a header. Throws `FileWriteError` where there is one of that name.
  public init(creating path: String, _ header: Header) throws(FileWriteError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      let reason = errno
      guard reason != EEXIST else {
        throw FileWriteError(
          description: "\(path) exists and is kept; add --resume to go on from it, or choose another name", isUsage: true)
      }
      throw FileWriteError(
        description: "cannot write \(path): \(String(cString: strerror(reason))); choose another name or directory", isUsage: true
      )
    }
    (self.path, self.header, self.descriptor) = (path, header, descriptor)
    stores = Mutex([:])
    _ = flock(descriptor, LOCK_EX | LOCK_NB)
    do throws(FileWriteError) { try write(Self.magic + Self.bytes(Frame(header: header))) } catch {
      unlink(path)
      throw error
    }
  }

  /// A file that is there; `isAppending` where records will be added, which drops a torn last frame and keeps other processes away.
  public init(opening path: String, isAppending: Bool) throws {
    // A pipe or a device never ends.
    var status = stat()
    guard stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG else {
      throw ResultFileError(description: "\(path) is no regular file; name one that --checkpoint has written")
    }
    let descriptor = open(path, (isAppending ? O_RDWR : O_RDONLY) | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ResultFileError(
        description: "cannot read \(path): \(String(cString: strerror(errno))); name a file that --checkpoint has written")
    }
    var isTaken = false
    defer { if !isTaken { close(descriptor) } }
    guard !isAppending || flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw ResultFileError(description: "\(path): another run is adding to it; wait for it, or give each run a file of its own")
    }
    let bytes = try FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).readToEnd() ?? Data()
    let (header, stores, end) = try Self.read(bytes, path)
    if isAppending, end < bytes.count { ftruncate(descriptor, off_t(end)) }
    lseek(descriptor, off_t(end), SEEK_SET)
    (self.path, self.header, self.descriptor) = (path, header, descriptor)
    self.stores = Mutex(stores)
    isTaken = true
  }

  deinit { close(descriptor) }

  // MARK: - Plans and units

  /// The store of a plan, with the records that are kept of it already.
  public func store(of plan: some UnitPlan) throws -> any UnitStore {
    let identity = plan.identity
    let (memory, isNew) = stores.withLock { stores in
      if let known = stores[identity] { return (known, false) }
      let fresh = MemoryStore()
      stores[identity] = fresh
      return (fresh, true)
    }
    if isNew { try append(Frame(plan: Plan(name: identity.name, identity: identity, units: plan.unitCount))) }
    return Store(file: self, memory: memory, owner: identity.name)
  }

  /// The records of every plan that has any.
  public var records: [(identity: PlanIdentity, records: [UnitRecord])] {
    stores.withLock { $0.map { ($0.key, $0.value.records) } }.sorted { $0.0.name < $1.0.name }
  }

  private struct Store: UnitStore {
    let file: RecordFile
    let memory: MemoryStore
    let owner: String

    func append(_ record: UnitRecord) throws {
      try file.append(Frame(record: StoredRecord(record), owner: owner))
      memory.append(record)
    }

    var records: [UnitRecord] { memory.records }
  }

  // MARK: - Bytes

  private static func bytes(_ frame: Frame) -> [UInt8] {
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    guard let data = try? encoder.encode(frame) else { preconditionFailure("RecordFile: a frame is no property list") }
    let content = [UInt8](data)
    return UInt64(content.count).littleEndianBytes + Checksum.crc32(content).littleEndianBytes + content
  }

  private func append(_ frame: Frame) throws(FileWriteError) {
    try write(Self.bytes(frame))
    let isDue = lastSync.withLock { last in
      guard Date().timeIntervalSince(last) > Self.syncInterval else { return false }
      last = Date()
      return true
    }
    if isDue { fsync(descriptor) }
  }

  /// All bytes or a fault; what was written of them is taken back.
  private func write(_ bytes: [UInt8]) throws(FileWriteError) {
    let start = lseek(descriptor, 0, SEEK_CUR)
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let reason = String(cString: strerror(errno))
        ftruncate(descriptor, start)
        lseek(descriptor, start, SEEK_SET)
        throw FileWriteError(
          description: "cannot add to \(path): \(reason); its records are kept: make room and add --resume", isUsage: false)
      }
      done += count
    }
  }

  private static func read(
    _ data: Data, _ path: String
  ) throws(ResultFileError) -> (header: Header, stores: [PlanIdentity: MemoryStore], end: Int) {
    let bytes = [UInt8](data)
    func fault(_ problem: String) -> ResultFileError {
      ResultFileError(description: "\(path): \(problem); name a file that --checkpoint has written, or begin a new one")
    }
    guard bytes.starts(with: magic) else { throw fault("this is no file of records") }
    var (place, header): (Int, Header?) = (magic.count, nil)
    var plans: [String: PlanIdentity] = [:]
    var stores: [PlanIdentity: MemoryStore] = [:]
    func number(_ at: Int, _ count: Int) -> UInt64 {
      (0..<count).reduce(0) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) }
    }
    while place + 12 <= bytes.count {
      let length = number(place, 8)
      guard length <= UInt64(bytes.count - place - 12) else { break }
      let content = place + 12..<place + 12 + Int(length)
      let isLast = content.upperBound == bytes.count
      guard UInt64(Checksum.crc32(bytes[content])) == number(place + 8, 4) else {
        if isLast, header != nil { break }
        throw fault("the frame at byte \(place) is damaged")
      }
      guard let frame = try? PropertyListDecoder().decode(Frame.self, from: Data(bytes[content])) else {
        throw fault("the frame at byte \(place) is of a kind this version does not know")
      }
      if let read = frame.header { header = read }
      if let plan = frame.plan {
        plans[plan.name] = plan.identity
        stores[plan.identity] = stores[plan.identity] ?? MemoryStore()
      }
      if let stored = frame.record {
        guard let record = stored.record, let identity = frame.owner.flatMap({ plans[$0] }) else {
          throw fault("the record at byte \(place) belongs to no plan, or its lists are of wrong length")
        }
        stores[identity]!.append(record)
      }
      place = content.upperBound
    }
    guard let header else { throw fault("its header is not whole") }
    return (header, stores, place)
  }
}
