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
    help: "Estimators to run, separated by commas (see nnft list estimators), or all; the common ones that apply if left out.")
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

  @OptionGroup var workers: WorkerArguments

  @OptionGroup var destination: OutputArguments

  @Flag(help: "Print the resolved run plan and its cost, and stop.")
  var dryRun = false

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
  }

  func run() throws {
    try destination.check()
    let request = try neuronSpace ? neuronSpaceRequest() : fieldRequest()
    let threads = workers.count
    if let table, !request.tableNames.contains(table) {
      throw UsageError(
        "no table \"\(table)\" in this run; its tables: \(request.tableNames.joined(separator: ", "))")
    }
    let copies = destination.chosenFormat.sampleCopies
    try destination.check(bins: request.binCount)
    let forecast = request.forecast(threads: threads, sampleCopies: copies)
    try forecast.check(threads: threads)
    if dryRun {
      return try StandardOutput.write(
        PlanDescription.text(request, threads: threads, sampleCopies: copies, version: Version.text))
    }

    if untilError != nil, request.interacting != nil {
      throw UsageError("--until-error grows ensembles of independent networks; give an interacting run --draws")
    }
    forecast.announce(threads: threads, quiet: quiet)
    let start = Date()
    let results = try measure(request, threads: threads)
    let tables = results.tables.filter { table == nil || $0.name == table }
    try destination.write(
      RunProvenance.document(tables, results.request, version: Version.text), quiet: quiet)
    if !quiet {
      for omission in request.omissions { Notice.line("nnft: left out: \(omission)") }
      Notice.line(
        String(
          format: "nnft: %d %@ on %d threads in %.2f s", results.request.draws,
          results.request.interacting == nil ? "networks" : "samples", threads, Date().timeIntervalSince(start)))
    }
    for table in tables { if let note = table.improbableNote { Notice.line("nnft: \(table.name): \(note)") } }
    let failures = tables.filter(\.contradictsExactValues).map(\.name)
    guard failures.isEmpty else {
      throw CheckFailed(
        description:
          "the joint test rejects the exact values at false-alarm probability \(MeasuredTable.falseAlarm) in: \(failures.joined(separator: ", "))"
      )
    }
  }

  private func fieldRequest() throws -> CorrelatorRequest {
    let definition = try theory.load(interactions: true)
    try RunForecast.check(definition)
    return try CorrelatorRequest(
      theory: definition,
      estimatorNames: estimators.map(Self.words)
        ?? (points == nil ? definition.correlators.estimators : nil),
      pointFile: points, allDisplacements: allDisplacements, commonRandomNumbers: commonRandomNumbers)
  }

  private func neuronSpaceRequest() throws -> CorrelatorRequest {
    let definitions = try theory.loadAtEachWidth()
    guard definitions[0].insertions.isEmpty else {
      throw UsageError(
        "--neuron-space averages over independent neurons, and insertions make them depend on each other; leave it out")
    }
    try RunForecast.check(definitions[0])
    return try CorrelatorRequest(
      neuronSpace: NeuronSpaceOptions(theories: definitions, averages: neuronAverages),
      tableNames: estimators.map(Self.words), pointFile: points, allDisplacements: allDisplacements,
      commonRandomNumbers: commonRandomNumbers)
  }

  /// Runs once, or with growing numbers of networks until the headline error is small enough; the last run is exactly the one that
  /// `--draws` with its number of networks would give.
  private func measure(
    _ request: CorrelatorRequest, threads: Int
  ) throws -> (request: CorrelatorRequest, tables: [MeasuredTable]) {
    var request = request
    while true {
      let monitor = RunMonitor()
      let display = RunDisplay(monitor, draws: request.draws, unit: request.unitName, quiet: quiet)
      var notes: [String] = []
      let result = Result { try request.measure(threads: threads, monitor: monitor) { notes.append($0) } }
      display.finish()
      let tables = try result.get()
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
