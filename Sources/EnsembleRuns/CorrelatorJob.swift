// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import ErrorAnalysis
import FieldTheories
import InteractingResults
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
    let exact = ExactColumn(theory)
    return zip(plan.estimators, bins).map { estimator, bins in
      var table = MeasuredTable(
        name: estimator.name, summary: estimator.summary,
        coordinateColumns: estimator.coordinateColumns, rows: estimator.rows,
        covarianceRows: estimator.covarianceRows, samples: estimator.derive(bins),
        order: estimator.order, rowOrders: estimator.rows.indices.map { estimator.order(ofRow: $0) }, draws: plan.draws,
        independentSamples: plan.theory.architecture.effectiveSamples(draws: plan.draws),
        obstruction: { row, samples in obstruction(row, plan) ?? estimator.obstruction(samples) },
        exact: { monitor.isStopRequested ? nil : exact.value($0) })
      if let net = plan.theory.architecture as? DeepNet, !monitor.isStopRequested { table.addLimit(of: net, estimator.rows) }
      return table
    }
  }

  /// Why plain sampling cannot estimate a row, by the architecture's own criterion: for point functions at the row's points, for lattice averages
  /// at the farthest site.
  static func obstruction(_ row: CorrelatorRow, _ plan: RunPlan) -> String? {
    let architecture = plan.theory.architecture
    if let reason = scaleObstruction(row, plan) { return reason }
    if case .lattice(let lattice) = plan.sites {
      if let net = architecture as? any LatticeModeNet {
        for (_, function) in row.target.terms {
          if let reason = net.rareModeObstruction(function, draws: plan.draws) { return reason }
        }
      }
      let corner = lattice.position(lattice.siteCount - 1).norm
      let order = row.target.terms.map { $0.function.order }.max() ?? 2
      return architecture.samplingObstruction(order: order, radius: corner, draws: plan.draws)
    }
    for (_, function) in row.target.terms {
      for (subset, order) in subsets(function.points) {
        let centroid = subset.reduce(Point.zero, +) / Double(order)
        if let reason = architecture.samplingObstruction(
          order: order, radius: centroid.norm, draws: plan.draws)
        {
          return reason
        }
      }
    }
    return nil
  }

  /// Why a random scale that output weights share needs more networks than a fixed one.
  private static func scaleObstruction(_ row: CorrelatorRow, _ plan: RunPlan) -> String? {
    guard let scale = (plan.theory.architecture as? any ScalableOutput)?.sharedScale, !scale.isOne else { return nil }
    let order = row.target.terms.map { $0.function.order }.max() ?? 2
    let needed = (Double(SamplingAdequacy.minimumDraws(order: order)) * scale.drawsFactor(order: order)).rounded(.up)
    guard Double(plan.draws) < needed else { return nil }
    return
      "networks of large shared scale carry \(order)-point functions at weights_shared_variance = \(scale.variance): "
      + "\(plan.draws) are too few; draw at least \(needed < 1e15 ? "\(Int(needed))" : "\(Float(needed))")"
  }

  /// All points together, and every pair.
  private static func subsets(_ points: [Point]) -> [([Point], Int)] {
    var all = [(points, points.count)]
    for i in points.indices { for j in points[(i + 1)...] { all.append(([points[i], j], 2)) } }
    return all
  }
}

extension MeasuredTable {
  /// The limit of infinite width beside rows without an exact value: shown, never held against the measurement.
  fileprivate mutating func addLimit(of net: DeepNet, _ targets: [CorrelatorRow]) {
    let limits = zip(rows, targets).map { row, target -> Double? in
      guard row.exact == nil else { return nil }
      var sum = 0.0
      for (weight, function) in target.target.terms {
        guard let value = net.limitValue(function) else { return nil }
        sum += weight * value
      }
      return sum
    }
    guard limits.contains(where: { $0 != nil }) else { return }
    let label = ReferenceValue.Kind.infiniteWidth.label
    annotations = [
      Annotation(Column("reference", .number), limits.map { $0.map(Cell.number) ?? .missing }),
      Annotation(Column("reference_kind", .text), limits.map { $0 == nil ? .missing : .text(label) }),
    ]
    remarks.append("reference \(label): the Gaussian field of infinitely wide layers; no part in any test")
  }
}

/// Exact values of row targets, each correlation function evaluated once.
final class ExactColumn {
  private let theory: TheoryDefinition
  private var cache: [CorrelationFunction: Double?] = [:]

  init(_ theory: TheoryDefinition) { self.theory = theory }

  /// The weighted sum of exact values, or nil as soon as one is unknown. Not finite where a value leaves the range of numbers.
  func value(_ target: RowTarget) -> Double? {
    var sum = 0.0
    for (weight, function) in target.terms {
      let exact: Double?
      if let known = cache[function] {
        exact = known
      } else {
        exact = theory.architecture.exactValue(function, lattice: theory.lattice)
        cache[function] = exact
      }
      guard let exact else { return nil }
      sum += weight * exact
    }
    return sum
  }
}
