// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import Correlators
import Draws
import ErrorAnalysis
import EnsembleRuns
import FieldTheories
import Foundation
import LatticeFields
import ResultTables

/// `nnft correlate`: the main job.
struct CorrelateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "correlate",
    abstract: "Measure correlators of a theory: tables with errors and exact values.",
    discussion: """
      Examples:
        nnft correlate cos-net
        nnft correlate mine.toml --draws 1e6 -o mine.csv
        nnft correlate cos-net --format hdf5 -o cos-net.h5
        nnft correlate gauss-net --points points.tsv
        nnft correlate cos-net --estimators two-point --until-error 1e-3
        nnft correlate cos-net --neuron-space --points points.tsv --width 10,100,1000
      """)

  @OptionGroup var theory: TheoryArguments

  @Option(
    help: "Estimators to run, separated by commas (see nnft list estimators), or all; the common ones that apply if left out.",
    completion: .estimators)
  var estimators: String?

  @Option(help: "Measure n-point functions at the point sets of a TSV file with columns set, x1 .. xd.")
  var points: String?

  @Flag(help: "One row for every displacement instead of radial shells.")
  var allDisplacements = false

  @Flag(
    help: ArgumentHelp(
      "Estimate from single neurons instead of fields (semi-analytic; independent neurons only).",
      discussion: "Neurons are those of the networks of the first --width; rows at other widths come from the same neurons."))
  var neuronSpace = false

  @Option(
    help: ArgumentHelp(
      "With --neuron-space, over what to average exactly. Default: weights-and-phases where it applies, else weights.",
      discussion: NeuronSpaceOptions.levels.map { "\($0.name): \($0.summary)" }.joined(separator: "; ") + ".",
      valueName: "level"))
  var neuronAverages: String?

  @Option(help: "Print one table only.")
  var table: String?

  @Option(help: "Draw more networks until the relative error of the first row of the first table is at most this.")
  var untilError: Double?

  @Flag(help: "Same random numbers for every theory with the same seed.")
  var commonRandomNumbers = false

  @Flag(help: "Print the numbers of under-sampled rows too, marked as such; they are withheld otherwise.")
  var acceptUndersampled = false

  @OptionGroup var workers: WorkerArguments

  @OptionGroup var checkpoint: CheckpointArguments

  @Option(
    help:
      "Do share I of N of the work, e.g. 3/8, keep it in the checkpoint file and print no tables; nnft merge joins the shares.")
  var shard: ShardArgument?

  @OptionGroup var destination: OutputArguments

  @Flag(help: "Print the resolved run plan and its cost, and stop.")
  var dryRun = false

  @OptionGroup var progress: ProgressArguments

  @Flag(help: "No progress and no notes.")
  var quiet = false

  func validate() throws {
    if let untilError, !(untilError > 0 && untilError < 1) {
      throw ValidationError("--until-error \(untilError): give a relative error between 0 and 1")
    }
    if neuronAverages != nil && !neuronSpace {
      throw ValidationError("--neuron-averages concerns estimates from single neurons; add --neuron-space")
    }
    if points != nil && allDisplacements {
      throw ValidationError("--all-displacements concerns lattice tables; leave it out with --points")
    }
    if shard != nil, untilError != nil {
      throw ValidationError("--until-error looks at the whole run; leave it out with --shard")
    }
  }

  func run() throws {
    try destination.check()
    let (request, stored) = try request()
    let threads = workers.count
    if let table, !request.tableNames.contains(table) {
      throw UsageError(
        "no table \"\(table)\" in this run; its tables: \(request.tableNames.joined(separator: ", "))")
    }
    let copies = destination.chosenFormat.sampleCopies
    try destination.check(bins: request.binCount, tables: table.map { [$0] } ?? request.tableNames)
    let forecast = request.forecast(threads: threads, sampleCopies: copies)
    try forecast.check(threads: threads)
    if dryRun {
      return try StandardOutput.write(
        PlanDescription.text(request, threads: threads, sampleCopies: copies, version: Version.text))
    }

    forecast.announce(threads: threads, quiet: quiet)
    let start = Date()
    let wall = forecast.seconds / Double(max(1, threads))
    let file = try checkpoint.file(request.statements, request: stored, shard: shard?.shard ?? .whole, seconds: wall)
    if let shard = shard?.shard { return try collect(request, shard, file, since: start, threads: threads) }
    let results = try measure(request, file, since: start, threads: threads)
    let tables = results.tables.filter { table == nil || $0.name == table }.map { table in
      var table = table
      table.showsUnderSampled = acceptUndersampled
      return table
    }
    try destination.write(
      RunProvenance.document(tables, results.request, version: Version.text), quiet: quiet)
    checkpoint.finish(file)
    if !quiet {
      for omission in request.omissions { Notice.line("nnft: left out: \(omission)") }
      Notice.line(
        String(
          format: "nnft: %d %@ on %@ in %.2f s", results.request.draws,
          results.request.interacting == nil ? "networks" : "samples", Notice.threads(threads), Date().timeIntervalSince(start)))
      Self.conclude(tables)
    }
    try Self.judge(tables)
  }

  /// What the tables say, in plain words: the last line of a run that contradicts nothing.
  static func conclude(_ tables: [MeasuredTable]) {
    if let words = MeasuredTable.conclusion(tables) { Notice.line("nnft: \(words)") }
  }

  /// Says which rows are improbable; throws where tables contradict their exact values.
  static func judge(_ tables: [MeasuredTable]) throws {
    for table in tables { if let note = table.improbableNote { Notice.line("nnft: \(table.name): \(note)") } }
    let failures = tables.filter(\.contradictsExactValues).map(\.name)
    guard failures.isEmpty else {
      throw CheckFailed(
        description:
          "the joint test rejects the exact values at false-alarm probability \(MeasuredTable.falseAlarm) in: \(failures.joined(separator: ", "))"
      )
    }
  }

  /// What is asked for, and the form in which it is kept beside records.
  func request() throws -> (CorrelatorRequest, StoredRequest) { try neuronSpace ? neuronSpaceRequest() : fieldRequest() }

  private func fieldRequest() throws -> (CorrelatorRequest, StoredRequest) {
    let definition = try theory.load(interactions: true)
    try RunForecast.check(definition)
    let names = estimators.map(Self.words) ?? (points == nil ? definition.correlators.estimators : nil)
    let sets = try points.map(definition.pointSets)
    return (
      try CorrelatorRequest(
        theory: definition, estimatorNames: names, pointSets: sets, allDisplacements: allDisplacements,
        commonRandomNumbers: commonRandomNumbers),
      StoredRequest(
        theory: definition, estimatorNames: names, pointSets: sets, allDisplacements: allDisplacements,
        commonRandomNumbers: commonRandomNumbers)
    )
  }

  private func neuronSpaceRequest() throws -> (CorrelatorRequest, StoredRequest) {
    let definitions = try theory.loadAtEachWidth()
    guard definitions[0].insertions.isEmpty else {
      throw UsageError(
        "--neuron-space averages over independent neurons, and insertions make them depend on each other; leave it out")
    }
    try RunForecast.check(definitions[0])
    let options = NeuronSpaceOptions(theories: definitions, averages: neuronAverages)
    let names = estimators.map(Self.words)
    let sets = try points.map { try PointSetFile.load(path: $0, dimension: definitions[0].dimension) }
    return (
      try CorrelatorRequest(
        neuronSpace: options, tableNames: names, pointSets: sets, allDisplacements: allDisplacements,
        commonRandomNumbers: commonRandomNumbers),
      StoredRequest(
        neuronSpace: options, tableNames: names, pointSets: sets, allDisplacements: allDisplacements,
        commonRandomNumbers: commonRandomNumbers)
    )
  }

  /// Does one share of the units and leaves them in the file.
  private func collect(_ request: CorrelatorRequest, _ shard: UnitShard, _ file: RecordFile?, since start: Date, threads: Int)
    throws
  {
    let monitor = checkpoint.monitor(file, since: start)
    let display = RunDisplay(
      monitor, draws: max(1, request.draws / shard.count), unit: request.unitName, quiet: quiet, style: progress.style)
    let result = Result { try request.collect(threads: threads, monitor: monitor) }
    display.finish()
    let units = try result.mapError { CheckpointArguments.explained($0, file) }.get()
    guard !quiet, let file else { return }
    Notice.line(
      "nnft: shard \(shard.index)/\(shard.count) is done: \(units.done) of \(units.of) units are in \(file.path); nnft merge joins all shards"
    )
  }

  /// Runs once, or with growing numbers of networks until the headline error is small enough; the last run is exactly the one that
  /// `--draws` with its number of networks would give.
  private func measure(
    _ request: CorrelatorRequest, _ file: RecordFile?, since start: Date, threads: Int
  ) throws -> (request: CorrelatorRequest, tables: [MeasuredTable]) {
    var request = request
    while true {
      let monitor = checkpoint.monitor(file, since: start)
      let display = RunDisplay(
        monitor, draws: request.draws, unit: request.unitName, quiet: quiet, style: progress.style)
      var notes: [String] = []
      let result = Result { try request.measure(threads: threads, monitor: monitor) { notes.append($0) } }
      display.finish()
      let tables = try result.mapError { CheckpointArguments.explained($0, file) }.get()
      if !quiet { for note in notes { Notice.line("nnft: \(note)") } }
      guard let untilError, let headline = tables.first?.rows.first?.estimate else {
        return (request, tables)
      }
      guard headline.reliability == .sound, headline.value != 0 else {
        throw UsageError("--until-error: the first row of \(tables[0].name) has no usable relative error")
      }
      let relative = headline.error / abs(headline.value)
      if relative <= untilError { return (request, tables) }
      let growth = min(100, max(1.2, 1.1 * (relative / untilError) * (relative / untilError)))
      let draws = Double(request.draws) * growth
      guard draws < 0x1p47 else {
        throw UsageError("--until-error \(untilError) would need \(draws) networks; ask for less")
      }
      request = try request.with(draws: Int(draws.rounded(.up)))
      if !quiet {
        Notice.line(
          String(
            format: "nnft: relative error %.2e, continuing with %d networks", relative, request.draws))
      }
    }
  }

  private static func words(_ list: String) -> [String] {
    list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
  }
}
