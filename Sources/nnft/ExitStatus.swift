// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import Draws
import EnsembleRuns
import FieldTheories
import Figures
import Foundation
import NumericalKernels
import ParameterSampling
import ResultTables
import Studies

/// A command-line mistake, in one line with its cure.
struct UsageError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// A table that contradicts its exact values.
struct CheckFailed: Error, CustomStringConvertible {
  let description: String
}

/// Checks that contradict nothing and decide too little.
struct ChecksUndecided: Error, CustomStringConvertible {
  let description: String
}

/// The exit codes and the one place where errors become text.
enum ExitStatus {
  static let checkFailed: Int32 = 1
  static let usage: Int32 = 2
  static let badFile: Int32 = 3
  static let interrupted: Int32 = 4
  static let outOfResources: Int32 = 5
  static let undecided: Int32 = 6

  /// What to print on standard error and which code to leave with. Help and version texts go to standard output here.
  static func report(_ error: any Error) -> (text: String, code: Int32) {
    switch error {
    case let error as CheckFailed: return ("nnft: \(error.description)", checkFailed)
    case let error as ChecksUndecided: return ("nnft: \(error.description)", undecided)
    case let error as UsageError: return ("nnft: \(error.description)", usage)
    case let error as SelectionError: return ("nnft: \(error.description)", usage)
    case let error as TheoryFileError: return ("nnft: \(error.description)", badFile)
    case let error as LearningCurveStudy.StudyFault: return ("nnft: \(error.description)", usage)
    case let error as SamplingError: return ("nnft: \(error.description)", badFile)
    case let error as ResultFileError: return ("nnft: \(error.description)", badFile)
    case let error as NonFiniteCell: return ("nnft: \(error.description)", badFile)
    case let error as OutputError: return ("nnft: \(error.description)", usage)
    case let error as RunInterrupted: return ("nnft: \(error.description)", interrupted)
    case let error as ResourceError: return ("nnft: \(error.description)", outOfResources)
    case let error as GnuplotError: return ("nnft: \(error.description)", outOfResources)
    case let error as FileWriteError:
      return ("nnft: \(error.description)", error.isUsage ? usage : outOfResources)
    default: break
    }
    let code = NnftCommand.exitCode(for: error)
    let message = NnftCommand.fullMessage(for: error)
    if code.isSuccess {
      do { try StandardOutput.write(message + "\n") } catch { return report(error) }
      return ("", 0)
    }
    return (message, code == .validationFailure ? usage : code.rawValue)
  }
}
