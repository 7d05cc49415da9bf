// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import ErrorAnalysis
import FieldTheories
import KnownValues
import LatticeFields
import NeuronMoments

/// Gauss-net point functions from tilted single neurons: the table beside `point-functions` that stays right where plain sampling of heavy-tailed
/// fields fails silently.
public struct TiltedPointJob: Sendable {
  /// The table's name.
  public static let name = "tilted-point-functions"
  private static let summary =
    "n-point functions from tilted single neurons, averaged exactly over output weights (semi-analytic; importance sampling, free ensembles only)"

  private let estimator: TiltedPointFunctions

  init(net: GaussNet, sets: [PointSet]) throws {
    estimator = TiltedPointFunctions(net: net, sets: sets)
    if let obstruction = estimator.obstruction { throw SelectionError(obstruction) }
  }

  /// The work, cut into units.
  func units(_ plan: RunPlan) -> some UnitPlan { TiltedPlan(estimator: estimator, plan: plan) }

  /// As many neurons as the networks of `plan` have, in its bins.
  func run(_ plan: RunPlan, threads: Int, monitor: RunMonitor) throws -> MeasuredTable {
    let means = try units(plan).bins(of: plan, threads: threads, monitor: monitor)
    try RangeFaults.check(means, of: Self.name, plan.theory)
    let known = FreeValues(plan.theory)
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
      samples: estimator.derive(means), order: 2, draws: Int(means.samples),
      independentSamples: means.samples * Double(plan.theory.architecture.width), obstruction: obstruction,
      known: estimator.rows.map { known.value($0.target) })
  }
}

/// Tilted neurons, as many as the networks of a plan have, in its bins.
private struct TiltedPlan: UnitPlan {
  let estimator: TiltedPointFunctions
  let plan: RunPlan

  var family: PlanIdentity {
    plan.family(measuring: [(TiltedPointJob.name, "\(estimator.primaryCount) primaries")])
  }

  var layout: UnitLayout { plan.layout }

  func makeWorker(_ monitor: RunMonitor) -> (Int) throws -> UnitRecord? {
    let width = plan.theory.architecture.width
    let pauses = UnitPauses(monitor, self)
    return { bin in
      pauses.begin(bin)
      let draws = plan.draws(ofBin: bin).count
      let primaries = estimator.bin(bin, neurons: draws * width, stream: plan.stream, pauses) { !monitor.isStopRequested }
      try pauses.check()
      guard let primaries else { return nil }
      return UnitRecord(unit: bin, samples: draws, primaries: [primaries])
    }
  }
}
