// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import NumericalKernels

/// A command-line mistake, in one line with its cure.
struct UsageError: Fault {
  let kind = FaultKind.usage
  let description: String
  init(_ description: String) { self.description = description }
}

/// A table that contradicts its exact values.
struct CheckFailed: Fault {
  let kind = FaultKind.checkFailed
  let description: String
}

/// Checks that contradict nothing and decide too little.
struct ChecksUndecided: Fault {
  let kind = FaultKind.undecided
  let description: String
}

/// The one place where errors become text and exit codes.
enum ExitStatus {
  /// What to print on standard error and which code to leave with. Help and version texts go to standard output here.
  static func report(_ error: any Error) -> (text: String, code: Int32) {
    if let fault = error as? any Fault { return ("nnft: \(fault.description)", fault.kind.rawValue) }
    let code = NnftCommand.exitCode(for: error)
    let message = NnftCommand.fullMessage(for: error)
    if code.isSuccess {
      do { try StandardOutput.write(message + "\n") } catch { return report(error) }
      return ("", 0)
    }
    return (message, code == .validationFailure ? FaultKind.usage.rawValue : code.rawValue)
  }
}
