// SPDX-License-Identifier: GPL-3.0-or-later

import ResultTables

/// Text from outside on its way into a gnuplot script: names, labels, titles, comments, file names. Nothing else may put it there.
enum GnuplotText {
  /// A text that means itself: in single quotes, where gnuplot knows no escapes, no macros and no commands of the shell. Its own quotes and line
  /// breaks are joined to it by their numbers, because gnuplot loses count of doubled quotes. Other control characters become spaces.
  static func quoted(_ text: String) -> String {
    let escapes: [Unicode.Scalar: String] = ["'": "\\047", "\n": "\\n"]
    var (parts, plain): ([String], String.UnicodeScalarView) = ([], String.UnicodeScalarView())
    func close() {
      if !plain.isEmpty { parts.append("'" + PlainText.line(String(plain)) + "'") }
      plain.removeAll()
    }
    // By scalars: a quote with an accent on it is a quote to gnuplot.
    for scalar in text.unicodeScalars {
      if let escape = escapes[scalar] {
        close()
        parts.append("\"\(escape)\"")
      } else {
        plain.append(scalar)
      }
    }
    close()
    return parts.isEmpty ? "''" : parts.joined(separator: ".")
  }

  /// The text of a tick, which gnuplot takes for a number's format.
  static func tick(_ text: String) -> String {
    quoted(text.unicodeScalars.reduce(into: "") { $0 += $1 == "%" ? "%%" : String($1) })
  }

  /// A line that does nothing; no backslash ends it, which would draw the next line in.
  static func comment(_ text: String) -> String {
    let line = PlainText.line(text)
    return "# " + line + (line.utf8.last == UInt8(ascii: "\\") ? " \n" : "\n")
  }
}
