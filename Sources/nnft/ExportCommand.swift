// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import ResultTables

/// `nnft export`: a result in another format.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Convert a result of nnft correlate to another format.",
    discussion: """
      From HDF5 and npz the output is the one that nnft correlate would have written in that format, byte by byte. JSON, \
      TSV and CSV hold the tables without samples and theory.

      Examples:
        nnft export run.h5 -o run.npz
        nnft export run.h5 --table two-point -o two-point.csv
        nnft export run.h5 --format pyerrors -o run.json.gz
        nnft export run.h5 --format hadrons -o bins/run.h5
      """)

  @Argument(help: "A result of nnft correlate: HDF5 or npz, which keep the samples, or JSON, TSV, CSV, which do not.")
  var file: String

  @Option(help: "Export one table only.")
  var table: String?

  @OptionGroup var destination: OutputArguments

  @Flag(help: "No notes.")
  var quiet = false

  func run() throws {
    try destination.check()
    var document = try ResultFile.load(path: file, isolated: IsolatedReading.reader)
    let names = document.tables.map(\.table.name)
    if let table {
      guard names.contains(table) else {
        throw UsageError("no table \"\(table)\" in \(file); its tables: \(names.joined(separator: ", "))")
      }
      document = ResultDocument(
        provenance: document.provenance, theory: document.theory, tables: document.tables.filter { $0.table.name == table })
    }
    try destination.check(tables: document.tables.map(\.table.name))
    let format = destination.chosenFormat
    // Files without samples have no theory either.
    guard !format.needsSamples || !document.theory.isEmpty else {
      throw UsageError("\(file) holds no jackknife samples, which \(format.name) is made of; export from HDF5 or npz")
    }
    try destination.write(document, quiet: quiet)
  }
}
