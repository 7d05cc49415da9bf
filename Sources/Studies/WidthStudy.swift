// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields
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

  /// The study that `settings` describe. `load` reads the theory with further overrides of its keys; `estimatorNames` nil means those of the theory
  /// file or the common ones; `pointSets` nil means those of the settings, and the lattice where they have none.
  public init(
    _ settings: StudySettings, estimatorNames: [String]? = nil, pointSets: [PointSet]? = nil, commonRandomNumbers: Bool = false,
    load: (_ overrides: [(key: String, value: String)]) throws -> TheoryDefinition
  ) throws {
    let sets = pointSets ?? (settings.points.isEmpty ? nil : settings.points)
    func request(_ theory: TheoryDefinition) throws -> CorrelatorRequest {
      try RunForecast.check(theory)
      if settings.space == .neuron {
        return try CorrelatorRequest(
          neuronSpace: NeuronSpaceOptions(theories: [theory], averages: nil), tableNames: estimatorNames, pointSets: sets,
          commonRandomNumbers: commonRandomNumbers)
      }
      return try CorrelatorRequest(
        theory: theory, estimatorNames: estimatorNames ?? (sets == nil ? theory.correlators.estimators : nil), pointSets: sets,
        allDisplacements: false, commonRandomNumbers: commonRandomNumbers)
    }
    let scanName = settings.key?.split(separator: ".").last.map(String.init)
    var runs: [Run] = []
    for value in settings.key == nil ? [nil] : settings.values.map(Optional.init) {
      let scanned = value.flatMap { value in settings.key.map { [(key: $0, value: "\(value)")] } } ?? []
      let widths = settings.widths.isEmpty ? [[]] : settings.widths.map { [(key: "architecture.width", value: "\($0)")] }
      for width in widths {
        let theory = try load(scanned + width)
        let width = theory.architecture is FreeLatticeField ? nil : theory.architecture.width
        let scan = value.flatMap { value in scanName.map { "\($0) = \(Self.text(value)), " } } ?? ""
        runs.append(
          Run(
            theory: theory, scanned: value, width: width, request: try request(theory),
            label: "\(scan)N = \(width.map(String.init) ?? "infinity")"))
      }
    }
    self.scanName = scanName
    self.runs = runs
    self.commonRandomNumbers = commonRandomNumbers
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
      "study",
      "\(runs.count) runs, "
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
