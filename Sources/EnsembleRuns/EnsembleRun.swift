// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import ErrorAnalysis
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels
import Synchronization

/// Carries out a plan: theory → parameters → fields → primaries of each bin.
public enum EnsembleRun {
  /// Draws all networks of `plan` on `threads` workers and returns the bins of every estimator, in the plan's order.
  ///
  /// Equal plans give equal bins for any number of threads. Throws ``RunInterrupted`` when the monitor asks to stop, and `TheoryFileError` where
  /// a field or a mean is not a finite number.
  public static func measure(
    _ plan: RunPlan, threads: Int, monitor: RunMonitor = RunMonitor()
  ) throws -> [BinnedMeans] {
    MatrixProduct.useOneThread()
    let isOutOfRange = Atomic<Bool>(false)
    let bins = BinScheduler.run(bins: plan.binCount, threads: threads) {
      let worker = Worker(plan)
      return { bin in worker.measure(bin, monitor, isOutOfRange) }
    }
    guard !isOutOfRange.load(ordering: .relaxed) else { throw RangeFaults.fields(plan.theory) }
    guard let bins else { throw RunInterrupted(drawsDone: monitor.drawsDone, draws: plan.draws) }
    return try plan.estimators.enumerated().map { index, estimator in
      var means = BinnedMeans(primaryCount: estimator.primaryCount)
      for (bin, primaries) in bins.enumerated() {
        means.append(means: primaries[index], weight: Double(plan.draws(ofBin: bin).count))
      }
      try RangeFaults.check(means, of: estimator.name, plan.theory)
      return means
    }
  }

  /// What one thread owns: parameters, field, transforms and accumulators.
  private final class Worker {
    let plan: RunPlan
    let parameters: NetworkParameters
    let write: (NetworkParameters) -> Void
    let workspace: DrawWorkspace
    let accumulators: [any CorrelatorAccumulator]

    init(_ plan: RunPlan) {
      self.plan = plan
      parameters = NetworkParameters(layout: plan.theory.architecture.layout)
      (workspace, write) = plan.synthesis.makeWorkspace()
      let workspace = workspace
      accumulators = plan.estimators.map { $0.makeAccumulator(workspace) }
    }

    /// The primaries of every estimator over one bin; nil if asked to stop, or once a field of any worker is out of range.
    func measure(_ bin: Int, _ monitor: RunMonitor, _ isOutOfRange: borrowing Atomic<Bool>) -> [[Double]]? {
      for draw in plan.draws(ofBin: bin) {
        if monitor.isStopRequested || isOutOfRange.load(ordering: .relaxed) { return nil }
        plan.theory.architecture.drawParameters(plan.stream, draw: draw, into: parameters)
        write(parameters)
        workspace.load()
        guard workspace.hasFiniteField else {
          isOutOfRange.store(true, ordering: .relaxed)
          return nil
        }
        for accumulator in accumulators { accumulator.add() }
        monitor.finishedDraw()
      }
      let primaries = accumulators.map { $0.finishBin() }
      workspace.startBin()
      monitor.finishedBin(headline: primaries.first?.first ?? 0)
      return primaries
    }
  }
}
