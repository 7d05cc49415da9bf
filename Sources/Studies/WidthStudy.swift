// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import ResultTables

/// A theory at several widths, and at several values of one further key where a scan is asked for: which runs there are.
public struct WidthStudy: Sendable {
  /// One run.
  public struct Run: Sendable {
    /// The theory, resolved.
    public let theory: TheoryDefinition
    /// The value of the scanned key; nil without a scan.
    public let scanned: Double?
    /// N; nil for a theory without neurons, the limit itself.
    public let width: Int?
    /// What is measured.
    public let request: CorrelatorRequest
    /// `alpha = -1, N = 30`.
    public let label: String
    /// What is counted by the request's draws.
    public var unit: String { request.unitName }
  }

  /// The last word of the scanned key; nil without a scan.
  public let scanName: String?
  /// All runs, widths running fastest.
  public let runs: [Run]
  /// Whether all runs share their random numbers.
  public let commonRandomNumbers: Bool

  /// A study of `theories`: one list of widths for each value of the scanned key, nil where nothing is scanned.
  public init(
    scanName: String?, _ theories: [(scanned: Double?, theories: [TheoryDefinition])], commonRandomNumbers: Bool,
    request: (TheoryDefinition) throws -> CorrelatorRequest
  ) throws {
    self.scanName = scanName
    self.commonRandomNumbers = commonRandomNumbers
    runs = try theories.flatMap { scanned, theories in
      try theories.map { theory in
        let width = theory.architecture is FreeLatticeField ? nil : theory.architecture.width
        let scan = scanned.flatMap { value in scanName.map { "\($0) = \(Self.text(value)), " } } ?? ""
        return Run(
          theory: theory, scanned: scanned, width: width, request: try request(theory), label: "\(scan)N = \(width.map(String.init) ?? "infinity")")
      }
    }
  }

  private static func text(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }

  /// The tables of all runs, measured by `measure`, put side by side with their fits in 1/N.
  public func results(measuring measure: (Run) throws -> [MeasuredTable]) throws -> StudyResults {
    let tables = try runs.map { run in
      var tables = try measure(run)
      if let coupling = QuarticCoupling.table(from: tables, run.theory, draws: run.request.draws) { tables.append(coupling) }
      return tables
    }
    return try StudyResults(self, tables)
  }

  /// Where the numbers come from: what all runs have in common, and what tells them apart.
  public func provenance(version: String) -> Provenance {
    let all = runs.map { RunProvenance.lines($0.request, version: version).entries }
    let randomNumbers = "random numbers"
    var provenance = Provenance()
    for entry in all[0] where all.allSatisfy({ $0.contains { $0.key == entry.key && $0.value == entry.value } }) {
      provenance.add(entry.key, entry.value)
    }
    provenance.add(
      "study", "\(runs.count) runs, "
        + (commonRandomNumbers ? "common random numbers" : "independent random numbers"))
    for (run, entries) in zip(runs, all) {
      for entry in entries where !all.allSatisfy({ $0.contains { $0.key == entry.key && $0.value == entry.value } }) {
        if !["set architecture.width", randomNumbers].contains(entry.key) {
          provenance.add("\(run.label): \(entry.key)", entry.value)
        }
      }
    }
    // In one line, under the key that names the ensemble of all runs together.
    if !provenance.entries.contains(where: { $0.key == randomNumbers }) {
      let streams = zip(runs, all).map { run, entries in
        "\(run.label): \(entries.first { $0.key == randomNumbers }?.value ?? "")"
      }
      provenance.add(randomNumbers, streams.joined(separator: "; "))
    }
    return provenance
  }
}
