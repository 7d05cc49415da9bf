// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// Verdicts for the terminal, a few lines a claim.
public enum ValidationText {
  /// All experiments of a run.
  public static func text(_ experiments: [JudgedExperiment], _ run: ValidationRun, _ tier: Budget.Tier) -> String {
    var lines: [String] = []
    var place = ""
    for experiment in experiments {
      let here = "\(experiment.suite): \(experiment.experiment.theory)"
      if here != place {
        lines += [lines.isEmpty ? nil : "", here].compactMap { $0 }
        place = here
      }
      for claim in experiment.claims {
        lines.append(
          "  \(mark(claim)) \(claim.claim.name): \(claim.verdict.word)\(expected(claim)); \(claim.evidence.claim.text)\(claim.look > 1 ? ", look \(claim.look)" : "")"
        )
        lines.append("      control, \(claim.claim.control): \(claim.evidence.control.text)")
        if case .inconclusive(let needed?) = claim.verdict { lines.append("      about \(needed) networks would decide") }
      }
    }
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
