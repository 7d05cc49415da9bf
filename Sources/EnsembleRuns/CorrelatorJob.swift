// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import ErrorAnalysis
import FieldTheories
import KnownValues
import LatticeFields
import NeuronMoments
import ResultTables

/// The main job: a plan carried out and turned into tables with exact values beside the measurements.
public enum CorrelatorJob {
  /// Runs `plan` and compares every estimator's rows with the exact values of the architecture.
  public static func run(
    _ plan: RunPlan, threads: Int, monitor: RunMonitor
  ) throws -> [MeasuredTable] {
    let bins = try EnsembleRun.measure(plan, threads: threads, monitor: monitor)
    let tables = tables(of: bins, plan, exact: plan.theory, monitor: monitor)
    // Exact values of many or far points may take long.
    guard !monitor.isStopRequested else {
      throw RunInterrupted(drawsDone: monitor.drawsDone, draws: plan.draws)
    }
    return tables
  }

  /// The bins of a plan as tables beside the exact values of `theory`: the plan's own, or another to see whether the data tell them apart.
  public static func tables(
    of bins: [BinnedMeans], _ plan: RunPlan, exact theory: TheoryDefinition, monitor: RunMonitor = RunMonitor()
  ) -> [MeasuredTable] {
    let known = theory.decimated(FreeValues(theory))
    // Those of the plan, but where parts of runs are merged.
    let draws = bins.first.map { Int($0.samples) } ?? plan.draws
    return zip(plan.estimators, bins).map { estimator, bins in
      let values = estimator.rows.map { monitor.isStopRequested ? nil : known.value($0.target) }
      var table = MeasuredTable(
        name: estimator.name, summary: estimator.summary,
        coordinateColumns: estimator.coordinateColumns, rows: estimator.rows,
        covarianceRows: estimator.covarianceRows, samples: estimator.derive(bins),
        order: estimator.order, rowOrders: estimator.rows.indices.map { estimator.order(ofRow: $0) }, draws: draws,
        independentSamples: plan.theory.architecture.effectiveSamples(draws: draws),
        obstruction: { row, samples in
          obstruction(row, plan.theory, plan.sites, draws: draws) ?? estimator.obstruction(samples)
        },
        known: values)
      table.remarks = known.notes(on: values)
      return table
    }
  }

  /// Why plain sampling cannot estimate a row, by the architecture's own criterion: for point functions at the row's points, for lattice averages
  /// at the farthest site.
  static func obstruction(_ row: CorrelatorRow, _ theory: TheoryDefinition, _ sites: SiteSet, draws: Int) -> String? {
    let architecture = theory.architecture
    if let reason = scaleObstruction(row, architecture, draws: draws) { return reason }
    if case .lattice(let lattice) = sites {
      if let net = architecture.latticeModes {
        for (_, function) in row.target.terms {
          if let reason = net.rareModeObstruction(function, draws: draws) { return reason }
        }
      }
      let corner = lattice.position(lattice.siteCount - 1).norm
      let order = row.target.terms.map { $0.function.order }.max() ?? 2
      return architecture.samplingObstruction(order: order, radius: corner, draws: draws)
    }
    for (_, function) in row.target.terms {
      for (subset, order) in subsets(function.points) {
        let centroid = subset.reduce(Point.zero, +) / Double(order)
        if let reason = architecture.samplingObstruction(
          order: order, radius: centroid.norm, draws: draws)
        {
          return reason
        }
      }
    }
    return nil
  }

  /// Why a random scale that output weights share needs more networks than a fixed one.
  private static func scaleObstruction(_ row: CorrelatorRow, _ architecture: any Architecture, draws: Int) -> String? {
    let scale = architecture.sharedScale
    guard !scale.isConstant else { return nil }
    let order = row.target.terms.map { $0.function.order }.max() ?? 2
    let needed = (Double(SamplingAdequacy.minimumDraws(order: order)) * scale.drawsFactor(order: order)).rounded(.up)
    guard Double(draws) < needed else { return nil }
    return
      "networks of large shared scale carry \(order)-point functions at weights_shared_variance = \(scale.variance): "
      + "\(draws) are too few; draw at least \(needed < 1e15 ? "\(Int(needed))" : "\(Float(needed))")"
  }

  /// All points together, and every pair.
  private static func subsets(_ points: [Point]) -> [([Point], Int)] {
    var all = [(points, points.count)]
    for i in points.indices { for j in points[(i + 1)...] { all.append(([points[i], j], 2)) } }
    return all
  }
}
