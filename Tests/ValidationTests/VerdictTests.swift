// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import TheoryLibrary
import Testing

@testable import Validation

/// What verdicts follow from what findings.
@Suite struct VerdictTests {
  private let alpha = 1e-6
  private func evidence(_ claim: Double?, _ control: Double?, growth: Double? = nil) -> Evidence {
    Evidence(
      claim: Finding(pValue: claim, text: "", growth: growth), control: Finding(pValue: control, text: "", growth: growth),
      draws: 1000)
  }

  @Test func aStatementNeedsATestWithPower() {
    #expect(Verdict(evidence(0.3, 1e-9), falseAlarm: alpha) == .consistent)
    #expect(Verdict(evidence(1e-9, 1e-9), falseAlarm: alpha) == .inconsistent)
    // The wrong answer passes as well: nothing is shown.
    #expect(Verdict(evidence(0.3, 0.2, growth: 8), falseAlarm: alpha) == .inconclusive(neededDraws: 8000))
    #expect(Verdict(evidence(nil, 1e-9, growth: 1.2), falseAlarm: alpha) == .inconclusive(neededDraws: 1500))
    #expect(Verdict(evidence(0.3, nil), falseAlarm: alpha) == .inconclusive(neededDraws: nil))
  }

  @Test func aCounterexampleNeedsATestThatSparesTheTruth() {
    #expect(Verdict(counterexample: evidence(1e-9, 0.3), falseAlarm: alpha) == .inconsistent)
    #expect(Verdict(counterexample: evidence(0.2, 0.3, growth: 4), falseAlarm: alpha) == .inconclusive(neededDraws: 4000))
    #expect(Verdict(counterexample: evidence(nil, 0.3, growth: 4), falseAlarm: alpha) == .inconclusive(neededDraws: 4000))
    #expect(Verdict(counterexample: evidence(1e-9, 1e-9), falseAlarm: alpha) == .inconclusive(neededDraws: nil))
  }

  /// A contradiction is decided; a claim that is undecided contradicts nothing.
  @Test func contradictedIsNotUndecided() {
    func judged(_ expectation: Claim.Expectation, _ claim: Double?, _ control: Double?) -> JudgedClaim {
      JudgedClaim(
        Claim("", statement: "", source: "", expectation: expectation, control: ""), evidence(claim, control), look: 1,
        falseAlarm: alpha)
    }
    for (claim, isContradicted, isDecided) in [
      (judged(.holds, 0.3, 1e-9), false, true), (judged(.holds, 1e-9, 1e-9), true, true),
      (judged(.holds, 0.3, 0.3), false, false),
      (judged(.holds, nil, 1e-9), false, false), (judged(.fails, 1e-9, 0.3), false, true),
      (judged(.fails, 0.3, 0.3), false, false),
    ] {
      #expect(claim.isContradicted == isContradicted && claim.verdict.isDecided == isDecided)
    }
  }

  /// Suites have different names, and say of every library theory what applies and why the rest does not.
  @Test func everyTheoryHasClaimsOrReasons() throws {
    #expect(Set(ValidationSuites.all.map(\.name)).count == ValidationSuites.all.count)
    for (name, text) in TheoryLibrary.files {
      let theory = try TheoryDefinition.load(text: text, fileName: name, interactions: true)
      let run = try ValidationRun(suites: ValidationSuites.all, theory: theory, argument: name)
      #expect(run.claimCount > 0 || run.omissions.count == ValidationSuites.all.count, "\(name)")
      #expect(
        run.falseAlarm(.quick) * 2 * Double(Budget.Tier.quick.looks) * Double(max(1, run.claimCount)) <= ValidationRun.familyWise
          * (1 + 1e-12))
    }
  }

  /// Every standard theory can be read, and every claim has a statement, a source and a control.
  @Test func claimsAreComplete() throws {
    let run = try ValidationRun(suites: ValidationSuites.all)
    #expect(run.claimCount > 60)
    for entry in run.entries {
      #expect(Set(entry.experiment.claims.map(\.name)).count == entry.experiment.claims.count)
      for claim in entry.experiment.claims {
        #expect(!claim.statement.isEmpty && !claim.source.isEmpty && !claim.control.isEmpty, "\(entry.suite): \(claim.name)")
      }
    }
  }
}
