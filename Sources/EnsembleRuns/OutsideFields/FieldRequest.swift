// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import ErrorAnalysis
import FieldTheories
import KnownValues
import LatticeFields
import NumericalKernels
import ParameterSampling
import ResultTables

/// What is asked of `nnft measure`: somebody's fields, what to measure on them, and the theory to hold them against, if any.
public struct FieldRequest: Sendable {
  /// The fields of the file and how they depend on each other.
  public let fields: FieldEnsemble
  /// Estimators left out of an automatic choice, with reasons.
  public let omissions: [String]
  /// The theory whose exact values stand beside the measurements.
  public let theory: TheoryDefinition?
  let estimators: [any CorrelatorEstimator]
  let generator: FieldGenerator
  /// What is taken for granted, in words.
  private let assumptions: String

  static let sampling = "sampling"
  private static let samplingSummary =
    "averages over sites and draws, and the zero mode Phi = a^d sum phi: what the draws are worth"
  /// Fewest effective samples, of weighted draws and of chains, below which no number is given; that of theory files.
  private static let leastEffectiveSamples = SamplerSettings().leastEffectiveSamples

  /// Resolves a request. Throws ``SelectionError`` for estimators that do not fit, and faults of the theory.
  public init(
    _ fields: FieldEnsemble, estimatorNames: [String]?, allDisplacements: Bool, theory beside: BesideTheory? = nil
  ) throws {
    self.fields = fields
    generator = try FieldGenerator(fields)
    switch fields.sites {
    case .points:
      theory = try beside?.load([])
      if let theory, theory.dimension != fields.dimension {
        throw SelectionError(
          "the theory lives in \(theory.dimension) dimensions, the points in \(fields.dimension); give the theory of these fields"
        )
      }
      let functions = PointFunctions(sets: fields.pointSets!)
      let whole = ComponentPointFunctions(sets: fields.pointSets!, of: functions.points, components: fields.components)
      let all: [any CorrelatorEstimator] = [functions] + (fields.components > 1 && !whole.rows.isEmpty ? [whole] : [])
      if let stranger = estimatorNames?.first(where: { name in !all.contains { $0.name == name } }) {
        throw SelectionError(
          "\(stranger) does not apply to fields at points; there is: \(all.map(\.name).joined(separator: ", "))")
      }
      estimators = all.filter { estimatorNames?.contains($0.name) ?? true }
      omissions = []
      assumptions = "phi -> -phi"
    case .lattice(let lattice):
      let theory = try beside?.on(lattice)
      self.theory = theory
      let known = theory ?? fields.carried
      let names = estimatorNames ?? known?.correlators.estimators
      let selection: EstimatorSelection
      if let known {
        selection = try EstimatorSelection(
          known.symmetries, of: known.title, cure: "leave it out",
          known.estimatorSettings(lattice, allDisplacements: allDisplacements), names: names)
        assumptions = "the symmetries of \(known.title)"
      } else {
        let isPeriodic = lattice.boundary == .periodic
        let step = [1] + [Int](repeating: 0, count: lattice.dimension - 1)
        let size = fields.survey.meanSquare.squareRoot()
        var symmetries = FieldSymmetries(
          translationInvariantOrder: .max, rotations: isPeriodic ? .hypercubic : .euclidean, isPeriodic: isPeriodic)
        symmetries.components = fields.components
        selection = try EstimatorSelection(
          symmetries, of: "an open lattice", cure: "leave it out",
          EstimatorSettings(
            lattice: lattice, hypercubic: isPeriodic, allDisplacements: allDisplacements, firstSeparation: step,
            secondSeparation: step, fieldWidth: size > 0 ? Double(Float(size)) : 1, components: fields.components),
          names: names)
        assumptions =
          (fields.components > 1 ? "components of one law, " : "")
          + "translations, phi -> -phi, and rows of equal \(isPeriodic ? "distance up to the symmetries of the lattice" : "distance")"
      }
      (estimators, omissions) = (selection.estimators, selection.omissions)
    }
    if let theory, theory.architecture.outputs != fields.components {
      throw SelectionError(
        "the theory has \(theory.architecture.outputs) components, the fields have \(fields.components); give --components, or the theory of these fields"
      )
    }
  }

