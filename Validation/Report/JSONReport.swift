// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// JSON for programs: one object with `summary`, `provenance`, `claims` and `omissions`; a claim is an object of what ``JSONReport/Entry`` names,
/// keys that do not apply left out.
enum JSONReport {
  /// One claim with its verdict.
  struct Entry: Encodable {
    let suite, theory, claim, statement, source: String
    let expectation, verdict: String
    let as_expected: Bool
    let look, draws: Int
    let needed_draws: Int?
    let test: Test
    let control: Test
  }

  /// A test: its p-value, its statistic in words, and for the control the wrong answer it holds against the data.
  struct Test: Encodable {
    let what: String?
    let p: Double?
    let text: String
    let pulls: [Double?]

    init(_ finding: Finding, what: String? = nil) {
      self.what = what
      p = finding.pValue.flatMap { $0.isFinite ? $0 : nil }
      text = finding.text
      // JSON has no infinite numbers.
      pulls = finding.pulls.map { $0.isFinite ? $0 : nil }
    }
  }

  private struct Pair: Encodable { let name, value: String }

  private struct Document: Encodable {
    let summary: String
    let false_alarm: Double
    let provenance: [Pair]
    let claims: [Entry]
    let omissions: [String]
  }

  static func text(_ report: ValidationReport) -> String {
    let claims = report.experiments.flatMap { experiment in
      experiment.claims.map { judged in
        var needed: Int?
        if case .inconclusive(let draws) = judged.verdict { needed = draws }
        return Entry(
          suite: experiment.suite, theory: experiment.experiment.theory, claim: judged.claim.name,
          statement: judged.claim.statement,
          source: judged.claim.source, expectation: judged.claim.expectation.rawValue, verdict: judged.verdict.word,
          as_expected: judged.isAsExpected, look: judged.look, draws: judged.evidence.draws, needed_draws: needed,
          test: Test(judged.evidence.claim), control: Test(judged.evidence.control, what: judged.claim.control))
      }
    }
    let document = Document(
      summary: report.summary, false_alarm: report.falseAlarm,
      provenance: report.provenance.map { Pair(name: $0.name, value: $0.value) },
      claims: claims, omissions: report.omissions)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // Texts, finite numbers and flags can always be encoded.
    return String(decoding: try! encoder.encode(document), as: UTF8.self) + "\n"
  }
}
