// SPDX-License-Identifier: GPL-3.0-or-later

/// Rows of one table of a TSV output, by column.
enum TableRows {
  static func rows(_ output: String, _ name: String) -> [[String: String]] {
    var (table, header): (String, [String]?) = ("", nil)
    var result: [[String: String]] = []
    for line in output.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty { header = nil }
      if line.hasPrefix("# table: ") { (table, header) = (String(line.dropFirst(9)), nil) }
      guard !line.isEmpty, !line.hasPrefix("#"), table == name else { continue }
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      if let header { result.append(Dictionary(zip(header, cells)) { $1 }) } else { header = cells }
    }
    return result
  }
}
