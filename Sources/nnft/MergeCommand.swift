// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import Draws
import EnsembleRuns
import Foundation

/// `nnft merge`: the shares of one run, joined.
struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Join the shares of a run into its tables, byte for byte those of one run.",
    discussion: """
      The files are those that nnft correlate --shard I/N has kept; each unit of work must be in exactly one of them.

      Examples:
        nnft correlate cos-net --shard 1/2 --checkpoint a.records
        nnft correlate cos-net --shard 2/2 --checkpoint b.records
        nnft merge a.records b.records -o cos-net.h5
      """)

  @Argument(help: ArgumentHelp("Files of records.", valueName: "files"))
  var files: [String]

  @OptionGroup var destination: OutputArguments

  @Flag(help: "Join files of different versions of nnft, whose numbers may differ.")
  var anyVersion = false

  @Flag(help: "No notes.")
  var quiet = false

  func run() throws {
    try destination.check()
    let merged = try MergedRecords(files.map { try RecordFile(opening: $0, isAppending: false) }, anyVersion: anyVersion)
    let request = merged.request
    try destination.check(bins: request.binCount, tables: request.tableNames)
    var notes: [String] = []
    let tables = try request.measure(threads: 1, monitor: RunMonitor(archive: merged)) { notes.append($0) }
    try destination.write(RunProvenance.document(tables, request, version: Version.text), quiet: quiet)
    if !quiet {
      for note in notes { Notice.line("nnft: \(note)") }
      Notice.line("nnft: \(files.count) files, \(request.draws) \(request.interacting == nil ? "networks" : "samples")")
      CorrelateCommand.conclude(tables)
    }
    try CorrelateCommand.judge(tables)
  }
}
