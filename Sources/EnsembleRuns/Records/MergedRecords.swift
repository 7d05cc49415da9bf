// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import ErrorAnalysis
import ResultTables

/// The units of several ``RecordFile``s, together those of one run: what its tables are made from.
///
/// Shards of one plan are joined to it, all units or, on demand, those that are there. Runs of different seeds are pooled: their units are independent
/// of each other whatever run they are from, so all of them together are the units of one longer run, and weigh by their numbers of draws.
public struct MergedRecords: UnitArchive {
  /// The request that the files answer; that of the first where several runs are pooled.
  public let request: CorrelatorRequest
  /// A merged file holds the units of all shards.
  public var shard: UnitShard { .whole }
  /// None is left to do.
  public var isClosed: Bool { true }
  /// What every table must say: which part of a run it is, or of which runs it is made; nil for one whole run.
  public let remark: String?
  private let stores: [PlanStatement: MemoryStore]
  private let pooled: [UnitRecord]

  /// Files of one plan.
  private struct Group {
    var files: [RecordFile]
    /// The records of each of its plans.
    var records: [[UnitRecord]]
    var plans: [PlanStatement] { files[0].header.plans }
    /// The plans of all seeds.
    var seedless: [PlanIdentity] { plans.map { $0.family.without("run.seed") } }
  }

  /// Joins files. Throws `ResultFileError` for files of different programs or, unless `isIndependent`, plans, for units that are in two files and, unless
  /// `isPartial`, for units that are in none.
  public init(
    _ files: [RecordFile], isPartial: Bool = false, isIndependent: Bool = false, anyVersion: Bool = false
  ) throws {
    guard let first = files.first else { preconditionFailure("MergedRecords: no files") }
    guard let stored = first.header.request else {
      throw ResultFileError(
        description:
          "\(first.path): its run has no tables of one ensemble to merge; go on with the command that made it, and --resume")
    }
    request = try stored.request()
    var groups: [Group] = []
    for file in files {
      if let index = groups.firstIndex(where: { $0.plans == file.header.plans }) {
        groups[index].files.append(file)
      } else {
        groups.append(Group(files: [file], records: []))
      }
      try first.requirePlans(
        isIndependent ? first.header.plans : file.header.plans, program: anyVersion ? nil : file.header.program, of: file.path)
    }
    if isIndependent { try Self.requireIndependence(groups) }
    var notes: [String] = []
    for index in groups.indices {
      groups[index].records = try Self.records(groups[index])
      let (done, all) = (
        groups[index].records.reduce(0) { $0 + $1.count }, groups[index].plans.reduce(0) { $0 + $1.layout.count }
      )
      guard done < all else { continue }
      guard isPartial else { throw Self.incomplete(groups[index]) }
      notes.append(
        "PARTIAL: \(done) of \(all) units of the run" + (isIndependent ? " of \(Self.seed(groups[index]))" : "")
          + " are in the files that were merged")
    }
    if isIndependent {
      notes.insert(
        "pooled from \(groups.count) independent runs: " + groups.map(Self.seed).joined(separator: ", ")
          + "; the lines above are those of the first", at: 0)
    }
    remark = notes.isEmpty ? nil : notes.joined(separator: "; ")
    var stores: [PlanStatement: MemoryStore] = [:]
    for (place, plan) in groups[0].plans.enumerated() {
      let records = groups.flatMap { $0.records[place] }
      guard remark == nil || records.count >= SamplingAdequacy.minimumBins else {
        throw ResultFileError(
          description: "\(records.count) units give no error bar; merge files of at least \(SamplingAdequacy.minimumBins)")
      }
      // Of several runs units get new numbers.
      stores[plan] = MemoryStore(groups.count == 1 ? records : records.enumerated().map { $1.numbered($0) })
    }
    self.stores = stores
    pooled = stores[groups[0].plans[0]]!.records
  }

  /// Draws of the first plan in all.
  public var draws: Int { pooled.reduce(0) { $0 + $1.samples } }

  private static func seed(_ group: Group) -> String {
    "seed " + (group.plans[0].family.lines.first { $0.key == "run.seed" }?.value ?? "unknown")
  }

  /// The records of each plan of a group.
  private static func records(_ group: Group) throws -> [[UnitRecord]] {
    let contents = group.files.map { file in
      (file.path, Dictionary(uniqueKeysWithValues: file.records.map { ($0.plan, $0.records) }))
    }
    return try group.plans.map { plan in
      var (owners, all): ([Int: String], [UnitRecord]) = ([:], [])
      for (path, records) in contents {
        for record in records[plan] ?? [] {
          if let other = owners.updateValue(path, forKey: record.unit) {
            throw ResultFileError(
              description: "\(path): unit \(record.unit + 1) is also in \(other); give every shard once")
          }
          all.append(record)
        }
      }
      return all.sorted { $0.unit < $1.unit }
    }
  }

