// SPDX-License-Identifier: GPL-3.0-or-later

import Dispatch
import EnsembleRuns
import Foundation
import NumericalKernels
import ResultTables
import Synchronization

/// The signals that ask a program to end: SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGUSR1 (as
/// batch systems send it ahead of a limit). Every command answers them alike, whatever it is at: nothing
/// unfinished stays, one line, exit code 4.
///
/// A thread waits for them, so no other has to look; it touches no numbers, and files get their names all at once or not at all
/// (``Unfinished``). A signal that the parent has told us to ignore, as `nohup` does, stays ignored.
enum Interruption {
  private static let numbers: [(number: Int32, name: String)] = [
    (SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP"), (SIGQUIT, "SIGQUIT"),
    (SIGXCPU, "SIGXCPU, the limit on processor time"), (SIGUSR1, "SIGUSR1"),
  ]

  /// How far the work has come, in words.
  private static let progress = Mutex<(@Sendable () -> String)?>(nil)

  /// The file in which finished units are kept, and what asks the run to stop.
  private static let kept = Mutex<(path: String, stop: @Sendable () -> Void)?>(nil)

  /// Rung when a run has obeyed, and its units have kept their states.
  private static let obeyed = DispatchSemaphore(value: 0)
  /// Seconds that a run has for it: batch systems send SIGUSR1 a minute ahead, everybody else wants an end within a second.
  private static func patience(_ signal: Int32) -> Double { signal == SIGUSR1 ? 20 : 0.8 }

  /// The last signal, and what wakes the thread that answers it: all that a handler may touch.
  private static let received = Atomic<Int32>(0)
  nonisolated(unsafe) private static let bell = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  /// Begins to answer signals.
  static func begin() {
    sem_init(bell, 0, 0)
    Thread.detachNewThread {
      while sem_wait(bell) != 0 {}
      let number = received.load(ordering: .relaxed)
      let name = numbers.first { $0.number == number }?.name ?? "a signal"
      let done = progress.withLock { $0 }.map { "after \($0()) " } ?? ""
      if let stop = kept.withLock({ $0?.stop }) {
        stop()
        _ = obeyed.wait(timeout: .now() + patience(number))
      }
      Unfinished.endProcess(code: FaultKind.interrupted.rawValue) { say(name, done, hasCommitted: $0) }
    }
    for (number, _) in numbers where !isIgnored(number) {
      signal(number) { number in
        Interruption.received.store(number, ordering: .relaxed)
        sem_post(Interruption.bell)
      }
    }
    // A parent may have blocked them, as a thread of Dispatch does for what it starts.
    var signals = sigset_t()
    sigemptyset(&signals)
    for (number, _) in numbers { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// From now on `words` say how far the work has come, `1200 of 20000 networks`; nil where there is nothing to say.
  static func describe(_ words: (@Sendable () -> String)?) { progress.withLock { $0 = words } }

  /// From now on finished units are kept in a file, and those that are being done when `stop` has told the run to end.
  static func keep(_ path: String, stop: @escaping @Sendable () -> Void) { kept.withLock { $0 = (path, stop) } }

  /// A run has stopped. If a signal was the cause, the thread that answers it ends the process: this one waits for that.
  static func yield() {
    guard received.load(ordering: .relaxed) != 0 else { return }
    obeyed.signal()
    while true { sleep(1) }
  }

  /// How to go on from a file of records.
  static func resumption(_ path: String) -> String {
    "finished units are kept in \(path); the same command with --checkpoint \(path) --resume goes on"
  }

  private static func say(_ signal: String, _ done: String, hasCommitted: Bool) {
    let remains =
      hasCommitted
      ? "the files are whole"
      : StandardOutput.hasBegun.load(ordering: .relaxed)
        ? "standard output ends early, no file was written"
        : kept.withLock { $0?.path }.map(resumption) ?? "nothing was written; run the same command again"
    // A reader who has stopped reading must not keep the process.
    var stream = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
    guard poll(&stream, 1, 200) == 1 else { return }
    let clear = isatty(STDERR_FILENO) == 1 ? "\r\u{1B}[K" : ""
    Notice.write("\(clear)nnft: interrupted \(done)by \(signal); \(remains)\n")
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    // SIG_IGN, which is no function.
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
  }
}
