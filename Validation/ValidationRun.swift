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

  /// Carries everything out; `report` is told of every experiment as its claims are decided, or can be decided no further.
  ///
  /// All experiments are looked at before any is looked at again, so that those on the same networks share them at every look.
  public func run(_ budget: Budget, report: (JudgedExperiment) throws -> Void = { _ in }) throws -> [JudgedExperiment] {
    var judged: [JudgedExperiment?] = entries.map { _ in nil }
    var open = Array(entries.indices)
    for look in 0..<budget.tier.looks where !open.isEmpty {
      let fresh = try evidence(open.map { entries[$0].experiment }, budget.look(look))
      for (index, found) in zip(open, fresh) {
        judged[index] = judge(entries[index], judged[index], found, look: look, budget)
      }
      let left = open.filter { isPromising(judged[$0]!, look: look, budget) }
      for index in open where !left.contains(index) { try report(judged[index]!) }
      open = left
    }
    return judged.map { $0! }
  }

  /// What experiments find, carried out again and again until the laboratory has all they ask for.
  private func evidence(_ experiments: [Experiment], _ budget: Budget) throws -> [(evidence: [Evidence], seconds: Double)] {
    var found: [(evidence: [Evidence], seconds: Double)?] = experiments.map { _ in nil }
    while found.contains(where: { $0 == nil }) {
      for (index, experiment) in experiments.enumerated() where found[index] == nil {
        let start = Date()
        do {
          let evidence = try experiment.carryOut(budget)
          precondition(evidence.count == experiment.claims.count, "\(experiment.theory): evidence for every claim")
          found[index] = (evidence, Date().timeIntervalSince(start))
        } catch is Laboratory.Deferred {}
      }
      try budget.laboratory.work(threads: budget.threads, monitor: budget.monitor)
    }
    return found.map { $0! }
  }

  /// The verdicts after one more look: every claim keeps that of the first look that decides it.
  private func judge(
    _ entry: Entry, _ before: JudgedExperiment?, _ found: (evidence: [Evidence], seconds: Double), look: Int, _ budget: Budget
  ) -> JudgedExperiment {
    let fresh = zip(entry.experiment.claims, found.evidence).map {
      JudgedClaim($0, $1, look: look + 1, falseAlarm: falseAlarm(budget.tier))
    }
    return JudgedExperiment(
      suite: entry.suite, experiment: entry.experiment,
      claims: before.map { zip($0.claims, fresh).map { $0.verdict.isDecided ? $0 : $1 } } ?? fresh,
      seconds: (before?.seconds ?? 0) + found.seconds)
  }

  /// Whether the looks that remain can be expected to decide a claim that is still open.
  private func isPromising(_ judged: JudgedExperiment, look: Int, _ budget: Budget) -> Bool {
    let reach = 1 << (2 * (budget.tier.looks - 1 - look))
    return judged.claims.contains { claim in
      guard case .inconclusive(let needed?) = claim.verdict else { return false }
      return needed <= reach * claim.evidence.draws
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
  /// How long it took, without the networks that it shares with others.
  public let seconds: Double
}
