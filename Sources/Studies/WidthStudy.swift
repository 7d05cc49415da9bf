// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields
import ResultTables

/// A theory at several widths, and at the product of the values of further keys where scans are asked for: which runs there are.
public struct WidthStudy: Sendable {
  /// The run at one width.
  public struct Run: Sendable {
    /// The theory, resolved.
    public let theory: TheoryDefinition
    /// The values of the scanned keys, one an axis.
    public let scanned: [Double]
    /// N; nil for a theory without neurons, the limit itself.
    public let width: Int?
    /// What is measured.
    public let request: CorrelatorRequest
    /// `alpha = -1, N = 30`.
    public let label: String
    /// What is counted by the request's draws.
    public var unit: String { request.unitName }
  }

  /// The scanned keys with their values.
  public let axes: [StudyAxis]
  /// What they are called in tables: their last words, and where two agree the whole keys.
  public let axisNames: [String]
  /// All runs, widths running fastest.
  public let runs: [Run]
  /// Whether all runs share their random numbers.
  public let commonRandomNumbers: Bool

  /// The study that `settings` describe. `load` reads the theory with further overrides of its keys; `estimatorNames` nil means
  /// those of the theory file or the common ones; `pointSets` nil means those of the settings, and the lattice where they have
  /// none.
  public init(
    _ settings: StudySettings, estimatorNames: [String]? = nil, pointSets: [PointSet]? = nil, commonRandomNumbers: Bool = false,
    load: (_ overrides: [(key: String, value: String)]) throws -> TheoryDefinition
  ) throws {
    let sets = (pointSets ?? (settings.points.isEmpty ? nil : settings.points)).map(Self.withPairs)
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
    let axes = settings.axes
    let words = axes.map { String($0.key.split(separator: ".").last ?? "") }
    let names = zip(axes, words).map { axis, word in words.filter { $0 == word }.count > 1 ? axis.key : word }
    (self.axes, axisNames) = (axes, names)
    var runs: [Run] = []
    let places = axes.reduce([[]]) { places, axis in places.flatMap { place in axis.values.map { place + [$0] } } }
    for place in places {
      let scanned = zip(axes, place).map { (key: $0.key, value: Self.text($1)) }
      var widths: [[(key: String, value: String)]] = [[]]
      if !settings.widths.isEmpty {
        let base = try load(scanned)
        widths = try settings.widths.map { [try Self.widthOverride($0, base)] }
      }
      for width in widths {
        let theory = try load(scanned + width)
        let width = theory.architecture.freeField != nil ? nil : theory.architecture.width
        let scan = zip(names, place).map { "\($0) = \(Self.text($1)), " }.joined()
        runs.append(
          Run(
            theory: theory, scanned: place, width: width, request: try request(theory),
            label: "\(scan)N = \(width.map(String.init) ?? "infinity")"))
      }
    }
    self.runs = runs
    self.commonRandomNumbers = commonRandomNumbers
  }

  /// The key that gives a theory width N. Where the file lists the widths of all hidden layers they keep their ratios, and N is
  /// the width of the last.
  private static func widthOverride(_ width: Int, _ theory: TheoryDefinition) throws -> (key: String, value: String) {
    let list = "architecture.widths"
    guard let net = theory.architecture.layers, theory.resolved.contains(where: { $0.key == list }) else {
      return ("architecture.width", "\(width)")
    }
    let widths = net.hiddenLayers.map(\.width)
    let step = net.width / widths.reduce(0, greatestCommonDivisor)
    guard width % step == 0 else {
      throw SelectionError(
        "hidden layers of \(widths.map(String.init).joined(separator: ", ")) neurons keep their ratios in a study, and a last layer of \(width) would leave fractions of "
          + "neurons in others: choose multiples of \(step), or give width and depth in place of widths")
    }
    return (list, "\(widths.map { $0 / (net.width / step) * (width / step) })")
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }

  /// With the pairs of all 6-point sets, of which Wick's value is made.
  private static func withPairs(_ sets: [PointSet]) -> [PointSet] {
    var all = sets
    for set in sets where set.points.count == 6 {
      for (i, j) in Pairings.pairsOfSix.map(\.pair) {
        let pair = [set.points[i], set.points[j]]
        if all.contains(where: { $0.points == pair || $0.points == pair.reversed() }) { continue }
        all.append(PointSet(name: "\(set.name) \(i + 1)-\(j + 1)", points: pair))
      }
    }
    return all
  }

  private static func text(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }

  /// Where G4c(x,x,x,x) is least along a scanned key, if that is known: at alpha = 0 of a free alpha family.
  func exactMinimum(along axis: Int) -> Double? {
    let theory = runs[0].theory
    return axes[axis].key == "architecture.alpha" && theory.architecture.isAlphaFamily && theory.insertions.isEmpty ? 0 : nil
  }

  /// The tables of all runs, measured by `measure`, put side by side with their fits in 1/N.
  public func results(measuring measure: (Run) throws -> [MeasuredTable]) throws -> StudyResults {
    let tables = try runs.map { run in
      let measured = try measure(run)
      return try measured + Self.derived(measured, run)
    }
    return try StudyResults(self, tables)
  }

  /// What follows from the tables of one run: deviations from Wick's theorem; the effective action.
  private static func derived(_ tables: [MeasuredTable], _ run: Run) throws -> [MeasuredTable] {
    let measured = try RunTables(tables)
    let (theory, draws) = (run.theory, run.request.draws)
    let action = EdgeworthTables(measured, theory, draws: draws)
    return [WickDeviations(measured, theory, draws: draws).table(), action.action(), action.profile()].compactMap { $0 }
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
