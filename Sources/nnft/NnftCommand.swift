// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import FieldTheories
import Foundation
import NumericalKernels

/// The root of the command line.
struct NnftCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nnft",
    abstract: "The numerical laboratory of neural-network field theory.",
    discussion: """
      A network with random parameters is a random function; an ensemble of them is a statistical field theory. nnft takes a \
      theory file, draws networks, lays their fields on a lattice and measures correlators, each with an error bar and, \
      where it is known, its exact finite-width value.

        nnft correlate cos-net             correlator tables of a library theory
        nnft new cos-net > mine.toml       a commented theory file to edit
        nnft show mine.toml                the theory explained, and what a run would cost
        nnft sample mine.toml -o nets.h5   the networks themselves: parameters and fields
        nnft measure fields.npz            correlators of fields from elsewhere
        nnft study cos-net --widths 10,30  the same at several widths, extrapolated to infinite width
        nnft kernel deep-relu              the covariance at infinite width
        nnft plot run.h5                   its tables as figures
        nnft merge a.records b.records     the shares of a run that was split over jobs, joined
        nnft submit cos-net --slurm ...    a job script for a cluster
        nnft export run.h5 -o run.npz      results for NumPy, pyerrors, Hadrons readers, spreadsheets

      Tables go to standard output, everything else to standard error. Exit codes: 0 done, 1 a check failed, 2 usage, \
      3 bad theory or data file, 4 interrupted, 5 out of memory or disk, 6 nothing contradicted but a claim undecided.
      """,
    version: Version.text,
    subcommands: [
      ListCommand.self, ShowCommand.self, NewCommand.self, CorrelateCommand.self, SampleCommand.self, KernelCommand.self,
      ExportCommand.self,
      PlotCommand.self, MergeCommand.self, SubmitCommand.self, MeasureCommand.self, FieldInspection.self, StudyCommand.self,
      ValidateCommand.self, IsolatedReading.self,
    ])
}

extension NnftCommand {
  /// Answers a misspelt command with the nearest one.
  static func checkName(_ word: String?) throws {
    guard let word, !word.hasPrefix("-"), word != "help" else { return }
    let commands = configuration.subcommands.map { $0.configuration }
    guard !commands.contains(where: { $0.commandName == word }) else { return }
    let shown = commands.filter { $0.shouldDisplay }.compactMap { $0.commandName }
    let hint = Spelling.hint(for: word, among: shown)
    throw UsageError("no command \"\(word)\"; \(hint)there are: \(shown.joined(separator: ", "))")
  }
}

/// Entry point: runs a command and maps every error to one line and a documented exit code.
@main
enum Main {
  static func main() {
    // A limit on the size of files and a reader who has gone are answered by an error of the write, not by a signal.
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    Interruption.begin()
    Ranks.begin(command: CommandLine.arguments.dropFirst().first)
    do {
      try NnftCommand.checkName(CommandLine.arguments.dropFirst().first)
      var command = try NnftCommand.parseAsRoot()
      try command.run()
      Ranks.end(0)
    } catch {
      let (text, code) = ExitStatus.report(error)
      if !text.isEmpty {
        Notice.line(text)
      }
      Ranks.end(code)
      // Exit handlers of libraries may themselves wait for memory that cannot be had.
      if code == FaultKind.outOfResources.rawValue { _exit(code) }
      exit(code)
    }
  }
}
