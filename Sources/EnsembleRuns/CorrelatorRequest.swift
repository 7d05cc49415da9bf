// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import FieldTheories
import LatticeFields
import ParameterSampling

/// What a user asks of `nnft correlate`: a theory and what to measure, on its lattice or at chosen points.
public struct CorrelatorRequest: Sendable {
  /// The plan of the run on fields.
  public let plan: RunPlan
  /// The point sets, where points were asked for.
  public let pointSets: [PointSet]
  /// Estimators left out of an automatic choice, with reasons.
  public let omissions: [String]
  private let tilted: TiltedPointJob?
  let neuronSpace: NeuronSpaceJob?
  /// The plan of an interacting run, in place of ``plan``'s independent networks.
  public let interacting: InteractingPlan?
  private let commonRandomNumbers: Bool

  /// Resolves a request; throws `TheoryFileError` for the point file and ``SelectionError`` for estimators that do not fit the theory.
  public init(
    theory: TheoryDefinition, estimatorNames: [String]?, pointFile: String?, allDisplacements: Bool,
    commonRandomNumbers: Bool
  ) throws {
    try self.init(
      theory: theory, estimatorNames: estimatorNames,
      pointSets: pointFile.map(theory.pointSets), allDisplacements: allDisplacements, commonRandomNumbers: commonRandomNumbers)
  }

  /// The same with the point sets themselves; nil means the lattice.
  public init(
    theory: TheoryDefinition, estimatorNames: [String]?, pointSets: [PointSet]?, allDisplacements: Bool,
    commonRandomNumbers: Bool
  ) throws {
    self.commonRandomNumbers = commonRandomNumbers
    neuronSpace = nil
    let isFree = theory.insertions.isEmpty
    // The tables of data stand at points of their own, unless correlators on the lattice are asked for by name.
    if !theory.insertions.data.isEmpty, pointSets != nil || estimatorNames?.allSatisfy({ !DataTables.names.contains($0) }) != true
    {
      let sets = pointSets ?? []
      if pointSets != nil { try Self.checkSizes(sets, theory) }
      let tables =
        try pointSets == nil
        ? DataTables(theory, names: estimatorNames) : DataTables(theory, sets: sets, names: estimatorNames)
      interacting = try InteractingPlan(
        theory, estimators: tables.estimators, points: tables.points, commonRandomNumbers: commonRandomNumbers)
      plan = try RunPlan(theory: theory, sites: .lattice(theory.lattice), estimators: tables.estimators)
      (self.pointSets, tilted, omissions) = (sets, nil, [])
      return
    }
    // Modes under their length have tables of their own.
    if pointSets == nil, !isFree, let modes = ModeTables(theory) {
      let estimators = try modes.estimators(named: estimatorNames)
      interacting = try InteractingPlan(theory, estimators: estimators, commonRandomNumbers: commonRandomNumbers)
      plan = try RunPlan(theory: theory, sites: .lattice(theory.lattice), estimators: estimators)
      (self.pointSets, tilted, omissions) = ([], nil, [])
      return
    }
    guard let sets = pointSets else {
      let selection = try EstimatorSelection(
        theory: theory, names: estimatorNames, allDisplacements: allDisplacements)
      guard !selection.estimators.isEmpty || !isFree else {
        throw SelectionError("no estimator applies to this theory; use --points FILE")
      }
      interacting =
        isFree ? nil : try InteractingPlan(theory, estimators: selection.estimators, commonRandomNumbers: commonRandomNumbers)
      plan = try RunPlan(
        theory: theory, sites: .lattice(theory.lattice), estimators: selection.estimators,
        commonRandomNumbers: commonRandomNumbers)
      self.pointSets = []
      tilted = nil
      omissions = selection.omissions
      return
    }
    guard theory.correlators.cutoff == nil else {
      throw SelectionError("correlators.cutoff is for fields of a lattice; leave it out with --points")
    }
    self.pointSets = sets
    omissions = []
    guard isFree else {
      let estimators = try Self.pointFunctions(sets, theory, names: estimatorNames)
      interacting = try InteractingPlan(
        theory, estimators: estimators, points: PointFunctions(sets: sets, isEven: theory.isEven).points,
        commonRandomNumbers: commonRandomNumbers)
      // Sweeps act on the lattice of the insertions.
      plan = try RunPlan(theory: theory, sites: .lattice(theory.lattice), estimators: estimators)
      tilted = nil
      return
    }
    interacting = nil
    // Tilting is a method of the Gauss-net alone. Its neurons are drawn one by one: they must be independent.
    let net = (theory.architecture as? GaussNet).flatMap { $0.sharedScale.isConstant && $0.outputs == 1 ? $0 : nil }
    let estimators = Self.pointEstimators(sets, theory)
    let known = estimators.map(\.name) + (net == nil ? [] : [TiltedPointJob.name])
    if let stranger = estimatorNames?.first(where: { !known.contains($0) }) {
      throw SelectionError(
        "\(stranger) does not apply to point sets of \(theory.architecture.kind); with --points there are: \(known.joined(separator: ", "))"
      )
    }
    let wanted = estimatorNames ?? known
    plan = try RunPlan(
      theory: theory, sites: .points(PointFunctions(sets: sets).points, dimension: theory.dimension),
      estimators: estimators.filter { wanted.contains($0.name) }, commonRandomNumbers: commonRandomNumbers)
    tilted =
      try wanted.contains(TiltedPointJob.name) ? net.map { try TiltedPointJob(net: $0, sets: sets) } : nil
  }

