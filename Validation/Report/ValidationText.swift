// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// Verdicts for the terminal, a few lines a claim: first the experiments as they end, then a summary.
public enum ValidationText {
  /// One experiment, below the one that ended before it.
  public static func text(_ experiment: JudgedExperiment, after previous: JudgedExperiment?) -> String {
    func place(_ experiment: JudgedExperiment) -> String { "\(experiment.suite): \(experiment.experiment.theory)" }
    var lines: [String] = []
    if previous.map(place) != place(experiment) { lines += (previous == nil ? [] : [""]) + [place(experiment)] }
    for claim in experiment.claims {
      lines.append(
        "  \(mark(claim)) \(claim.claim.name): \(claim.verdict.word)\(expected(claim)); \(claim.evidence.claim.text)\(claim.look > 1 ? ", look \(claim.look)" : "")"
      )
      lines.append("      control, \(claim.claim.control): \(claim.evidence.control.text)")
      if case .inconclusive(let needed?) = claim.verdict { lines.append("      about \(needed) draws would decide") }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What stands below all experiments of a run.
  public static func summary(_ experiments: [JudgedExperiment], _ run: ValidationRun, _ tier: Budget.Tier) -> String {
    var lines: [String] = []
    for omission in run.omissions { lines.append("does not apply: \(omission)") }
    let claims = experiments.flatMap(\.claims)
    lines += [
      "",
      "\(claims.count { $0.isAsExpected }) of \(claims.count) claims came out as expected; false-alarm probability "
        + "\(ValidationRun.familyWise) in all, \(String(format: "%.1e", run.falseAlarm(tier))) a test",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  private static func mark(_ claim: JudgedClaim) -> String {
    if claim.isAsExpected { return "ok  " }
    if case .inconclusive = claim.verdict { return "?   " }
    return "FAIL"
  }

  private static func expected(_ claim: JudgedClaim) -> String {
    claim.claim.expectation == .fails && claim.isAsExpected ? ", as it must be" : ""
  }
}
