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
