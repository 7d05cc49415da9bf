// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Testing

@testable import Validation

/// The quick tier itself: every verdict as expected, every control as it must be. False alarm 1e-4 a seed, all claims together; NNFT_LONG_TESTS
/// takes twenty seeds.
@Suite struct QuickTierTests {
  private static let seeds: [UInt64] = ProcessInfo.processInfo.environment["NNFT_LONG_TESTS"] == nil ? [1] : Array(1...20)

  @Test(arguments: ValidationSuites.all.map(\.name)) func everyVerdictIsAsExpected(suite: String) throws {
    let run = try ValidationRun(suites: [ValidationSuites.named(suite)!])
    for seed in Self.seeds {
      for experiment in try run.run(Budget(tier: .quick, seed: seed, threads: 2)) {
        for claim in experiment.claims {
          #expect(
            claim.isAsExpected,
            "seed \(seed), \(suite), \(experiment.experiment.theory), \(claim.claim.name): \(claim.verdict); \(claim.evidence.claim.text); control \(claim.evidence.control.text)"
          )
          #expect(claim.controlHolds(falseAlarm: run.falseAlarm(.quick)))
        }
      }
    }
  }

  /// Reports hold every claim, and the page needs nothing from elsewhere.
  @Test func reportsAreComplete() throws {
    let run = try ValidationRun(suites: [ValidationSuites.named("finite-width")!])
    let judged = try run.run(Budget(tier: .quick, seed: 3, threads: 2))
    let report = ValidationReport(judged, run, .quick, options: ["--seed", "3"], provenance: [("program", "nnft <test>")])
    let (page, markdown) = (report.text(.html), report.text(.markdown))
    for claim in judged.flatMap(\.claims) {
      #expect(page.contains("<b>\(Typesetting.html(claim.claim.name))</b>") && markdown.contains("**\(claim.claim.name)**"))
    }
    #expect(page.contains("nnft &lt;test&gt;") && !page.contains("http") && page.contains("viewport"))
  }
}
