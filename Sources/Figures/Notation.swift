// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// Labels in the notation of field theory.
enum Notation {
  /// The quantity that a table tabulates.
  static func value(ofTable name: String) -> String {
    let quantities = [
      "two-point": "G₂(r) = ⟨φ(x)φ(x+r)⟩",
      "momentum-propagator": "G(p) = ⟨|φ(p)|²⟩/V",
      "four-point-xxyy": "G₄ᶜ(x, x, y, y)",
      "four-point-xxxy": "G₄ᶜ(x, x, x, y)",
      "four-point-split": "G₄ᶜ(0, r₁, y, y+r₂)",
      "six-point-xxxyyy": "G₆ᶜ(x, x, x, y, y, y)",
      "six-point-xxxxyy": "G₆ᶜ(x, x, x, x, y, y)",
      "structure-function": "S(r) = ⟨(φ(x)−φ(x+r))²⟩",
      "vertex-operators": "⟨exp iq(φ(x)−φ(x+r))⟩",
      "time-slice": "C(t)",
      "effective-mass": "m(t)",
      "coupling-profile": "g(r)",
      "trispectrum-pairs": "G(k),  T(q,−q,k,−k)",
    ]
    if let quantity = quantities[name] { return quantity }
    let extrapolated = "-extrapolation"
    if name.hasSuffix(extrapolated) { return value(ofTable: String(name.dropLast(extrapolated.count))) + " at N = ∞" }
    // Tables that measure the same otherwise, `neuron-space-two-point`, keep the notation.
    return quantities.filter { name.hasSuffix("-" + $0.key) }.values.first ?? name.replacingOccurrences(of: "-", with: " ")
  }

  /// The label of a coordinate.
  static func coordinate(_ name: String) -> String {
    switch name {
    case "r": "r"
    case "phat": "p̂"
    default: subscripted(name)
    }
  }

  /// A scalar quantity: `chi4` becomes χ₄.
  static func quantity(_ name: String) -> String {
    for (letters, symbol) in [("chi", "χ"), ("kappa", "κ")] where name.hasPrefix(letters) {
      let rest = name.dropFirst(letters.count)
      if let digit = rest.first?.wholeNumberValue, rest.count == 1 || rest.dropFirst().first == "/" {
        return symbol + String(UnicodeScalar(0x2080 + UInt32(digit))!) + rest.dropFirst()
      }
    }
    if name == "binder" { return "Binder U" }
    return typeset(name)
  }

  /// Names of operators and of identities: `phi^2` becomes φ², `Phi^4/V` Φ⁴/V.
  private static func typeset(_ name: String) -> String {
    var text = name
    for (letters, symbol) in [("phi", "φ"), ("Phi", "Φ"), ("lambda", "λ"), ("kappa", "κ"), ("sigma", "σ")] {
      text = text.replacingOccurrences(of: letters, with: symbol)
    }
    for (digit, symbol) in Array("⁰¹²³⁴⁵⁶⁷⁸⁹").enumerated() {
      text = text.replacingOccurrences(of: "^\(digit)", with: "\(symbol)")
    }
    return text.replacingOccurrences(of: ";", with: "; ")
  }

  /// `x1` becomes x₁.
  private static func subscripted(_ name: String) -> String {
    guard let digit = name.last?.wholeNumberValue, name.count == 2 else { return name }
    return name.dropLast() + String(UnicodeScalar(0x2080 + UInt32(digit))!)
  }

  /// A name that fits beside a panel; what tells the rows of a set apart stands at its end.
  static func shortened(_ name: String) -> String {
    name.count <= 28 ? name : name.prefix(9) + "…" + name.suffix(18)
  }

  /// A number in at most four digits.
  static func short(_ number: Double) -> String { String(format: "%.4g", number) }

  /// The power of ten `10^exponent` as a text, 10³ for example.
  static func powerOfTen(_ exponent: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return "10" + (exponent < 0 ? "⁻" : "") + String("\(abs(exponent))".map { digits[$0.wholeNumberValue!] })
  }
}
