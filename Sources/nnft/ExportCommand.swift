// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import ResultTables

/// `nnft export`: an HDF5 result in another format.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Convert an HDF5 result of nnft correlate to another format.",
    discussion: """
      The output is the one that nnft correlate would have written in that format, byte by byte.

      Examples:
        nnft export run.h5 -o run.npz
        nnft export run.h5 --format pyerrors -o run.json.gz
        nnft export run.h5 --format hadrons -o bins/run.h5
      """)

  @Argument(help: "A file written by nnft correlate --format hdf5.")
  var file: String

  @OptionGroup var destination: OutputArguments

  @Flag(help: "No notes.")
  var quiet = false

  func run() throws {
    try destination.check()
    try destination.write(ResultFile.load(path: file), quiet: quiet)
  }
}
