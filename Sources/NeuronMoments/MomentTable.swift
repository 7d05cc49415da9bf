// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields

/// The distinct lists of points whose moments are wanted; lists that differ by a permutation are one.
struct MomentTable: Sendable {
  private(set) var points: [[Point]] = []
  private var index: [[Point]: Int] = [:]

  mutating func insert(_ list: [Point]) {
    let key = Self.sorted(list)
    guard index[key] == nil else { return }
    index[key] = points.count
    points.append(key)
  }

  /// Inserts the subsets of even size that the n-point functions of `list` are made of, n = 2, 4, 6.
  mutating func insertSubsets(_ list: [Point]) {
    for subset in Self.subsets(list) { insert(subset) }
  }

  /// The primary of a list that was inserted.
  subscript(list: [Point]) -> Int { index[Self.sorted(list)]! }

  /// The primary of a pair of points of `list`.
  subscript(list: [Point], pair: (Int, Int)) -> Int { self[[list[pair.0], list[pair.1]]] }

  private static func subsets(_ x: [Point]) -> [[Point]] {
    let pairs = x.indices.flatMap { i in x.indices.filter { $0 > i }.map { [x[i], x[$0]] } }
    switch x.count {
    case 2: return pairs
    case 4: return [x] + pairs
    default: return [x] + Pairings.pairsOfSix.map { $0.rest.map { x[$0] } } + pairs
    }
  }

  private static func sorted(_ list: [Point]) -> [Point] {
    list.sorted { a, b in
      let differing = (0..<maximumDimension).first { a[$0] != b[$0] }
      return differing.map { a[$0] < b[$0] } ?? false
    }
  }
}
