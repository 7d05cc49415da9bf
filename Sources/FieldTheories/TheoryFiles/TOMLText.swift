// SPDX-License-Identifier: GPL-3.0-or-later

/// Small pieces of TOML in writing: keys, dotted keys, text in quotes.
enum TOMLText {
  /// Whether a key needs no quotes.
  static func isBare(_ key: String) -> Bool {
    !key.isEmpty && key.utf8.allSatisfy(isBare)
  }

  /// Whether a byte may stand in a key without quotes.
  static func isBare(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// Whether a word without quotes is a TOML number or truth value.
  static func isPlainValue(_ word: String) -> Bool {
    if word == "true" || word == "false" { return true }
    var rest = Array(word.utf8)[...]
    let isSigned = rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-")
    if isSigned { rest.removeFirst() }
    if rest.elementsEqual("inf".utf8) || rest.elementsEqual("nan".utf8) { return true }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where rest.starts(with: prefix.utf8) {
      rest.removeFirst(2)
      return !isSigned && digits(&rest, radix: radix) > 0 && rest.isEmpty
    }
    let leadingZero = rest.first == UInt8(ascii: "0")
    let count = digits(&rest, radix: 10)
    guard count == 1 || count > 1 && !leadingZero else { return false }
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      guard digits(&rest, radix: 10) > 0 else { return false }
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest.removeFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
      guard digits(&rest, radix: 10) > 0 else { return false }
    }
    return rest.isEmpty
  }

  /// Takes digits off the front, single underscores between them included; returns their number, 0 where an underscore is misplaced.
  private static func digits(_ rest: inout ArraySlice<UInt8>, radix: Int) -> Int {
    var count = 0
    var afterUnderscore = true
    while let byte = rest.first {
      if byte == UInt8(ascii: "_") {
        if afterUnderscore { return 0 }
        afterUnderscore = true
      } else if Character(Unicode.Scalar(byte)).hexDigitValue.map({ $0 < radix }) == true {
        afterUnderscore = false
        count += 1
      } else {
        break
      }
      rest.removeFirst()
    }
    return afterUnderscore ? 0 : count
  }

  /// One component of a dotted key, quoted where TOML asks for it.
  static func key(_ component: String) -> String {
    isBare(component) ? component : quoted(component)
  }

  /// A dotted key from its components.
  static func dotted(_ components: [String]) -> String {
    components.map(key).joined(separator: ".")
  }

  /// Text in double quotes; line breaks and control characters are escaped, so the result is always one line.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7F {
          let hex = String(scalar.value, radix: 16, uppercase: true)
          result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }
}
