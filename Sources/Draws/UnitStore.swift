// SPDX-License-Identifier: GPL-3.0-or-later

import Synchronization

/// Where the records of one plan are kept while it is carried out: in memory, or in a file that outlives the run.
public protocol UnitStore: Sendable {
  /// Keeps a record. Called for one unit at a time, in the order in which units end. Throws where it cannot be kept.
  func append(_ record: UnitRecord) throws
  /// All records, by unit.
  var records: [UnitRecord] { get }
}

/// The stores of all plans of one command, each under its ``PlanIdentity``.
public protocol UnitArchive: Sendable {
  /// The store of a plan, with the records that are kept of it already. Throws where there can be none.
  func store(of plan: some UnitPlan) throws -> any UnitStore
  /// The units that this run does.
  var shard: UnitShard { get }
}

/// A share of the units of every plan: those whose number leaves the remainder `index − 1` when divided by `count`. Units are dealt like cards, so that
/// shards are of equal size up to one unit and every unit is in exactly one of them.
public struct UnitShard: Sendable, Hashable, Codable {
  /// Which share, from 1 to ``count``.
  public let index: Int
  /// Number of shares.
  public let count: Int

  /// All units.
  public static let whole = UnitShard(index: 1, of: 1)

  /// Share `index` of `count`.
  public init(index: Int, of count: Int) {
    precondition(count > 0 && (1...count).contains(index), "UnitShard: \(index) of \(count)")
    self.index = index
    self.count = count
  }

  /// Whether a unit is in this share.
  public func contains(_ unit: Int) -> Bool { unit % count == index - 1 }
}

/// Records in memory.
public final class MemoryStore: UnitStore {
  private let kept: Mutex<[Int: UnitRecord]>

  /// A store that begins with `records`.
  public init(_ records: [UnitRecord] = []) {
    kept = Mutex(Dictionary(records.map { ($0.unit, $0) }) { first, _ in first })
  }

  /// Keeps a record; a unit that is there already is left as it is.
  public func append(_ record: UnitRecord) {
    kept.withLock { if $0[record.unit] == nil { $0[record.unit] = record } }
  }

  /// All records, by unit.
  public var records: [UnitRecord] { kept.withLock { $0.values.sorted { $0.unit < $1.unit } } }
}