  /// Throws unless the runs are of one theory and of different seeds.
  private static func requireIndependence(_ groups: [Group]) throws {
    let first = groups[0]
    guard groups.count > 1 else {
      throw ResultFileError(
        description: "\(first.files[0].path): all files are of one run; leave --independent out, or add files of another seed")
    }
    for (index, group) in groups.enumerated().dropFirst() {
      let (own, other) = (
        first.seedless.reduce(into: PlanIdentity()) { $0.add($1) }, group.seedless.reduce(into: PlanIdentity()) { $0.add($1) }
      )
      if let difference = own.difference(from: other) {
        throw ResultFileError(
          description:
            "\(group.files[0].path) is of another theory than \(first.files[0].path): \(difference.key) is \(difference.other) there and "
            + "\(difference.own) here; pool runs that differ in seed and draws alone")
      }
      if let twin = groups[..<index].first(where: { $0.plans.map(\.family) == group.plans.map(\.family) }) {
        throw ResultFileError(
          description: "\(group.files[0].path) and \(twin.files[0].path) have one seed, so their draws are the same; "
            + "pool runs of different seeds, or go on with one run by --draws and --resume")
      }
    }
  }

  /// Which units are missing, which shards were not given, or which were not finished.
  private static func incomplete(_ group: Group) -> ResultFileError {
    let (plan, records) = zip(group.plans, group.records).first { $0.layout.count > $1.count }!
    let there = Set(records.map(\.unit))
    let missing = (0..<plan.layout.count).filter { !there.contains($0) }
    let shown = missing.prefix(5).map { "\($0 + 1)" }.joined(separator: ", ") + (missing.count > 5 ? ", ..." : "")
    let files = group.files
    let count = files[0].shard.count
    let given = Set(files.map(\.shard.index))
    let absent = (1...count).filter { !given.contains($0) }
    var cure: String
    if files.allSatisfy({ $0.shard.count == count }), absent.isEmpty {
      let short = files.filter { file in missing.contains(where: file.shard.contains) }.map(\.path)
      cure = "finish \(short.joined(separator: ", ")) with --resume"
    } else {
      cure = "give the files of shards \(absent.prefix(20).map { "\($0)/\(count)" }.joined(separator: ", ")) too"
    }
    cure += ", or add --partial"
    return ResultFileError(
      description: "\(missing.count) of \(plan.layout.count) units are in none of the files (\(shown)); \(cure)")
  }

  /// The units of a plan.
  public func store(of plan: some UnitPlan) -> any UnitStore { stores[plan.statement] ?? MemoryStore() }
}

extension UnitRecord {
  /// The same under another number.
  fileprivate func numbered(_ number: Int) -> UnitRecord {
    UnitRecord(
      unit: number, samples: samples, logWeight: logWeight, primaries: primaries, series: series, weights: weights,
      skewness: skewness, rejected: rejected, totals: totals)
  }
}

extension RecordFile {
  /// Throws `ResultFileError` unless the plans of `other`, by `program` where that matters, are those of this file, or extend them where that is allowed;
  /// names the first key that differs.
  public func requirePlans(
    _ plans: [PlanStatement], canExtend: Bool = false, program: String?, of other: String
  ) throws(ResultFileError) {
    let own = header.plans
    let isSame = own == plans || canExtend && own.count == plans.count && zip(plans, own).allSatisfy { $0.extends($1) }
    if !isSame {
      let theirs = plans.reduce(into: PlanIdentity()) { $0.add($1.identity) }
      let families = (own.map(\.family), plans.map(\.family))
      // Layouts are named only where nothing else differs.
      let ownText = families.0.reduce(into: PlanIdentity()) { $0.add($1) }
      let difference =
        ownText.difference(from: families.1.reduce(into: PlanIdentity()) { $0.add($1) })
        ?? header.identity.difference(from: theirs) ?? (key: "the plan", own: "another", other: "its own")
      let cure =
        canExtend && families.0 == families.1
        ? zip(plans, own).compactMap { $0.layout.extends($1.layout) ? nil : $0.layout.cure(extending: $1.layout) }.first : nil
      throw ResultFileError(
        description:
          "\(path) belongs to another plan than \(other): \(difference.key) is \(difference.own) there and \(difference.other) here; "
          + (cure ?? "give each plan a file of its own"))
    }
    if let program, program != header.program {
      throw ResultFileError(
        description:
          "\(path) was made by \(header.program), \(other) by \(program), whose numbers may differ; use one version, or add --any-version"
      )
    }
  }
}
