// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import Dispatch
import Draws
import EnsembleRuns
import Foundation
import ResultTables

/// `3/8`: the third of eight shares of the units.
struct ShardArgument: ExpressibleByArgument {
  let shard: UnitShard

  init?(argument: String) {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], count > 0, (1...count).contains(index) else { return nil }
    shard = UnitShard(index: index, of: count)
  }
}

/// `90`, `90s`, `55m`, `2h`, or as Slurm writes them `1-12:30:00`, `1-12:30`, `1-12` (days, hours, minutes), `12:30:00` and `30:00` (minutes, seconds): a time of at
/// least a second.
struct TimeLimit: ExpressibleByArgument {
  let seconds: Double

  init?(argument: String) {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
    let (days, clock) =
      argument.split(separator: "-", maxSplits: 1).count == 2
      ? (Double(argument.prefix { $0 != "-" }), argument.drop { $0 != "-" }.dropFirst()) : (0, argument[...])
    let fields = clock.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
    var total: Double
    if fields.count == 1, let unit = argument.last.flatMap({ units[$0] }), let number = Double(argument.dropLast()) {
      total = number * unit
    } else if let days, fields.count <= 3, !fields.contains(where: { $0 == nil }) {
      // Behind days the first field is hours.
      let missing = argument.contains("-") ? 3 - fields.count : 0
      total = 86400 * days + fields.reduce(0) { 60 * $0 + $1! } * [1, 60, 3600][missing]
    } else {
      return nil
    }
    guard total.isFinite, (1...1e9).contains(total) else { return nil }
    seconds = total
  }
}

/// Whether finished units of work outlive the command, shared by the commands that carry out runs.
struct CheckpointArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Keep finished units of work in this file, from which --resume goes on.",
      discussion:
        "Runs that are forecast to take more than ten minutes keep one in any case, nnft-NAME.records, and remove it at the end.",
      valueName: "file"))
  var checkpoint: String?

  @Flag(help: "Go on from the checkpoint file, where there is one; the bytes are those of a run that was never interrupted.")
  var resume = false

  @Option(
    help: "Keep the state of chains, bins and populations that take longer than this (60s, 5m) in the file, again and again.")
  var checkpointEvery: TimeLimit?

  @Option(help: "End after this time (90s, 55m, 2h, 1-12:00:00) with exit code 4; finished units are kept.")
  var timeLimit: TimeLimit?

  @Flag(help: "Take checkpoint files that another version of nnft has made, whose numbers may differ.")
  var anyVersion = false

  /// Longer runs than this keep a file unasked.
  private static let longRun = 600.0

  func validate() throws {
    if checkpoint?.isEmpty ?? false { throw ValidationError("--checkpoint needs the name of a file") }
  }

  /// The file of a run of `plans` that is forecast to take `seconds`; nil where none is kept, or another rank keeps it. A file of that name is gone on from or refused.
  func file(
    _ plans: [PlanStatement], request: StoredRequest?, shard: UnitShard = .whole, seconds: Double
  ) throws -> RecordFile? {
    let isAutomatic = checkpoint == nil
    guard Ranks.isRoot else { return nil }
    guard !isAutomatic || resume || timeLimit != nil || shard != .whole || seconds > Self.longRun else { return nil }
    let share = shard == .whole ? "" : "-\(shard.index)-of-\(shard.count)"
    // Another version of the program begins a file of its own.
    let header = RecordFile.Header(program: Version.text, plans: plans, request: request, shard: shard)
    var named = header.identity
    named.add("program", Version.text)
    let path = checkpoint ?? "nnft-\(named.name)\(share).records"
    if resume || isAutomatic, RecordFile.isUnbegun(path) { unlink(path) }
    guard AtomicFile.exists(path), resume || isAutomatic else { return try RecordFile(creating: path, header) }
    let file = try RecordFile(opening: path, isAppending: true)
    try file.requirePlans(plans, canExtend: true, program: anyVersion ? nil : Version.text, of: "this run")
    guard file.shard == shard else {
      throw UsageError(
        "\(path) holds shard \(file.shard.index)/\(file.shard.count); add --shard \(file.shard.index)/\(file.shard.count), or choose another name"
      )
    }
    if file.header.plans != plans { try file.extend(to: header) }
    return file
  }

  /// Removes a file that nobody asked for, once it has served.
  func finish(_ file: RecordFile?) { if checkpoint == nil, let file, file.shard == .whole { unlink(file.path) } }

  /// A monitor that keeps units in `file` and stops at the time limit, counted from `start`; ranks share the work unless the root alone does it.
  func monitor(_ file: RecordFile?, since start: Date, isShared: Bool = true) -> RunMonitor {
    let monitor = RunMonitor(
      archive: file, segmentSeconds: checkpointEvery?.seconds ?? 60, exchange: isShared ? Ranks.exchange : nil)
    if let file { Interruption.keep(file.path) { monitor.requestStop() } }
    if !Ranks.isRoot { Interruption.keep("the root's file") { monitor.requestStop() } }
    if let timeLimit {
      let rest = timeLimit.seconds - Date().timeIntervalSince(start)
      DispatchQueue.global().asyncAfter(deadline: .now() + max(0, rest)) { monitor.requestStop() }
    }
    return monitor
  }

  /// What became of an interrupted run.
  static func explained(_ error: any Error, _ file: RecordFile?) -> any Error {
    guard let interruption = error as? RunInterrupted, let file else { return error }
    Interruption.yield()
    return RunInterrupted(
      drawsDone: interruption.drawsDone, draws: interruption.draws, unit: interruption.unit,
      remark: Interruption.resumption(file.path))
  }
}
