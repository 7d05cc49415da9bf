// SPDX-License-Identifier: GPL-3.0-or-later

import Dispatch
import Draws
import Foundation
import NumericalKernels
import ResultTables
import Synchronization

/// Units dealt out over the ranks of a run: the root says who does which, and alone keeps what comes of them; the others ask it for the number of a unit
/// whenever a thread of theirs is idle, so that fast ranks do more.
///
/// Units are pure functions of plan and number, so neither the number of ranks nor who did what enters a number. A rank that dies takes with it what it did
/// since the last segment of its units that it sent. Each rank passes messages from one thread, which looks for them ever less often while none come, at last
/// every ten milliseconds: waiting takes no processor from the work. Where units are many, a rank asks for one more than its threads can begin, so that none
/// of them waits for an answer.
public final class RankExchange: UnitExchange {
  private let messages: any MessagePassing
  /// Plans so far: the same on all ranks.
  private let turn = Atomic<Int>(0)

  /// Time between two looks for messages, in microseconds: doubled at every look in vain.
  private struct Patience {
    private var pause: UInt32 = 100

    mutating func rest() {
      usleep(pause)
      pause = min(2 * pause, 10_000)
    }
    mutating func end() { pause = 100 }
  }

  /// An exchange over ranks.
  public init(_ messages: any MessagePassing) { self.messages = messages }

  /// Whether this process keeps records and writes results.
  public var isRoot: Bool { messages.rank == 0 }

  /// Has the units of a plan done by all ranks.
  public func fill(_ plan: some UnitPlan, threads: Int, monitor: RunMonitor) throws -> (any UnitStore)? {
    let name = "\(turn.wrappingAdd(1, ordering: .relaxed).newValue) \(plan.identity.name)"
    return try isRoot
      ? deal(plan, name, threads: threads, monitor: monitor) : serve(plan, name, threads: threads, monitor: monitor)
  }

  // MARK: - The root

  /// Units that nobody does yet.
  private struct Deal: Sendable {
    var rest: ArraySlice<Int>
    /// Units that have ended in a fault elsewhere: done here again, where the fault can be told.
    var refused: [Int] = []
    /// Ranks that still ask.
    var open: Set<Int>
    var fault: (any Error)?
  }

