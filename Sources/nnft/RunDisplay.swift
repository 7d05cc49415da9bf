// SPDX-License-Identifier: GPL-3.0-or-later

import Dispatch
import Draws
import EnsembleRuns
import Foundation

/// Shows a run's progress on standard error.
///
/// On a terminal: one line, rewritten ten times a second, with rate, remaining time and current relative error. Elsewhere: a line every thirty
/// seconds. Silent when quiet.
final class RunDisplay {
  private let timer: any DispatchSourceTimer
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let quiet: Bool

  init(_ monitor: RunMonitor, draws: Int, unit: String = "networks", quiet: Bool) {
    let queue = DispatchQueue(label: "display")
    let isTerminal = self.isTerminal
    let start = Date()
    self.quiet = quiet
    Interruption.describe { "\(monitor.drawsDone) of \(draws) \(unit)" }
    timer = DispatchSource.makeTimerSource(queue: queue)
    let period = isTerminal ? 0.1 : 30.0
    timer.schedule(deadline: .now() + (isTerminal ? 0.3 : period), repeating: period)
    timer.setEventHandler {
      guard !quiet else { return }
      let line = Self.line(monitor, draws: draws, unit: unit, elapsed: Date().timeIntervalSince(start))
      let text = isTerminal ? "\r\(line)\u{1B}[K" : line + "\n"
      Notice.write(text)
    }
    timer.resume()
  }

  /// Ends the display.
  func finish() {
    Interruption.describe(nil)
    timer.cancel()
    if isTerminal && !quiet { Notice.write("\r\u{1B}[K") }
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