  /// The point functions of an interacting theory.
  private static func pointFunctions(
    _ sets: [PointSet], _ theory: TheoryDefinition, names: [String]?
  ) throws -> [any CorrelatorEstimator] {
    try checkSizes(sets, theory)
    let known = pointEstimators(sets, theory)
    if let stranger = names?.first(where: { name in !known.contains { $0.name == name } }) {
      throw SelectionError(
        "\(stranger) does not apply to point sets of an interacting theory; with --points there is: "
          + known.map(\.name).joined(separator: ", "))
    }
    return known.filter { names?.contains($0.name) ?? true }
  }

  /// The estimators at point sets: point functions, and of several components of one law those of all components at sets of four points.
  private static func pointEstimators(_ sets: [PointSet], _ theory: TheoryDefinition) -> [any CorrelatorEstimator] {
    let functions = PointFunctions(sets: sets, isEven: theory.isEven)
    let components = ComponentPointFunctions(sets: sets, of: functions.points, components: theory.architecture.outputs)
    return [functions]
      + (components.assumptions.missing(from: theory.symmetries) == nil && !components.rows.isEmpty ? [components] : [])
  }

  /// Sets of one to four points where the field has a mean.
  private static func checkSizes(_ sets: [PointSet], _ theory: TheoryDefinition) throws {
    if !theory.isEven, let set = sets.first(where: { !PointFunctions.sizes(isEven: false).contains($0.points.count) }) {
      throw SelectionError(
        "set \(set.name) has \(set.points.count) points; the insertion breaks phi -> -phi, give sets of 1 to 4 points")
    }
  }

  /// A request in neuron space: n-point functions at a point file's sets, or 2-point and coincident 4-point functions on the lattice.
  /// `tableNames` nil means all of them.
  public init(
    neuronSpace options: NeuronSpaceOptions, tableNames: [String]?, pointFile: String?, allDisplacements: Bool,
    commonRandomNumbers: Bool
  ) throws {
    try self.init(
      neuronSpace: options, tableNames: tableNames,
      pointSets: pointFile.map { try PointSetFile.load(path: $0, dimension: options.theories[0].dimension) },
      allDisplacements: allDisplacements, commonRandomNumbers: commonRandomNumbers)
  }

  /// The same with the point sets themselves; nil means the lattice.
  public init(
    neuronSpace options: NeuronSpaceOptions, tableNames: [String]?, pointSets sets: [PointSet]?,
    allDisplacements: Bool = false, commonRandomNumbers: Bool = false
  ) throws {
    let theory = options.theories[0]
    if let key = theory.fields.givenKeys.first {
      throw SelectionError(
        "fields.\(key): \(FieldSettings.scope), and --neuron-space makes no fields; leave the table out with --neuron-space")
    }
    guard theory.correlators.cutoff == nil else {
      throw SelectionError("correlators.cutoff is for fields of a lattice, and --neuron-space makes no fields; leave it out")
    }
    for theory in options.theories { try theory.requireOneOutput(for: "--neuron-space") }
    // First whether there are such estimates at all: a plan without fields says nothing of it.
    let job = try NeuronSpaceJob(options, sets: sets, tableNames: tableNames, allDisplacements: allDisplacements)
    self.init(
      plan: try RunPlan(
        theory: theory, sites: .points([.zero], dimension: theory.dimension), estimators: [],
        commonRandomNumbers: commonRandomNumbers),
      pointSets: sets ?? [], tilted: nil, neuronSpace: job, omissions: [], commonRandomNumbers: commonRandomNumbers)
  }

  private init(
    plan: RunPlan, pointSets: [PointSet], tilted: TiltedPointJob?, neuronSpace: NeuronSpaceJob?, omissions: [String],
    commonRandomNumbers: Bool, interacting: InteractingPlan? = nil
  ) {
    self.interacting = interacting
    self.tilted = tilted
    self.neuronSpace = neuronSpace
    self.plan = plan
    self.pointSets = pointSets
    self.omissions = omissions
    self.commonRandomNumbers = commonRandomNumbers
  }

  /// The same request with another number of networks, or of measured samples.
  public func with(draws: Int) throws -> CorrelatorRequest {
    if let interacting {
      let theory = try plan.theory.varied([("run.draws", "\(draws)")])
      return try CorrelatorRequest(
        plan: RunPlan(theory: theory, sites: plan.sites, estimators: plan.estimators), pointSets: pointSets, tilted: nil,
        neuronSpace: nil, omissions: omissions, commonRandomNumbers: commonRandomNumbers,
        interacting: InteractingPlan(
          theory, estimators: plan.estimators, points: interacting.points?.points, commonRandomNumbers: commonRandomNumbers))
    }
    return try CorrelatorRequest(
      plan: RunPlan(
        theory: plan.theory, sites: plan.sites, estimators: plan.estimators, draws: draws,
        commonRandomNumbers: commonRandomNumbers),
      pointSets: pointSets, tilted: tilted, neuronSpace: neuronSpace, omissions: omissions,
      commonRandomNumbers: commonRandomNumbers)
  }

