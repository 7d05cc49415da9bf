// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Correlators
import Draws
import ErrorAnalysis
import FieldTheories
import LatticeFields
import NumericalKernels
import ParameterSampling

/// Measures all estimators, the identities and the diagnostic observables on the samples of one unit after another; belongs to one thread.
///
/// Where all samples of a unit weigh the same (chains), estimators accumulate over the unit as they do over the bins of a free run. Where
/// weights differ, their primaries are taken sample by sample and averaged with the weights. The lists of primaries of a record are those of the estimators, then the
/// identities of the theory, then those of the plan's control theory.
final class MeasuringRecorder: PausingMeasurement {
  private let workspace: DrawWorkspace
  private let write: (Sample) -> Void
  private let accumulators: [any CorrelatorAccumulator]
  private let identities: Observables
  private let ownIdentities: Int
  private let observables: Observables
  private let dependence: SampleDependence
  private var series: WeightedSeries
  private var weighted: [WeightedBin]
  private var identitySums: WeightedBin
  private var skewness: MeanSkewness
  private var rejected = 0
  /// Of estimators whose primaries a conditional law gives: the products, and the sums over the unit where all samples weigh the same.
  private let products: [[[Int]]?]
  private var lawSums: [[Double]]
  private var hasLaws = false
  /// Measurements of the series that were asked for.
  private var handedOut = 0

  init(_ plan: InteractingPlan, _ dependence: SampleDependence) {
    self.dependence = dependence
    if let points = plan.points {
      (workspace, write) = points.makeWorkspace()
    } else {
      workspace = DrawWorkspace(sites: .lattice(plan.theory.lattice))
      let field = workspace.field.pointer
      write = { field.update(from: $0.field, count: $0.siteCount) }
    }
    let workspace = workspace
    accumulators = plan.estimators.map { $0.makeAccumulator(workspace) }
    products = plan.estimators.map { plan.points == nil ? nil : ($0 as? any PointProductEstimator)?.products }
    lawSums = plan.estimators.map { [Double](repeating: 0, count: $0.primaryCount) }
    let own = Identities.applicable(to: plan.theory)
    ownIdentities = own.names.count
    identities = plan.control.map { own + Identities.applicable(to: $0) } ?? own
    observables = Observables.standard(plan.theory)
    series = WeightedSeries(names: observables.names)
    weighted = plan.estimators.map { WeightedBin(primaryCount: $0.primaryCount) }
    identitySums = WeightedBin(primaryCount: identities.names.count)
    skewness = MeanSkewness(observables: identities.names.count)
  }

  func record(_ sample: Sample) {
    write(sample)
    workspace.load()
    for accumulator in accumulators { accumulator.add() }
    let deviations = identities.measure(sample)
    var isTaken = identitySums.add(logWeight: sample.logWeight, primaries: deviations)
    skewness.add(logWeight: sample.logWeight, values: deviations)
    if dependence.isWeighted {
      for (index, accumulator) in accumulators.enumerated() {
        let primaries = accumulator.finishBin()
        isTaken = weighted[index].add(logWeight: sample.logWeight, primaries: moments(index, sample) ?? primaries) && isTaken
      }
      workspace.startBin()
    } else if sample.law != nil {
      hasLaws = true
      for index in lawSums.indices {
        guard let moments = moments(index, sample) else { continue }
        for place in moments.indices { lawSums[index][place] += moments[place] }
      }
    }
    let values = observables.measure(sample)
    series.append(values, logWeight: sample.logWeight)
    // Nothing of a sample of weight zero counts.
    if !isTaken || sample.logWeight > -.infinity && !values.allSatisfy(\.isFinite) { rejected += 1 }
  }

  /// The primaries of an estimator by the conditional law of the sample; nil where there is none, or it does not say them.
  private func moments(_ index: Int, _ sample: Sample) -> [Double]? {
    guard let law = sample.law, let products = products[index] else { return nil }
    return products.map(law.moment)
  }

  /// The record of the unit that ends here; the next sample begins another.
  func finish(unit: Int, totals: UnitTotals, endState: [Double]? = nil) -> UnitRecord {
    let count = Double(series.count)
    let primaries =
      dependence.isWeighted
      ? weighted.map { bin in bin.sums.indices.map(bin.mean) }
      : accumulators.enumerated().map { index, accumulator in
        let means = workspace.drawsInBin > 0 ? accumulator.finishBin() : []
        return hasLaws && products[index] != nil ? lawSums[index].map { $0 / count } : means
      }
    workspace.startBin()
    let means = identitySums.sums.indices.map(identitySums.mean)
    let logWeight =
      switch dependence {
      case .independent: Double?.none
      case .weighted: identitySums.logWeight
      case .chain: log(Double(series.count))
      case .population: totals.logWeight
      }
    defer {
      series = WeightedSeries(names: observables.names)
      for index in weighted.indices { weighted[index] = WeightedBin(primaryCount: weighted[index].sums.count) }
      identitySums = WeightedBin(primaryCount: identities.names.count)
      skewness = MeanSkewness(observables: identities.names.count)
      (rejected, handedOut) = (0, 0)
      for index in lawSums.indices { for place in lawSums[index].indices { lawSums[index][place] = 0 } }
      hasLaws = false
    }
    return UnitRecord(
      unit: unit, samples: series.count, logWeight: logWeight,
      primaries: primaries + [Array(means[..<ownIdentities]), Array(means[ownIdentities...])], series: series,
      weights: identitySums, skewness: skewness,
      rejected: rejected, totals: totals, endState: endState)
  }

  func visit(_ state: inout StateVisitor) -> Bool {
    workspace.visit(&state)
    let isSaved = accumulators.reduce(true) { $1.visit(&state) && $0 }
    for index in weighted.indices { weighted[index].visit(&state) }
    identitySums.visit(&state)
    skewness.visit(&state)
    state.visit(&rejected)
    for index in lawSums.indices { state.visit(&lawSums[index]) }
    var flag = hasLaws ? 1 : 0
    state.visit(&flag)
    hasLaws = flag == 1
    return isSaved
  }

  func newSeries() -> WeightedSeries? {
    defer { handedOut = series.count }
    return series.suffix(from: handedOut)
  }

  func takeUp(_ series: WeightedSeries?) {
    if let series { self.series = series }
    handedOut = self.series.count
  }
}
