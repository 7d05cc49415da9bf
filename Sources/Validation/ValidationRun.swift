// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import FieldTheories
import Foundation
import TheoryLibrary

/// Carries out the experiments of some suites and judges their claims.
///
/// An experiment with undecided claims is looked at again, with four times as many new networks, as often as the tier allows and as long as that many
/// promise to decide. All looks share one false-alarm probability: with l of them each of n claims and n controls is tested at `familyWise/(2nl)`
/// (Bonferroni), so that a wrong verdict on a true theory has at most probability `familyWise` in the whole run.
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
  public private(set) var entries: [Entry]
  /// What does not apply, a line each.
  public let omissions: [String]

  /// The titles of the theories, wanted or not, each once.
  public let titles: [String]

  /// The standard theories of suites whose title is wanted; nothing is planned for the others.
  public init(suites: [any ValidationSuite], isWanted: (_ title: String) -> Bool = { _ in true }) throws {
    var entries: [Entry] = []
    var titles: [String] = []
    for suite in suites {
      for standard in suite.standardTheories {
        guard let text = standard.text ?? TheoryLibrary.files.first(where: { $0.name == standard.name })?.text else {
          preconditionFailure("no library theory \(standard.name)")
        }
        let theory = try TheoryDefinition.load(
          text: text, fileName: standard.name, overrides: standard.overrides, interactions: true)
        if !titles.contains(theory.title) { titles.append(theory.title) }
        guard isWanted(theory.title) else { continue }
        for experiment in try suite.experiments(theory, command: standard.arguments) {
          entries.append(Entry(suite: suite.name, experiment: experiment))
        }
      }
    }
    self.entries = entries
    self.titles = titles
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
    titles = [theory.title]
    self.omissions = omissions
  }

  /// Number of claims.
  public var claimCount: Int { entries.reduce(0) { $0 + $1.experiment.claims.count } }

  /// False-alarm probability of each test.
  public func falseAlarm(_ tier: Budget.Tier) -> Double { Self.familyWise / Double(2 * max(1, claimCount) * tier.looks) }

  /// Carries everything out; `report` is told of every experiment as it ends.
  public func run(_ budget: Budget, report: (JudgedExperiment) throws -> Void = { _ in }) throws -> [JudgedExperiment] {
    try entries.map { entry in
      let start = Date()
      let judged = JudgedExperiment(
        suite: entry.suite, experiment: entry.experiment, claims: try claims(entry.experiment, budget),
        seconds: Date().timeIntervalSince(start))
      try report(judged)
      return judged
    }
  }

  /// Every claim keeps the verdict of the first look that decides it.
  private func claims(_ experiment: Experiment, _ budget: Budget) throws -> [JudgedClaim] {
    var judged: [JudgedClaim] = []
    for look in 0..<budget.tier.looks {
      let evidence = try experiment.carryOut(budget.look(look))
      precondition(evidence.count == experiment.claims.count, "\(experiment.theory): evidence for every claim")
      let fresh = zip(experiment.claims, evidence).map {
        JudgedClaim($0, $1, look: look + 1, falseAlarm: falseAlarm(budget.tier))
      }
      judged = judged.isEmpty ? fresh : zip(judged, fresh).map { $0.verdict.isDecided ? $0 : $1 }
      let reach = 1 << (2 * (budget.tier.looks - 1 - look))
      let isPromising = judged.contains { claim in
        guard case .inconclusive(let needed?) = claim.verdict else { return false }
        return needed <= reach * claim.evidence.draws
      }
      if !isPromising { break }
    }
    return judged
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
