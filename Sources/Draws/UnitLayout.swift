// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// How the draws of a run are dealt to its units, and therefore which units stay what they are when more draws are asked for.
public enum UnitLayout: Sendable, Hashable, Codable {
  /// Bins of consecutive draws: bin j of g holds draws `⌊j n/g⌋ ..< ⌊(j+1) n/g⌋` of n.
  case bins(draws: Int, count: Int)
  /// Chains or ladders of as many measurements each: a longer one goes on from a shorter one.
  case chains(count: Int, length: Int)
  /// Populations of a size.
  case populations(count: Int, size: Int)
  /// Units of which nothing is known but how many there are.
  case fixed(count: Int)

  /// Number of units.
  public var count: Int {
    switch self {
    case .bins(_, let count), .chains(let count, _), .populations(let count, _), .fixed(let count): count
    }
  }

  /// The draws of bin j; empty for anything but bins.
  public func draws(ofBin j: Int) -> Range<UInt64> {
    guard case .bins(let draws, let count) = self else { return 0..<0 }
    return UInt64(Int.start(ofBlock: j, of: count, total: draws))..<UInt64(Int.start(ofBlock: j + 1, of: count, total: draws))
  }

  /// Its part of a plan's identity.
  var lines: [(key: String, value: String)] {
    switch self {
    case .bins(let draws, let count): [("run.draws", "\(draws)"), ("run.bins", "\(count)")]
    case .chains(let count, let length): [("chains", "\(count)"), ("run.draws", "\(length) a chain")]
    case .populations(let count, let size): [("run.draws", "\(count) populations of \(size)")]
    case .fixed(let count): [("units", "\(count)")]
    }
  }

  /// Whether every unit of `other` is the unit of that number here, or the beginning of it: `n g′ = n′ g` for bins.
  public func extends(_ other: UnitLayout) -> Bool {
    switch (self, other) {
    case (.bins(let draws, let count), .bins(let fewer, let others)):
      count >= others && draws.multipliedFullWidth(by: others) == fewer.multipliedFullWidth(by: count)
    case (.chains(let count, let length), .chains(let others, let shorter)): count == others && length >= shorter
    case (.populations(let count, let size), .populations(let fewer, let others)): count >= fewer && size == others
    default: self == other
    }
  }

  /// What would have to be asked for that `other` be extended, in words; nil where nothing helps.
  public func cure(extending other: UnitLayout) -> String? {
    switch (self, other) {
    case (.bins(let draws, _), .bins(let fewer, let others)):
      let divisor = Self.greatestCommonDivisor(fewer, others)
      let (step, bins) = (fewer / divisor, others / divisor)
      guard draws >= fewer else { return nil }
      if draws % step == 0 { return "add --set run.bins=\(draws / step * bins), which keeps its bins of networks" }
      let next = (draws / step + 1) * step
      return "\(next) draws with --set run.bins=\(next / step * bins) would go on from it"
    case (.chains(let count, let length), .chains(let others, let shorter)) where length >= shorter && count != others:
      return "use \(others) chains"
    case (.chains, .chains), (.populations, .populations): return "ask for more draws, not for fewer"
    default: return nil
    }
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }
}
