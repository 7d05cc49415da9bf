// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Correlators
import Draws
import ErrorAnalysis
import LatticeFields
import NumericalKernels

/// What is read of each draw of an ensemble: its field, its weight, and functions of it beside the estimators.
struct DrawReading<Draw> {
  /// Where estimators find the field.
  let workspace: DrawWorkspace
  /// Writes the field of a draw into the workspace.
  let write: (Draw) -> Void
  /// ln of the weight of a draw.
  let logWeight: (Draw) -> Double
  /// Diagnostic observables, kept draw by draw.
  let observables: (names: [String], measure: (Draw) -> [Double])
  /// Functions with averages known to vanish, in lists of these lengths.
  var identities: (counts: [Int], measure: (Draw) -> [Double]) = ([], { _ in [] })
  /// The law of the field given part of the draw, where it is known; its moments replace those of the field.
  var law: (Draw) -> (any GaussianLaw)? = { _ in nil }
  /// Of each estimator whose primaries such a law gives: the products of fields they are.
  var products: [[[Int]]?] = []
}

/// Measures estimators, identities and diagnostic observables on the draws of one unit after another; belongs to one thread.
///
/// Where all draws of a unit weigh the same, estimators accumulate over the unit as they do over the bins of a free run. Where weights differ, their primaries
/// are taken draw by draw and averaged with the weights. The lists of primaries of a record are those of the estimators, then those of the identities.
final class UnitRecorder<Draw>: PausingMeasurement {
  private let reading: DrawReading<Draw>
  private let workspace: DrawWorkspace
  private let accumulators: [any CorrelatorAccumulator]
  private let dependence: SampleDependence
  private var series: WeightedSeries
  private var weighted: [WeightedBin]
  private var identitySums: WeightedBin
  private var skewness: MeanSkewness
  private var rejected = 0
  /// Of estimators whose primaries a conditional law gives: the products, and the sums over the unit where all draws weigh the same.
  private let products: [[[Int]]?]
  private var lawSums: [[Double]]
  private var hasLaws = false
  /// Measurements of the series that were asked for.
  private var handedOut = 0

  init(_ reading: DrawReading<Draw>, _ estimators: [any CorrelatorEstimator], _ dependence: SampleDependence) {
    (self.reading, workspace, self.dependence) = (reading, reading.workspace, dependence)
    accumulators = estimators.map { $0.makeAccumulator(reading.workspace) }
    products = reading.products.isEmpty ? estimators.map { _ in nil } : reading.products
    lawSums = estimators.map { [Double](repeating: 0, count: $0.primaryCount) }
    series = WeightedSeries(names: reading.observables.names)
    weighted = estimators.map { WeightedBin(primaryCount: $0.primaryCount) }
    let count = reading.identities.counts.reduce(0, +)
    (identitySums, skewness) = (WeightedBin(primaryCount: count), MeanSkewness(observables: count))
  }

  func record(_ draw: Draw) {
    let logWeight = reading.logWeight(draw)
    reading.write(draw)
    workspace.measure(accumulators)
    let deviations = reading.identities.measure(draw)
    var isTaken = identitySums.add(logWeight: logWeight, primaries: deviations)
    skewness.add(logWeight: logWeight, values: deviations)
    let law = reading.law(draw)
    if dependence.isWeighted {
      for (index, accumulator) in accumulators.enumerated() {
        let primaries = accumulator.finishBin()
        isTaken = weighted[index].add(logWeight: logWeight, primaries: moments(index, law) ?? primaries) && isTaken
      }
      workspace.startBin()
    } else if law != nil {
      hasLaws = true
      for index in lawSums.indices {
        guard let moments = moments(index, law) else { continue }
        for place in moments.indices { lawSums[index][place] += moments[place] }
      }
    }
    let values = reading.observables.measure(draw)
    series.append(values, logWeight: logWeight)
    // Nothing of a draw of weight zero counts.
    if !isTaken || logWeight > -.infinity && !values.allSatisfy(\.isFinite) { rejected += 1 }
  }

  /// The primaries of an estimator by the conditional law of a draw; nil where there is none, or it does not say them.
  private func moments(_ index: Int, _ law: (any GaussianLaw)?) -> [Double]? {
    guard let law, let products = products[index] else { return nil }
    return products.map(law.moment)
  }

  /// The record of the unit that ends here; the next draw begins another.
  func finish(unit: Int, totals: UnitTotals, endState: [Double]? = nil) -> UnitRecord {
    let count = Double(series.count)
    var primaries =
      dependence.isWeighted
      ? weighted.map { bin in bin.sums.indices.map(bin.mean) }
      : accumulators.enumerated().map { index, accumulator in
        let means = workspace.drawsInBin > 0 ? accumulator.finishBin() : []
        return hasLaws && products[index] != nil ? lawSums[index].map { $0 / count } : means
      }
    workspace.startBin()
    var means = identitySums.sums.indices.map(identitySums.mean)[...]
    for count in reading.identities.counts {
      primaries.append(Array(means.prefix(count)))
      means = means.dropFirst(count)
    }
    let logWeight =
      switch dependence {
      case .independent: Double?.none
      case .weighted: identitySums.logWeight
      case .chain: log(Double(series.count))
      case .population: totals.logWeight
      }
    defer {
      series = WeightedSeries(names: reading.observables.names)
      for index in weighted.indices { weighted[index] = WeightedBin(primaryCount: weighted[index].sums.count) }
      let identities = identitySums.sums.count
      (identitySums, skewness) = (WeightedBin(primaryCount: identities), MeanSkewness(observables: identities))
      (rejected, handedOut) = (0, 0)
      for index in lawSums.indices { for place in lawSums[index].indices { lawSums[index][place] = 0 } }
      hasLaws = false
    }
    return UnitRecord(
      unit: unit, samples: series.count, logWeight: logWeight, primaries: primaries, series: series, weights: identitySums,
      skewness: reading.identities.counts.isEmpty ? nil : skewness, rejected: rejected, totals: totals, endState: endState)
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
