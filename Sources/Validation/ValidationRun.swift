// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import FieldTheories
import Foundation
import TheoryLibrary

/// Carries out the experiments of some suites and judges their claims.
///
/// All tests share one false-alarm probability: each of n claims and n controls is tested at `familyWise/(2n)` (Bonferroni), so that a wrong verdict
/// on a true theory has at most probability `familyWise` in the whole run.
public struct ValidationRun: Sendable {
  /// Probability of any wrong verdict in a run on true theories.
  public static let familyWise = 1e-4

  /// One experiment and where it belongs.
  public struct Entry: Sendable {
    /// The suite's name.
    public let suite: String
    /// The experiment.
    public let experiment: Experiment
  }

  /// The experiments, suite by suite.
  public let entries: [Entry]
  /// What does not apply, a line each.
  public let omissions: [String]

  /// The standard theories of suites.
  public init(suites: [any ValidationSuite]) throws {
    var entries: [Entry] = []
    for suite in suites {
      for standard in suite.standardTheories {
        guard let text = standard.text ?? TheoryLibrary.files.first(where: { $0.name == standard.name })?.text else {
          preconditionFailure("no library theory \(standard.name)")
        }
        let theory = try TheoryDefinition.load(
          text: text, fileName: standard.name, overrides: standard.overrides, interactions: true)
        for experiment in try suite.experiments(theory, command: standard.arguments) {
          entries.append(Entry(suite: suite.name, experiment: experiment))
        }
      }
    }
    self.entries = entries
    omissions = []
  }

  /// What applies to one theory; `argument` is how the user named it.
  public init(suites: [any ValidationSuite], theory: TheoryDefinition, argument: String) throws {
    var entries: [Entry] = []
    var omissions: [String] = []
    for suite in suites {
      do {
        for experiment in try suite.experiments(theory, command: argument) {
          entries.append(Entry(suite: suite.name, experiment: experiment))
        }
      } catch let reason as NotApplicable {
        omissions.append("\(suite.name): \(reason.description)")
      }
    }
    self.entries = entries
    self.omissions = omissions
  }

  /// Number of claims.
  public var claimCount: Int { entries.reduce(0) { $0 + $1.experiment.claims.count } }

  /// False-alarm probability of each test.
  public var falseAlarm: Double { Self.familyWise / Double(2 * max(1, claimCount)) }

  /// Carries everything out; `report` is told of every experiment as it ends.
  public func run(_ budget: Budget, report: (JudgedExperiment) -> Void = { _ in }) throws -> [JudgedExperiment] {
    try entries.map { entry in
      let start = Date()
      let evidence = try entry.experiment.carryOut(budget)
      precondition(evidence.count == entry.experiment.claims.count, "\(entry.experiment.theory): evidence for every claim")
      let judged = JudgedExperiment(
        suite: entry.suite, experiment: entry.experiment,
        claims: zip(entry.experiment.claims, evidence).map { JudgedClaim($0, $1, falseAlarm: falseAlarm) },
        seconds: Date().timeIntervalSince(start))
      report(judged)
      return judged
    }
  }
}

/// An experiment with its verdicts.
public struct JudgedExperiment: Sendable {
  /// The suite's name.
  public let suite: String
  /// The experiment.
  public let experiment: Experiment
  /// Its claims.
  public let claims: [JudgedClaim]
  /// How long it took.
  public let seconds: Double
}
