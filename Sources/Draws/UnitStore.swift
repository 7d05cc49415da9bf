// SPDX-License-Identifier: GPL-3.0-or-later

import Synchronization

/// Where the records of one plan are kept while it is carried out: in memory, or in a file that outlives the run.
public protocol UnitStore: Sendable {
  /// Keeps a record. Called for one unit at a time, in the order in which units end. Throws where it cannot be kept.
  func append(_ record: UnitRecord) throws
  /// Keeps the state of a unit that is being done, with the observables since the segment before.
  func keep(_ segment: UnitSegment) throws
  /// All records, by unit.
  var records: [UnitRecord] { get }
  /// What a unit that has no record goes on from; nil where it begins.
  func segment(of unit: Int) -> UnitSegment?
}

/// The stores of all plans of one command, each under its ``PlanIdentity``.
public protocol UnitArchive: Sendable {
  /// The store of a plan, with the records that are kept of it already. Throws where there can be none.
  func store(of plan: some UnitPlan) throws -> any UnitStore
  /// The units that this run does.
  var shard: UnitShard { get }
  /// Whether what it holds is all that there will be: nothing is done any more, and a run has the units that are there.
  var isClosed: Bool { get }
}

extension UnitArchive {
  /// Missing units are done.
  public var isClosed: Bool { false }
}

/// A share of the units of every plan: those whose number leaves the remainder `index − 1` when divided by `count`. Units are dealt like cards, so that
/// shards are of equal size up to one unit and every unit is in exactly one of them.
public struct UnitShard: Sendable, Hashable, Codable {
  /// Which share, from 1 to ``count``.
  public let index: Int
  /// Number of shares.
  public let count: Int

  /// The whole of the work, one shard.
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
  private struct Contents: Sendable {
    var records: [Int: UnitRecord] = [:]
    var segments: [Int: UnitSegment] = [:]
  }

  private let kept: Mutex<Contents>

  /// A store that begins with `records`.
  public convenience init(_ records: [UnitRecord] = []) {
    self.init(Contents(records: Dictionary(records.map { ($0.unit, $0) }) { first, _ in first }))
  }

  private init(_ contents: Contents) { kept = Mutex(contents) }

  /// What a store of `old` holds of the plan `new`, which extends it: the units themselves or, of longer chains, where they go on.
  public convenience init(_ new: PlanStatement, extending old: PlanStatement, _ store: MemoryStore) {
    var contents = store.kept.withLock { $0 }
    if case .chains = new.layout, new.layout != old.layout {
      for (unit, record) in contents.records {
        guard let state = record.endState else { continue }
        contents.segments[unit] = UnitSegment(unit: unit, state: state, series: record.series)
      }
      contents.records = [:]
    }
    self.init(contents)
  }

  /// Keeps a record; a unit that is there already is left as it is.
  public func append(_ record: UnitRecord) {
    kept.withLock {
      if $0.records[record.unit] == nil { $0.records[record.unit] = record }
      $0.segments[record.unit] = nil
    }
  }

  /// Keeps a segment, with the observables of those before it.
  public func keep(_ segment: UnitSegment) {
    kept.withLock { contents in
      var all = segment
      if var series = contents.segments[segment.unit]?.series, let new = segment.series {
        // The old one would be copied if it were still there.
        contents.segments[segment.unit] = nil
        series.append(new)
        all.series = series
      }
      contents.segments[segment.unit] = all
    }
  }

  /// All records, by unit.
  public var records: [UnitRecord] { kept.withLock { $0.records.values.sorted { $0.unit < $1.unit } } }

  /// What a unit goes on from.
  public func segment(of unit: Int) -> UnitSegment? { kept.withLock { $0.segments[unit] } }

  /// Everything it holds.
  public var contents: (records: [UnitRecord], segments: [UnitSegment]) {
    kept.withLock { contents in
      (
        contents.records.values.sorted { $0.unit < $1.unit },
        contents.segments.values.filter { contents.records[$0.unit] == nil }.sorted { $0.unit < $1.unit }
      )
    }
  }
}
