// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Correlators
import Draws
import ErrorAnalysis
import FieldTheories
import LatticeFields
import ParameterSampling

/// The samples of an interacting run in independent units, whatever sampled them.
///
/// Averages weigh a unit with `Σ w` (1 a measurement in chains, `Σ e^{−S}` of a block, Z of a population); jackknife errors are over units, so
/// they hold whatever the correlations within one, and products between bins stay products between independent units. Weighted averages are
/// ratios; the jackknife takes their bias away.
struct InteractingRun: Sendable {
  let plan: InteractingPlan
  /// What was kept of each unit.
  let records: [UnitRecord]
  /// How samples depend on each other.
  let dependence: SampleDependence
  /// `ln Z/Z(0)` of the sampled prior, where the sampler gives it.
  let logPartitionRatio: JackknifeSamples?
  /// Remarks on kernels and ladders.
  let remarks: [String]

  /// How states travelled along the ladders of parallel tempering; nil for other samplers.
  let exchange: Exchange?

  /// Travel along ladders of couplings.
  struct Exchange: Sendable {
    /// Mean share of accepted swaps of the pair of neighbours that swaps least.
    let leastSwapRate: Double
    /// States that went from full coupling to none and back, per ladder.
    let roundTrips: Double

    init(_ ladders: [LadderExchange]) {
      let count = Double(ladders.count)
      leastSwapRate = ladders[0].swaps.indices.map { rung in ladders.reduce(0) { $0 + $1.swaps[rung] } / count }.min() ?? 1
      roundTrips = Double(ladders.reduce(0) { $0 + $1.roundTrips }) / count
    }
  }

  /// The identities that are regressed out of the tables' rows.
  struct Controls: Sendable {
    let basis: ControlVariateBasis
    /// One line for people.
    let summary: String
  }

  /// The exact identities as control variates; nil where the theory file declines them or none can be used, those of open
  /// tails only on demand.
  func controls(withOpenTails: Bool = false) -> Controls? {
    guard plan.usesControlVariates else { return nil }
    let names = Identities.applicable(to: plan.theory).names
    let skewness = withOpenTails ? names.map { _ in 0 } : identitySkewness
    let basis = ControlVariateBasis(bins(plan.identities)) { skewness[$0] }
    guard basis.count > 0 else { return nil }
    return Controls(
      basis: basis,
      summary: "\(basis.count) of \(names.count) exact identities are regressed out of every row ("
        + basis.chosen.map { names[$0] }.joined(separator: ", ")
        + "), with coefficients for each of \(records.count) bins fitted on the others; at most one for \(ControlVariateBasis.binsPerControl) bins, "
        + "and none whose tails so few samples leave open"
    )
  }

  /// Squared skewness γ²/n of the means of the identities, those of a control theory last. Samples count as fewer by the ratio of the variance between
  /// units to that of independent samples.
  var identitySkewness: [Double] {
    var all = records[0].skewness!
    for record in records.dropFirst() { all.merge(record.skewness!) }
    let bins = bins { plan.identities($0) + plan.controlIdentities($0) }
    return (0..<bins.primaryCount).map { i in
      let (error, variance) = (bins.mean(i).error, all.independentVariance(i))
      return all[i] * (variance > 0 ? max(1, error * error / variance) : 1)
    }
  }

  /// Carries out a plan; equal plans give equal results for any number of threads.
  init(_ plan: InteractingPlan, threads: Int, monitor: RunMonitor) throws {
    self.plan = plan
    let units = try InteractingUnits(plan)
    guard let records = try Runner.records(units, threads: threads, monitor: monitor) else { throw plan.interruption(monitor) }
    self.records = records
    dependence = units.generator.dependence
    let totals = records.map(\.totals)
    if let move = Self.frozenMove(totals), dependence == .chain { throw SamplingError.frozen(move) }
    logPartitionRatio =
      switch dependence {
      case .weighted: WeightedMeans(records.map { $0.weights! }).logMeanWeight.biasCorrected
      case .population:
        WeightedMeans(logWeights: records.map { $0.logWeight! }, primaries: records.map { _ in [] }, bins: records.count)
          .logMeanWeight.biasCorrected
      case .independent, .chain: nil
      }
    let travel = totals.compactMap(\.exchange)
    exchange = travel.isEmpty ? nil : Exchange(travel)
    var remarks = Self.moves(totals.map(\.moves))
    if let exchange {
      remarks.append(
        "\(travel[0].swaps.count + 1) couplings, least swap rate of neighbours \(Self.brief(exchange.leastSwapRate)), "
          + "\(Self.brief(exchange.roundTrips)) round trips a ladder between full and no coupling")
    }
    let steps = totals.compactMap(\.steps)
    if let least = steps.min(), let most = steps.max() { remarks.append("\(least) to \(most) steps in the coupling") }
    self.remarks = remarks
    try checkRange()
  }

