// SPDX-License-Identifier: GPL-3.0-or-later

/// Commands that a reader can paste into a shell.
public enum ShellWords {
  /// Words in a row, in single quotes where a shell would read more into them than they say.
  public static func command(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

  private static func quoted(_ word: String) -> String {
    let plain = word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./=,:+%@".contains($0)) }
    return plain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
