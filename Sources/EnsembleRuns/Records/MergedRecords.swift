// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import ResultTables

/// The units of several ``RecordFile``s of one plan, together all of them: what the tables of the whole run are made from.
public struct MergedRecords: UnitArchive {
  /// The request that the files answer.
  public let request: CorrelatorRequest
  /// All units: none is left to do.
  public var shard: UnitShard { .whole }
  private let stores: [PlanIdentity: MemoryStore]

  /// Joins files. Throws `ResultFileError` for files of different plans or programs, units that are in two files, and units that are in none.
  public init(_ files: [RecordFile], anyVersion: Bool = false) throws {
    guard let first = files.first else { preconditionFailure("MergedRecords: no files") }
    for file in files.dropFirst() {
      try first.requireSamePlan(file.header.identity, program: anyVersion ? nil : file.header.program, of: file.path)
    }
    guard let stored = first.header.request else {
      throw ResultFileError(
        description:
          "\(first.path): its run has no tables of one ensemble to merge; go on with the command that made it, and --resume")
    }
    request = try stored.request()
    var owners: [PlanIdentity: [Int: String]] = [:]
    var stores: [PlanIdentity: MemoryStore] = [:]
    for file in files {
      for (identity, records) in file.records {
        let store = stores[identity] ?? MemoryStore()
        for record in records {
          if let other = owners[identity, default: [:]].updateValue(file.path, forKey: record.unit) {
            throw ResultFileError(
              description: "\(file.path): unit \(record.unit + 1) is also in \(other); give every shard once")
          }
          store.append(record)
        }
        stores[identity] = store
      }
    }
    self.stores = stores
    for plan in try request.unitPlans {
      let there = Set(stores[plan.identity]?.records.map(\.unit) ?? [])
      let missing = (0..<plan.unitCount).filter { !there.contains($0) }
      guard missing.isEmpty else {
        let shown = missing.prefix(5).map { "\($0 + 1)" }.joined(separator: ", ") + (missing.count > 5 ? ", ..." : "")
        throw ResultFileError(
          description: "\(missing.count) of \(plan.unitCount) units are in none of the files (\(shown)); "
            + Self.cure(files, missing))
      }
    }
  }

  /// Which shards were not given, or which were not finished.
  private static func cure(_ files: [RecordFile], _ missing: [Int]) -> String {
    let count = files[0].shard.count
    let given = Set(files.map(\.shard.index))
    let absent = (1...count).filter { !given.contains($0) }
    guard files.allSatisfy({ $0.shard.count == count }), absent.isEmpty else {
      return "give the files of shards \(absent.map { "\($0)/\(count)" }.joined(separator: ", ")) too"
    }
    let short = files.filter { file in missing.contains(where: file.shard.contains) }.map(\.path)
    return "finish \(short.joined(separator: ", ")) with --resume"
  }

  /// The units of a plan.
  public func store(of plan: some UnitPlan) -> any UnitStore { stores[plan.identity] ?? MemoryStore() }
}

extension RecordFile {
  /// Throws `ResultFileError` unless a plan of `identity`, by `program` where that matters, belongs to this file; names the first key that differs.
  public func requireSamePlan(_ identity: PlanIdentity, program: String?, of other: String) throws(ResultFileError) {
    if let difference = header.identity.difference(from: identity) {
      throw ResultFileError(
        description:
          "\(path) belongs to another plan than \(other): \(difference.key) is \(difference.own) there and \(difference.other) here; "
          + "give each plan a file of its own")
    }
    if let program, program != header.program {
      throw ResultFileError(
        description:
          "\(path) was made by \(header.program), \(other) by \(program), whose numbers may differ; use one version, or add --any-version"
      )
    }
  }
}