  /// Throws where samples, or means of theirs, are not finite numbers.
  private func checkRange() throws(TheoryFileError) {
    let rejected = records.reduce(0) { $0 + $1.rejected }
    guard rejected == 0, bins({ $0.series!.means }).isFinite else {
      throw TheoryFileError(
        file: plan.definition.fileName,
        problem: rejected > 0
          ? "\(rejected) of \(samples) samples have weights or fields that are not finite numbers"
          : "the action or a moment of the field is not a finite number",
        cure: "double precision ends at 1e308: use smaller couplings, or other units")
    }
    for (index, estimator) in plan.estimators.enumerated() {
      try RangeFaults.check(bins { $0.primaries[index] }, of: estimator.name, plan.definition)
    }
  }

  /// Measured samples in all units.
  var samples: Int { records.reduce(0) { $0 + $1.samples } }

  /// Whether averages are ratios of weighted sums.
  var isWeighted: Bool { dependence.isWeighted }

  /// The bins of a list of numbers of each unit.
  func bins(_ means: (UnitRecord) -> [Double]) -> BinnedMeans { BinnedMeans(records, means: means) }

  /// Estimates with their ratio bias removed where there is one.
  func finished(_ samples: [JackknifeSamples]) -> [JackknifeSamples] { isWeighted ? samples.map(\.biasCorrected) : samples }

  /// Estimates from primaries out of which the control variates were taken.
  func finished(
    _ controls: Controls?, _ derive: (BinnedMeans) -> [JackknifeSamples], from primaries: (UnitRecord) -> [Double]
  ) -> [JackknifeSamples] {
    let bins = bins(primaries)
    guard let basis = controls?.basis else { return finished(derive(bins)) }
    return finished(derive(basis.correct(bins))).map { $0.withFittedCoefficients(basis.count) }
  }

  /// A move that was tried and never accepted anything in any unit.
  private static func frozenMove(_ totals: [UnitTotals]) -> String? {
    totals[0].moves.indices.first { index in
      let all = totals.map { $0.moves[index].counts }
      return all.contains { $0.proposals > 0 } && all.allSatisfy { $0.accepted == 0 }
    }.map { totals[0].moves[$0].name }
  }

  /// Mean acceptance of every move, and the setting of the first unit's.
  private static func moves(_ reports: [[KernelReport]]) -> [String] {
    reports[0].enumerated().map { index, first in
      let all = reports.reduce(into: (0, 0)) {
        $0.0 += $1[index].counts.accepted
        $0.1 += $1[index].counts.proposals
      }
      let rate = all.1 == 0 ? "nothing proposed" : "acceptance \(brief(Double(all.0) / Double(all.1)))"
      return "\(first.name): \(rate)" + (first.setting.isEmpty ? "" : ", \(first.setting) in the first unit")
    }
  }

  static func brief(_ x: Double) -> String { "\((x * 1000).rounded() / 1000)" }
}

extension InteractingPlan {
  /// What a stopped run throws.
  func interruption(_ monitor: RunMonitor) -> RunInterrupted {
    RunInterrupted(drawsDone: monitor.drawsDone, draws: samples, unit: unitName)
  }

  /// What is drawn, in words.
  public var unitName: String {
    switch choice.kind {
    case .reweighting, .automatic, .collapsed: "weighted draws"
    case .exact: "draws"
    case .chains, .tempering, .collapsedChains: "measurements of the chains"
    case .sequential: "particles"
    }
  }

  /// The primaries of the identities in a record.
  func identities(_ record: UnitRecord) -> [Double] { record.primaries[estimators.count] }

  /// Those of the control theory's.
  func controlIdentities(_ record: UnitRecord) -> [Double] { record.primaries[estimators.count + 1] }

  /// The means of the entries of the hidden kernel in a record.
  func hiddenKernelEntries(_ record: UnitRecord) -> [Double] { record.primaries[estimators.count + 2] }

