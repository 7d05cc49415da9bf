// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// What a report of a validation holds, whatever its format.
public struct ValidationReport: Sendable {
  /// The formats, by the ending of the file.
  public enum Format: String, Sendable, CaseIterable {
    /// One page that needs nothing else.
    case html
    /// For repositories and mails.
    case markdown = "md"
    /// For programs.
    case json
  }

  /// The experiments with their verdicts.
  public let experiments: [JudgedExperiment]
  /// What did not apply.
  public let omissions: [String]
  /// False-alarm probability of one test.
  public let falseAlarm: Double
  /// Looks at new data that an undecided claim may have.
  public let looks: Int
  /// What every command of the report ends with, `--seed 1`, word by word.
  let options: [String]
  /// Program, tier, seed, command: name and value.
  public let provenance: [(name: String, value: String)]

  /// A report on a run.
  public init(
    _ experiments: [JudgedExperiment], _ run: ValidationRun, _ tier: Budget.Tier, options: [String],
    provenance: [(name: String, value: String)]
  ) {
    self.experiments = experiments
    omissions = run.omissions
    falseAlarm = run.falseAlarm(tier)
    looks = tier.looks
    self.options = options
    self.provenance = provenance
  }

  /// The whole file.
  public func text(_ format: Format) -> String {
    switch format {
    case .html: HTMLReport.text(self)
    case .markdown: MarkdownReport.text(self)
    case .json: JSONReport.text(self)
    }
  }

  /// What one suite found of one theory.
  struct Section: Sendable {
    let theory: String
    private(set) var commands: [String]
    private(set) var claims: [JudgedClaim]

    mutating func join(_ other: Section) {
      commands += other.commands.filter { !commands.contains($0) }
      claims += other.claims
    }
  }

  /// Suites in order, each with its theories.
  var suites: [(name: String, sections: [Section])] {
    experiments.reduce(into: []) { suites, experiment in
      if suites.last?.name != experiment.suite { suites.append((experiment.suite, [])) }
      let section = Section(
        theory: experiment.experiment.theory, commands: commands(experiment), claims: experiment.claims)
      let last = suites.count - 1
      if let place = suites[last].sections.indices.last, suites[last].sections[place].theory == section.theory {
        suites[last].sections[place].join(section)
      } else {
        suites[last].sections.append(section)
      }
    }
  }

  /// `41 of 41 claims came out as expected`.
  var summary: String {
    let claims = experiments.flatMap(\.claims)
    return "\(claims.count { $0.isAsExpected }) of \(claims.count) claims came out as expected"
  }

  /// The claims that did not come out as expected, a line each.
  var unexpected: [String] {
    experiments.flatMap { experiment in
      experiment.claims.filter { !$0.isAsExpected }.map {
        "\(experiment.suite), \(experiment.experiment.theory), \($0.claim.name): \($0.verdict.word)"
      }
    }
  }

  /// The command that repeats one suite.
  func command(_ suite: String) -> String { ShellWords.command(["nnft", "validate", suite] + options) }

  /// The commands that repeat one experiment: its verdicts, and its table where a command prints one.
  func commands(_ experiment: JudgedExperiment) -> [String] {
    let own = ["nnft", "validate", experiment.suite] + options + ["--only", experiment.experiment.theory]
    return [ShellWords.command(own)] + [experiment.experiment.command].compactMap { $0 }
  }

  /// What a reader must know to judge the verdicts.
  var method: String {
    "Each claim is tested together with a control, a deliberately wrong answer that the same data must reject; without that it counts as "
      + "inconclusive. Statements that theory says are false are claims too: the test must reject them. All tests together raise a false alarm with "
      + "probability at most \(ValidationRun.familyWise), each at \(String(format: "%.1e", falseAlarm)) (Bonferroni; an undecided experiment is repeated with four times as many new networks, "
      + "\(looks) looks in all). Joint tests are Hotelling's T2 with the full "
      + "covariance of the bins."
  }
}

/// The report as Markdown.
enum MarkdownReport {
  static func text(_ report: ValidationReport) -> String {
    var lines = ["# Validation", "", "**\(report.summary).** \(report.method)", ""]
    for (name, value) in report.provenance { lines.append("- \(plain(name)): \(code(value))") }
    if !report.unexpected.isEmpty { lines += [""] + report.unexpected.map { "- **\(plain($0))**" } }
    for suite in report.suites {
      lines += ["", "## \(suite.name)", "", code(report.command(suite.name))]
      for section in suite.sections {
        lines += [
          "", "### \(plain(section.theory))", "",
        ]
        for command in section.commands { lines += [code(command), ""] }
        lines += [
          "| claim | verdict | test | control |", "|---|---|---|---|",
        ]
        for claim in section.claims {
          lines.append(
            "| **\(cell(claim.claim.name))**: \(cell(claim.claim.statement)) | \(claim.isAsExpected ? "" : "**unexpected:** ")\(claim.verdict.word)"
              + "\(claim.claim.expectation == .fails ? " (false, as theory says)" : "") | \(cell(claim.evidence.claim.text)) | "
              + "\(cell(claim.claim.control)): \(cell(claim.evidence.control.text)) |")
        }
      }
    }
    if !report.omissions.isEmpty { lines += ["", "## What does not apply", ""] + report.omissions.map { "- \(plain($0))" } }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A span of code may hold backticks if its fence is longer.
  private static func code(_ text: String) -> String { text.contains("`") ? "`` \(text) ``" : "`\(text)`" }

  /// Words that Markdown and HTML leave alone.
  private static func plain(_ text: String) -> String {
    text.replacing("\n", with: " ").replacing("<", with: "&lt;").replacing("`", with: "\\`").replacing("*", with: "\\*")
  }

  private static func cell(_ text: String) -> String {
    text.replacing("\n", with: " ").replacing("<", with: "&lt;").replacing("|", with: "\\|")
  }
}
