// SPDX-License-Identifier: GPL-3.0-or-later

/// Nearest-word help for misspelt keys and names.
public enum Spelling {
  /// The known word nearest to `word`, if it is near enough to be a misspelling (distance at most a third of the longer
  /// word, at least 2, and less than the whole word); ties go to the first.
  public static func nearest(to word: String, among known: [String]) -> String? {
    let scored = known.map { ($0, distance(word.lowercased(), $0.lowercased())) }
    guard let best = scored.min(by: { $0.1 < $1.1 }) else { return nil }
    let longer = max(word.count, best.0.count)
    return best.1 <= max(2, longer / 3) && best.1 < longer ? best.0 : nil
  }

  /// "did you mean …? " with the nearest known word as `written` has it, or nothing: what every fault says of a word that is not known.
  public static func hint(for word: String, among known: [String], written: (String) -> String = { $0 }) -> String {
    nearest(to: word, among: known).map { "did you mean \(written($0))? " } ?? ""
  }

  /// The same with the word in quotes, as it stands in a theory file.
  static func quotedHint(for word: String, among known: [String]) -> String {
    hint(for: word, among: known) { "\"\($0)\"" }
  }

  /// Edit distance with insertion, deletion, substitution and exchange of neighbours at cost 1 (optimal string alignment).
  /// Only the first 64 letters count.
  static func distance(_ a: String, _ b: String) -> Int {
    let (x, y) = (Array(a.prefix(64)), Array(b.prefix(64)))
    var before: [Int] = []
    var row = Array(0...y.count)
    for i in x.indices {
      var next = [i + 1] + [Int](repeating: 0, count: y.count)
      for j in y.indices {
        next[j + 1] = min(row[j] + (x[i] == y[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1)
        if i > 0, j > 0, x[i] == y[j - 1], x[i - 1] == y[j] {
          next[j + 1] = min(next[j + 1], before[j - 1] + 1)
        }
      }
      (before, row) = (row, next)
    }
    return row[y.count]
  }
}
