// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import Draws
import EnsembleRuns
import FieldTheories
import Foundation
import LatticeFields
import ResultTables
import TheoryLibrary

extension Boundary: ExpressibleByArgument {}

/// Extents of a lattice, `32x32`.
struct Extents: ExpressibleByArgument {
  let sites: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...maximumDimension).contains(parts.count), parts.allSatisfy({ $0.map { $0 > 0 } ?? false }) else { return nil }
    sites = parts.map { $0! }
  }
}

/// A file of somebody's fields and what the user says of it, shared by the commands that read one.
struct FieldArguments: ParsableArguments {
  @Option(help: ArgumentHelp("The array of fields. Default: fields/phi, phi, or the only one that fits.", valueName: "name"))
  var array: String?

  @Option(help: ArgumentHelp("Extents of the lattice, where a row of the array is flat.", valueName: "32x32"))
  var lattice: Extents?

  @Option(help: ArgumentHelp("Lattice spacing a.", valueName: "a"))
  var spacing: Double?

  @Option(help: "How the lattice ends: periodic or open.")
  var boundary: Boundary?

  @Option(help: "Fields at points: a TSV file with columns set, x1 .. xd whose rows are the columns of the array.")
  var points: String?

  @Flag(help: "The first axis of the array counts Markov chains, the second their draws.")
  var chains = false

  @Option(help: ArgumentHelp("The axis after that of draws counts so many components of the field.", valueName: "D"))
  var components: Int?

  @Option(help: ArgumentHelp("The array of logarithms of weights, one a draw.", valueName: "name"))
  var logWeights: String?

  @Option(help: "Jackknife bins of independent draws. Default 256.")
  var bins: Count?

  @Option(help: ArgumentHelp("Leave momenta above this out of every field of a periodic lattice.", valueName: "p"))
  var cutoff: Double?

  func validate() throws {
    if let cutoff, !(cutoff > 0 && cutoff.isFinite) { throw ValidationError("--cutoff \(cutoff): give a positive number") }
    if let spacing, !(spacing > 0 && spacing.isFinite) { throw ValidationError("--spacing \(spacing): give a positive number") }
    if let components, components < 1 { throw ValidationError("--components \(components): give 1 or more") }
    if let bins, !(2...1_000_000).contains(bins.value) {
      throw ValidationError("--bins \(bins.value): give a number from 2 to 1000000")
    }
    if points != nil, lattice != nil || spacing != nil || boundary != nil {
      throw ValidationError("--points says where the fields are; leave --lattice, --spacing and --boundary out")
    }
  }

  /// The options again, as words of a command.
  var words: [String] {
    func word(_ name: String, _ value: String?) -> [String] { value.map { [name, $0] } ?? [] }
    return word("--array", array) + word("--lattice", lattice?.sites.map(String.init).joined(separator: "x"))
      + word("--spacing", spacing.map { "\($0)" }) + word("--boundary", boundary?.rawValue) + word("--points", points)
      + (chains ? ["--chains"] : []) + word("--components", components.map { "\($0)" }) + word("--log-weights", logWeights)
      + word("--bins", bins.map { "\($0.value)" })
      + word("--cutoff", cutoff.map { "\($0)" })
  }

  /// The same as options of a file.
  var options: FieldOptions {
    var options = FieldOptions()
    options.array = array
    options.sites = lattice?.sites
    options.spacing = spacing
    options.boundary = boundary
    options.pointFile = points
    options.hasChains = chains
    options.components = components
    options.logWeights = logWeights
    options.bins = bins?.value
    options.cutoff = cutoff
    return options
  }
}

