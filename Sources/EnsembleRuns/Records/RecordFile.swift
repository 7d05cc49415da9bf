// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import Foundation
import ResultTables
import Synchronization

/// A file of finished units, and of the states of those that are being done: what an interrupted run goes on from, and what shards are merged from.
///
/// Layout: the line `nnft records 2`, then frames to the end of the file. A frame is the length of its content (8 bytes, little endian), the CRC-32 of
/// these eight (4 bytes), that of the content (4 bytes) and the content, a binary property list. The first frame is the header, of which a later one takes
/// the place; every other states a plan or holds the record, or a segment, of one unit of the plan stated last of that name. Frames are only ever
/// appended, except that a file half of which are segments that later ones have replaced is written anew, and takes its name all at once. A last frame
/// that was not written whole, as a lost machine leaves it, is dropped; damage anywhere else is a fault of the file.
///
/// One process at a time adds to a file.
public final class RecordFile: UnitArchive {
  /// What the file is for.
  public struct Header: Codable, Sendable {
    /// The program that made the records.
    public let program: String
    /// What determines the numbers.
    public let plans: [PlanStatement]
    /// What was asked for, where tables can be made from the file alone.
    public let request: StoredRequest?
    /// Whose units these are.
    public let shard: UnitShard

    /// States a header.
    public init(program: String, plans: [PlanStatement], request: StoredRequest?, shard: UnitShard = .whole) {
      self.program = program
      self.plans = plans
      self.request = request
      self.shard = shard
    }

    /// The identities of all plans in one.
    public var identity: PlanIdentity { plans.reduce(into: PlanIdentity()) { $0.add($1.identity) } }
  }

  /// The open file.
  private struct Output {
    var descriptor: Int32
    var lastSync = Date.distantPast
    /// Bytes of segments that later frames have replaced.
    var dead = 0
  }

  /// The units that a run with this file does.
  public var shard: UnitShard { header.shard }
  /// The file, as the user named it.
  public let path: String
  private let currentHeader: Mutex<Header>
  private let stores: Mutex<[PlanStatement: MemoryStore]>
  private let output: Mutex<Output>

  /// Frames may be lost with the machine (not with the process) when they are younger than this many seconds.
  private static let syncInterval = 5.0
  /// Fewer dead bytes than these are left where they are.
  private static let deadBytes = 1 << 26

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
    self.path = path
    currentHeader = Mutex(header)
    stores = Mutex([:])
    output = Mutex(Output(descriptor: descriptor))
    _ = flock(descriptor, LOCK_EX | LOCK_NB)
    do throws(FileWriteError) {
      try Self.write(RecordFrames.magic + RecordFrame(header: header).bytes, descriptor, path)
    } catch {
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
    let frames = try RecordFrames(descriptor, path)
    if isAppending {
      ftruncate(descriptor, off_t(frames.end))
      lseek(descriptor, off_t(frames.end), SEEK_SET)
    }
    self.path = path
    currentHeader = Mutex(frames.header)
    stores = Mutex(frames.stores)
    // A merge of very many files may not hold them all open.
    output = Mutex(Output(descriptor: isAppending ? descriptor : -1))
    isTaken = isAppending
  }