  /// One estimator and no theory.
  init(_ fields: FieldEnsemble, _ estimator: any CorrelatorEstimator) throws(SelectionError) {
    self.fields = fields
    generator = try FieldGenerator(fields)
    (estimators, omissions, theory, assumptions) = ([estimator], [], nil, "nothing")
  }

  /// The tables it makes.
  public var tableNames: [String] { estimators.map(\.name) + [Self.sampling] }

  /// Number of jackknife bins.
  public var binCount: Int { generator.unitCount }

  /// What it will cost.
  public func forecast(threads: Int, sampleCopies: Int = 0) -> RunForecast {
    RunForecast(
      measuring: estimators, at: fields.sites, draws: fields.draws, bins: generator.unitCount, threads: threads,
      sampleCopies: sampleCopies, drawing: 3 * Double(fields.components * fields.sites.count),
      keeping: Double(1 << 17) + 6 * Double(fields.draws) / Double(threads), components: fields.components)
  }

  /// Carries it out; `note` takes diagnostics, a line each. Throws `RunInterrupted`, and `ResultFileError` where moments of the fields leave the range of
  /// numbers.
  public func measure(threads: Int, monitor: RunMonitor, note: (String) -> Void = { _ in }) throws -> [MeasuredTable] {
    let records = try self.records(threads: threads, monitor: monitor)
    let diagnostics = diagnostics(records)
    if let diagnostics {
      note("sampling: \(diagnostics.summary)")
      for reason in diagnostics.obstructions { note("sampling: numbers are withheld: \(reason)") }
    }
    let means = BinnedMeans(records) { $0.series!.means }
    let mean = finished([means.mean(0)])[0]
    let oddness = Self.oddness(mean.samples)
    if let oddness { note("sampling: \(oddness)") }
    let known = try theory.map { try $0.decimated(Self.knownValues($0), cutoff: fields.cutoff) }
    let tables = try estimators.enumerated().map { index, estimator in
      let bins = BinnedMeans(records, measurement: index)
      guard bins.isFinite else { throw rangeFault(estimator.name) }
      let values = estimator.rows.map { monitor.isStopRequested ? nil : known?.value($0.target) }
      guard !monitor.isStopRequested else {
        throw RunInterrupted(drawsDone: monitor.drawsDone, draws: fields.draws, unit: "draws")
      }
      var table = table(
        estimator.name, estimator.summary, estimator.coordinateColumns, estimator.rows, estimator.covarianceRows,
        finished(estimator.derive(bins)), orders: estimator.rows.indices.map { estimator.order(ofRow: $0) }, known: values,
        diagnostics
      ) { row, samples in
        diagnostics?.obstruction(order: estimator.order(ofRow: row))
          ?? (estimator.assumptions.evenness ? oddness : nil) ?? theoryObstruction(estimator.rows[row])
          ?? estimator.obstruction(samples)
      }
      table.remarks = known?.notes(on: values) ?? []
      guard !table.hasNonFiniteReference else { throw rangeFault(estimator.name) }
      return table
    }
    return tables + [samplingTable(means, diagnostics)]
  }

  private var units: FieldUnits { FieldUnits(generator: generator, estimators: estimators) }

  /// What determines every number of the run.
  public var statement: PlanStatement { units.statement }

  /// What was measured in each unit.
  func records(threads: Int, monitor: RunMonitor) throws -> [UnitRecord] {
    guard let records = try Runner.records(units, threads: threads, monitor: monitor) else {
      throw RunInterrupted(drawsDone: monitor.drawsDone, draws: fields.draws, unit: "draws")
    }
    let rejected = records.reduce(0) { $0 + $1.rejected }
    guard rejected == 0 else { throw rangeFault("\(rejected) draws") }
    return records
  }

  private func rangeFault(_ place: String) -> ResultFileError {
    ResultFileError(
      description:
        "\(fields.file.path): moments of the fields behind \(place) are not finite numbers; double precision ends at 1e308: use other units"
    )
  }