  private func deal(_ plan: some UnitPlan, _ name: String, threads: Int, monitor: RunMonitor) throws -> (any UnitStore)? {
    let store: any UnitStore = try monitor.archive?.store(of: plan) ?? MemoryStore()
    let shard = monitor.archive?.shard ?? .whole
    let kept = store.records
    monitor.finishedDraws(kept.reduce(0) { $0 + $1.samples })
    let there = Set(kept.map(\.unit))
    let missing = (0..<plan.unitCount).filter { shard.contains($0) && !there.contains($0) }
    let deal = Mutex(Deal(rest: missing[...], open: Set(1..<messages.size)))
    let keepsSegments = monitor.archive != nil
    let next: @Sendable () -> Int? = {
      monitor.isStopRequested ? nil : deal.withLock { $0.fault == nil ? $0.rest.popFirst() : nil }
    }
    let isDone = DispatchSemaphore(value: 0)
    let answer = Thread { [messages] in
      var told = false
      var patience = Patience()
      while !deal.withLock({ $0.open.isEmpty }) {
        if !told, monitor.isStopRequested || deal.withLock({ $0.fault != nil }) {
          told = true
          for rank in 1..<messages.size { messages.send(RankMessage(.stop, name).bytes, to: rank) }
        }
        guard let (rank, bytes) = messages.receive() else {
          patience.rest()
          continue
        }
        patience.end()
        do {
          guard let message = RankMessage(bytes), message.plan == name else { throw RankFault(rank: rank) }
          switch message.kind {
          case .ask:
            let unit = next()
            let segment = unit.flatMap { store.segment(of: $0) }.map(StoredSegment.init)
            messages.send(RankMessage(.unit, name, unit: unit, segment: segment).bytes, to: rank)
          case .record:
            guard let record = message.record?.record else { throw RankFault(rank: rank) }
            try store.append(record)
            monitor.finishedDraws(record.samples)
            monitor.finishedBin(headline: record.primaries.first?.first ?? 0)
          case .segment:
            guard let segment = message.segment?.segment else { throw RankFault(rank: rank) }
            if keepsSegments { try store.keep(segment) }
          case .refusal: deal.withLock { $0.refused += message.unit.map { [$0] } ?? [] }
          case .end:
            if message.isIncomplete { monitor.requestStop() }
            deal.withLock { _ = $0.open.remove(rank) }
          case .unit, .stop, .outcome: throw RankFault(rank: rank)
          }
        } catch {
          deal.withLock {
            if $0.fault == nil { $0.fault = error }
            // One that does something else will never say that it has done.
            if error is RankFault { $0.open.remove(rank) }
          }
        }
      }
      isDone.signal()
    }
    answer.start()
    var isComplete = false
    let result = Result {
      isComplete = try Runner.run(threads: threads, next: next, makeWorker: { plan.makeWorker(monitor) }) { _, record in
        try store.append(record)
      }
    }
    if case .failure(let fault) = result { deal.withLock { if $0.fault == nil { $0.fault = fault } } }
    isDone.wait()
    var (refused, fault) = deal.withLock { ($0.refused, $0.fault) }
    if fault == nil, isComplete, !refused.isEmpty {
      do {
        isComplete = try Runner.run(refused, threads: threads, makeWorker: { plan.makeWorker(monitor) }) { _, record in
          try store.append(record)
        }
      } catch { fault = error }
    }
    isComplete = isComplete && fault == nil && !monitor.isStopRequested
    for rank in 1..<messages.size {
      if isComplete {
        for record in store.records {
          messages.send(RankMessage(.record, name, record: StoredRecord(record)).bytes, to: rank)
        }
      }
      messages.send(RankMessage(.outcome, name, isIncomplete: !isComplete).bytes, to: rank)
    }
    messages.finishSending()
    if let fault { throw fault }
    return isComplete ? store : nil
  }

  // MARK: - The others

  /// What a rank that is no root waits for.
  private struct Answers: Sendable {
    var units: [(unit: Int?, segment: UnitSegment?)] = []
    var records: [UnitRecord] = []
    var outcome: Bool?
    var out: [[UInt8]] = []
  }

  /// The store of a rank that is no root: what it is given is sent to the root.
  private struct Correspondence: UnitStore, UnitArchive {
    let name: String
    let post: @Sendable (RankMessage) -> Void
    let segments: @Sendable (Int) -> UnitSegment?

    func append(_ record: UnitRecord) { post(RankMessage(.record, name, record: StoredRecord(record))) }
    func keep(_ segment: UnitSegment) { post(RankMessage(.segment, name, segment: StoredSegment(segment))) }
    var records: [UnitRecord] { [] }
    func segment(of unit: Int) -> UnitSegment? { segments(unit) }
    func store(of plan: some UnitPlan) -> any UnitStore { self }
    var shard: UnitShard { .whole }
  }

