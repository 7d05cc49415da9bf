// SPDX-License-Identifier: GPL-3.0-or-later

import ResultTables

/// Text from outside on its way into a gnuplot script: names, labels, titles, comments, file names. Nothing else may put it there.
enum GnuplotText {
  /// A text that means itself: in single quotes, where gnuplot knows no escapes, no macros and no commands of the shell. Its own quotes and line
  /// breaks are joined to it by their numbers, because gnuplot loses count of doubled quotes. Other control characters become spaces.
  static func quoted(_ text: String) -> String {
    let escapes: [Character: String] = ["'": "\\047", "\n": "\\n"]
    var (parts, plain): ([String], String) = ([], "")
    func close() {
      if !plain.isEmpty { parts.append("'" + PlainText.line(plain) + "'") }
      plain = ""
    }
    for character in text {
      if let escape = escapes[character] {
        close()
        parts.append("\"\(escape)\"")
      } else {
        plain.append(character)
      }
    }
    close()
    return parts.isEmpty ? "''" : parts.joined(separator: ".")
  }

  /// The text of a tick, which gnuplot takes for a number's format.
  static func tick(_ text: String) -> String { quoted(text.replacing("%", with: "%%")) }

  /// A line that does nothing; no backslash ends it, which would draw the next line in.
  static func comment(_ text: String) -> String {
    let line = PlainText.line(text)
    return "# " + line + (line.hasSuffix("\\") ? " \n" : "\n")
  }
}
