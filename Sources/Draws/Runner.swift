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
    _ units: [Int], threads: Int, makeWorker: @Sendable () -> (Int) throws -> Result?, finish: @Sendable (Int, Result) -> Void
  ) throws -> Bool {
    MatrixProduct.useOneThread()
    let next = Atomic<Int>(0)
    let state = Mutex<(finished: Int, fault: (any Error)?)>((0, nil))
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, units.count))) { _ in
      let work = makeWorker()
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < units.count else { return }
        do {
          guard let result = try work(units[index]) else { return }
          state.withLock {
            finish(units[index], result)
            $0.finished += 1
          }
        } catch {
          state.withLock { if $0.fault == nil { $0.fault = error } }
          next.store(units.count, ordering: .relaxed)
        }
      }
    }
    let (finished, fault) = state.withLock { $0 }
    if let fault { throw fault }
    return finished == units.count
  }

  /// Adds to `store` what it lacks of a plan's units; false if the monitor asked to stop. What was finished by then is in the store.
  public static func run(_ plan: some UnitPlan, into store: some UnitStore, threads: Int, monitor: RunMonitor) throws -> Bool {
    let missing = store.missing(of: plan.unitCount)
    return try run(missing, threads: threads, makeWorker: { plan.makeWorker(monitor) }) { _, record in store.append(record) }
  }

  /// All units of a plan in order, kept in memory; nil if the monitor asked to stop.
  public static func records(_ plan: some UnitPlan, threads: Int, monitor: RunMonitor) throws -> [UnitRecord]? {
    let store = MemoryStore()
    return try run(plan, into: store, threads: threads, monitor: monitor) ? store.records : nil
  }
}
