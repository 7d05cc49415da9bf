// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import ErrorAnalysis
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels

/// Carries out plans: theory → parameters → fields → primaries of each bin.
public enum EnsembleRun {
  /// Draws all networks of `plan` on `threads` workers and returns the bins of every estimator, in the plan's order.
  ///
  /// Equal plans give equal bins for any number of threads. Throws ``RunInterrupted`` when the monitor asks to stop, and `TheoryFileError` where
  /// a field or a mean is not a finite number.
  public static func measure(
    _ plan: RunPlan, threads: Int, monitor: RunMonitor = RunMonitor()
  ) throws -> [BinnedMeans] {
    try measure(together: [plan], threads: threads, monitor: monitor)[0]
  }

  /// The same of several plans that draw the same networks, which are drawn once; every plan's bins are those of a run of its own.
  public static func measure(
    together plans: [RunPlan], threads: Int, monitor: RunMonitor = RunMonitor()
  ) throws -> [[BinnedMeans]] {
    guard let records = try Runner.records(SharedDraws(plans), threads: threads, monitor: monitor) else {
      throw RunInterrupted(drawsDone: monitor.drawsDone, draws: plans[0].draws)
    }
    var next = 0
    return try plans.map { plan in
      try plan.estimators.map { estimator in
        let bins = BinnedMeans(records, measurement: next)
        try RangeFaults.check(bins, of: estimator.name, plan.theory)
        next += 1
        return bins
      }
    }
  }
}

extension UnitPlan {
  /// The bins of its only measurement, on the networks of `plan`.
  func bins(of plan: RunPlan, threads: Int, monitor: RunMonitor) throws -> BinnedMeans {
    guard let records = try Runner.records(self, threads: threads, monitor: monitor) else {
      throw RunInterrupted(drawsDone: monitor.drawsDone, draws: plan.draws)
    }
    return BinnedMeans(records, measurement: 0)
  }
}

extension RunPlan {
  /// What determines the networks: the theory's keys, how many, in which bins, and the random numbers.
  public var networks: PlanIdentity {
    var identity = PlanIdentity()
    for (key, value) in theory.resolved where key != "run.draws" { identity.add(key, value) }
    identity.add("run.draws", "\(draws)")
    identity.add("random numbers", streamName)
    return identity
  }

  /// The networks, the sites and the measurements.
  public var identity: PlanIdentity {
    identity(measuring: estimators.map { ($0.name, "\($0.summary); \($0.rows.count) rows, \($0.primaryCount) primaries") })
  }

  /// The same with other measurements.
  func identity(measuring measurements: [(name: String, words: String)]) -> PlanIdentity {
    var identity = networks
    switch sites {
    case .lattice(let lattice): identity.add("sites", "lattice of \(lattice.sites)")
    case .points(let points, let dimension):
      let places = points.map { point in "(" + (0..<dimension).map { "\(point[$0])" }.joined(separator: ", ") + ")" }
      identity.add("sites", places.joined(separator: " "))
    }
    for (name, words) in measurements { identity.add("measurement \(name)", words) }
    return identity
  }
}

/// Independent networks, each measured by several plans on their own sites. A unit is a bin of draws; the lists of primaries of a record are those of the first
/// plan's estimators, then the second's.
struct SharedDraws: UnitPlan {
  let plans: [RunPlan]

  init(_ plans: [RunPlan]) {
    precondition(plans.allSatisfy { $0.networks == plans[0].networks }, "SharedDraws: plans of different networks")
    self.plans = plans
  }

  var identity: PlanIdentity {
    var identity = PlanIdentity()
    for plan in plans { identity.add(plan.identity) }
    return identity
  }

  var unitCount: Int { plans[0].binCount }

  func makeWorker(_ monitor: RunMonitor) -> (Int) throws -> UnitRecord? {
    let (plan, architecture) = (plans[0], plans[0].theory.architecture)
    let parameters = NetworkParameters(layout: architecture.layout)
    let fields = plans.map { $0.synthesis.makeWorkspace() }
    let accumulators = zip(plans, fields).map { plan, field in plan.estimators.map { $0.makeAccumulator(field.workspace) } }
    return { bin in
      let draws = plan.draws(ofBin: bin)
      for draw in draws {
        if monitor.isStopRequested { return nil }
        architecture.drawParameters(plan.stream, draw: draw, into: parameters)
        for (field, accumulators) in zip(fields, accumulators) {
          field.write(parameters)
          field.workspace.load()
          guard field.workspace.hasFiniteField else { throw RangeFaults.fields(plan.theory) }
          for accumulator in accumulators { accumulator.add() }
        }
        monitor.finishedDraw()
      }
      let primaries = accumulators.flatMap { $0.map { $0.finishBin() } }
      for field in fields { field.workspace.startBin() }
      monitor.finishedBin(headline: primaries.first?.first ?? 0)
      return UnitRecord(unit: bin, samples: draws.count, primaries: primaries)
    }
  }
}
