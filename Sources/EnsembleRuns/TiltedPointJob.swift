// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import ErrorAnalysis
import FieldTheories
import LatticeFields
import NeuronMoments

/// Gauss-net point functions from tilted single neurons: the table beside `point-functions` that stays right where plain sampling of heavy-tailed
/// fields fails silently.
struct TiltedPointJob: Sendable {
  static let name = "tilted-point-functions"
  private static let summary =
    "n-point functions from tilted single neurons, averaged exactly over output weights (semi-analytic; importance sampling, free ensembles only)"

  private let estimator: TiltedPointFunctions

  init(net: GaussNet, sets: [PointSet]) throws {
    estimator = TiltedPointFunctions(net: net, sets: sets)
    if let obstruction = estimator.obstruction { throw SelectionError(obstruction) }
  }

  /// As many neurons as the networks of `plan` have, in its bins.
  func run(_ plan: RunPlan, threads: Int, monitor: RunMonitor) throws -> MeasuredTable {
    let width = plan.theory.architecture.width
    let bins = BinScheduler.run(bins: plan.binCount, threads: threads) {
      { bin in
        monitor.isStopRequested
          ? nil
          : estimator.bin(bin, neurons: plan.draws(ofBin: bin).count * width, stream: plan.stream)
      }
    }
    guard let bins else { throw RunInterrupted(drawsDone: monitor.drawsDone, draws: plan.draws) }
    var means = BinnedMeans(primaryCount: estimator.primaryCount)
    for (bin, primaries) in bins.enumerated() {
      means.append(means: primaries, weight: Double(plan.draws(ofBin: bin).count))
    }
    try RangeFaults.check(means, of: Self.name, plan.theory)
    let exact = ExactColumn(plan.theory)
    func obstruction(_ row: CorrelatorRow, _ samples: JackknifeSamples) -> String? {
      estimator.roundingError(row.target) * abs(samples.value) > samples.error
        ? "so far from the origin, rounding exceeds the statistical error of tilted neurons; move the points towards it" : nil
    }
    return MeasuredTable(
      name: Self.name, summary: Self.summary, coordinateColumns: PointFunctions.coordinateColumns,
      rows: estimator.rows.map {
        CorrelatorRow(
          coordinates: PointFunctions.coordinates(set: $0.set, order: $0.order, isConnected: $0.isConnected),
          target: $0.target)
      },
      covarianceRows: estimator.rows.indices.filter { estimator.rows[$0].isConnected || estimator.rows[$0].order == 2 }
        .prefix(48).map { $0 },
      samples: estimator.derive(means), order: 2, draws: plan.draws,
      independentSamples: Double(plan.draws * plan.theory.architecture.width), obstruction: obstruction,
      exact: { exact.value($0) })
  }
}
