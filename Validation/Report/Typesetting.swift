// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// Statements are plain text, `<phi(x1)^2> = G2(0)`; a page shows them in the notation of the papers.
enum Typesetting {
  /// HTML of a statement: Greek letters, sub- and superscripts, brackets of averages. Words stay as they are.
  static func html(_ text: String) -> String { apply(brackets + scripts + letters, to: escaped(text)) }

  /// The same for labels inside a drawing, which knows no markup: letters and brackets only.
  static func svg(_ text: String) -> String { apply(brackets + letters, to: escaped(text)) }

  /// Text that means itself.
  static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
      .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
  }

  private typealias Rule = (expression: NSRegularExpression, template: String)

  private static func apply(_ rules: [Rule], to text: String) -> String {
    rules.reduce(text) { text, rule in
      rule.expression.stringByReplacingMatches(
        in: text, range: NSRange(text.startIndex..., in: text), withTemplate: rule.template)
    }
  }

  /// Averages have no space inside their brackets, comparisons have one.
  private static let brackets: [Rule] = [
    (#"-&gt;"#, "→"), (#"&lt;="#, "≤"), (#"&gt;="#, "≥"), (#"&lt;(?=\S)"#, "⟨"), (#"(?<=\S)&gt;"#, "⟩"), (#"\+-"#, "±"),
    (#" \.\. "#, " … "), (#"\bT2\b"#, "T²"),
  ].map(rule)

  private static let scripts: [Rule] = [
    // Sums over pairings keep their number.
    (#"\bsum_(\d+)"#, "Σ<sub>$1</sub>"),
    (#"\b([GHMID])(\d)c(?![A-Za-z])"#, "$1<sub>$2</sub><sup>c</sup>"), (#"\b([GHMID])(\d)(?![A-Za-z0-9])"#, "$1<sub>$2</sub>"),
    (#"\b([a-z])(\d)(?![A-Za-z0-9])"#, "$1<sub>$2</sub>"),
    (#"(?<=[A-Za-z)\]⟩])\^\{([^}]*)\}"#, "<sup>$1</sup>"), (#"(?<=[A-Za-z0-9)\]⟩>])\^(-?[0-9A-Za-z]+)"#, "<sup>$1</sup>"),
    (#"([A-Za-z])_\{([^}]*)\}"#, "$1<sub>$2</sub>"), (#"([A-Za-z])_([A-Za-z0-9]+)"#, "$1<sub>$2</sub>"),
  ].map(rule)

  private static let letters: [Rule] = [
    ("alpha", "α"), ("theta", "θ"), ("kappa", "κ"), ("lambda", "λ"), ("sigma", "σ"), ("phi", "φ"), ("Phi", "Φ"), ("tau", "τ"),
    ("chi", "χ"),
    ("rho", "ρ"), ("mu", "μ"), ("pi", "π"), ("sum", "Σ"), ("int", "∫"),
  ].map { rule((#"(?<![A-Za-z])"# + $0.0 + #"(?![a-z])"#, $0.1)) }

  private static func rule(_ pair: (String, String)) -> Rule {
    do {
      return (try NSRegularExpression(pattern: pair.0), pair.1)
    } catch {
      preconditionFailure("Typesetting: \(pair.0): \(error)")
    }
  }
}
