// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import KnownValues
import LatticeFields

extension TheoryDefinition {
  /// The exact value of a row of the free theory; nil where it is unknown.
  func exactValue(_ target: RowTarget) -> Double? {
    FreeValues(self).value(target).flatMap { $0.kind == .exact ? $0.value : nil }
  }

  /// Whether the exact values of a row exist and differ between two theories.
  func differs(from other: TheoryDefinition, _ target: RowTarget) -> Bool {
    guard let own = exactValue(target), let wrong = other.exactValue(target) else { return false }
    return abs(own - wrong) > 1e-9 * max(abs(own), abs(wrong))
  }

  /// A number of the architecture as the file states it.
  func number(_ key: String) -> Double? {
    resolved.first { $0.key == "architecture.\(key)" }.flatMap { Double($0.value) }
  }

  /// A wrong theory with every length ten per cent shorter, or its squared mass ten per cent larger, and the words for it; nil where no such
  /// parameter is known.
  func withWrongLength() throws -> (words: String, theory: TheoryDefinition)? {
    for key in ["mass", "sigma_w0", "parameters.length", "parameters.mass", "sigma_w"] {
      guard let value = number(key) else { continue }
      let factor = key.hasSuffix("mass") ? 1.1.squareRoot() : 1.1
      // A file may state what follows from the parameter, and then has no neighbour.
      guard let wrong = try? varied([("architecture.\(key)", "\(value * factor)")]) else { continue }
      return (key.hasSuffix("mass") ? "m^2 x 1.1" : "\(key) x 1.1", wrong)
    }
    return nil
  }

  /// A wrong theory of half the width, or of twice an odd one: connected functions of order 1/N twice or half as large; where output weights share a scale, which is what
  /// connected functions show, one of another variance.
  func withWrongWidth() throws -> (words: String, theory: TheoryDefinition)? {
    if let c = number("weights_shared_variance"), c > 0 {
      let factor = c > 1 ? 0.9 : 1.1
      return ("c x \(factor)", try varied([("architecture.weights_shared_variance", "\(c * factor)")]))
    }
    guard number("width") != nil else { return nil }
    // What is twice as large is told from a quarter of the networks that what is half as large takes.
    return architecture.width % 2 == 0
      ? ("1/N twice as large", try varied([("architecture.width", "\(architecture.width / 2)")]))
      : ("1/N half as large", try varied([("architecture.width", "\(2 * architecture.width)")]))
  }

  /// A distance at which to test symmetries: ``correlationLength``, or where a fully connected net has none the one at which the inputs of its
  /// first layer become of order one.
  var testingLength: Double? {
    architecture.layers.map { Double(dimension).squareRoot() / $0.inputScale } ?? correlationLength
  }

  /// The distance along the first axis at which the exact 2-point function has fallen to 0.6 of its value at the origin; nil where it is unknown.
  var correlationLength: Double? {
    func ratio(_ r: Double) -> Double? {
      guard let g = architecture.exactValue(.moment([.zero, Point(r, 0, 0, 0)]), lattice: lattice),
        let g0 = architecture.exactValue(.moment([.zero, .zero]), lattice: lattice), g0 > 0
      else { return nil }
      return g / g0
    }
    var (low, high) = (0.0, lattice.spacing)
    guard ratio(high) != nil else { return nil }
    while let value = ratio(high), value > 0.6, high < 1e6 * lattice.spacing { high *= 2 }
    for _ in 0..<40 {
      let middle = 0.5 * (low + high)
      if let value = ratio(middle), value > 0.6 { low = middle } else { high = middle }
    }
    return high
  }
}
