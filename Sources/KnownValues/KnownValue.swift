// SPDX-License-Identifier: GPL-3.0-or-later

/// A known number for a measured one, with what it is worth.
public struct KnownValue: Sendable, Equatable {
  /// How the number comes about.
  public enum Kind: Sendable, Hashable {
    /// Of the very ensemble that is measured, to numerical accuracy.
    case exact
    /// A series in λ, summed to this order; exact in the width.
    case series(order: Int)
    /// The limit N → ∞ with its first correction in 1/N.
    case inverseWidth
    /// Of the limit N → ∞ of the ensemble that is measured: what an extrapolation in 1/N must meet.
    case limit

    /// As a column of a table says it.
    public var label: String {
      switch self {
      case .exact: "exact"
      case .series(order: 1): "O(lambda)"
      case .series(let order): "O(lambda^\(order))"
      case .inverseWidth: "O(1/N)"
      case .limit: "N = infinity"
      }
    }
  }

  /// The known number.
  public var value: Double
  /// How it comes about.
  public let kind: Kind
  /// The method, in a few words.
  public let source: String
  /// For a series the size of its last term: the order of magnitude of what is left out. Zero for exact numbers.
  public let lastTerm: Double
  /// What rounding of cancelling terms may leave in it; zero where nothing cancels.
  public let rounding: Double

  /// A known number.
  public init(value: Double, kind: Kind, source: String, lastTerm: Double = 0, rounding: Double = 0) {
    self.value = value
    self.kind = kind
    self.source = source
    self.lastTerm = lastTerm
    self.rounding = rounding
  }

  /// An exact number of an architecture.
  public init(exact value: Double) { self.init(value: value, kind: .exact, source: "closed form or quadrature") }

  /// The same of a quantity that is larger by `shift`.
  public func shifted(by shift: Double) -> KnownValue {
    var copy = self
    copy.value += shift
    return copy
  }
}
