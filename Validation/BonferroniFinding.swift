// SPDX-License-Identifier: GPL-3.0-or-later

extension Finding {
  /// Whether all of several independent or dependent findings hold: n times the smallest of their probabilities (Bonferroni). Unknown where one of
  /// them is.
  init(all findings: [(name: String, finding: Finding)]) {
    precondition(!findings.isEmpty)
    if let unknown = findings.first(where: { $0.finding.pValue == nil }) {
      self.init(pValue: nil, text: "\(unknown.name): \(unknown.finding.text)", growth: unknown.finding.growth)
      return
    }
    let worst = findings.min { $0.finding.pValue! < $1.finding.pValue! }!
    let p = min(1, Double(findings.count) * worst.finding.pValue!)
    self.init(
      pValue: p,
      text: findings.count == 1
        ? worst.finding.text
        : "worst of \(findings.count), \(worst.name): \(worst.finding.text); all together p = \(Finding.short(p))",
      growth: findings.compactMap(\.finding.growth).min())
  }
}
