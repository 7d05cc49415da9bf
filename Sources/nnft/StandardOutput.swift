// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import ResultTables
import Foundation
import NumericalKernels
import Synchronization

/// Standard output and the terminals behind the streams.
enum StandardOutput {
  /// Whether anything was written.
  static let hasBegun = Atomic<Bool>(false)

  /// Writes all of `text` or throws: a full disk must not look like success.
  static func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// Writes all bytes or throws.
  static func write(_ bytes: [UInt8]) throws {
    guard Ranks.isRoot else { return }
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress!, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        if errno == EPIPE { endQuietly() }
        throw ResourceError(
          "cannot write to standard output: \(String(cString: strerror(errno))); free some space or choose another place")
      }
      hasBegun.store(true, ordering: .relaxed)
      rest = rest.dropFirst(written)
    }
  }

  /// Nobody reads any more, as in `nnft list | head -1`: the end that shells know.
  private static func endQuietly() {
    signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
  }

  /// Whether a person may be reading. Open MPI hands the output of ranks through a terminal of its own, which is none.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 && !Ranks.areStarted }

  /// Columns of the terminal; 100 where unknown.
  static var width: Int {
    var size = winsize()
    if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init) ?? 100
  }

  /// Whether bold and colour are welcome (https://no-color.org).
  static var allowsColour: Bool {
    let environment = ProcessInfo.processInfo.environment
    return isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }
}

/// Standard error, where everything but tables goes. Where it is closed or full, notices are lost and the run goes on.
enum Notice {
  /// One line, or the few of a usage message of the argument parser; each is cut in its middle where an argument of the user's makes it endless.
  /// A line break in what the program says itself comes from a name of the user's, and is no line break here.
  static func line(_ text: String) {
    let parts = text.hasPrefix("nnft: ") ? [text[...]] : text.split(separator: "\n", omittingEmptySubsequences: false)
    let lines = parts.map { PlainText.line($0, limit: 1000) }
    write(lines.joined(separator: "\n") + "\n")
  }

  /// `1 thread`, `2 threads`.
  static func threads(_ count: Int) -> String { "\(count) \(count == 1 ? "thread" : "threads")" }

  static func write(_ text: String) {
    guard Ranks.isRoot else { return }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(STDERR_FILENO, $0.baseAddress!, $0.count) }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { return }
      rest = rest.dropFirst(written)
    }
  }
}
