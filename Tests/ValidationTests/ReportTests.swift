// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import TheoryLibrary
import Foundation
import Testing

@testable import Validation

/// What reports make of statements and numbers.
@Suite struct ReportTests {
  @Test(arguments: [
    ("<phi(x1)^2> = G2(0)", "⟨φ(x<sub>1</sub>)<sup>2</sup>⟩ = G<sub>2</sub>(0)"),
    ("kappa_4 < 0.1 & x1 -> -x1", "κ<sub>4</sub> &lt; 0.1 &amp; x<sub>1</sub> → -x<sub>1</sub>"),
    (
      "G4c = (sigma_w1^4/8N) [3 sum_3 E(x1+x2)]",
      "G<sub>4</sub><sup>c</sup> = (σ<sub>w1</sub><sup>4</sup>/8N) [3 Σ<sub>3</sub> E(x<sub>1</sub>+x<sub>2</sub>)]"
    ),
    ("T2 = 3 on K = 5 directions, p >= 1e-3", "T² = 3 on K = 5 directions, p ≥ 1e-3"),
    ("N^{1-n/2}, points in print", "N<sup>1-n/2</sup>, points in print"),
  ]) func statements(plain: String, page: String) {
    #expect(Typesetting.html(plain) == page)
  }

  @Test func commandsCanBePasted() {
    #expect(ShellWords.command(["nnft", "validate", "--set", "run.draws=1e6"]) == "nnft validate --set run.draws=1e6")
    #expect(ShellWords.command(["--only", "It's `q` $(x)", ""]) == #"--only 'It'\''s `q` $(x)' ''"#)
  }

  @Test func axesAreRound() {
    #expect(ReportFigure.ticks(0.03, 0.97) == [0, 0.25, 0.5, 0.75, 1])
    #expect(ReportFigure.ticks(2, 2).count > 1)
    for (low, high) in [(-3.0, 4.0), (1e-9, 2e-9), (0, 1e5), (-0.001, 0.0002)] {
      let ticks = ReportFigure.ticks(low, high)
      #expect(ticks.first! <= low * (1 + 1e-9) + 1e-300 || ticks.first! <= low)
      #expect(ticks.last! >= high * (1 - 1e-9) && (3...9).contains(ticks.count), "\(ticks)")
    }
  }

  @Test func figuresHoldTheirData() throws {
    let data = [1.0, 2, 3].map { ReportFigure.Datum(x: $0, y: 1 / $0, error: 0.1, claimed: 1 / $0, wrong: 0.5) }
    let drawing = try #require(ReportFigure(xTitle: "N", yTitle: "<phi^2> of points", data: data)).svg
    #expect(drawing.components(separatedBy: "<circle").count == 4 && drawing.components(separatedBy: "<polyline").count == 3)
    #expect(drawing.contains("⟨φ^2⟩ of points") && !drawing.contains("nan"))
    #expect(ReportFigure(xTitle: "N", yTitle: "", data: [data[0]]) == nil)
  }

  /// A suite in which every text is markup.
  private struct Hostile: ValidationSuite {
    let name = "hostile"
    let summary = ""
    let standardTheories: [StandardTheory] = []

    func experiments(_ theory: TheoryDefinition, command: String) throws -> [Experiment] {
      @Sendable func text(_ place: String) -> String {
        "<script>\(place)</script><img src=x onerror=\(place)>\" ' & | ](javascript:\(place))"
      }
      let figure = ReportFigure(
        xTitle: text("x"), yTitle: text("y"), data: [1.0, 2].map { ReportFigure.Datum(x: $0, y: $0, error: 0.1) })
      return [
        Experiment(
          theory: text("title"),
          claims: [Claim(text("name"), statement: text("statement"), source: text("source"), control: text("control"))],
          command: text("command")
        ) { _ in
          [
            Evidence(
              claim: Finding(pValue: 0, text: text("found")), control: Finding(pValue: 0, text: text("foundControl")), draws: 1,
              figure: figure)
          ]
        }
      ]
    }
  }

  /// Nothing that a title, a claim or a command says becomes markup of the report.
  @Test(arguments: [ValidationReport.Format.html, .markdown]) func markupStaysText(format: ValidationReport.Format) throws {
    let text = TheoryLibrary.files.first { $0.name == "cos-net" }!.text
    let run = try ValidationRun(
      suites: [Hostile()], theory: TheoryDefinition.load(text: text, fileName: "cos-net"), argument: "<script>argument</script>")
    let judged = try run.run(Budget(tier: .quick, seed: 1, threads: 1))
    let report = ValidationReport(
      judged, run, .quick, options: ["<script>option</script>"], provenance: [("<script>key</script>", "<script>value</script>")])
    #expect(!report.unexpected.isEmpty, "claims that fail are named once more")
    let page = report.text(format)
    // Code of Markdown is text by itself.
    let outside =
      format == .html
      ? page
      : page.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        .filter { $0.offset % 2 == 0 }.map { String($0.element) }.joined()
    for markup in ["<script", "<img"] { #expect(!outside.contains(markup), "\(markup)") }
    #expect(page.contains("script") && page.contains("title"))
  }

  /// A JSON report says of every claim what the others say, text for text, hostile texts too.
  @Test func jsonHoldsEveryClaim() throws {
    let text = TheoryLibrary.files.first { $0.name == "cos-net" }!.text
    let run = try ValidationRun(
      suites: [Hostile()], theory: TheoryDefinition.load(text: text, fileName: "cos-net"), argument: "a \"quoted\" argument")
    let judged = try run.run(Budget(tier: .quick, seed: 1, threads: 1))
    let report = ValidationReport(judged, run, .quick, options: ["--seed", "1"], provenance: [("program", "nnft")])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(report.text(.json).utf8)) as? [String: Any])
    let claims = try #require(object["claims"] as? [[String: Any]])
    let expected = judged.flatMap { experiment in experiment.claims }
    #expect(claims.count == expected.count && claims.count == 1)
    for (claim, judged) in zip(claims, expected) {
      #expect(claim["claim"] as? String == judged.claim.name && claim["verdict"] as? String == judged.verdict.word)
      #expect(claim["as_expected"] as? Bool == judged.isAsExpected && claim["draws"] as? Int == 1)
      let (test, control) = try (#require(claim["test"] as? [String: Any]), #require(claim["control"] as? [String: Any]))
      #expect(test["p"] as? Double == 0 && test["text"] as? String == judged.evidence.claim.text)
      // The control: test and control are told apart.
      #expect(control["text"] as? String == judged.evidence.control.text && test["text"] as? String != control["text"] as? String)
      #expect(control["what"] as? String == judged.claim.control)
    }
  }
}
