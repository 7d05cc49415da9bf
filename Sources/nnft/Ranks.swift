// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import EnsembleRuns
import Foundation
import MPIRanks
import NumericalKernels

/// The processes of one run, where `mpirun` has started several and the program was built with the trait `MPI`: all carry out the same command, share its units,
/// and the root alone reads signals' files, says something and writes.
enum Ranks {
  /// What connects them; nil where `mpirun` has not started this process.
  private static let messages = MPIMessages.begin()

  /// How they share units; nil where this process is alone.
  static let exchange = messages.flatMap { $0.size > 1 ? RankExchange($0) : nil }

  /// Whether `mpirun` has started this process.
  static var areStarted: Bool { messages != nil }

  /// Whether this process writes.
  static var isRoot: Bool { messages.map { $0.rank == 0 } ?? true }

  /// Commands whose work is shared; any other is the root's alone.
  private static let shared = ["correlate", "study", "validate", "measure"]

  /// Begins; a rank that has nothing to do in this command ends here.
  static func begin(command: String?) {
    guard !isRoot, !shared.contains(command ?? "") else { return }
    end(0)
    exit(0)
  }

  /// Ends the connection before the process ends with `code`. A fault of the root's own ends all ranks at once: they would wait for it.
  static func end(_ code: Int32) {
    let isCommon = code == 0 || [.checkFailed, .interrupted, .undecided].contains(FaultKind(rawValue: code))
    messages?.end(code: code, forAll: isRoot && !isCommon)
  }
}
