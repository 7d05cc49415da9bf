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
        nnft study phi4-2d-critical -o critical.h5        Binder crossings, exponents: table [study.critical]
        nnft study power-law-regression
        nnft study grokking-teacher
        nnft study adapting-erf                           kernels that adapt to data: table [study.adaptation]
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
    if let critical = first.study?.critical { return try run(first, critical) }
    if try renormalise(first) || train(first) || learnFeatures(first) { return }
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

  /// The critical point of a lattice theory, from lattices of several sizes.
  private func run(_ definition: TheoryDefinition, _ settings: CriticalPointSettings) throws {
    let given = [
      ("--estimators", estimators != nil), ("--points", points != nil), ("--common-random-numbers", commonRandomNumbers),
      ("--scan", !scan.isEmpty), ("--widths", theory.width != nil), ("--neuron-space", neuronSpace),
      ("--checkpoint", checkpoint.checkpoint != nil), ("--resume", checkpoint.resume),
    ]
    if let option = given.first(where: \.1)?.0 {
      throw UsageError(
        "\(option) does not apply to the study of a critical point, which has sizes and tables of its own; leave it out")
    }
    let study = try CriticalPointStudy(definition, settings) { try theory.load(with: overrides + $0) }
    if dryRun {
      return try StandardOutput.write(
        "\(study.description); \(study.samples) measurements in all\ntables: \(CriticalPointResults.tableNames.joined(separator: ", "))\n"
      )
    }
    let start = Date()
    let monitor = RunMonitor()
    let display = RunDisplay(
      monitor, draws: study.samples, unit: "measurements", quiet: quiet, style: progress.style)
    let result = Result { try study.results(threads: workers.count, monitor: monitor) }
    display.finish()
    var provenance = Provenance()
    provenance.add("program", Version.text)
    provenance.add("theory", "\(definition.title) (\(definition.source))")
    for line in definition.architecture.description + definition.insertions.description { provenance.add("ensemble", line) }
    provenance.add("study", study.description)
    for (key, value) in definition.resolved { provenance.add("set \(key)", value) }
    try write(try result.get().tables(), provenance, definition)
    if !quiet { Notice.line(String(format: "nnft: %d measurements in %.2f s", study.samples, Date().timeIntervalSince(start))) }
  }

  /// The study of a theory of modes: the flow of its couplings and what follows, nothing sampled; false of other theories.
  private func renormalise(_ definition: TheoryDefinition) throws -> Bool {
    guard let study = try RenormalisationStudy(definition) else { return false }
    guard estimators == nil, points == nil, !neuronSpace, scan.isEmpty, theory.width == nil else {
      throw UsageError("a study of modes samples nothing: leave --estimators, --points, --neuron-space, --scan and --widths out")
    }
    if dryRun {
      try StandardOutput.write("the flow of couplings of \(definition.architecture.width) modes; nothing is sampled\n")
      return true
    }
    var provenance = Provenance()
    provenance.add("program", Version.text)
    provenance.add("theory", "\(definition.title) (\(definition.source))")
    for line in definition.architecture.description + definition.insertions.description { provenance.add("ensemble", line) }
    for (key, value) in definition.resolved where !key.hasPrefix("run.") && !key.hasPrefix("sampler.") {
      provenance.add("set \(key)", value)
    }
    try write(try study.tables(), provenance, definition)
    return true
  }

  /// The study of a theory with `[dynamics]`: its networks trained, at one width or several; false of other theories.
  private func train(_ definition: TheoryDefinition) throws -> Bool {
    guard definition.dynamics != nil else { return false }
    guard estimators == nil, points == nil, !neuronSpace, scan.isEmpty else {
      throw UsageError("a study of training has tables of its own: leave --estimators, --points, --neuron-space and --scan out")
    }
    let widths = definition.study.flatMap { $0.widths.isEmpty ? nil : $0.widths } ?? [definition.architecture.width]
    let theories = try widths.map { width in
      let isListed = definition.resolved.contains { $0.key == "architecture.widths" }
      let layers = definition.architecture.layers?.hiddenLayers.count ?? 1
      let value = isListed ? "\([Int](repeating: width, count: layers))" : "\(width)"
      return try theory.load(with: overrides + [(isListed ? "architecture.widths" : "architecture.width", value)])
    }
    guard let study = try TrainingStudy(theories) else { return false }
    if dryRun {
      try StandardOutput.write("\(study.networks) networks trained at each of the widths \(widths)\n")
      return true
    }
    var provenance = Provenance()
    provenance.add("program", Version.text)
    provenance.add("theory", "\(definition.title) (\(definition.source))")
    for line in definition.architecture.description { provenance.add("ensemble", line) }
    provenance.add("networks", "\(study.networks) independent draws at each of the widths \(widths), trained by gradient descent")
    for (key, value) in definition.resolved { provenance.add("set \(key)", value) }
    try write(try study.tables(threads: workers.count), provenance, definition)
    return true
  }

  /// The study of a teacher, of modular addition or of a kernel that adapts to data; false of other theories.
  private func learnFeatures(_ definition: TheoryDefinition) throws -> Bool {
    guard let settings = definition.study,
      settings.teacher != nil || settings.modular != nil || settings.adaptation != nil
    else { return false }
    guard estimators == nil, points == nil, !commonRandomNumbers, checkpoint.checkpoint == nil, !checkpoint.resume else {
      throw UsageError(
        "a study of feature learning has tables of its own: leave --estimators, --points, --common-random-numbers and --checkpoint out"
      )
    }
    let teacher = try settings.teacher.map { try GrokkingStudy(definition, $0) }
    let modular = try settings.modular.map { try ModularAdditionStudy(definition, $0) }
    let adaptation = try settings.adaptation.map { try AdaptationStudy(definition, $0) }
    if dryRun {
      let names = teacher?.tableNames ?? (modular != nil ? ModularAdditionStudy.tableNames : AdaptationStudy.tableNames)
      try StandardOutput.write(
        "tables: \(names.joined(separator: ", "))\n")
      return true
    }
    let start = Date()
    let tables =
      try teacher?.tables(threads: workers.count) ?? modular?.tables() ?? adaptation!.tables(threads: workers.count)
    var provenance = Provenance()
    provenance.add("program", Version.text)
    provenance.add("theory", "\(definition.title) (\(definition.source))")
    for line in definition.architecture.description { provenance.add("ensemble", line) }
    if adaptation != nil { for line in definition.insertions.description { provenance.add("ensemble", line) } }
    let prefixes = ["architecture.", "study."] + (adaptation == nil ? [] : ["insertion[", "sampler."])
    for (key, value) in definition.resolved
    where ["run.draws", "run.seed"].contains(key) || prefixes.contains(where: key.hasPrefix) {
      provenance.add("set \(key)", value)
    }
    try write(tables, provenance, definition)
    if !quiet { Notice.line(String(format: "nnft: %d tables in %.2f s", tables.count, Date().timeIntervalSince(start))) }
    return true
  }

  private func write(_ tables: [ResultTable], _ provenance: Provenance, _ definition: TheoryDefinition) throws {
    try destination.check(tables: tables.map(\.name))
    try destination.write(
      ResultDocument(provenance: provenance, theory: definition.resolvedText, tables: tables.map { SampledTable($0) }),
      quiet: quiet)
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
