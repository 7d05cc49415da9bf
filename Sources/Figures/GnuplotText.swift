// SPDX-License-Identifier: GPL-3.0-or-later

import ResultTables

/// Text from outside on its way into a gnuplot script: names, labels, titles, comments, file names. Nothing else may put it there.
enum GnuplotText {
  /// A text that means itself: in single quotes, where gnuplot knows no escapes, no macros and no commands of the shell, a quote doubled.
  /// Line breaks stay, other control characters become spaces.
  static func quoted(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      "'" + PlainText.line(line).replacing("'", with: "''") + "'"
    }.joined(separator: ".\"\\n\".")
  }

  /// The text of a tick, which gnuplot takes for a number's format.
  static func tick(_ text: String) -> String { quoted(text.replacing("%", with: "%%")) }

  /// A line that does nothing; no backslash ends it, which would draw the next line in.
  static func comment(_ text: String) -> String {
    let line = PlainText.line(text)
    return "# " + line + (line.hasSuffix("\\") ? " \n" : "\n")
  }
}