  /// Whether weights or chains support numbers; nil of independent draws.
  func diagnostics(_ records: [UnitRecord]) -> SamplingDiagnostics? {
    guard fields.dependence != .independent else { return nil }
    var chains: [WeightedSeries] = []
    for (record, group) in zip(records, generator.groupOfUnit) {
      guard let series = record.series else { continue }
      if generator.cutsChains, group < chains.count {
        chains[group] = WeightedSeries(
          names: series.names, values: zip(chains[group].values, series.values).map { $0 + $1 },
          logWeights: chains[group].logWeights + series.logWeights)
      } else {
        chains.append(series)
      }
    }
    return SamplingDiagnostics(
      records, fields.dependence, chains: chains, samples: fields.draws, leastEffectiveSamples: Self.leastEffectiveSamples,
      remedy: { "about \(Float(($0 * 10).rounded(.up) / 10)) times as many draws would suffice" }
    ) { effective, draws, floor in
      "\(draws) weighted draws count as \((effective * 10).rounded() / 10) effective samples, fewer than \(Int(floor)); give more draws, or weights that differ less"
    }
  }

  /// Estimates from some units, all where nil, with the errors that fit the draws: without the bias of ratios where there are weights, by the Γ method where
  /// chains are cut into blocks.
  func finished(_ samples: [JackknifeSamples], _ units: Range<Int>? = nil) -> [(samples: JackknifeSamples, obstruction: String?)]
  {
    if fields.dependence.isWeighted { return samples.map { ($0.biasCorrected, nil) } }
    guard generator.cutsChains else { return samples.map { ($0, nil) } }
    let errors = ChainErrors(groupOfUnit: Array(generator.groupOfUnit[units ?? 0..<generator.unitCount]))
    return samples.map(errors.spread)
  }

  private static func knownValues(_ theory: TheoryDefinition) throws -> any KnownValues {
    guard theory.insertions.isEmpty else { return try InteractingTheory(theory).knownValues }
    return FreeValues(theory)
  }

  /// Why tables that take φ and −φ to be equally likely have no value: a mean that is not zero, at a false-alarm probability of 1e-6.
  private static func oddness(_ mean: JackknifeSamples) -> String? {
    guard mean.error > 0, mean.degreesOfFreedom > 0 else { return nil }
    let pull = mean.value / mean.error
    guard Distributions.studentTwoSidedTail(pull, degrees: Double(mean.degreesOfFreedom)) < MeasuredTable.falseAlarm else {
      return nil
    }
    return
      "the mean of the field is \(Float(mean.value)) +- \(Float(mean.error)), and connected functions here take phi and -phi to be equally likely; subtract the mean from the fields first"
  }

  /// What the theory beside the fields knows of its tails.
  private func theoryObstruction(_ row: CorrelatorRow) -> String? {
    guard let known = theory ?? fields.carried, known.insertions.isEmpty else { return nil }
    return CorrelatorJob.obstruction(row, known, fields.sites, draws: fields.draws)
  }

  private func table(
    _ name: String, _ summary: String, _ columns: [String], _ rows: [CorrelatorRow], _ covarianceRows: [Int],
    _ estimates: [(samples: JackknifeSamples, obstruction: String?)], orders: [Int], known: [KnownValue?],
    _ diagnostics: SamplingDiagnostics?, obstruction: (_ row: Int, JackknifeSamples) -> String?
  ) -> MeasuredTable {
    let reliability = rows.indices.map { row in
      (obstruction(row, estimates[row].samples) ?? estimates[row].obstruction).map(Reliability.underSampled)
        ?? diagnostics?.reliability(of: estimates[row].samples, order: orders[row], unit: "effective draws")
        ?? SamplingAdequacy.reliability(of: estimates[row].samples, order: orders[row], draws: fields.draws, unit: "draws")
    }
    let independent = theory.map { $0.architecture.effectiveSamples(draws: fields.draws) } ?? Double(fields.draws)
    var table = MeasuredTable(
      name: name, summary: summary, coordinateColumns: columns, rows: rows, covarianceRows: covarianceRows,
      samples: estimates.map(\.samples), reliability: reliability, draws: fields.draws,
      independentSamples: diagnostics?.effectiveSamples ?? independent, known: known)
    table.unit = "draws"
    return table
  }

