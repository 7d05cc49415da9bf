// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import NumericalKernels

/// A program that does not start: why.
public struct ChildProcessError: Fault {
  /// What the run fails of.
  public var kind: FaultKind { .outOfResources }
  /// The system's reason in a few words.
  public let description: String
}

/// A program run to its end, started from a list of words and never through a shell. It is among the ``Unfinished`` while it runs.
public enum ChildProcess {
  /// One of the two streams that a program writes to.
  public enum Stream: Int32, Sendable {
    /// Standard output.
    case output = 1
    /// Standard error.
    case errors = 2
  }

  /// How a program ended.
  public enum End: Sendable, Hashable {
    /// Ended with an exit code.
    case exit(Int32)
    /// Ended by a signal, of this number.
    case signal(Int32)
  }

  /// Runs the program at a path; `stream` is kept, the other streams are empty. Throws ``ChildProcessError`` where it does not start.
  public static func run(
    _ executable: String, _ arguments: [String], environment: [String: String] = [:], keeping stream: Stream
  ) throws(ChildProcessError) -> (end: End, bytes: [UInt8]) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw failure(errno) }
    // Not for the program itself; and where standard streams are closed a pipe may get their numbers.
    for index in ends.indices {
      let moved = fcntl(ends[index], F_DUPFD_CLOEXEC, 3)
      close(ends[index])
      ends[index] = moved
    }
    let identifier: pid_t
    do throws(ChildProcessError) {
      identifier = try start(executable, arguments, environment, writing: ends[1], as: stream)
    } catch {
      for end in ends { close(end) }
      throw error
    }
    close(ends[1])
    let bytes = everything(ends[0])
    close(ends[0])
    return (wait(identifier), bytes)
  }

  private static func failure(_ number: Int32) -> ChildProcessError {
    ChildProcessError(description: String(cString: strerror(number)))
  }

  private static func start(
    _ executable: String, _ arguments: [String], _ additions: [String: String], writing end: Int32,
    as stream: Stream
  ) throws(ChildProcessError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for number in 0..<3 as Range<Int32> {
      if number == stream.rawValue {
        posix_spawn_file_actions_adddup2(&actions, end, number)
      } else {
        posix_spawn_file_actions_addopen(&actions, number, "/dev/null", number == 0 ? O_RDONLY : O_WRONLY, 0)
      }
    }
    // A program that we start shall end where its output goes nowhere, though we do not.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    sigaddset(&signals, SIGXFSZ)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    let environment = ProcessInfo.processInfo.environment.merging(additions) { $1 }
    var words = ([executable] + arguments).map { strdup($0) } + [nil]
    var settings = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + settings { free(text) } }
    return try Unfinished.change { items throws(ChildProcessError) -> pid_t in
      var identifier = pid_t()
      let status = posix_spawn(&identifier, executable, &actions, &attributes, &words, &settings)
      guard status == 0 else { throw failure(status) }
      items.processes.insert(identifier)
      return identifier
    }
  }

  private static func everything(_ descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &room, room.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return bytes }
      bytes += room[..<count]
    }
  }

  /// Waits for the end, and gives the process back to the system only when nobody can kill its successor of the same number.
  private static func wait(_ identifier: pid_t) -> End {
    var information = siginfo_t()
    while waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
    var status: Int32 = 0
    Unfinished.change { items in
      waitpid(identifier, &status, 0)
      items.processes.remove(identifier)
    }
    let signal = status & 0x7F
    return signal == 0 ? .exit(status >> 8 & 0xFF) : .signal(signal)
  }
}
