// SPDX-License-Identifier: GPL-3.0-or-later

import Dispatch
import Draws
import EnsembleRuns
import Foundation

/// Shows a run's progress on standard error.
///
/// On a terminal: one line, rewritten ten times a second, with rate, remaining time and current relative error. Elsewhere: a line every thirty
/// seconds. Silent when quiet. For programs (`--progress json`): the lines of ``ProgressRecord``, five a second, and one at the beginning and the end.
final class RunDisplay {
  private let timer: any DispatchSourceTimer
  private let queue = DispatchQueue(label: "display")
  private let end: () -> Void

  /// Begins to show. `label` names the run among several, as those of a study.
  init(
    _ monitor: RunMonitor, draws: Int, unit: String = "networks", label: String? = nil, quiet: Bool,
    style: ProgressStyle = .auto
  ) {
    let isTerminal = isatty(STDERR_FILENO) == 1
    let start = Date()
    Interruption.describe { "\(monitor.drawsDone) of \(draws) \(unit)" }
    timer = DispatchSource.makeTimerSource(queue: queue)
    switch style {
    case .json:
      let write = {
        ProgressRecord(
          done: monitor.drawsDone, of: draws, unit: unit, label: label, seconds: Date().timeIntervalSince(start),
          relativeError: monitor.headlineRelativeError
        ).write()
      }
      write()
      timer.schedule(deadline: .now() + 0.2, repeating: 0.2)
      timer.setEventHandler(handler: write)
      end = write
    case .auto:
      let period = isTerminal ? 0.1 : 30.0
      timer.schedule(deadline: .now() + (isTerminal ? 0.3 : period), repeating: period)
      timer.setEventHandler {
        guard !quiet else { return }
        let line = Self.line(monitor, draws: draws, unit: unit, elapsed: Date().timeIntervalSince(start))
        Notice.write(isTerminal ? "\r\(line)\u{1B}[K" : line + "\n")
      }
      end = { if isTerminal && !quiet { Notice.write("\r\u{1B}[K") } }
    }
    timer.resume()
  }

  /// Ends the display.
  func finish() {
    Interruption.describe(nil)
    timer.cancel()
    queue.sync(execute: end)
  }

  private static func line(_ monitor: RunMonitor, draws: Int, unit: String, elapsed: Double) -> String {
    let done = monitor.drawsDone
    let fraction = Double(done) / Double(draws)
    let rate = Double(done) / max(elapsed, 1e-9)
    let remaining = rate > 0 ? Double(draws - done) / rate : 0
    let filled = Int(20 * fraction)
    let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 20 - filled)
    var text = String(
      format: "[%@] %3.0f %%  %d/%d %@  %.3g/s  %.0f s left", bar, 100 * fraction, done, draws,
      unit, rate, remaining)
    if let error = monitor.headlineRelativeError {
      text += String(format: "  relative error %.1e", error)
    }
    return text
  }
}
