// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels
import Testing

@testable import EnsembleRuns
@testable import ParameterSampling

/// A sample that is no number is counted once, however many estimators leave it out.
@Suite struct RejectedSamplesTests {
  @Test(arguments: [["two-point"], ["two-point", "four-point-xxyy", "zero-momentum"]]) func oneSampleCountsOnce(
    estimators: [String]
  ) throws {
    let plan = try interactingPlan(
      "phi4-2d-weak", [("sampler.kind", "\"reweighting\""), ("lattice.sites", "[4, 4]")], estimators: estimators)
    let recorder = MeasuringRecorder(plan, monitor: RunMonitor())
    let evaluator = plan.theory.makeEvaluator()
    let walker = evaluator.makeWalker()
    let stream = RandomStream(seed: 1, stream: "rejected")
    let field = AlignedBuffer<Double>(count: plan.theory.lattice.siteCount, repeating: 0)
    for draw in 0..<10 {
      plan.theory.prior.drawParameters(stream, draw: UInt64(draw), into: walker.parameters)
      evaluator.evaluate(walker)
      evaluator.copyField(of: walker, into: field.pointer)
      if draw == 3 { field[5] = .nan }
      recorder.record(
        Sample(
          field: field.pointer, siteCount: field.count, action: walker.action, parameters: walker.parameters,
          logWeight: draw == 7 ? .nan : -walker.action, walker: walker, evaluator: evaluator))
    }
    #expect(recorder.finish().rejected == 2)
  }
}
