// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// One self-contained page: readable on a phone, where each claim becomes a card, and on paper.
enum HTMLReport {
  static func text(_ report: ValidationReport) -> String {
    var body =
      "<h1>Validation</h1>\n<p class=\"summary\">\(escaped(report.summary)).</p>\n<p>\(Typesetting.html(report.method))</p>\n\(legend)<dl>\n"
    for (name, value) in report.provenance {
      body += "<dt>\(escaped(name))</dt><dd><code>\(escaped(value))</code></dd>\n"
    }
    body += "</dl>\n"
    if !report.unexpected.isEmpty {
      body += "<ul>\n" + report.unexpected.map { "<li>\(escaped($0))</li>\n" }.joined() + "</ul>\n"
    }
    body += "<nav>\n"
    for suite in report.suites {
      let claims = suite.sections.flatMap(\.claims)
      body += "<a href=\"#\(suite.name)\">\(suite.name)</a> \(claims.count { $0.isAsExpected })/\(claims.count)\n"
    }
    body += "</nav>\n"
    for suite in report.suites {
      body +=
        "<section id=\"\(suite.name)\">\n<h2>\(suite.name)</h2>\n<p><code>\(escaped(report.command(suite.name)))</code></p>\n"
      for section in suite.sections {
        body +=
          "<h3>\(escaped(section.theory))</h3>\n"
        for command in section.commands { body += "<p><code>\(escaped(command))</code></p>\n" }
        body += "<table>\n<thead><tr><th>claim</th><th>verdict</th><th>test</th><th>control</th></tr></thead>\n<tbody>\n"
        body += section.claims.map(row).joined() + "</tbody>\n</table>\n"
        let figures = section.claims.compactMap { claim in
          claim.evidence.figure.map {
            "<figure>\($0.svg)<figcaption>\(Typesetting.html(claim.claim.name))</figcaption></figure>\n"
          }
        }
        if !figures.isEmpty { body += "<div class=\"figures\">\n\(figures.joined())</div>\n" }
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
    if case .inconclusive(let draws?) = claim.verdict { needed = "<br><small>about \(draws) draws would decide</small>" }
    return """
      <tr class="\(kind)"><td data-name="claim"><b>\(Typesetting.html(claim.claim.name))</b><br>\(Typesetting.html(claim.claim.statement))<br><small>\
      \(Typesetting.html(claim.claim.source))</small></td><td data-name="verdict"><span class="mark">\(mark)</span> \(claim.verdict.word)\(expected)\(needed)</td>\
      <td data-name="test">\(Typesetting.html(claim.evidence.claim.text))\(PullStrip.svg(claim.evidence))</td><td data-name="control">\
      \(Typesetting.html(claim.claim.control))<br>\(Typesetting.html(claim.evidence.control.text))</td></tr>

      """
  }

  private static func escaped(_ text: String) -> String { Typesetting.escaped(text) }

  private static let legend = """
    <p class="legend"><svg viewBox="0 0 12 12"><circle class="claim" cx="6" cy="6" r="3"/></svg> measured number against the claim,
    <svg viewBox="0 0 12 12"><circle class="control" cx="6" cy="6" r="3"/></svg> against the control, in standard errors; the band is two of them, the rim
    six. In figures: <svg viewBox="0 0 24 12"><path class="exact" d="M0 6H24"/></svg> claim,
    <svg viewBox="0 0 24 12"><path class="wrong" d="M0 6H24"/></svg> control.</p>

    """

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
    svg { color: inherit } .strip { display: block; width: 100%; max-width: 16rem; margin-top: .3rem } .legend svg { height: .75rem; vertical-align: baseline }
    .claim { fill: #1763a6 } .control { fill: none; stroke: #b35c00; stroke-width: 1 } .band { fill: #8883 } .axis { stroke: #8889; fill: none }
    .error { stroke: #1763a6; stroke-width: 1.2 } .exact { stroke: #0a7a3d; fill: none; stroke-width: 1.2 }
    .wrong { stroke: #b35c00; fill: none; stroke-width: 1.2; stroke-dasharray: 4 3 }
    .figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); gap: .5rem 1.5rem }
    figure { margin: .6rem 0; break-inside: avoid } figcaption { font-size: .85rem } .figure { width: 100%; max-width: 30rem }
    .figure text { font: 11px system-ui, sans-serif; fill: currentColor }
    sub, sup { line-height: 0 }
    @media (max-width: 46rem) {
      thead { display: none }
      table, tbody, tr, td { display: block; width: auto !important }
      tr { border: 1px solid #8888; border-radius: .4rem; margin: .6rem 0; padding: .3rem }
      td { border: 0 } td::before { content: attr(data-name) ": "; font-weight: 600 } td:first-child::before { content: "" }
    }
    @media print { body { max-width: none; font-size: 10pt } tr, h3 { break-inside: avoid } h3 { break-after: avoid } }
    """
}