  /// Whether a file is what a run leaves that was killed as it began: a header that is not whole, or none, and nobody at it. Nothing is lost with it.
  public static func isUnbegun(_ path: String) -> Bool {
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      return false
    }
    return RecordFrames.isTornHeader(descriptor, size: Int(status.st_size))
  }

  deinit { output.withLock { if $0.descriptor >= 0 { close($0.descriptor) } } }

  /// The header of the file: which plans its records belong to.
  public var header: Header { currentHeader.withLock { $0 } }

  /// From now on the file is for plans that extend those of its header.
  public func extend(to header: Header) throws(FileWriteError) {
    try append(RecordFrame(header: header))
    currentHeader.withLock { $0 = header }
  }

  // MARK: - Plans and units

  /// The store of a plan, with what is kept of it already: its own units, or those of a plan that it extends.
  public func store(of plan: some UnitPlan) throws -> any UnitStore {
    let statement = plan.statement
    let name = statement.identity.name
    let (memory, isNew, base) = stores.withLock { stores -> (MemoryStore, Bool, PlanStatement?) in
      if let known = stores[statement] { return (known, false, nil) }
      // The longest of those that it extends.
      let base = stores.keys.filter { statement.extends($0) }
        .max { $1.layout.extends($0.layout) && !$0.layout.extends($1.layout) }
      let fresh = base.map { MemoryStore(statement, extending: $0, stores[$0]!) } ?? MemoryStore()
      stores[statement] = fresh
      return (fresh, true, base)
    }
    if isNew {
      try append(RecordFrame(plan: RecordFrame.Plan(name: name, statement: statement, extends: base?.identity.name)))
    }
    return Store(file: self, memory: memory, owner: name)
  }

  /// States a plan whose records will be passed on.
  func state(_ plan: PlanStatement) throws {
    try append(RecordFrame(plan: RecordFrame.Plan(name: plan.identity.name, statement: plan, extends: nil)))
  }

  /// Writes a record that nobody will ask this instance for.
  func pass(_ record: UnitRecord, of plan: PlanStatement) throws {
    try append(RecordFrame(record: StoredRecord(record), owner: plan.identity.name))
  }

  /// Sees that all frames are on the disk.
  func settle() throws(FileWriteError) {
    guard output.withLock({ fsync($0.descriptor) }) == 0 else {
      throw FileWriteError(description: "cannot add to \(path): \(String(cString: strerror(errno)))", isUsage: false)
    }
  }

  /// The records of every plan that has any.
  public var records: [(plan: PlanStatement, records: [UnitRecord])] {
    stores.withLock { $0.map { ($0.key, $0.value.records) } }.sorted { $0.0.identity.name < $1.0.identity.name }
  }

  private struct Store: UnitStore {
    let file: RecordFile
    let memory: MemoryStore
    let owner: String

    func append(_ record: UnitRecord) throws {
      let replaced = memory.segment(of: record.unit)
      try file.append(
        RecordFrame(record: StoredRecord(record), owner: owner), replacing: replaced.map { $0.stateBytes + $0.seriesBytes } ?? 0
      ) { memory.append(record) }
    }

    func keep(_ segment: UnitSegment) throws {
      let replaced = memory.segment(of: segment.unit)
      try file.append(RecordFrame(segment: StoredSegment(segment), owner: owner), replacing: replaced?.stateBytes ?? 0) {
        memory.keep(segment)
      }
      try file.rewriteIfWasteful()
    }

    var records: [UnitRecord] { memory.records }

    func segment(of unit: Int) -> UnitSegment? { memory.segment(of: unit) }
  }

  // MARK: - Bytes

  /// Adds a frame; `remember` is called before anybody else adds one, so that what is written anew from memory lacks nothing.
  private func append(
    _ frame: RecordFrame, replacing dead: Int = 0, remember: () -> Void = {}
  ) throws(FileWriteError) {
    let (bytes, path) = (frame.bytes, path)
    try output.withLock { output throws(FileWriteError) in
      try Self.write(bytes, output.descriptor, path)
      remember()
      output.dead += dead
      if Date().timeIntervalSince(output.lastSync) > Self.syncInterval {
        output.lastSync = Date()
        fsync(output.descriptor)
      }
    }
  }

  /// Writes the file anew where half of it is dead; one that cannot be written is left as it is.
  private func rewriteIfWasteful() throws(FileWriteError) {
    let (header, path) = (header, path)
    let contents = stores.withLock { $0 }
    output.withLock { output in
      guard output.dead > Self.deadBytes, off_t(2 * output.dead) > lseek(output.descriptor, 0, SEEK_CUR) else { return }
      output.dead = 0
      let fresh = path + ".new"
      let descriptor = open(fresh, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { return }
      do throws(FileWriteError) {
        try Self.write(RecordFrames.magic + RecordFrame(header: header).bytes, descriptor, fresh)
        for (plan, store) in contents {
          let name = plan.identity.name
          try Self.write(
            RecordFrame(plan: RecordFrame.Plan(name: name, statement: plan, extends: nil)).bytes, descriptor, fresh)
          let (records, segments) = store.contents
          for record in records {
            try Self.write(RecordFrame(record: StoredRecord(record), owner: name).bytes, descriptor, fresh)
          }
          for segment in segments {
            try Self.write(RecordFrame(segment: StoredSegment(segment), owner: name).bytes, descriptor, fresh)
          }
        }
      } catch {
        close(descriptor)
        unlink(fresh)
        return
      }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, fsync(descriptor) == 0, rename(fresh, path) == 0 else {
        close(descriptor)
        unlink(fresh)
        return
      }
      close(output.descriptor)
      output.descriptor = descriptor
    }
  }

  /// All bytes or a fault; what was written of them is taken back.
  private static func write(_ bytes: [UInt8], _ descriptor: Int32, _ path: String) throws(FileWriteError) {
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
}

extension UnitSegment {
  fileprivate var stateBytes: Int { 8 * state.count }
  fileprivate var seriesBytes: Int { series.map { 8 * $0.count * ($0.names.count + 1) } ?? 0 }
}
