// SPDX-License-Identifier: GPL-3.0-or-later

/// What a run fails of: its user's wish, a file, the machine. The numbers are the exit codes of the program.
public enum FaultKind: Int32, Sendable, CaseIterable {
  /// Results contradict what is known.
  case checkFailed = 1
  /// What is asked for does not exist or does not go together.
  case usage = 2
  /// A theory or a file cannot be what it says.
  case badFile = 3
  /// The run was stopped.
  case interrupted = 4
  /// Memory, disk or a program is missing.
  case outOfResources = 5
  /// Results contradict nothing and decide too little.
  case undecided = 6
}

/// An error that reaches the user: its description is one line that says what, where and how to mend it, and its kind decides the exit code.
public protocol Fault: Error, Sendable, CustomStringConvertible {
  /// What the run fails of.
  var kind: FaultKind { get }
}
