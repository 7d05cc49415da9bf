// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import FieldTheories
import Foundation
import TheoryLibrary

/// Carries out the experiments of some suites and judges their claims.
///
/// An experiment with undecided claims is looked at again, with as many new networks as promise to decide, as often as the tier allows and up to sixteen
/// times the first number. All looks share one false-alarm probability: with l of them each of n claims and n controls is tested at `familyWise/(2nl)`
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
    try self.init(suites: suites, title: theory.title) { try $0.experiments(theory, command: argument) }
  }

  /// What needs no theory, on somebody's fields.
  public init(suites: [any ValidationSuite], fields: OutsideFields) throws {
    try self.init(suites: suites, title: fields.title) { try $0.experiments(fields) }
  }

  private init(
    suites: [any ValidationSuite], title: String, experiments: (any ValidationSuite) throws -> [Experiment]
  ) throws {
    var entries: [Entry] = []
    var omissions: [String] = []
    for suite in suites {
      do {
        for experiment in try experiments(suite) { entries.append(Entry(suite: suite.name, experiment: experiment)) }
      } catch let reason as NotApplicable {
        omissions.append("\(suite.name): \(reason.description)")
      }
    }
    self.entries = entries
    titles = [title]
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
    var open = entries.indices.map { (index: $0, enlargement: 1) }
    for look in 0..<budget.tier.looks where !open.isEmpty {
      let fresh = try evidence(
        open.map { (entries[$0.index].experiment, budget.look(look, enlargement: $0.enlargement)) }, budget)
      var left: [(index: Int, enlargement: Int)] = []
      for ((index, enlargement), found) in zip(open, fresh) {
        let result = judge(entries[index], judged[index], found, look: look, budget)
        judged[index] = result
        if look + 1 < budget.tier.looks, let next = Self.enlargement(result, after: enlargement, budget.tier) {
          left.append((index, next))
        } else {
          try report(result)
        }
      }
      open = left
    }
    return judged.map { $0! }
  }

  /// What experiments find, carried out again and again until the laboratory has all they ask for.
  private func evidence(
    _ looks: [(experiment: Experiment, budget: Budget)], _ budget: Budget
  ) throws -> [(evidence: [Evidence], seconds: Double)] {
    var found: [(evidence: [Evidence], seconds: Double)?] = looks.map { _ in nil }
    while found.contains(where: { $0 == nil }) {
      for (index, (experiment, own)) in looks.enumerated() where found[index] == nil {
        let start = Date()
        do {
          let evidence = try experiment.carryOut(own)
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

  /// How many times the first look's networks the next one takes, after one of `enlargement` times: at least twice as many, of few numbers, so that experiments
  /// still share networks, and so many that they promise to decide all claims which the tier can hope to decide; nil if it can hope for none.
  private static func enlargement(_ judged: JudgedExperiment, after enlargement: Int, _ tier: Budget.Tier) -> Int? {
    guard !judged.experiment.isGiven else { return nil }
    let needed = judged.claims.compactMap { claim -> Double? in
      guard case .inconclusive(let draws?) = claim.verdict else { return nil }
      return Double(enlargement) * Double(draws) / Double(claim.evidence.draws)
    }
    guard let most = needed.filter({ $0 <= Double(tier.greatestEnlargement) }).max() else { return nil }
    return [2, 3, 4, 6, 8, 12, 16].first { Double($0) >= most && $0 >= 2 * enlargement && $0 <= tier.greatestEnlargement }
  }
}

/// An experiment with its verdicts.
public struct JudgedExperiment: Sendable {
  /// The suite's name.
  public let suite: String
  /// The experiment.
  public let experiment: Experiment
  /// The claims with their verdicts.
  public let claims: [JudgedClaim]
  /// How long it took, without the networks that it shares with others.
  public let seconds: Double
}
