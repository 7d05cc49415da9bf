// SPDX-License-Identifier: GPL-3.0-or-later

/// Text from outside as one line that moves no cursor and ends no comment.
public enum PlainText {
  /// Whether a character is one: controls of ASCII and Latin 1, separators of lines and paragraphs, and the marks that turn the direction of
  /// writing.
  public static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// The text with a space for every control character.
  public static func line(_ text: some StringProtocol) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return String(text) }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? " " : $0 }))
  }

  /// The same, with its middle left out where it is longer than `limit` characters.
  public static func line(_ text: some StringProtocol, limit: Int) -> String {
    let line = line(text)
    guard line.utf8.count > limit, line.count > limit else { return line }
    return line.prefix(limit / 2) + " ... " + line.suffix(limit / 2)
  }
}