  private func samplingTable(_ means: BinnedMeans, _ diagnostics: SamplingDiagnostics?) -> MeasuredTable {
    let names = FieldObservables(fields.sites).names
    var table = table(
      Self.sampling, Self.samplingSummary, ["observable"],
      names.map { CorrelatorRow(coordinates: [.text($0)], target: RowTarget(terms: [])) }, [],
      finished(names.indices.map { means.mean($0) }), orders: names.map { $0.contains("4") ? 4 : 2 },
      known: names.map { _ in nil },
      diagnostics
    ) { row, _ in diagnostics.flatMap { $0.obstruction ?? $0.rows[row].obstruction } }
    if let diagnostics {
      table.annotations += diagnostics.annotations
      table.remarks = [diagnostics.summary]
    }
    return table
  }
}

extension FieldRequest {
  /// Where the numbers come from: the fields, how errors are made, what is taken for granted, and the theory beside them.
  public func provenance(version: String) -> Provenance {
    var provenance = Provenance()
    provenance.add("program", version)
    provenance.add(
      "fields",
      "array \(FieldEnsemble.words(fields.array)), \(fields.array.numbers ?? ""), CRC-32 of the numbers \(fields.survey.checksum)"
    )
    switch fields.sites {
    case .lattice(let lattice):
      provenance.add(
        "sites",
        "\(lattice.boundary.rawValue) lattice \(lattice.sites.map(String.init).joined(separator: "x")), spacing \(lattice.spacing)"
      )
    case .points: provenance.add("sites", "\(fields.sites.count) points")
    }
    if let cutoff = fields.cutoff { provenance.add("cutoff", "momenta phat > \(cutoff) left out of every field") }
    if fields.components > 1 { provenance.add("components", "\(fields.components)") }
    provenance.add("draws", drawsLine)
    provenance.add("taken for granted", assumptions + "; nnft validate --fields tests it")
    if let theory {
      provenance.add("theory", "\(theory.title) (\(theory.source)), for the exact values alone")
      for (key, value) in theory.resolved { provenance.add("set \(key)", value) }
    }
    for set in fields.pointSets ?? [] {
      let points = set.points.map { point in "(" + (0..<fields.dimension).map { "\(point[$0])" }.joined(separator: ", ") + ")" }
      provenance.add("points \(set.name)", points.joined(separator: " "))
    }
    return provenance
  }

  private var drawsLine: String {
    let (groups, per, units) = (fields.groups, fields.drawsPerGroup, generator.unitCount)
    switch fields.dependence {
    case .independent: return "\(fields.draws) draws, taken to be independent, in \(units) bins"
    case .weighted: return "\(fields.draws) weighted draws, taken to be independent, in \(units) bins"
    case .chain:
      return generator.cutsChains
        ? "\(groups) \(groups == 1 ? "chain" : "chains") of \(per) draws; errors by the Gamma method over \(units / groups) blocks of each"
        : "\(groups) chains of \(per) draws; one chain is one bin"
    case .population: return "\(groups) groups of \(per) weighted draws; one group is one bin"
    }
  }

  /// The tables with everything that is known about them.
  public func document(_ tables: [MeasuredTable], version: String) throws -> ResultDocument {
    ResultDocument(
      provenance: provenance(version: version), theory: theory?.resolvedText ?? "# fields from outside, no theory\n",
      tables: try tables.map { try $0.sampledTable() })
  }

  /// The plan in words, for `--dry-run`.
  public func description(threads: Int, sampleCopies: Int, version: String) -> String {
    var lines = provenance(version: version).entries.map { "\($0.key): \($0.value)" }
    for estimator in estimators { lines.append("table \(estimator.name): \(estimator.rows.count) rows, \(estimator.summary)") }
    lines.append("table \(Self.sampling): \(FieldObservables(fields.sites).names.count) rows, \(Self.samplingSummary)")
    for omission in omissions { lines.append("left out: \(omission)") }
    lines.append("forecast: \(forecast(threads: threads, sampleCopies: sampleCopies).text(threads: threads))")
    return lines.joined(separator: "\n") + "\n"
  }
}
