// SPDX-License-Identifier: GPL-3.0-or-later

/// Which claims hold which registered things: rows are the entries of all registries, columns the suites.
public struct ClaimMatrix: Sendable {
  /// One registered thing.
  public struct Row: Sendable {
    /// The registered thing.
    public let thing: Registered
    /// The suites that hold it, each with its number of claims.
    public let suites: [(name: String, claims: Int)]
    /// The number of claims of all suites.
    public var claims: Int { suites.reduce(0) { $0 + $1.claims } }
  }

  /// The rows, registry by registry.
  public let rows: [Row]
  /// Things that claims say they hold and no registry has.
  public let strangers: [Registered]

  /// The matrix of the experiments of a run.
  public init(_ run: ValidationRun) {
    var counts: [Registered: [(name: String, claims: Int)]] = [:]
    for entry in run.entries {
      for thing in entry.experiment.claims.flatMap({ Set($0.holds) }) {
        var suites = counts[thing] ?? []
        if let place = suites.firstIndex(where: { $0.name == entry.suite }) {
          suites[place].claims += 1
        } else {
          suites.append((entry.suite, 1))
        }
        counts[thing] = suites
      }
    }
    let all = Registered.all
    rows = all.map { Row(thing: $0, suites: counts[$0] ?? []) }
    strangers = counts.keys.filter { !all.contains($0) }
  }

  /// What no claim holds.
  public var missing: [Registered] { rows.filter(\.suites.isEmpty).map(\.thing) }
}
