// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import ErrorAnalysis
import FieldTheories
import KnownValues
import LatticeFields
import NeuronMoments

/// What `--neuron-space` asks for.
public struct NeuronSpaceOptions: Sendable {
  /// One theory at each width wanted: the first draws the neurons, all give exact values.
  public let theories: [TheoryDefinition]
  /// The level of averaging by name, or nil for the best that applies.
  public let averages: String?

  /// Options; at least one theory.
  public init(theories: [TheoryDefinition], averages: String?) {
    precondition(!theories.isEmpty, "NeuronSpaceOptions: no theory")
    self.theories = theories
    self.averages = averages
  }

  /// The names of the levels of averaging, each with what it means.
  public static var levels: [(name: String, summary: String)] {
    NeuronAverages.allCases.map { ($0.rawValue, $0.summary) }
  }

  /// All tables by name, with what each holds.
  public static var tables: [(name: String, summary: String)] {
    (NeuronSpaceJob.latticeTables + [PointFunctions.tableName]).map {
      (
        NeuronSpaceJob.tableName($0),
        "\(EstimatorRegistry.entry($0)?.quantity ?? PointFunctions.quantity), from single neurons, at any list of widths"
      )
    }
  }
}

/// Correlators from single neurons instead of fields: the same rows, in tables of their own, at one or more widths from the
/// same neurons.
struct NeuronSpaceJob: Sendable {
  /// One table before it is measured; its rows stand at `targets` among those of the estimator.
  private struct Draft: Sendable {
    let name: String
    let quantity: String
    let coordinateColumns: [String]
    let rows: [CorrelatorRow]
    let covarianceRows: [Int]
    let targets: Range<Int>
  }

  let estimator: NeuronSpaceEstimator
  private let drafts: [Draft]
  private let theories: [TheoryDefinition]

  /// The estimators of field space whose rows are measured in neuron space, on a lattice.
  fileprivate static let latticeTables = [
    TwoPointFunction.tableName, CoincidentFourPoint.tableName(.xxyy), CoincidentFourPoint.tableName(.xxxy),
  ]

  /// Rows at `sets`, or on the lattice where there are none. Throws ``SelectionError`` where neurons are correlated or a
  /// level does not apply.
  init(
    _ options: NeuronSpaceOptions, sets: [PointSet]?, tableNames: [String]?, allDisplacements: Bool
  ) throws(SelectionError) {
    theories = options.theories
    let known = sets == nil ? Self.latticeTables.map(Self.tableName) : [Self.tableName(PointFunctions.tableName)]
    if let stranger = tableNames?.first(where: { !known.contains($0) }) {
      throw SelectionError("\(stranger) is no table of neuron space; there are: \(known.joined(separator: ", "))")
    }
    if let tableNames {
      guard !tableNames.isEmpty else { throw SelectionError("no table is named; there are: \(known.joined(separator: ", "))") }
      for (index, name) in tableNames.enumerated() where tableNames[..<index].contains(name) {
        throw SelectionError("table \(name) is named twice; name it once")
      }
    }
    let estimators: [any CorrelatorEstimator]
    if let sets {
      estimators = [PointFunctions(sets: sets)]
    } else {
      let theory = options.theories[0]
      let settings = EstimatorSettings(
        lattice: theory.lattice, hypercubic: theory.architecture.symmetries.rotations == .hypercubic,
        allDisplacements: allDisplacements, firstSeparation: theory.correlators.firstSeparation,
        secondSeparation: theory.correlators.secondSeparation)
      estimators = Self.latticeTables.compactMap { EstimatorRegistry.entry($0)?.make(settings) }
    }
    var drafts: [Draft] = []
    var targets: [RowTarget] = []
    for estimator in estimators where tableNames?.contains(Self.tableName(estimator.name)) ?? true {
      drafts.append(
        Draft(
          name: Self.tableName(estimator.name), quantity: estimator.quantity,
          coordinateColumns: estimator.coordinateColumns, rows: estimator.rows,
          covarianceRows: estimator.covarianceRows,
          targets: targets.count..<targets.count + estimator.rows.count))
      targets += estimator.rows.map(\.target)
    }
    self.drafts = drafts
    let averages = try options.averages.map { name throws(SelectionError) in
      guard let averages = NeuronAverages(rawValue: name) else {
        let names = NeuronAverages.allCases.map(\.rawValue)
        let hint = Spelling.hint(for: name, among: names)
        throw SelectionError("unknown level of averaging \"\(name)\"; \(hint)known: \(names.joined(separator: ", "))")
      }
      return averages
    }
    do throws(NeuronSpaceFault) {
      estimator = try NeuronSpaceEstimator(
        IndependentNeurons(options.theories[0]), averages: averages, targets: targets)
    } catch {
      throw SelectionError(error.description)
    }
  }

  fileprivate static func tableName(_ field: String) -> String { "neuron-\(field)" }

  // MARK: - Description

  /// Names and row counts of the tables.
  var tables: [(name: String, rows: Int, summary: String)] {
    drafts.map { ($0.name, $0.rows.count * theories.count, summary($0)) }
  }

