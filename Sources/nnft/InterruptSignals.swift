// SPDX-License-Identifier: GPL-3.0-or-later

import Dispatch
import Draws
import EnsembleRuns
import Foundation
import Synchronization

/// SIGINT and SIGTERM while networks are drawn: the first stops the run in good order, a second ends the process at once.
///
/// One object for all rounds of a command: on Linux a signal whose Dispatch source is cancelled and made again is lost.
final class InterruptSignals {
  private let sources: [any DispatchSourceSignal]
  private let requests = Requests()

  init() {
    let queue = DispatchQueue(label: "signals")
    let requests = requests
    sources = [SIGINT, SIGTERM].map { number in
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { requests.received() }
      source.resume()
      return source
    }
  }

  /// Stops `monitor` from now on; at once if a signal has come already.
  func watch(_ monitor: RunMonitor) { requests.watch(monitor) }

  /// Gives the signals back.
  func finish() {
    for source in sources { source.cancel() }
    signal(SIGINT, SIG_DFL)
    signal(SIGTERM, SIG_DFL)
  }

  /// Whom a signal stops, and whether one has come.
  private final class Requests: Sendable {
    private let state = Mutex<(monitor: RunMonitor?, isRequested: Bool)>((nil, false))

    func watch(_ monitor: RunMonitor) {
      state.withLock { state in
        state.monitor = monitor
        if state.isRequested { monitor.requestStop() }
      }
    }

    func received() {
      state.withLock { state in
        if state.isRequested { _exit(ExitStatus.interrupted) }
        state.isRequested = true
        state.monitor?.requestStop()
      }
    }
  }
}