  /// What draws its samples.
  func makeGenerator() throws(SamplingError) -> any EnsembleGenerator<Sample> {
    let chains = ChainPlan(
      theory: theory, recipe: recipe, chains: units, warmUp: settings.warmUp, measurements: samplesPerUnit,
      thinning: settings.thinning, seed: seed)
    switch choice.kind {
    case .reweighting, .automatic:
      return ReweightingPlan(theory: theory, draws: samplesPerUnit, bins: units, seed: seed, streamName: streamName)
    case .chains: return chains
    case .collapsed:
      return CollapsedPlan(
        collapsed: collapsed!, measured: points?.points ?? [], draws: samplesPerUnit, bins: units, seed: seed)
    case .collapsedChains:
      return try CollapsedChainPlan(
        collapsed: collapsed!, measured: points?.points ?? [], recipe: recipe, chains: units, warmUp: settings.warmUp,
        measurements: samplesPerUnit, thinning: settings.thinning, seed: seed)
    case .exact: return try ExactDrawsPlan(theory: theory, draws: samplesPerUnit, bins: units, seed: seed)
    case .tempering: return try TemperingPlan(chains)
    case .sequential:
      return try PopulationPlan(
        theory: theory, recipe: recipe, populations: units, particles: samplesPerUnit,
        pilotFraction: settings.conditionalFraction, sweepsPerStep: settings.sweepsPerStep, seed: seed)
    }
  }
}

extension InteractingPlan {
  /// The theory's keys, what its generator adds to them, and the measurements.
  func family(_ generator: PlanIdentity) -> PlanIdentity {
    var identity = PlanIdentity()
    for (key, value) in definition.resolved where key != "run.draws" && key != "run.bins" { identity.add(key, value) }
    identity.add(generator)
    if let kernel = hiddenKernel { identity.add("measurement \(HiddenKernelTable.name)", kernel.names.joined(separator: ", ")) }
    for estimator in estimators {
      identity.add(
        "measurement \(estimator.name)", "\(estimator.summary); \(estimator.rows.count) rows, \(estimator.primaryCount) primaries"
      )
    }
    return identity
  }
}

/// The units of an interacting run: a generator's draws, measured.
struct InteractingUnits: UnitPlan {
  let plan: InteractingPlan
  let generator: any EnsembleGenerator<Sample>

  init(_ plan: InteractingPlan) throws(SamplingError) {
    self.plan = plan
    generator = try plan.makeGenerator()
  }

  var family: PlanIdentity { plan.family(generator.identity) }

  var layout: UnitLayout { generator.layout }

  func makeWorker(_ monitor: RunMonitor) -> (Int) throws -> UnitRecord? {
    let recorder = UnitRecorder(plan, generator.dependence)
    let pauses = UnitPauses(monitor, self, recorder)
    let work = generator.makeWorker(pauses)
    return { unit in
      pauses.begin(unit)
      let totals = work(unit, monitor) { sample in
        recorder.record(sample)
        monitor.finishedDraw()
      }
      try pauses.check()
      guard !monitor.isStopRequested else { return nil }
      // One such unit, and the run has no result: the others would take as long to find the same.
      if totals.isIncomplete { throw SamplingError.tooManySteps }
      let record = recorder.finish(unit: unit, totals: totals, endState: pauses.endState)
      monitor.finishedBin(headline: record.primaries.first?.first ?? 0)
      return record
    }
  }
}

extension UnitRecorder where Draw == Sample {
  /// Measures the estimators of a plan, the identities of its theory, those of its control theory, the hidden kernel where there is one, and the diagnostic observables.
  convenience init(_ plan: InteractingPlan, _ dependence: SampleDependence) {
    let (workspace, write): (DrawWorkspace, (Sample) -> Void)
    if let points = plan.points {
      (workspace, write) = points.makeWorkspace()
    } else {
      workspace = DrawWorkspace(
        sites: .lattice(plan.theory.lattice), components: plan.theory.prior.outputs,
        cutoff: plan.definition.correlators.cutoff)
      let field = workspace.components
      write = { field.pointer.update(from: $0.field, count: field.count) }
    }
    let own = Identities.applicable(to: plan.theory)
    let all = plan.control.map { own + Identities.applicable(to: $0) } ?? own
    let observables = Observables.standard(plan.theory)
    let (measureAll, kernel) = (all.measure, plan.hiddenKernel)
    let lists = [own.names.count, all.names.count - own.names.count] + (kernel.map { [$0.names.count] } ?? [])
    self.init(
      DrawReading(
        workspace: workspace, write: write, logWeight: \.logWeight, observables: (observables.names, observables.measure),
        identities: (lists, { sample in measureAll(sample) + (kernel?.measure(sample.parameters) ?? []) }), law: \.law,
        products: plan.estimators.map { estimator in
          // The law is that of all components.
          (estimator as? any PointProductEstimator).flatMap {
            plan.points == nil || plan.theory.prior.outputs > 1 && !$0.readsAllComponents ? nil : $0.products
          }
        }),
      plan.estimators, dependence)
  }
}