  /// The widths of the rows.
  var widths: [Int] { theories.map(\.architecture.width) }

  /// How numbers are made, in one line for provenance.
  func explanation(draws: Int) -> String {
    let width = widths[0]
    return "\(estimator.averages.rawValue): \(estimator.averages.summary); \(draws) networks of \(width) neurons"
      + (widths.count == 1 ? "" : ", cumulants scaled by N^(1-n/2) to widths " + widths.map(String.init).joined(separator: ", "))
  }

  private func summary(_ draft: Draft) -> String {
    "\(draft.quantity), from single neurons (semi-analytic: \(estimator.averages.summary); independent neurons only)"
  }

  /// Seconds on one thread and bytes: 10 ns a parameter, and for each list of points a cosine or a product of values.
  /// `sampleCopies` of the jackknife samples are made while they are written.
  func forecast(_ plan: RunPlan, threads: Int, sampleCopies: Int) -> RunForecast {
    let neurons = Double(plan.draws) * Double(plan.theory.architecture.width)
    let layout = plan.theory.architecture.layout
    let primaries = Double(estimator.primaryCount)
    let rows = Double(estimator.targets.count * widths.count)
    let perPrimary = estimator.averages == .weightsAndPhases ? 0.4 : 1.0
    let perNeuron = 10 * Double(layout.parameterCount / layout.width) + perPrimary * primaries
    return RunForecast(
      memory: 2e7 + Double(threads) * (32 * Double(layout.parameterCount) + 5e3 * primaries)
        + 8 * Double(plan.binCount) * (5 * primaries + Double(4 + sampleCopies) * rows),
      seconds: 1e-9 * neurons * perNeuron)
  }

  // MARK: - Measurement

  /// The work, cut into units.
  func units(_ plan: RunPlan) -> some UnitPlan { NeuronPlan(estimator: estimator, plan: plan) }

  /// Draws the neurons of the networks of `plan`, in its bins.
  func run(_ plan: RunPlan, threads: Int, monitor: RunMonitor) throws -> [MeasuredTable] {
    let means = try units(plan).bins(of: plan, threads: threads, monitor: monitor)
    try RangeFaults.check(means, of: drafts[0].name, plan.theory)
    let estimates = estimator.derive(means, widths: widths)
    let columns = theories.map { FreeValues($0) }
    let tables = drafts.map { table($0, estimates, columns, draws: Int(means.samples), monitor) }
    guard !monitor.isStopRequested else {
      throw RunInterrupted(drawsDone: monitor.drawsDone, draws: plan.draws)
    }
    return tables
  }

  /// Rows of one table, widths running fastest. The joint test takes rows of the first width: those of others are multiples
  /// of them.
  private func table(
    _ draft: Draft, _ estimates: [[NeuronEstimate]], _ columns: [FreeValues], draws: Int, _ monitor: RunMonitor
  ) -> MeasuredTable {
    let hasWidths = widths.count > 1
    var rows: [CorrelatorRow] = []
    var measured: [NeuronEstimate] = []
    var known: [KnownValue?] = []
    for (row, target) in zip(draft.rows, draft.targets) {
      for (index, width) in widths.enumerated() {
        rows.append(
          CorrelatorRow(
            coordinates: row.coordinates + (hasWidths ? [.integer(width)] : []), target: row.target))
        measured.append(estimates[target][index])
        known.append(monitor.isStopRequested ? nil : columns[index].value(row.target))
      }
    }
    return MeasuredTable(
      name: draft.name, summary: summary(draft),
      coordinateColumns: draft.coordinateColumns + (hasWidths ? ["width"] : []), rows: rows,
      covarianceRows: draft.covarianceRows.map { $0 * widths.count }, samples: measured.map(\.samples),
      reliability: zip(measured, rows).map { estimator.reliability(of: $0, $1.target, draws: draws) },
      draws: draws, independentSamples: estimator.effectiveSamples(draws: draws), known: known,
      resolution: measured.map { $0.hasNoVariance ? 100 * NeuronEstimate.resolution * $0.magnitude : nil })
  }
}

/// Neurons of the networks of a plan, in its bins.
private struct NeuronPlan: UnitPlan {
  let estimator: NeuronSpaceEstimator
  let plan: RunPlan

  var family: PlanIdentity {
    plan.family(measuring: [("neuron space", "\(estimator.averages.rawValue), \(estimator.primaryCount) primaries")])
  }

  var layout: UnitLayout { plan.layout }

  func makeWorker(_ monitor: RunMonitor) -> (Int) throws -> UnitRecord? {
    let worker = estimator.makeWorker(plan.stream)
    let pauses = UnitPauses(monitor, self)
    return { bin in
      pauses.begin(bin)
      let draws = plan.draws(ofBin: bin)
      let primaries = worker.bin(draws, pauses) {
        monitor.finishedDraw()
        return !monitor.isStopRequested
      }
      try pauses.check()
      guard let primaries else { return nil }
      if let headline = primaries.first { monitor.finishedBin(headline: headline) }
      return UnitRecord(unit: bin, samples: draws.count, primaries: [primaries])
    }
  }
}
