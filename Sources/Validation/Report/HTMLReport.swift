// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// One self-contained page: readable on a phone, where each claim becomes a card, and on paper.
enum HTMLReport {
  static func text(_ report: ValidationReport) -> String {
    var body =
      "<h1>Validation</h1>\n<p class=\"summary\">\(escaped(report.summary)).</p>\n<p>\(escaped(report.method))</p>\n<dl>\n"
    for (name, value) in report.provenance {
      body += "<dt>\(escaped(name))</dt><dd><code>\(escaped(value))</code></dd>\n"
    }
    body += "</dl>\n"
    if !report.unexpected.isEmpty {
      body += "<ul>\n" + report.unexpected.map { "<li>\(escaped($0))</li>\n" }.joined() + "</ul>\n"
    }
    body += "<nav>\n"
    for suite in report.suites {
      let claims = suite.experiments.flatMap(\.claims)
      body += "<a href=\"#\(suite.name)\">\(suite.name)</a> \(claims.count { $0.isAsExpected })/\(claims.count)\n"
    }
    body += "</nav>\n"
    for suite in report.suites {
      body +=
        "<section id=\"\(suite.name)\">\n<h2>\(suite.name)</h2>\n<p><code>\(escaped(report.command(suite.name)))</code></p>\n"
      for experiment in suite.experiments {
        body +=
          "<h3>\(escaped(experiment.experiment.theory))</h3>\n"
        if let command = experiment.experiment.command { body += "<p><code>\(escaped(command))</code></p>\n" }
        body += "<table>\n<thead><tr><th>claim</th><th>verdict</th><th>test</th><th>control</th></tr></thead>\n<tbody>\n"
        body += experiment.claims.map(row).joined() + "</tbody>\n</table>\n"
      }
      body += "</section>\n"
    }
    if !report.omissions.isEmpty {
      body +=
        "<section>\n<h2>What does not apply</h2>\n<ul>\n"
        + report.omissions.map { "<li>\(escaped($0))</li>\n" }.joined() + "</ul>\n</section>\n"
    }
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Validation</title>
      <style>
      \(style)
      </style>
      </head>
      <body>
      \(body)</body>
      </html>

      """
  }

  private static func row(_ claim: JudgedClaim) -> String {
    // Verdicts differ by sign and word, not by colour alone.
    let kind: String
    if claim.isAsExpected {
      kind = "good"
    } else if case .inconclusive = claim.verdict {
      kind = "open"
    } else {
      kind = "bad"
    }
    let mark = ["good": "&#10003;", "open": "?", "bad": "&#10007;"][kind]!
    let expected = claim.claim.expectation == .fails ? "<br><small>the statement is false, and must be rejected</small>" : ""
    var needed = ""
    if case .inconclusive(let draws?) = claim.verdict { needed = "<br><small>about \(draws) networks would decide</small>" }
    return """
      <tr class="\(kind)"><td data-name="claim"><b>\(escaped(claim.claim.name))</b><br>\(escaped(claim.claim.statement))<br><small>\
      \(escaped(claim.claim.source))</small></td><td data-name="verdict"><span class="mark">\(mark)</span> \(claim.verdict.word)\(expected)\(needed)</td>\
      <td data-name="test">\(escaped(claim.evidence.claim.text))</td><td data-name="control">\(escaped(claim.claim.control))<br>\
      \(escaped(claim.evidence.control.text))</td></tr>

      """
  }

  private static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
      .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
  }

  private static let style = """
    :root { color-scheme: light dark }
    body { font: 16px/1.45 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: 1rem }
    h1 { margin-bottom: .2rem } h2 { margin-top: 2.2rem; border-bottom: 2px solid } h3 { margin-bottom: .2rem }
    .summary { font-size: 1.2rem; font-weight: 600 }
    code { font-size: .85rem; overflow-wrap: anywhere }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem } dd { margin: 0 }
    nav a { margin-left: 1rem } nav a:first-child { margin-left: 0 }
    table { border-collapse: collapse; width: 100%; font-size: .9rem }
    th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #8888 }
    td:nth-child(1) { width: 38% } td:nth-child(2) { width: 16% }
    .mark { font-weight: 700 } .good .mark { color: #0a7a3d } .bad .mark { color: #c01818 } .open .mark { color: #a05a00 }
    .bad { outline: 2px solid #c01818 }
    @media (max-width: 46rem) {
      thead { display: none }
      table, tbody, tr, td { display: block; width: auto !important }
      tr { border: 1px solid #8888; border-radius: .4rem; margin: .6rem 0; padding: .3rem }
      td { border: 0 } td::before { content: attr(data-name) ": "; font-weight: 600 } td:first-child::before { content: "" }
    }
    @media print { body { max-width: none; font-size: 10pt } tr, h3 { break-inside: avoid } h3 { break-after: avoid } }
    """
}
