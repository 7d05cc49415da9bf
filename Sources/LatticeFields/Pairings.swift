// SPDX-License-Identifier: GPL-3.0-or-later

/// The index combinatorics of Wick's theorem: pairings and splits of four and six points.
public enum Pairings {
  /// The 3 pairings of 4 points.
  public static let four: [[(Int, Int)]] = [
    [(0, 1), (2, 3)], [(0, 2), (1, 3)], [(0, 3), (1, 2)],
  ]

  /// The 15 pairings of 6 points.
  public static let six: [[(Int, Int)]] = pairsOfSix.flatMap { split -> [[(Int, Int)]] in
    guard split.pair.0 == 0 else { return [] }
    return four.map { [split.pair] + $0.map { (split.rest[$0.0], split.rest[$0.1]) } }
  }

  /// The 15 splits of 6 points into a pair and the other four.
  public static let pairsOfSix: [(pair: (Int, Int), rest: [Int])] = (0..<6).flatMap { i in
    (i + 1..<6).map { j in ((i, j), (0..<6).filter { $0 != i && $0 != j }) }
  }

  /// The `n!/(2 (n/2)!²)` splits of n points into two halves (1, 3, 10 for n = 2, 4, 6), as signs: +1 for the half that holds point 0.
  public static func halfSplits(_ n: Int) -> [[Double]] {
    (0..<1 << (n - 1)).compactMap { mask in
      let signs = [1.0] + (0..<n - 1).map { mask >> $0 & 1 == 1 ? 1.0 : -1.0 }
      return signs.reduce(0, +) == 0 ? signs : nil
    }
  }
}
