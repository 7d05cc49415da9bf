// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import Draws
import EnsembleRuns
import Foundation
import ResultTables

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
        ls *.records | nnft merge --list - --into all.records
      """)

  @Argument(help: ArgumentHelp("Files of records.", valueName: "files"))
  var files: [String] = []

  @Option(help: "Read the names of further files from this one, a line each; - is standard input.")
  var list: String?

  @Option(
    help: "Make no tables: put the units of all files into this one, which another merge takes. For very many files, in steps.")
  var into: String?

  @OptionGroup var destination: OutputArguments

  @Flag(help: "Join files of different versions of nnft, whose numbers may differ.")
  var anyVersion = false

  @Flag(help: "Make tables of the units that are there; every table says which part of the run it is.")
  var partial = false

  @Flag(help: "Pool runs of different seeds, whatever their numbers of draws; every table says of which.")
  var independent = false

  @Flag(help: "No notes.")
  var quiet = false

  func validate() throws {
    if files.isEmpty, list == nil { throw ValidationError("name the files to merge, or a list of them with --list") }
    if into != nil, partial || independent || destination.output != nil {
      throw ValidationError("--into makes no tables; leave --partial, --independent and -o to the merge that does")
    }
  }

  /// The files named in the command, then those of the list.
  private func paths() throws -> [String] {
    guard let list else { return files }
    guard let data = list == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: list)
    else {
      throw ResultFileError(description: "cannot read \(list); name a file with one name a line, or - for standard input")
    }
    let names = files + String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
    guard !names.isEmpty else { throw UsageError("\(list) names no file") }
    return names
  }

  func run() throws {
    let files = try paths()
    if let into {
      let units = try RecordFile.join(files, into: into, anyVersion: anyVersion)
      if !quiet { Notice.line("nnft: \(files.count) files, \(units) units are in \(into)") }
      return
    }
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
