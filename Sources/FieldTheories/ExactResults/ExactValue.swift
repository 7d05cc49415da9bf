// SPDX-License-Identifier: GPL-3.0-or-later

/// An exact value, with a bound on what the rounding of its terms leaves in it.
///
/// A sum whose terms cancel is good to a fraction of the terms, not of itself: below that bound its digits are rounding. The sum of an odd
/// function over sites that lie symmetrically about the origin is the extreme case.
public struct ExactValue: Sendable, Hashable {
  /// The exact number.
  public var value: Double
  /// The bound, in absolute terms; zero for a closed form in which nothing cancels.
  public var rounding: Double

  /// What quadratures and sums are good to, as a fraction of their terms.
  public static let accuracy = 1e-13

  /// A number that no cancellation has touched, unless `rounding` says so.
  public init(_ value: Double, rounding: Double = 0) {
    self.value = value
    self.rounding = rounding
  }

  /// A sum, term by term.
  public init(sumOf terms: some Sequence<Double>) {
    self.init(0)
    for term in terms { add(term) }
  }

  /// Adds a term, whose rounding counts.
  public mutating func add(_ term: Double) {
    value += term
    rounding += Self.accuracy * abs(term)
  }

  /// The number times a factor, with its rounding.
  public static func * (factor: Double, number: ExactValue) -> ExactValue {
    ExactValue(number.value * factor, rounding: abs(factor) * number.rounding)
  }

  /// A function of numbers that may cancel in it: each is moved by its rounding, at least by ``accuracy`` of itself, and the changes are added.
  public static func combining(_ numbers: [ExactValue], _ function: ([Double]) -> Double) -> ExactValue {
    let values = numbers.map(\.value)
    let result = function(values)
    let rounding = numbers.indices.reduce(0.0) { sum, k in
      var moved = values
      moved[k] += max(numbers[k].rounding, accuracy * abs(values[k]))
      return sum + abs(function(moved) - result)
    }
    return ExactValue(result, rounding: rounding)
  }
}
