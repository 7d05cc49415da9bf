// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import Draws
import EnsembleRuns
import FieldTheories
import Foundation
import NumericalKernels
import ResultTables
import TheoryLibrary
import Validation

/// `nnft validate`: claims checked.
struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Test claims about ensembles: closed forms, symmetries, axioms, 1/N laws.",
    discussion: """
      Every claim comes with a control: a deliberately wrong answer that the same data must reject. Without it a claim counts as inconclusive. \
      One false-alarm probability, 1e-4, covers the whole run. Exit codes: 0 every claim came out as expected, 1 a claim is contradicted, \
      6 none is contradicted but some are undecided: too little data.

      Examples:
        nnft validate
        nnft validate euclidean-invariance --seed 7
        nnft validate --theory mine.toml -o report.html
        nnft validate --fields fields.npz --spacing 0.25 --boundary open
      """)

  @Argument(help: "Suites; all of them if left out (see nnft list suites).", completion: .suites)
  var suites: [String] = []

  @Option(help: "Test a theory of your own, a file or a library name, instead of the standard ones.", completion: .theories)
  var theory: String?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("With --theory: override any key of the file; may be repeated.", valueName: "key=value"), completion: .keys
  )
  var overrides: [String] = []

  @Option(help: "With --theory: networks or samples of a first look (run.draws), where a suite needs no more.")
  var draws: Count?

  @Option(
    name: .customLong("fields"),
    help: ArgumentHelp(
      "Test fields of yours on a lattice, an .npz, .npy or HDF5 file: the claims that need no theory (docs/outside-fields.md).",
      valueName: "file"))
  var fieldFile: String?

  @OptionGroup(title: "With --fields") var fieldArguments: FieldArguments

  @Option(help: ArgumentHelp("Only theories whose title contains this.", valueName: "text"))
  var only: String?

  @Flag(help: "Sixteen times the networks.")
  var thorough = false

  @Option(help: "Seed of all runs: a whole number.")
  var seed: UInt64 = 1

  @OptionGroup var workers: WorkerArguments

  @OptionGroup var checkpoint: CheckpointArguments

  @Option(
    name: [.customShort("o"), .long], parsing: .singleValue,
    help: "Write a report: .html, .md or, for programs, .json; may be repeated.")
  var output: [String] = []

  @Flag(help: "Replace existing reports.")
  var force = false

  @OptionGroup var progress: ProgressArguments

  @Flag(help: "No progress and no notes.")
  var quiet = false

  func validate() throws {
    guard seed <= Budget.greatestSeed else { throw ValidationError("--seed \(seed): at most \(Budget.greatestSeed)") }
    if fieldFile != nil, theory != nil || only != nil || thorough {
      throw ValidationError("--fields tests the fields as they are; leave --theory, --only and --thorough out")
    }
    if fieldFile == nil, !fieldArguments.words.isEmpty {
      throw ValidationError("\(fieldArguments.words[0]) says something of fields of yours: add --fields FILE")
    }
    if theory == nil, !overrides.isEmpty || draws != nil {
      throw ValidationError("--set and --draws change a theory of your own: add --theory FILE")
    }
    if let output = output.first(where: { Self.reportFormat($0) == nil }) {
      throw ValidationError("-o \(output): reports are .html, .md or .json; for example -o report.html")
    }
  }

  private static func reportFormat(_ path: String) -> ValidationReport.Format? {
    ValidationReport.Format.allCases.first { path.hasSuffix(".\($0.rawValue)") }
  }

  func run() throws {
    for path in output { try AtomicFile.checkWritable(path: path, force: force) }
    let names = suites.enumerated().filter { !suites[..<$0.offset].contains($0.element) }.map(\.element)
    let chosen = try names.isEmpty ? ValidationSuites.all : names.map(Self.suite)
    let run: ValidationRun
    func isWanted(_ title: String) -> Bool { only.map { title.localizedCaseInsensitiveContains($0) } ?? true }
    func refuse(_ titles: [String]) -> UsageError {
      UsageError("--only '\(only ?? "")': no theory of that title; there are: \(titles.joined(separator: ", "))")
    }
    if let fieldFile {
      let ensemble = try FieldEnsemble(path: fieldFile, fieldArguments.options, inspector: FieldInspection.inspector)
      let title = "fields of \(PlainText.line(fieldFile, limit: 100))"
      do { run = try ValidationRun(suites: chosen, fields: OutsideFields(ensemble, title: title)) } catch let reason
        as NotApplicable
      {
        throw UsageError("nothing to validate: \(reason.description)")
      }
    } else if let theory {
      let found = try TheoryLocator.find(theory, library: TheoryLibrary.files)
      let definition = try TheoryDefinition.load(
        text: found.text, fileName: found.fileName,
        overrides: try TheoryArguments.pairs(overrides) + (draws.map { [("run.draws", "\($0.value)")] } ?? []), interactions: true
      )
      try RunForecast.check(definition)
      guard isWanted(definition.title) else { throw refuse([definition.title]) }
      run = try ValidationRun(suites: chosen, theory: definition, argument: ShellWords.command([theory] + overrideWords))
    } else {
      try MatrixProduct.prepare(threads: workers.count)
      run = try ValidationRun(suites: chosen, isWanted: isWanted)
      guard !run.entries.isEmpty else { throw refuse(run.titles) }
    }
    guard run.claimCount > 0 else {
      throw UsageError("nothing to validate: \(run.omissions.joined(separator: "; "))")
    }
    let start = Date()
    // Which runs there will be, earlier ones decide; each stands in the file under its own plan.
    let plan = PlanStatement(family: PlanIdentity("validate", ShellWords.command(suites + choice)), layout: .fixed(count: 0))
    let file = try checkpoint.file([plan], request: nil, seconds: thorough ? Self.thoroughSeconds : 0)
    let monitor = checkpoint.monitor(file, since: start)
    let budget = Budget(
      tier: thorough ? .thorough : .quick, seed: seed, threads: workers.count, monitor: monitor)
    var last: JudgedExperiment?
    var done = 0
    func tell(_ label: String?) {
      guard progress.style == .json else { return }
      ProgressRecord(
        done: done, of: run.entries.count, unit: "experiments", label: label, seconds: Date().timeIntervalSince(start),
        relativeError: nil
      ).write()
    }
    tell(nil)
    func report(_ experiment: JudgedExperiment) throws {
      // As they come: an interruption loses no verdict.
      try StandardOutput.write(ValidationText.text(experiment, after: last))
      last = experiment
      done += 1
      tell("\(experiment.suite): \(experiment.experiment.theory)")
      if !quiet {
        Notice.line(
          "nnft: \(experiment.suite): \(experiment.experiment.theory), \(String(format: "%.1f s", experiment.seconds))")
      }
    }
    let judged = try Result { try run.run(budget, report: report) }.mapError { CheckpointArguments.explained($0, file) }.get()
    try StandardOutput.write(ValidationText.summary(judged, run, budget.tier))
    if !output.isEmpty, Ranks.isRoot {
      let report = ValidationReport(
        judged, run, budget.tier, options: options,
        provenance: [
          ("program", Version.text), ("command", command), ("seed", "\(seed)"), ("tier", budget.tier.rawValue),
          ("time", String(format: "%.0f s", Date().timeIntervalSince(start))),
        ])
      for path in output {
        if let format = Self.reportFormat(path) { try AtomicFile.write(report.text(format), path: path, force: force) }
      }
    }
    checkpoint.finish(file)
    if !quiet { Notice.line(String(format: "nnft: %d claims in %.1f s", run.claimCount, Date().timeIntervalSince(start))) }
    let claims = judged.flatMap(\.claims)
    let (contradicted, undecided) = (claims.count(where: \.isContradicted), claims.count { !$0.verdict.isDecided })
    let remark = undecided == 0 ? "" : "\(undecided) of \(run.claimCount) claims are undecided: too little data"
    guard contradicted == 0 else {
      throw CheckFailed(
        description: "\(contradicted) of \(run.claimCount) claims are contradicted" + (undecided == 0 ? "" : "; " + remark))
    }
    guard undecided == 0 else {
      throw ChecksUndecided(description: remark + (fieldFile == nil ? "; try --thorough" : "; give more draws"))
    }
  }

  /// The command again, without where its report goes.
  private var command: String {
    ShellWords.command(["nnft", "validate"] + suites + choice)
  }

  /// All options that decide what is found.
  private var choice: [String] { options + (only.map { ["--only", $0] } ?? []) }

  /// What the thorough tier may well take.
  private static let thoroughSeconds = 3600.0

  /// Its options without a choice of theories.
  private var options: [String] {
    (fieldFile.map { ["--fields", $0] } ?? []) + fieldArguments.words + (theory.map { ["--theory", $0] } ?? []) + overrideWords
      + (thorough ? ["--thorough"] : []) + ["--seed", "\(seed)"]
  }

  private var overrideWords: [String] {
    overrides.flatMap { ["--set", $0] } + (draws.map { ["--draws", "\($0.value)"] } ?? [])
  }

  private static func suite(_ name: String) throws -> any ValidationSuite {
    if let suite = ValidationSuites.named(name) { return suite }
    let hint = Spelling.hint(for: name, among: ValidationSuites.all.map(\.name))
    throw UsageError("no suite \"\(name)\"; \(hint)there are: \(ValidationSuites.all.map(\.name).joined(separator: ", "))")
  }
}
