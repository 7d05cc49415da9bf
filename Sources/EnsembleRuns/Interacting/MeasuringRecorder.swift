// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import ErrorAnalysis
import FieldTheories
import LatticeFields
import ParameterSampling

/// What one unit of an interacting run hands back.
struct UnitSummary: Sendable {
  /// Means of every estimator's primaries, weighted within the unit.
  let primaries: [[Double]]
  /// Means of the identities.
  let identities: [Double]
  /// Means of the identities of the plan's control theory; none without one.
  let controlIdentities: [Double]
  /// How skewed the means of the identities are, those of the control theory last.
  let identitySkewness: MeanSkewness
  /// Series of the diagnostic observables, with weights.
  let series: WeightedSeries
  /// Σ w, Σ w² and draws of the unit.
  let weights: WeightedBin
  /// Means of the diagnostic observables, weighted within the unit.
  var observables: [Double] {
    let total = WeightedMeans(
      logWeights: series.logWeights, primaries: (0..<series.count).map { i in series.values.map { $0[i] } }, bins: 1
    ).total
    return series.names.indices.map { total.mean($0) }
  }
  /// Samples whose weight, or of which something that is measured, was no number; each counted once.
  let rejected: Int
}

/// Measures all estimators, the identities and the diagnostic observables on the samples of one unit; belongs to one thread.
///
/// Where all samples of a unit weigh the same (chains), estimators accumulate over the unit as they do over the bins of a free run. Where
/// weights differ, their primaries are taken sample by sample and averaged with the weights.
final class MeasuringRecorder: SampleRecorder {
  private let workspace: DrawWorkspace
  private let write: (Sample) -> Void
  private let accumulators: [any CorrelatorAccumulator]
  private let identities: Observables
  private let ownIdentities: Int
  private let observables: Observables
  private let monitor: RunMonitor
  private let isWeighted: Bool
  private var series: SeriesRecorder
  private var weighted: [WeightedBin]
  private var identitySums: WeightedBin
  private var identitySkewness: MeanSkewness
  /// Whether each sample was taken by all sums.
  private var isTaken: [Bool] = []

  init(_ plan: InteractingPlan, monitor: RunMonitor) {
    if let points = plan.points {
      (workspace, write) = points.makeWorkspace()
    } else {
      workspace = DrawWorkspace(sites: .lattice(plan.theory.lattice))
      let field = workspace.field.pointer
      write = { field.update(from: $0.field, count: $0.siteCount) }
    }
    let workspace = workspace
    accumulators = plan.estimators.map { $0.makeAccumulator(workspace) }
    let own = Identities.applicable(to: plan.theory)
    ownIdentities = own.names.count
    identities = plan.control.map { own + Identities.applicable(to: $0) } ?? own
    observables = Observables.standard(plan.theory)
    series = SeriesRecorder(observables)
    weighted = plan.estimators.map { WeightedBin(primaryCount: $0.primaryCount) }
    identitySums = WeightedBin(primaryCount: identities.names.count)
    identitySkewness = MeanSkewness(observables: identities.names.count)
    isWeighted = plan.choice.kind == .reweighting || plan.choice.kind == .sequential
    self.monitor = monitor
  }

  func record(_ sample: Sample) {
    guard !monitor.isStopRequested else { return }
    write(sample)
    workspace.load()
    for accumulator in accumulators { accumulator.add() }
    let deviations = identities.measure(sample)
    var isFinite = identitySums.add(logWeight: sample.logWeight, primaries: deviations)
    identitySkewness.add(logWeight: sample.logWeight, values: deviations)
    if isWeighted {
      for (index, accumulator) in accumulators.enumerated() {
        isFinite = weighted[index].add(logWeight: sample.logWeight, primaries: accumulator.finishBin()) && isFinite
      }
      workspace.startBin()
    }
    isTaken.append(isFinite)
    series.record(sample)
    monitor.finishedDraw()
  }

  func finish() -> UnitSummary {
    let primaries: [[Double]]
    if isWeighted {
      primaries = weighted.map { bin in bin.sums.indices.map(bin.mean) }
    } else {
      primaries = accumulators.map { workspace.drawsInBin > 0 ? $0.finishBin() : [] }
    }
    monitor.finishedBin(headline: primaries.first?.first ?? 0)
    let series = series.finish()
    let rejected = isTaken.indices.count { i in
      !isTaken[i] || series.logWeights[i] > -.infinity && !series.values.allSatisfy { $0[i].isFinite }
    }
    let means = identitySums.sums.indices.map(identitySums.mean)
    return UnitSummary(
      primaries: primaries, identities: Array(means[..<ownIdentities]), controlIdentities: Array(means[ownIdentities...]),
      identitySkewness: identitySkewness, series: series, weights: identitySums, rejected: rejected)
  }
}
