// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import Draws
import EnsembleRuns
import FieldTheories
import Foundation
import NumericalKernels
import ResultTables

extension SampleFormat: ExpressibleByArgument {}

/// `nnft sample`: networks themselves.
struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Draw networks and store their parameters and fields.",
    discussion: """
      Network i is the one that nnft correlate draws as number i of the same theory and seed. Of an interacting theory the samples are \
      those that nnft correlate measures: chains and populations on an axis of their own, weights beside them. nnft measure reads the file \
      back. Layout: docs/formats.md.

      Examples:
        nnft sample cos-net --draws 1000 -o networks.h5
        nnft sample mine.toml --draws 1e5 --fields-only -o fields.npz
        nnft sample gauss-net --points points.tsv --draws 1e4 -o at-points.h5
        nnft sample phi4-1d --fields-only -o chains.h5
      """)

  @OptionGroup var theory: TheoryArguments

  @Option(name: [.customShort("o"), .long], help: "The file to write: .h5, .hdf5 or .npz.")
  var output: String

  @Option(help: ArgumentHelp("hdf5 or npz. Default: by the ending of the output file, else hdf5.", valueName: "format"))
  var format: SampleFormat?

  @Option(help: "Lay fields on the points of a TSV file with columns set, x1 .. xd instead of the lattice.")
  var points: String?

  @Flag(help: "Leave the parameters out.")
  var fieldsOnly = false

  @Flag(help: "Leave the fields out.")
  var parametersOnly = false

  @Flag(help: "Same random numbers for every theory with the same seed.")
  var commonRandomNumbers = false

  @OptionGroup var workers: WorkerArguments

  @OptionGroup var checkpoint: CheckpointArguments

  @Flag(help: "Say what would be written and how large it is; write nothing.")
  var dryRun = false

  @Flag(help: "Replace an existing file.")
  var force = false

  @OptionGroup var progress: ProgressArguments

  @Flag(help: "No progress and no notes.")
  var quiet = false

  func validate() throws {
    if fieldsOnly && parametersOnly {
      throw ValidationError("--fields-only and --parameters-only leave nothing; give one of them")
    }
  }

  func run() throws {
    guard output != "-" else {
      throw UsageError("-o -: networks are not for standard output; name a file, for example -o networks.h5")
    }
    if format == nil, let problem = OutputFormats.unknownEnding(output, known: SampleFormat.allCases.flatMap(\.endings)) {
      throw UsageError(problem)
    }
    try AtomicFile.checkWritable(path: output, force: force)
    let definition = try theory.load(interactions: true)
    try RunForecast.check(definition)
    let job = try SampleJob(
      definition, pointFile: points,
      content: fieldsOnly ? .fields : parametersOnly ? .parameters : .everything,
      commonRandomNumbers: commonRandomNumbers)
    let description = job.description(version: Version.text)
    let chosen = format ?? SampleFormat.allCases.first { $0.endings.contains { output.hasSuffix($0) } } ?? .hdf5
    guard !dryRun else {
      let arrays = description.arrays.map { array in
        "array: \(array.name), \((description.leading + array.rowShape).map(String.init).joined(separator: " x ")), \(array.isSingle ? "single" : "double")"
      }
      let file = "file: \(output), \(chosen.rawValue), \(Self.size(description.byteCount)), \(job.draws) \(job.unitName)"
      return try StandardOutput.write(([file] + arrays).joined(separator: "\n") + "\n")
    }
    if let free = AtomicFile.freeBytes(path: output), description.byteCount > Double(free) {
      throw ResourceError(
        "\(output) would take \(Self.size(description.byteCount)), \(Self.size(Double(free))) are free; use fewer draws or another place"
      )
    }
    let threads = workers.count
    try MatrixProduct.prepare(threads: threads)
    let forecast = job.forecast(threads: threads)
    forecast.announce(threads: threads, quiet: quiet)
    let start = Date()
    let file = try checkpoint.file([try job.statement()], request: nil, seconds: forecast.seconds / Double(max(1, threads)))
    let monitor = checkpoint.monitor(file, since: start, isShared: false)
    let display = RunDisplay(monitor, draws: job.draws, unit: job.unitName, quiet: quiet, style: progress.style)
    let result = Result {
      let hand = try file.map { try job.keep(threads: threads, monitor: monitor, records: $0) }
      try chosen.write(description, path: output, force: force) { put in
        if let hand { try hand(put) } else { try job.run(threads: threads, monitor: monitor, put: put) }
      }
    }
    display.finish()
    try result.mapError { CheckpointArguments.explained($0, file) }.get()
    // The records first: without them rows are of no account.
    if let file { for path in [file.path, SampleJob.rowPath(file.path)] { unlink(path) } }
    if !quiet {
      Notice.line(
        String(
          format: "nnft: wrote %@: %d %@, %@, on %@ in %.2f s", output, job.draws, job.unitName,
          Self.size(description.byteCount), Notice.threads(threads), Date().timeIntervalSince(start)))
    }
  }

  private static func size(_ bytes: Double) -> String {
    bytes < 0x1p30 ? String(format: "%.3g MiB", bytes / 0x1p20) : String(format: "%.4g GiB", bytes / 0x1p30)
  }
}