  private func serve(_ plan: some UnitPlan, _ name: String, threads: Int, monitor: RunMonitor) throws -> (any UnitStore)? {
    let answers = Mutex(Answers())
    let (bell, isDone) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let segments = Mutex<[Int: UnitSegment]>([:])
    let post: @Sendable (RankMessage) -> Void = { message in answers.withLock { $0.out.append(message.bytes) } }
    let correspondence = Correspondence(name: name, post: post) { unit in segments.withLock { $0[unit] } }
    let own = RunMonitor(archive: correspondence, segmentSeconds: monitor.segmentSeconds)
    Thread { [messages] in
      var patience = Patience()
      while answers.withLock({ $0.outcome == nil }) {
        if monitor.isStopRequested { own.requestStop() }
        for message in answers.withLock({ answers in
          defer { answers.out = [] }
          return answers.out
        }) {
          messages.send(message, to: 0)
        }
        guard let (_, bytes) = messages.receive() else {
          patience.rest()
          continue
        }
        patience.end()
        guard let message = RankMessage(bytes), message.plan == name else {
          answers.withLock { $0.outcome = false }
          break
        }
        switch message.kind {
        case .unit:
          answers.withLock { $0.units.append((message.unit, message.segment?.segment)) }
          bell.signal()
        case .stop: own.requestStop()
        case .record: answers.withLock { if let record = message.record?.record { $0.records.append(record) } }
        case .outcome: answers.withLock { $0.outcome = !message.isIncomplete }
        case .ask, .segment, .refusal, .end: own.requestStop()
        }
      }
      own.requestStop()
      for _ in 0..<threads { bell.signal() }
      isDone.signal()
    }.start()
    let refusal = Mutex<Int?>(nil)
    // Few units are long ones: there an idle rank should have the unit that another would keep waiting.
    if plan.unitCount >= 8 * messages.size * threads { for _ in 0..<threads { post(RankMessage(.ask, name)) } }
    let isComplete = try Runner.run(
      threads: threads,
      next: {
        guard !own.isStopRequested else { return nil }
        post(RankMessage(.ask, name))
        bell.wait()
        // The bell rings without an answer where none will come.
        guard let (unit, segment) = answers.withLock({ $0.units.isEmpty ? nil : $0.units.removeFirst() }), let unit else {
          return nil
        }
        segments.withLock { $0[unit] = segment }
        return unit
      },
      makeWorker: {
        let work = plan.makeWorker(own)
        return { (unit: Int) -> UnitRecord? in
          do { return try work(unit) } catch {
            // The root does it again, and tells the fault.
            post(RankMessage(.refusal, name, unit: unit))
            refusal.withLock { $0 = unit }
            return nil
          }
        }
      }
    ) { unit, record in
      segments.withLock { $0[unit] = nil }
      correspondence.append(record)
    }
    let wasRefused = refusal.withLock { $0 != nil }
    post(RankMessage(.end, name, isIncomplete: !isComplete && !wasRefused))
    isDone.wait()
    messages.finishSending()
    let (outcome, records) = answers.withLock { ($0.outcome!, $0.records) }
    if !outcome { monitor.requestStop() }
    monitor.finishedDraws(records.reduce(0) { $0 + $1.samples })
    return outcome ? MemoryStore(records) : nil
  }
}

/// A message of a rank that makes no sense where it came.
struct RankFault: Fault {
  var kind: FaultKind { .usage }
  let rank: Int

  var description: String { "rank \(rank) does not carry out the same run; start all ranks with the same command and version" }
}

/// A message between ranks, as bytes a binary property list.
struct RankMessage: Codable {
  enum Kind: String, Codable {
    /// To the root: a thread is idle; what it has done; the state of what it does; a unit that ended in a fault; there are no units for this rank any more.
    case ask, record, segment, refusal, end
    /// From the root: the number of a unit, or none; an end to all units; whether all are done, behind all records.
    case unit, stop, outcome
  }

  let kind: Kind
  let plan: String
  var unit: Int?
  var record: StoredRecord?
  var segment: StoredSegment?
  var isIncomplete = false

  init(
    _ kind: Kind, _ plan: String, unit: Int? = nil, record: StoredRecord? = nil, segment: StoredSegment? = nil,
    isIncomplete: Bool = false
  ) {
    (self.kind, self.plan, self.unit, self.record, self.segment) = (kind, plan, unit, record, segment)
    self.isIncomplete = isIncomplete
  }

  init?(_ bytes: [UInt8]) {
    guard let message = try? PropertyListDecoder().decode(RankMessage.self, from: Data(bytes)) else { return nil }
    self = message
  }

  var bytes: [UInt8] {
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    guard let data = try? encoder.encode(self) else { preconditionFailure("RankMessage: a message is no property list") }
    return [UInt8](data)
  }
}