/// `nnft measure`: correlators of anybody's fields.
struct MeasureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure",
    abstract: "Measure correlators of fields that come from elsewhere; no theory needed.",
    discussion: """
      FIELDS is an .npz, .npy or HDF5 file with one row a draw: of a lattice with its extents as axes, or of points. Files of nnft sample \
      say themselves where their fields are. Errors are those of independent draws; with --chains of Markov chains, by the Gamma method or \
      over whole chains; with weights of weighted draws. Layouts: docs/outside-fields.md.

      Examples:
        nnft measure fields.npz --spacing 0.25 --boundary open
        nnft measure fields.npz --spacing 1 --boundary periodic --chains -o tables.h5
        nnft measure at-points.npz --points points.tsv
        nnft measure fields.npz --theory cos-net
      """)

  @Argument(help: "A file of fields: .npz, .npy or HDF5.")
  var file: String

  @OptionGroup var fields: FieldArguments

  @Option(
    help: "Estimators to run, separated by commas (see nnft list estimators), or all; the common ones if left out.",
    completion: .estimators)
  var estimators: String?

  @Flag(help: "One row for every displacement instead of radial shells.")
  var allDisplacements = false

  @Option(help: "A theory file or library theory whose exact values stand beside the measurements.", completion: .theories)
  var theory: String?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("With --theory: override any key of the file; may be repeated.", valueName: "key=value"))
  var overrides: [String] = []

  @Option(help: "Print one table only.")
  var table: String?

  @OptionGroup var workers: WorkerArguments

  @OptionGroup var checkpoint: CheckpointArguments

  @OptionGroup var destination: OutputArguments

  @OptionGroup var progress: ProgressArguments

  @Flag(help: "Say what would be measured and what it would cost, and stop.")
  var dryRun = false

  @Flag(help: "No progress and no notes.")
  var quiet = false

  func validate() throws {
    if theory == nil, !overrides.isEmpty { throw ValidationError("--set changes the theory beside the fields: add --theory") }
    if fields.points != nil, allDisplacements {
      throw ValidationError("--all-displacements concerns lattice tables; leave it out with --points")
    }
  }

  func run() throws {
    try destination.check()
    let beside = try besideTheory()
    let ensemble = try FieldEnsemble(path: file, fields.options, theory: beside, inspector: FieldInspection.inspector)
    let names = estimators.map { $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }
    let request = try FieldRequest(ensemble, estimatorNames: names, allDisplacements: allDisplacements, theory: beside)
    if let table, !request.tableNames.contains(table) {
      throw UsageError("no table \"\(table)\" in this run; its tables: \(request.tableNames.joined(separator: ", "))")
    }
    let (threads, copies) = (workers.count, destination.chosenFormat.sampleCopies)
    try destination.check(bins: request.binCount, tables: table.map { [$0] } ?? request.tableNames)
    let forecast = request.forecast(threads: threads, sampleCopies: copies)
    try forecast.check(threads: threads)
    if dryRun {
      return try StandardOutput.write(request.description(threads: threads, sampleCopies: copies, version: Version.text))
    }
    let start = Date()
    let file = try checkpoint.file([request.statement], request: nil, seconds: forecast.seconds / Double(max(1, threads)))
    let monitor = checkpoint.monitor(file, since: start)
    let display = RunDisplay(monitor, draws: ensemble.draws, unit: "draws", quiet: quiet, style: progress.style)
    var notes: [String] = []
    let result = Result { try request.measure(threads: threads, monitor: monitor) { notes.append($0) } }
    display.finish()
    let tables = try result.mapError { CheckpointArguments.explained($0, file) }.get().filter { table == nil || $0.name == table }
    try destination.write(request.document(tables, version: Version.text), quiet: quiet)
    checkpoint.finish(file)
    if !quiet {
      for note in notes { Notice.line("nnft: \(note)") }
      for omission in request.omissions { Notice.line("nnft: left out: \(omission)") }
      Notice.line(
        String(
          format: "nnft: %d draws on %@ in %.2f s", ensemble.draws, Notice.threads(threads), Date().timeIntervalSince(start)))
      CorrelateCommand.conclude(tables)
    }
    try CorrelateCommand.judge(tables)
  }

  private func besideTheory() throws -> BesideTheory? {
    guard let theory else { return nil }
    let found = try TheoryLocator.find(theory, library: TheoryLibrary.files)
    let pairs = try TheoryArguments.pairs(overrides)
    return BesideTheory { further in
      // What the user sets himself stays.
      let rest = further.filter { pair in !pairs.contains { $0.key == pair.key } }
      let definition = try TheoryDefinition.load(
        text: found.text, fileName: found.fileName, overrides: pairs + rest, interactions: true)
      try RunForecast.check(definition)
      return definition
    }
  }
}

/// Reads a file of fields once, in a process of its own. `nnft` starts it itself, for files on which a library could break.
struct FieldInspection: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "inspect-fields", shouldDisplay: false)

  @Argument var words: [String]

  func run() throws {
    let code = try FieldInspector.answer(words) { try StandardOutput.write($0) }
    if code != 0 { throw ExitCode(code) }
  }

  /// This command as the inspector of others.
  static let inspector = FieldInspector(executable: "/proc/self/exe", arguments: [configuration.commandName!, "--"])
}
