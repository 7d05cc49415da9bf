// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import Correlators
import Draws
import ErrorAnalysis
import LatticeFields

/// Measures estimators and site averages on the fields of one unit after another; belongs to one thread.
///
/// Where all draws of a unit weigh the same, estimators accumulate over the unit as they do over the bins of a free run. Where weights differ, their primaries
/// are taken draw by draw and averaged with the weights.
final class FieldRecorder {
  private let workspace: DrawWorkspace
  private let columns: [Int]?
  private let accumulators: [any CorrelatorAccumulator]
  private let observables: FieldObservables
  private let dependence: SampleDependence
  private var series: WeightedSeries
  private var weighted: [WeightedBin]
  private var weights = WeightedBin(primaryCount: 0)
  private var rejected = 0

  init(_ fields: FieldEnsemble, _ estimators: [any CorrelatorEstimator]) {
    let workspace = DrawWorkspace(sites: fields.sites)
    self.workspace = workspace
    (columns, dependence, observables) = (fields.columns, fields.dependence, FieldObservables(fields.sites))
    accumulators = estimators.map { $0.makeAccumulator(workspace) }
    series = WeightedSeries(names: observables.names)
    weighted = estimators.map { WeightedBin(primaryCount: $0.primaryCount) }
  }

  func record(_ draw: OutsideDraw) {
    let place = workspace.field.pointer
    if let columns {
      for (site, column) in columns.enumerated() { place[site] = draw.field[column] }
    } else {
      place.update(from: draw.field, count: workspace.field.count)
    }
    workspace.load()
    for accumulator in accumulators { accumulator.add() }
    var isTaken = weights.add(logWeight: draw.logWeight, primaries: [])
    if dependence.isWeighted {
      for (index, accumulator) in accumulators.enumerated() {
        isTaken = weighted[index].add(logWeight: draw.logWeight, primaries: accumulator.finishBin()) && isTaken
      }
      workspace.startBin()
    }
    let values = observables.measure(place)
    series.append(values, logWeight: draw.logWeight)
    // Nothing of a draw of weight zero counts.
    if !isTaken || draw.logWeight > -.infinity && !values.allSatisfy(\.isFinite) { rejected += 1 }
  }

  /// The record of the unit that ends here; the next draw begins another.
  func finish(unit: Int, totals: UnitTotals) -> UnitRecord {
    let primaries =
      dependence.isWeighted
      ? weighted.map { bin in bin.sums.indices.map(bin.mean) }
      : accumulators.map { workspace.drawsInBin > 0 ? $0.finishBin() : [] }
    workspace.startBin()
    let logWeight =
      switch dependence {
      case .independent: Double?.none
      case .weighted: weights.logWeight
      case .chain: log(Double(series.count))
      case .population: totals.logWeight
      }
    defer {
      series = WeightedSeries(names: observables.names)
      for index in weighted.indices { weighted[index] = WeightedBin(primaryCount: weighted[index].sums.count) }
      (weights, rejected) = (WeightedBin(primaryCount: 0), 0)
    }
    return UnitRecord(
      unit: unit, samples: series.count, logWeight: logWeight, primaries: primaries, series: series, weights: weights,
      rejected: rejected, totals: totals)
  }
}

/// What is measured on every field beside the correlators: its average, those of φ² and φ⁴, and on a lattice `Φ²/V` and `Φ⁴/V`, `Φ = a^d Σ φ`.
struct FieldObservables {
  let names: [String]
  private let count: Int
  /// Volumes of a cell and of the box; nil at points.
  private let volumes: (cell: Double, box: Double)?

  init(_ sites: SiteSet) {
    count = sites.count
    if case .lattice(let lattice) = sites { volumes = (lattice.cellVolume, lattice.volume) } else { volumes = nil }
    names = ["phi", "phi^2", "phi^4"] + (volumes == nil ? [] : ["Phi^2/V", "Phi^4/V"])
  }

  /// Of a field, in the order of the names.
  func measure(_ field: UnsafePointer<Double>) -> [Double] {
    var (total, second, fourth) = (0.0, 0.0, 0.0)
    for x in 0..<count {
      let (phi, square) = (field[x], field[x] * field[x])
      total += phi
      second += square
      fourth += square * square
    }
    let n = Double(count)
    guard let volumes else { return [total / n, second / n, fourth / n] }
    let squared = volumes.cell * total * volumes.cell * total
    return [total / n, second / n, fourth / n, squared / volumes.box, squared * squared / volumes.box]
  }
}
