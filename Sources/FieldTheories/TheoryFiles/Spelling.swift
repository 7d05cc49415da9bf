// SPDX-License-Identifier: GPL-3.0-or-later

/// Nearest-word help for misspelt keys and names.
public enum Spelling {
  /// The known word nearest to `word`, if it is near enough to be a misspelling (edit distance at most a third of
  /// the longer word, at least 2).
  public static func nearest(to word: String, among known: [String]) -> String? {
    let scored = known.map { ($0, distance(word.lowercased(), $0.lowercased())) }
    guard let best = scored.min(by: { $0.1 < $1.1 }) else { return nil }
    return best.1 <= max(2, max(word.count, best.0.count) / 3) ? best.0 : nil
  }

  /// Levenshtein distance.
  static func distance(_ a: String, _ b: String) -> Int {
    let (x, y) = (Array(a), Array(b))
    var row = Array(0...y.count)
    for i in x.indices {
      var diagonal = row[0]
      row[0] = i + 1
      for j in y.indices {
        let substitution = diagonal + (x[i] == y[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substitution, diagonal + 1, row[j] + 1)
      }
    }
    return row[y.count]
  }
}
