// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import Draws
import EnsembleRuns
import FieldTheories
import Foundation
import ResultTables
import Studies

/// A key of the theory file and the values it takes one after the other: `architecture.alpha=-1,0,1`.
struct ScanArgument: ExpressibleByArgument {
  let key: String
  let values: [String]

  init?(argument: String) {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else { return nil }
    key = String(argument[..<equals])
    values = argument[argument.index(after: equals)...].split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    guard !values.isEmpty, values.allSatisfy({ Double($0)?.isFinite ?? false }),
      Set(values.map(Double.init)).count == values.count
    else { return nil }
  }

}

/// `nnft study`: a theory at several widths.
struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Measure a theory at several widths and extrapolate to infinite width.",
    discussion: """
      Every table of the runs gets a column width; beside it stand its values at infinite width from linear and quadratic fits in 1/N, with \
      the full covariance, and the powers of N by which cumulants fall. Where the estimators allow it there follow deviations from Wick's \
      theorem beside their noise (wick-deviations), the effective action (edgeworth-action; estimators zero-momentum, trispectrum, \
      trispectrum-pairs on periodic lattices), its quartic coupling against distance (coupling-profile), and the minimum of a scan. \
      nnft plot draws data, fits and bands.

      Examples:
        nnft study cos-net --widths 10,20,50,100
        nnft study cos-net --widths 1,2,4,8 --estimators one-point-cumulants --draws 1e6
        nnft study scalar-net-phi4 --widths 16,32,64,128 -o phi4.h5
        nnft study scalar-net-phi4 --widths 16,32,64 --estimators zero-momentum,trispectrum-pairs
        nnft study fourpoint-2604.27050 -o fourpoint.h5
        nnft study learning-curve -o curve.h5             error against the number of data: table [study.curve]
        nnft study alpha-net --scan architecture.alpha=-1,0,1 --widths 10,100 --neuron-space --points points.tsv
      """)

  @OptionGroup var theory: TheoryArguments

  @Option(
    help: ArgumentHelp(
      "Run at each of these values of a key of the theory file, e.g. architecture.alpha=-1,0,1; may be repeated: runs are made at all combinations.",
      valueName: "key=a,b,c"))
  var scan: [ScanArgument] = []

  @Option(
    help: "Estimators to run, separated by commas (see nnft list estimators), or all; the common ones that apply if left out.",
    completion: .estimators)
  var estimators: String?

  @Option(help: "Measure n-point functions at the point sets of a TSV file with columns set, x1 .. xd.")
  var points: String?

  @Flag(help: "Estimate from single neurons instead of fields (semi-analytic; independent neurons only).")
  var neuronSpace = false

  @Flag(help: "Same random numbers at every width: a wider net extends a narrower one.")
  var commonRandomNumbers = false

  @OptionGroup var workers: WorkerArguments

  @OptionGroup var checkpoint: CheckpointArguments

  @OptionGroup var destination: OutputArguments

  @Flag(help: "Print the runs and their cost, and stop.")
  var dryRun = false

  @OptionGroup var progress: ProgressArguments

  @Flag(help: "No progress and no notes.")
  var quiet = false

  func run() throws {
    try destination.check()
    let first = try theory.load(with: overrides)
    if let curve = first.study?.curve { return try run(first, curve) }
    let study = try plan(first)
    let threads = workers.count
    let copies = destination.chosenFormat.sampleCopies
    try destination.check(bins: study.runs.map(\.request.binCount).max() ?? 1)
    for run in study.runs { try run.request.forecast(threads: threads, sampleCopies: copies).check(threads: threads) }
    if dryRun {
      let lines = study.runs.map { run in
        "\(run.label): \(run.request.draws) \(run.unit), "
          + run.request.forecast(threads: threads, sampleCopies: copies).text(threads: threads)
      }
      let tables = "tables: " + study.runs[0].request.tableNames.joined(separator: ", ")
      return try StandardOutput.write((lines + [tables]).joined(separator: "\n") + "\n")
    }
    for run in study.runs {
      run.request.forecast(threads: threads, sampleCopies: copies).announce(threads: threads, quiet: quiet, label: run.label)
    }
    let start = Date()
    let seconds = study.runs.reduce(0) { $0 + $1.request.forecast(threads: threads).seconds } / Double(max(1, threads))
    let file = try checkpoint.file(study.runs.flatMap { try $0.request.statements }, request: nil, seconds: seconds)
    let results = try study.results { run in
      let monitor = checkpoint.monitor(file, since: start)
      let display = RunDisplay(
        monitor, draws: run.request.draws, unit: run.unit, label: run.label, quiet: quiet, style: progress.style)
      let begin = Date()
      var notes: [String] = []
      let result = Result { try run.request.measure(threads: threads, monitor: monitor) { notes.append($0) } }
      display.finish()
      let tables = try result.mapError { CheckpointArguments.explained($0, file) }.get()
      if !quiet {
        for note in notes { Notice.line("nnft: \(run.label): \(note)") }
        Notice.line(
          String(format: "nnft: %@: %d %@ in %.2f s", run.label, run.request.draws, run.unit, Date().timeIntervalSince(begin)))
      }
      return tables
    }
    try destination.write(results.document(study, version: Version.text), quiet: quiet)
    checkpoint.finish(file)
    if !quiet {
      for omission in study.runs[0].request.omissions { Notice.line("nnft: left out: \(omission)") }
      for warning in results.warnings { Notice.line("nnft: warning: \(warning)") }
      Notice.line(
        String(
          format: "nnft: %d runs on %@ in %.2f s", study.runs.count, Notice.threads(threads), Date().timeIntervalSince(start)))
    }
    guard results.contradictions.isEmpty else {
      throw CheckFailed(
        description:
          "the joint test rejects the exact values at false-alarm probability \(MeasuredTable.falseAlarm) in: \(results.contradictions.joined(separator: ", "))"
      )
    }
  }

  /// The `[study]` table with what the command line says on top: everything that makes the study is then in the resolved theory.
  private var overrides: [(key: String, value: String)] {
    var pairs: [(key: String, value: String)] = []
    if let widths = theory.width { pairs.append(("study.widths", "\(widths.values)")) }
    let lists = scan.map { "[\($0.values.joined(separator: ", "))]" }
    if scan.count == 1 {
      pairs += [("study.key", scan[0].key), ("study.values", lists[0])]
    } else if scan.count > 1 {
      pairs += [
        ("study.key", "[\(scan.map { "\"\($0.key)\"" }.joined(separator: ", "))]"),
        ("study.values", "[\(lists.joined(separator: ", "))]"),
      ]
    }
    if neuronSpace { pairs.append(("study.space", StudySettings.Space.neuron.rawValue)) }
    return pairs
  }

  /// A learning curve: data sets are drawn, no networks.
  private func run(_ definition: TheoryDefinition, _ curve: LearningCurveSettings) throws {
    let given = [
      ("--estimators", estimators != nil), ("--points", points != nil), ("--common-random-numbers", commonRandomNumbers),
      ("--checkpoint", checkpoint.checkpoint != nil), ("--resume", checkpoint.resume),
    ]
    if let option = given.first(where: \.1)?.0 {
      throw UsageError("\(option) does not apply to a learning curve, which draws data sets and no networks; leave it out")
    }
    let study = try LearningCurveStudy(definition, curve)
    if dryRun {
      return try StandardOutput.write(
        "\(curve.data.count * curve.ridges.count) places, \(curve.dataSets.reduce(0, +)) data sets, each at \(curve.ridges.count) ridges\n"
          + "tables: \(LearningCurveStudy.tableName)\n")
    }
    let start = Date()
    let rows = try study.rows(curve, threads: workers.count)
    try destination.write(study.document(definition, rows, version: Version.text), quiet: quiet)
    if !quiet { Notice.line(String(format: "nnft: %d places in %.2f s", rows.count, Date().timeIntervalSince(start))) }
  }

  private func plan(_ first: TheoryDefinition) throws -> WidthStudy {
    // The limit itself has no width to vary.
    let isLimit = first.architecture.freeField != nil
    if isLimit, theory.width != nil {
      throw UsageError(
        "\(first.architecture.kind) is the limit of infinite width: leave --widths out, or name a net such as scalar-net-lattice")
    }
    guard let settings = first.study ?? (isLimit ? StudySettings.none : nil),
      isLimit || settings.widths.count > 1 || !settings.axes.isEmpty
    else {
      throw UsageError(
        "a study needs several widths, its effective action too: add --widths, for example --widths \(Self.example(first.architecture.width))"
      )
    }
    let names = estimators.map { $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }
    return try WidthStudy(
      settings, estimatorNames: names, pointSets: points.map { try PointSetFile.load(path: $0, dimension: first.dimension) },
      commonRandomNumbers: commonRandomNumbers
    ) { try theory.load(with: overrides + $0) }
  }

  private static func example(_ width: Int) -> String { "\(width),\(2 * width),\(4 * width),\(8 * width)" }
}
