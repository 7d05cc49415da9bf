// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import EnsembleRuns
import FieldTheories
import Foundation
import LatticeFields

/// `nnft show`: a theory explained before anything is drawn.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Explain a theory: ensemble, symmetries, exact results, and what a run would cost.")

  @OptionGroup var theory: TheoryArguments

  @OptionGroup var workers: WorkerArguments

  func run() throws {
    let definition = try theory.load(interactions: true)
    try RunForecast.check(definition)
    try StandardOutput.write(
      TheoryExplanation.text(definition, threads: workers.count))
  }
}
