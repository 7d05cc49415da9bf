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
  /// Equal plans give equal bins for any number of threads. Throws `RunInterrupted` when the monitor asks to stop, and `TheoryFileError` where
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
  /// What determines the networks: the theory's keys, the random numbers, how many and in which bins.
  public var networks: PlanIdentity { PlanStatement(family: ensemble, layout: layout).identity }

  /// The networks, the sites and the measurements.
  public var identity: PlanIdentity { PlanStatement(family: family, layout: layout).identity }

  /// The theory's keys and the random numbers.
  private var ensemble: PlanIdentity {
    var identity = PlanIdentity()
    for (key, value) in theory.resolved where key != "run.draws" && key != "run.bins" { identity.add(key, value) }
    identity.add("random numbers", streamName)
    return identity
  }

  /// The ensemble, the sites and the measurements.
  var family: PlanIdentity {
    family(measuring: estimators.map { ($0.name, "\($0.summary); \($0.rows.count) rows, \($0.primaryCount) primaries") })
  }

  /// The same with other measurements.
  func family(measuring measurements: [(name: String, words: String)]) -> PlanIdentity {
    var identity = ensemble
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

/// Independent networks, each measured by several plans; those on the same sites share fields and transforms. A unit is a bin of draws; the lists of primaries of a record are those of the first
/// plan's estimators, then the second's.
struct SharedDraws: UnitPlan {
  let plans: [RunPlan]

  init(_ plans: [RunPlan]) {
    precondition(plans.allSatisfy { $0.networks == plans[0].networks }, "SharedDraws: plans of different networks")
    self.plans = plans
  }

  var family: PlanIdentity { plans.reduce(into: PlanIdentity()) { $0.add($1.family) } }
  var layout: UnitLayout { plans[0].layout }

  func makeWorker(_ monitor: RunMonitor) -> (Int) throws -> UnitRecord? {
    let (plan, architecture) = (plans[0], plans[0].theory.architecture)
    let parameters = NetworkParameters(layout: architecture.layout)
    var sites: [SiteSet] = []
    for plan in plans where !sites.contains(plan.sites) { sites.append(plan.sites) }
    let fields = sites.map { sites in
      // Plans of the same networks have the same keys, the cutoff among them.
      plans.first { $0.sites == sites }!.synthesis.makeWorkspace(cutoff: plan.theory.correlators.cutoff)
    }
    let accumulators = plans.map { plan in
      plan.estimators.map { $0.makeAccumulator(fields[sites.firstIndex(of: plan.sites)!].workspace) }
    }
    let measured = sites.map { sites in zip(plans, accumulators).flatMap { $0.sites == sites ? $1 : [] } }
    let sums = BinSums(fields.map(\.workspace), accumulators.flatMap { $0 })
    let pauses = UnitPauses(monitor, self, sums)
    return { bin in
      pauses.begin(bin)
      let draws = plan.draws(ofBin: bin)
      var done = 0
      func visit(_ state: inout StateVisitor) -> Bool {
        state.visit(&done)
        return true
      }
      if pauses.resume(visit) { monitor.finishedDraws(done) }
      while done < draws.count && !monitor.isStopRequested {
        architecture.drawParameters(plan.stream, draw: draws.lowerBound + UInt64(done), into: parameters)
        for (field, accumulators) in zip(fields, measured) {
          field.write(parameters)
          field.workspace.measure(accumulators)
          guard field.workspace.hasFiniteField else { throw RangeFaults.fields(plan.theory) }
        }
        monitor.finishedDraw()
        done += 1
        // The clock is slower than a small network.
        if done % 64 == 0 { pauses.offer(visit) }
      }
      pauses.end(visit)
      try pauses.check()
      guard done == draws.count else { return nil }
      let primaries = accumulators.flatMap { $0.map { $0.finishBin() } }
      for field in fields { field.workspace.startBin() }
      monitor.finishedBin(headline: primaries.first?.first ?? 0)
      return UnitRecord(unit: bin, samples: draws.count, primaries: primaries)
    }
  }
}

/// The sums of one bin: those of the workspaces and those of the accumulators.
private final class BinSums: PausingMeasurement {
  private let workspaces: [DrawWorkspace]
  private let accumulators: [any CorrelatorAccumulator]

  init(_ workspaces: [DrawWorkspace], _ accumulators: [any CorrelatorAccumulator]) {
    self.workspaces = workspaces
    self.accumulators = accumulators
  }

  func visit(_ state: inout StateVisitor) -> Bool {
    for workspace in workspaces { workspace.visit(&state) }
    return accumulators.reduce(true) { $1.visit(&state) && $0 }
  }

  func newSeries() -> WeightedSeries? { nil }
  func takeUp(_ series: WeightedSeries?) {}
}
