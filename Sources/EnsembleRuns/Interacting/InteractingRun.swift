// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import ErrorAnalysis
import FieldTheories
import ParameterSampling

/// The samples of an interacting run in independent units, whatever sampled them.
///
/// Averages weigh a unit with `Σ w` (1 a measurement in chains, `Σ e^{−S}` of a block, Z of a population); jackknife errors are over units, so
/// they hold whatever the correlations within one, and products between bins stay products between independent units. Weighted averages are
/// ratios; the jackknife takes their bias away.
struct InteractingRun: Sendable {
  let plan: InteractingPlan
  let units: [UnitSummary]
  /// ln of what each unit weighs in averages.
  let logWeights: [Double]
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
    let basis = ControlVariateBasis(bins(\.identities)) { skewness[$0] }
    guard basis.count > 0 else { return nil }
    return Controls(
      basis: basis,
      summary: "\(basis.count) of \(names.count) exact identities are regressed out of every row ("
        + basis.chosen.map { names[$0] }.joined(separator: ", ")
        + "), with coefficients for each of \(units.count) bins fitted on the others; at most one for \(ControlVariateBasis.binsPerControl) bins, "
        + "and none whose tails so few samples leave open"
    )
  }

  /// Squared skewness γ²/n of the means of the identities, those of a control theory last. Samples count as fewer by the ratio of the variance between
  /// units to that of independent samples.
  var identitySkewness: [Double] {
    var all = units[0].identitySkewness
    for unit in units.dropFirst() { all.merge(unit.identitySkewness) }
    let bins = bins { $0.identities + $0.controlIdentities }
    return (0..<bins.primaryCount).map { i in
      let (error, variance) = (bins.mean(i).error, all.independentVariance(i))
      return all[i] * (variance > 0 ? max(1, error * error / variance) : 1)
    }
  }

  /// Carries out a plan; equal plans give equal results for any number of threads.
  init(_ plan: InteractingPlan, threads: Int, monitor: RunMonitor) throws {
    self.plan = plan
    var travel: Exchange?
    let isStopped: @Sendable () -> Bool = { monitor.isStopRequested }
    let recorder: @Sendable (Int) -> MeasuringRecorder = { _ in MeasuringRecorder(plan, monitor: monitor) }
    switch plan.choice.kind {
    case .reweighting, .automatic:
      units = Reweighting.run(
        ReweightingPlan(theory: plan.theory, draws: plan.samplesPerUnit, bins: plan.units, seed: plan.seed), threads: threads,
        isStopped: isStopped, recorder: recorder)
      logWeights = units.map(\.weights.logWeight)
      logPartitionRatio = monitor.isStopRequested ? nil : WeightedMeans(units.map(\.weights)).logMeanWeight.biasCorrected
      remarks = []
    case .chains:
      let results = try MarkovChains.run(plan.chainPlan, threads: threads, isStopped: isStopped, recorder: recorder)
      units = results.map(\.summary)
      logWeights = units.map { log(Double($0.series.count)) }
      logPartitionRatio = nil
      remarks = Self.kernels(results.map(\.kernels))
    case .tempering:
      let ladder = try TemperingPlan(plan.chainPlan)
      let results = try ParallelTempering.run(ladder, threads: threads, isStopped: isStopped, recorder: recorder)
      units = results.map(\.chain.summary)
      logWeights = units.map { log(Double($0.series.count)) }
      logPartitionRatio = nil
      let rates = ladder.ladder.indices.dropLast().map { rung in
        results.reduce(0) { $0 + $1.swaps[rung] } / Double(results.count)
      }
      let trips = Double(results.reduce(0) { $0 + $1.roundTrips }) / Double(results.count)
      travel = Exchange(leastSwapRate: rates.min() ?? 1, roundTrips: trips)
      remarks =
        Self.kernels(results.map(\.chain.kernels)) + [
          "\(ladder.ladder.count) couplings, least swap rate of neighbours \(Self.brief(rates.min() ?? 1)), "
            + "\(Self.brief(trips)) round trips a ladder between full and no coupling"
        ]
    case .sequential:
      let results = try SequentialMonteCarlo.run(
        PopulationPlan(
          theory: plan.theory, recipe: plan.recipe, populations: plan.units, particles: plan.samplesPerUnit,
          schedule: .adaptive(plan.settings.conditionalFraction), sweepsPerStep: plan.settings.sweepsPerStep, seed: plan.seed),
        threads: threads, isStopped: isStopped, recorder: recorder)
      units = results.map(\.summary)
      logWeights = results.map(\.logZ)
      logPartitionRatio =
        WeightedMeans(logWeights: results.map(\.logZ), primaries: results.map { _ in [] }, bins: results.count)
        .logMeanWeight.biasCorrected
      let steps = results.map(\.ladder.count)
      remarks = Self.kernels(results.map(\.kernels)) + ["\(steps.min()!) to \(steps.max()!) steps in the coupling"]
    }
    exchange = travel
    if monitor.isStopRequested { throw plan.interruption(monitor) }
    try checkRange()
  }

  /// Throws where samples, or means of theirs, are not finite numbers.
  private func checkRange() throws(TheoryFileError) {
    let rejected = units.reduce(0) { $0 + $1.rejected }
    guard rejected == 0, bins(\.observables).isFinite else {
      throw TheoryFileError(
        file: plan.definition.fileName,
        problem: rejected > 0
          ? "\(rejected) of \(plan.samples) samples have weights or fields that are not finite numbers"
          : "the action or a moment of the field is not a finite number",
        cure: "double precision ends at 1e308: use smaller couplings, or other units")
    }
    for (index, estimator) in plan.estimators.enumerated() {
      try RangeFaults.check(bins { $0.primaries[index] }, of: estimator.name, plan.definition)
    }
  }

  /// Whether averages are ratios of weighted sums.
  var isWeighted: Bool { plan.choice.kind == .reweighting || plan.choice.kind == .sequential }

  /// The bins of a list of primaries, one a unit.
  func bins(_ primaries: (UnitSummary) -> [Double]) -> BinnedMeans {
    let largest = logWeights.max()!
    var means = BinnedMeans(primaryCount: primaries(units[0]).count)
    for (unit, logWeight) in zip(units, logWeights) {
      means.append(
        means: primaries(unit), weight: largest.isFinite ? exp(logWeight - largest) : 0, samples: Double(unit.series.count))
    }
    return means
  }

  /// Estimates with their ratio bias removed where there is one.
  func finished(_ samples: [JackknifeSamples]) -> [JackknifeSamples] { isWeighted ? samples.map(\.biasCorrected) : samples }

  /// Estimates from primaries out of which the control variates were taken.
  func finished(
    _ controls: Controls?, _ derive: (BinnedMeans) -> [JackknifeSamples], from primaries: (UnitSummary) -> [Double]
  ) -> [JackknifeSamples] {
    let bins = bins(primaries)
    guard let basis = controls?.basis else { return finished(derive(bins)) }
    return finished(derive(basis.correct(bins))).map { $0.spending(basis.count) }
  }

  /// Mean acceptance of every kernel, and the setting of the first unit's.
  private static func kernels(_ reports: [[KernelReport]]) -> [String] {
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
    case .reweighting, .automatic: "weighted draws"
    case .chains, .tempering: "measurements of the chains"
    case .sequential: "particles"
    }
  }

  var chainPlan: ChainPlan {
    ChainPlan(
      theory: theory, recipe: recipe, chains: units, warmUp: settings.warmUp, measurements: samplesPerUnit,
      thinning: settings.thinning, seed: seed)
  }
}