  /// Number of networks, or of measured samples.
  public var draws: Int { interacting?.samples ?? plan.draws }

  /// Bins of independent work behind the errors.
  public var binCount: Int { interacting?.units ?? plan.binCount }

  /// The word for what is drawn, `networks` for example.
  public var unitName: String { interacting?.unitName ?? "networks" }

  /// The tables this request produces.
  public var tableNames: [String] {
    if let interacting { return InteractingJob.tableNames(interacting) }
    return plan.estimators.map(\.name) + (tilted == nil ? [] : [TiltedPointJob.name]) + (neuronSpace?.tables.map(\.name) ?? [])
  }

  /// The work, cut into units. Throws `SamplingError` where the ensemble cannot be sampled as its file says.
  public var unitPlans: [any UnitPlan] {
    get throws {
      if let interacting { return [try InteractingUnits(interacting)] }
      if let neuronSpace { return [neuronSpace.units(plan)] }
      return (plan.estimators.isEmpty ? [] : [SharedDraws([plan])]) + (tilted.map { [$0.units(plan)] } ?? [])
    }
  }

  /// What determines every number of the run.
  public var statements: [PlanStatement] {
    get throws { try unitPlans.map(\.statement) }
  }

  /// Does the units of the monitor's shard and leaves them in its archive: the part of ``measure(threads:monitor:note:)`` that can be split. Returns how many
  /// units there are now, and how many the whole run has. Throws `RunInterrupted`.
  public func collect(threads: Int, monitor: RunMonitor) throws -> (done: Int, of: Int) {
    var (done, total) = (0, 0)
    for units in try unitPlans {
      guard let store = try Runner.fill(units, threads: threads, monitor: monitor) else {
        throw RunInterrupted(drawsDone: monitor.drawsDone, draws: draws, unit: unitName)
      }
      done += store.records.count
      total += units.unitCount
    }
    return (done, total)
  }

  /// What it will cost; `sampleCopies` of the jackknife samples are made while they are written.
  public func forecast(threads: Int, sampleCopies: Int = 0) -> RunForecast {
    if let interacting { return RunForecast(interacting, plan, threads: threads, sampleCopies: sampleCopies) }
    return neuronSpace?.forecast(plan, threads: threads, sampleCopies: sampleCopies)
      ?? RunForecast(plan, threads: threads, sampleCopies: sampleCopies)
  }

  /// Carries it out; `note` takes diagnostics, a line each. Throws `RunInterrupted`, `SamplingError` where no sample can be
  /// had, and `TheoryFileError` where fields, moments or references leave the range of numbers.
  public func measure(
    threads: Int, monitor: RunMonitor, note: (String) -> Void = { _ in }
  ) throws -> [MeasuredTable] {
    let tables = try measured(threads: threads, monitor: monitor, note: note)
    for table in tables { try RangeFaults.check(table, plan.theory) }
    return tables
  }

  private func measured(threads: Int, monitor: RunMonitor, note: (String) -> Void) throws -> [MeasuredTable] {
    if let interacting { return try InteractingJob.run(interacting, threads: threads, monitor: monitor, note: note) }
    if let neuronSpace { return try neuronSpace.run(plan, threads: threads, monitor: monitor) }
    var tables =
      plan.estimators.isEmpty ? [] : try CorrelatorJob.run(plan, threads: threads, monitor: monitor)
    if let tilted { tables.append(try tilted.run(plan, threads: threads, monitor: monitor)) }
    return tables
  }

  /// One interacting run, held against its own theory and against another, `control`, with as many estimators: exact values and identities of both, on
  /// the same samples. The control of validations.
  public func measure(
    threads: Int, monitor: RunMonitor, control: TheoryDefinition
  ) throws -> (own: [MeasuredTable], control: [MeasuredTable]) {
    guard let interacting else { preconditionFailure("CorrelatorRequest: a control is for interacting theories") }
    return try InteractingJob.run(interacting, control: InteractingTheory(control), threads: threads, monitor: monitor)
  }

  /// Whether numbers of the very ensemble that an interacting run measures are known.
  public var isSolved: Bool { interacting.map { $0.theory.knownValues.isSolved } ?? false }

  /// Whether ln Z/Z(0) of that solution is known too.
  public var hasExactPartitionFunction: Bool {
    interacting.map { $0.theory.knownValues.logPartitionRatio?.kind == .exact } ?? false
  }
}

extension TheoryDefinition {
  /// Whether φ and −φ are equally likely.
  var isEven: Bool { symmetries.isEven }

  /// The sets of a point file, of as many points as this theory has functions of.
  public func pointSets(path: String) throws -> [PointSet] {
    try PointSetFile.load(path: path, dimension: dimension, sizes: PointFunctions.sizes(isEven: isEven))
  }
}
