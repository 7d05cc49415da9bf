// SPDX-License-Identifier: GPL-3.0-or-later

import Dispatch
import NumericalKernels
import Synchronization

/// Carries out units of work on several threads: the only scheduler.
///
/// A unit (a bin of draws, a chain, a ladder, a population, a block of networks) is done whole by one thread and depends on its number only, so no
/// result depends on the number of threads or on who finishes first. OpenBLAS works with one thread from here on: units are what runs side by side.
public enum Runner {
  /// Does `units`, each once, and hands every result to `finish` as soon as it is there, one call at a time; false if a worker gave up (returned nil).
  /// A fault of a worker ends the run.
  ///
  /// `makeWorker` is called once on each thread and returns the function that does one unit; what it captures belongs to that thread.
  public static func run<Result: Sendable>(
    _ units: [Int], threads: Int, makeWorker: @Sendable () -> (Int) throws -> Result?,
    finish: @Sendable (Int, Result) throws -> Void
  ) throws -> Bool {
    let place = Atomic<Int>(0)
    return try run(
      threads: min(threads, units.count),
      next: {
        let index = place.wrappingAdd(1, ordering: .relaxed).oldValue
        return index < units.count ? units[index] : nil
      }, makeWorker: makeWorker, finish: finish)
  }

  /// The same with units that `next` names one after the other, on any thread, until it has none.
  public static func run<Result: Sendable>(
    threads: Int, next: @Sendable () -> Int?, makeWorker: @Sendable () -> (Int) throws -> Result?,
    finish: @Sendable (Int, Result) throws -> Void
  ) throws -> Bool {
    MatrixProduct.useOneThread()
    let isOver = Atomic<Bool>(false)
    let state = Mutex<(gaveUp: Bool, fault: (any Error)?)>((false, nil))
    DispatchQueue.concurrentPerform(iterations: max(1, threads)) { _ in
      let work = makeWorker()
      while !isOver.load(ordering: .relaxed), let unit = next() {
        do {
          guard let result = try work(unit) else { return state.withLock { $0.gaveUp = true } }
          try state.withLock { _ in try finish(unit, result) }
        } catch {
          state.withLock { if $0.fault == nil { $0.fault = error } }
          isOver.store(true, ordering: .relaxed)
        }
      }
    }
    let (gaveUp, fault) = state.withLock { $0 }
    if let fault { throw fault }
    return !gaveUp
  }

  /// Adds to the plan's store in the monitor's archive, or to one in memory, the units that it lacks, of the archive's shard; nil if the monitor asked to
  /// stop. What was finished by then is in the store.
  public static func fill(_ plan: some UnitPlan, threads: Int, monitor: RunMonitor) throws -> (any UnitStore)? {
    if let exchange = monitor.exchange { return try exchange.fill(plan, threads: threads, monitor: monitor) }
    let store: any UnitStore = try monitor.archive?.store(of: plan) ?? MemoryStore()
    let shard = monitor.archive?.shard ?? .whole
    let kept = store.records
    monitor.finishedDraws(kept.reduce(0) { $0 + $1.samples })
    let there = Set(kept.map(\.unit))
    guard monitor.archive?.isClosed != true else { return store }
    let missing = (0..<plan.unitCount).filter { shard.contains($0) && !there.contains($0) }
    let isComplete = try run(missing, threads: threads, makeWorker: { plan.makeWorker(monitor) }) { _, record in
      try store.append(record)
    }
    return isComplete ? store : nil
  }

  /// All units of a plan in order; nil if the monitor asked to stop. Not for shards, which have some of them.
  public static func records(_ plan: some UnitPlan, threads: Int, monitor: RunMonitor) throws -> [UnitRecord]? {
    try fill(plan, threads: threads, monitor: monitor)?.records
  }
}
