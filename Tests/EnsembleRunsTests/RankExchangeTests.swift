// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import Foundation
import Synchronization
import Testing

@testable import EnsembleRuns

/// Runs whose units are dealt out over ranks, here threads with letter boxes: whoever did what, every rank has the bits of a run alone.
@Suite struct RankExchangeTests {
  /// Letters of all ranks.
  private final class Letters: Sendable {
    let boxes: Mutex<[[(from: Int, message: [UInt8])]]>
    init(_ ranks: Int) { boxes = Mutex(Array(repeating: [], count: ranks)) }
  }

  private struct Box: MessagePassing {
    let rank: Int
    let size: Int
    let letters: Letters
    func send(_ message: [UInt8], to other: Int) { letters.boxes.withLock { $0[other].append((rank, message)) } }
    func receive() -> (from: Int, message: [UInt8])? {
      letters.boxes.withLock { $0[rank].isEmpty ? nil : $0[rank].removeFirst() }
    }
    func finishSending() {}
  }

  /// What each rank gets of a function, all of them at once.
  private static func onRanks<Result: Sendable>(_ count: Int, _ body: @escaping @Sendable (RankExchange) -> Result) -> [Result] {
    let letters = Letters(count)
    let results = Mutex<[Int: Result]>([:])
    let done = DispatchSemaphore(value: 0)
    for rank in 0..<count {
      Thread {
        let result = body(RankExchange(Box(rank: rank, size: count, letters: letters)))
        results.withLock { $0[rank] = result }
        done.signal()
      }.start()
    }
    for _ in 0..<count { done.wait() }
    return results.withLock { results in (0..<count).map { results[$0]! } }
  }

  /// Units that are numbers; one of them may be a fault.
  private struct Numbers: UnitPlan {
    struct Fault: Error {}
    var name = "numbers"
    var bad: Int?
    var family: PlanIdentity { PlanIdentity("plan", name) }
    var layout: UnitLayout { .fixed(count: 40) }
    func makeWorker(_ monitor: RunMonitor) -> (Int) throws -> UnitRecord? {
      { unit in
        if unit == bad { throw Fault() }
        usleep(200)
        return monitor.isStopRequested ? nil : UnitRecord(unit: unit, samples: 1, primaries: [[Double(unit)]])
      }
    }
  }

  private static func records(_ exchange: RankExchange, _ plan: Numbers) -> Result<[Int]?, any Error> {
    Result { try Runner.records(plan, threads: 2, monitor: RunMonitor(exchange: exchange))?.map(\.unit) }
  }

  @Test(arguments: [1, 2, 5]) func ranksGiveTheBitsOfOne(ranks: Int) throws {
    for test in SegmentTests.cases where ["free, open box", "refresh and slice", "smc"].contains(test.name) {
      let request = try test.request(160)
      let whole = try SegmentTests.text(request, nil)
      let shared = Self.onRanks(ranks) { exchange in
        Result { try SegmentTests.text(request, RunMonitor(exchange: exchange), threads: 2) }
      }
      for result in shared { #expect(try result.get() == whole) }
      // The control: another seed.
      #expect(try SegmentTests.text(test.request(160, ["run.seed=2"]), nil) != whole)
    }
  }

  /// Stopped on one number of ranks, a run goes on on another from the root's file, with the states of all ranks in it.
  @Test func ranksGoOnFromTheRootsFile() throws {
    let request = try SegmentTests.cases.first { $0.name == "refresh and slice" }!.request(160)
    let whole = try SegmentTests.text(request, nil)
    let file = try SegmentTests.file(request)
    defer { unlink(file.path) }
    let ended = Self.onRanks(3) { exchange in
      let archive = SegmentTests.Stopping(file, after: 4)
      let monitor = RunMonitor(archive: exchange.isRoot ? archive : nil, segmentSeconds: 0, exchange: exchange)
      archive.monitor = monitor
      return Result { try request.collect(threads: 1, monitor: monitor).done }
    }
    for result in ended { #expect(throws: RunInterrupted.self) { try result.get() } }
    let plan = try request.unitPlans[0]
    let store = try file.store(of: plan)
    #expect((0..<plan.unitCount).contains { store.segment(of: $0) != nil })
    let shared = Self.onRanks(2) { exchange in
      Result {
        try SegmentTests.text(
          request, RunMonitor(archive: exchange.isRoot ? file : nil, segmentSeconds: 1e9, exchange: exchange), threads: 1)
      }
    }
    for result in shared { #expect(try result.get() == whole) }
  }

  /// A fault of a unit is told by the root, whoever met it; the others end without records.
  @Test func faultsAreToldByTheRoot() throws {
    for bad in [0, 7, 39] {
      let results = Self.onRanks(3) { Self.records($0, Numbers(bad: bad)) }
      #expect(throws: Numbers.Fault.self) { try results[0].get() }
      for result in results.dropFirst() { #expect(try result.get() == nil) }
    }
    for result in Self.onRanks(3, { Self.records($0, Numbers()) }) { #expect(try result.get() == Array(0..<40)) }
  }

  /// Ranks that carry out different runs end, and the root says which.
  @Test func strangersAreNamed() throws {
    let results = Self.onRanks(2) { Self.records($0, Numbers(name: $0.isRoot ? "numbers" : "others")) }
    #expect { try results[0].get() } throws: { "\($0)".contains("rank 1") }
    #expect(try results[1].get() == nil)
  }
}
