// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields

/// What is known of an ensemble beforehand: one way of knowing conforms to it, and tables, claims and studies ask nothing else.
///
/// Measurement and prediction share `RowTarget` and no more, so whoever knows values of correlation functions knows values of rows.
public protocol KnownValues {
  /// The known value of a correlation function, or nil.
  func value(_ function: CorrelationFunction) -> KnownValue?
  /// The known value of a table row, or nil. The weighted sum of its terms, unless an ensemble has a choice between ways of knowing it.
  func value(_ row: RowTarget) -> KnownValue?
  /// The known values of the rows of one table.
  func values(_ rows: [RowTarget]) -> [KnownValue?]
  /// Where these numbers come from, for the notes of their table, a line each.
  func notes(on values: [KnownValue?]) -> [String]
}

extension KnownValues {
  /// The weighted sum, if all terms are known.
  public func value(_ row: RowTarget) -> KnownValue? { weightedSum(row) }

  /// The values of several rows.
  public func values(_ rows: [RowTarget]) -> [KnownValue?] { rows.map { value($0) } }

  /// Of references that are not exact, which they are; exact numbers need no word.
  public func notes(on values: [KnownValue?]) -> [String] {
    var lines: [String] = []
    for case let value? in values where value.kind != .exact {
      let line = "reference \(value.kind.label): \(value.source); no part in any test"
      if !lines.contains(line) { lines.append(line) }
    }
    return lines
  }

  /// `c + Σ_i w_i f_i`, of the kind of its last term. It reads zero where it lies below the rounding of its terms: a sum that a symmetry makes vanish.
  public func weightedSum(_ row: RowTarget) -> KnownValue? {
    var sum = ExactValue(0)
    var lastTerm = 0.0
    var last: KnownValue?
    for (weight, function) in row.terms {
      guard let term = value(function) else { return nil }
      let part = weight * ExactValue(term.value, rounding: term.rounding)
      sum = ExactValue(sum.value + part.value, rounding: sum.rounding + part.rounding)
      if row.terms.count > 1 { sum.rounding += ExactValue.accuracy * abs(part.value) }
      lastTerm += abs(weight) * term.lastTerm
      last = term
    }
    if row.constant != 0 {
      sum = ExactValue(
        sum.value + row.constant, rounding: sum.rounding + ExactValue.accuracy * (abs(sum.value) + abs(row.constant)))
    }
    return last.map {
      KnownValue(
        value: abs(sum.value) <= sum.rounding ? 0 : sum.value, kind: $0.kind, source: $0.source, lastTerm: lastTerm,
        rounding: sum.rounding)
    }
  }
}

/// The same values, each correlation function evaluated once.
public final class CachedValues: KnownValues {
  private let known: any KnownValues
  private var cache: [CorrelationFunction: KnownValue?] = [:]

  /// Of these values.
  public init(_ known: any KnownValues) { self.known = known }

  /// From the cache, or evaluated.
  public func value(_ function: CorrelationFunction) -> KnownValue? {
    if let value = cache[function] { return value }
    let value = known.value(function)
    cache[function] = value
    return value
  }
}
