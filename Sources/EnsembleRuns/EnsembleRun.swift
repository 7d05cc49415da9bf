// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import ErrorAnalysis
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels

/// Carries out a plan: theory → parameters → fields → primaries of each bin.
public enum EnsembleRun {
  /// Draws all networks of `plan` on `threads` workers and returns the bins of every estimator, in the plan's order.
  ///
  /// Equal plans give equal bins for any number of threads. Throws ``RunInterrupted`` when the monitor asks to stop.
  public static func measure(
    _ plan: RunPlan, threads: Int, monitor: RunMonitor = RunMonitor()
  ) throws(RunInterrupted) -> [BinnedMeans] {
    guard let records = Runner.records(plan, threads: threads, monitor: monitor) else {
      throw RunInterrupted(drawsDone: monitor.drawsDone, draws: plan.draws)
    }
    return plan.estimators.indices.map { BinnedMeans(records, measurement: $0) }
  }
}

extension RunPlan: UnitPlan {
  /// The theory's keys, the sites, the random numbers and the measurements.
  public var identity: PlanIdentity {
    identity(measuring: estimators.map { ($0.name, "\($0.summary); \($0.rows.count) rows, \($0.primaryCount) primaries") })
  }

  /// The same with other measurements on the plan's networks.
  func identity(measuring measurements: [(name: String, words: String)]) -> PlanIdentity {
    var identity = PlanIdentity()
    for (key, value) in theory.resolved where key != "run.draws" { identity.add(key, value) }
    identity.add("run.draws", "\(draws)")
    switch sites {
    case .lattice: identity.add("sites", "lattice")
    case .points(let points, let dimension):
      let places = points.map { point in "(" + (0..<dimension).map { "\(point[$0])" }.joined(separator: ", ") + ")" }
      identity.add("sites", places.joined(separator: " "))
    }
    identity.add("random numbers", streamName)
    for (name, words) in measurements { identity.add("measurement \(name)", words) }
    return identity
  }

  /// One a bin.
  public var unitCount: Int { binCount }

  /// Draws the networks of a bin, lays their fields and adds them to every estimator's primaries.
  public func makeWorker(_ monitor: RunMonitor) -> (Int) -> UnitRecord? {
    let parameters = NetworkParameters(layout: theory.architecture.layout)
    let (workspace, write) = synthesis.makeWorkspace()
    let accumulators = estimators.map { $0.makeAccumulator(workspace) }
    return { bin in
      let draws = draws(ofBin: bin)
      for draw in draws {
        if monitor.isStopRequested { return nil }
        theory.architecture.drawParameters(stream, draw: draw, into: parameters)
        write(parameters)
        workspace.load()
        for accumulator in accumulators { accumulator.add() }
        monitor.finishedDraw()
      }
      let primaries = accumulators.map { $0.finishBin() }
      workspace.startBin()
      monitor.finishedBin(headline: primaries.first?.first ?? 0)
      return UnitRecord(unit: bin, samples: draws.count, primaries: primaries)
    }
  }
}
