// SPDX-License-Identifier: GPL-3.0-or-later

import Synchronization

/// Where the records of a run are kept while it goes on: in memory, or in a file that outlives it.
public protocol UnitStore: Sendable {
  /// Keeps a record. Called for one unit at a time, in the order in which units end.
  func append(_ record: UnitRecord)
  /// The units below `count` that it has no record of, in order.
  func missing(of count: Int) -> [Int]
}

/// Records in memory.
public final class MemoryStore: UnitStore {
  private let kept = Mutex<[Int: UnitRecord]>([:])

  /// An empty store.
  public init() {}

  /// Keeps a record; a unit that is there already is left as it is.
  public func append(_ record: UnitRecord) {
    kept.withLock { if $0[record.unit] == nil { $0[record.unit] = record } }
  }

  /// The units below `count` that are not here.
  public func missing(of count: Int) -> [Int] { kept.withLock { kept in (0..<count).filter { kept[$0] == nil } } }

  /// All records, by unit.
  public var records: [UnitRecord] { kept.withLock { $0.values.sorted { $0.unit < $1.unit } } }
}
