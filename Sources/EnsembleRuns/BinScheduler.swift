// SPDX-License-Identifier: GPL-3.0-or-later

import Dispatch
import Synchronization

/// Hands bins to workers: the unit of work is one whole bin, done by one worker, so no result depends on the number of threads.
enum BinScheduler {
  /// The results of all bins in bin order, or nil as soon as a worker gave up (returned nil).
  ///
  /// `makeWorker` is called once on each thread and returns the function that does one bin; what it captures belongs to that thread.
  static func run<Result: Sendable>(
    bins: Int, threads: Int, makeWorker: @Sendable () -> (Int) -> Result?
  ) -> [Result]? {
    let next = Atomic<Int>(0)
    let finished = Mutex<[Result?]>(Array(repeating: nil, count: bins))
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, bins))) { _ in
      let work = makeWorker()
      while true {
        let bin = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard bin < bins, let result = work(bin) else { return }
        finished.withLock { $0[bin] = result }
      }
    }
    let results = finished.withLock { $0.compactMap { $0 } }
    return results.count == bins ? results : nil
  }
}
