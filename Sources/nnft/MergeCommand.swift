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
      The files are those that nnft correlate --shard I/N has kept; each unit of work must be in exactly one of them. Runs of \
      different seeds of one theory are pooled by --independent: all their units together, weighted by draws.

      Examples:
        nnft correlate cos-net --shard 1/2 --checkpoint a.records
        nnft correlate cos-net --shard 2/2 --checkpoint b.records
        nnft merge a.records b.records -o cos-net.h5
        nnft merge seed1.records seed2.records --independent
      """)

  @Argument(help: ArgumentHelp("Files of records.", valueName: "files"))
  var files: [String]

  @OptionGroup var destination: OutputArguments

  @Flag(help: "Join files of different versions of nnft, whose numbers may differ.")
  var anyVersion = false

  @Flag(help: "Make tables of the units that are there; every table says which part of the run it is.")
  var partial = false

  @Flag(help: "Pool runs of different seeds, whatever their numbers of draws; every table says of which.")
  var independent = false

  @Flag(help: "No notes.")
  var quiet = false

  func run() throws {
    try destination.check()
    let merged = try MergedRecords(
      files.map { try RecordFile(opening: $0, isAppending: false) }, isPartial: partial, isIndependent: independent,
      anyVersion: anyVersion)
    let request = merged.request
    try destination.check(bins: request.binCount, tables: request.tableNames)
    var notes: [String] = []
    var tables = try request.measure(threads: 1, monitor: RunMonitor(archive: merged)) { notes.append($0) }
    if let remark = merged.remark { for index in tables.indices { tables[index].remarks.insert(remark, at: 0) } }
    try destination.write(RunProvenance.document(tables, request, version: Version.text), quiet: quiet)
    if !quiet {
      for note in notes + (merged.remark.map { [$0] } ?? []) { Notice.line("nnft: \(note)") }
      Notice.line("nnft: \(files.count) files, \(merged.draws) \(request.interacting == nil ? "networks" : "samples")")
      CorrelateCommand.conclude(tables)
    }
    try CorrelateCommand.judge(tables)
  }
}
