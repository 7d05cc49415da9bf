// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// The tested numbers of one claim as a strip: deviations in units of their errors, filled for the claim, open for its control. Deviations beyond
/// six errors stand on the rim. The strip shows single numbers; the verdict is that of the joint test, which knows their correlations.
enum PullStrip {
  private static let (width, height, limit) = (220.0, 56.0, 6.0)

  static func svg(_ evidence: Evidence) -> String {
    guard !evidence.claim.pulls.isEmpty else { return "" }
    func level(_ pull: Double) -> Double { 0.5 * height - max(-limit, min(limit, pull)) / limit * (0.5 * height - 4) }
    func dots(_ pulls: [Double], _ style: String) -> String {
      let radius = pulls.count > 60 ? 1.3 : 2.2
      return pulls.enumerated().map { index, pull in
        let x = 8 + (width - 16) * (Double(index) + 0.5) / Double(pulls.count)
        return "<circle class=\"\(style)\" cx=\"\(short(x))\" cy=\"\(short(level(pull)))\" r=\"\(radius)\"/>"
      }.joined()
    }
    let worst = evidence.claim.pulls.map(abs).max()!
    return """
      <svg class="strip" viewBox="0 0 \(short(width)) \(short(height))" role="img" aria-label="\(evidence.claim.pulls.count) deviations, the largest \
      \(String(format: "%.1f", worst)) errors"><rect class="band" x="0" y="\(short(level(2)))" width="\(short(width))" \
      height="\(short(level(-2) - level(2)))"/><line class="axis" x1="0" x2="\(short(width))" y1="\(short(level(0)))" y2="\(short(level(0)))"/>\
      \(dots(evidence.control.pulls, "control"))\(dots(evidence.claim.pulls, "claim"))</svg>
      """
  }

  private static func short(_ number: Double) -> String { String(format: "%.4g", number) }
}
