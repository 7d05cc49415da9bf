// SPDX-License-Identifier: GPL-3.0-or-later

/// What passes messages between the processes of one run. Calls come from one thread at a time.
public protocol MessagePassing: Sendable {
  /// The number of this process; 0 is the root.
  var rank: Int { get }
  /// Number of processes.
  var size: Int { get }
  /// Hands a message over, of any length; two messages to one rank arrive in their order.
  func send(_ message: [UInt8], to rank: Int)
  /// The next message that has arrived; nil where none is waiting.
  func receive() -> (from: Int, message: [UInt8])?
  /// Returns when all messages that were handed over have left; they may need calls to do so.
  func finishSending()
}

/// How several processes share one run: all of them carry out the same command, and each plan's units are dealt out among them.
public protocol UnitExchange: Sendable {
  /// Has the units of a plan done by all processes; every one of them calls this for the same plans in the same order, and gets all records. nil if the run
  /// was asked to stop.
  func fill(_ plan: some UnitPlan, threads: Int, monitor: RunMonitor) throws -> (any UnitStore)?
}
