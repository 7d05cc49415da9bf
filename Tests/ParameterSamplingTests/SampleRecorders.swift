// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import ErrorAnalysis
import Synchronization

@testable import ParameterSampling

/// What a test does with the samples of one unit.
protocol SampleRecorder: SendableMetatype {
  /// What the unit hands back.
  associatedtype Summary: Sendable
  /// Records one sample.
  mutating func record(_ sample: Sample)
  /// Ends the unit.
  func finish() -> Summary
}

/// Records observables of every sample with its weight.
struct SeriesRecorder: SampleRecorder {
  private let observables: Observables
  private var series: WeightedSeries

  /// A recorder of the series of some observables.
  init(_ observables: Observables) {
    self.observables = observables
    series = WeightedSeries(names: observables.names)
  }

  /// Measures the observables of one sample.
  mutating func record(_ sample: Sample) { series.append(observables.measure(sample), logWeight: sample.logWeight) }

  /// The series recorded so far.
  func finish() -> WeightedSeries { series }
}

/// One unit of a generator, recorded.
struct GeneratedUnit<Summary: Sendable>: Sendable {
  /// What its recorder made of it.
  let summary: Summary
  /// How its draws were made.
  let totals: UnitTotals

  /// How its moves fared.
  var kernels: [KernelReport] { totals.moves }
}

extension EnsembleGenerator where Draw == Sample {
  /// All units in order, each with a recorder of its own; the same bytes for any number of threads.
  func recorded<Recorder: SampleRecorder>(
    threads: Int, recorder: @escaping @Sendable (_ unit: Int) -> Recorder
  ) throws -> [GeneratedUnit<Recorder.Summary>] {
    let finished = Mutex<[Int: GeneratedUnit<Recorder.Summary>]>([:])
    _ = try Runner.run(Array(0..<unitCount), threads: threads) {
      let work = makeWorker()
      return { unit in
        var recorder = recorder(unit)
        let totals = work(unit, RunMonitor()) { recorder.record($0) }
        return GeneratedUnit(summary: recorder.finish(), totals: totals)
      }
    } finish: { unit, result in
      finished.withLock { $0[unit] = result }
    }
    let units = finished.withLock { finished in (0..<unitCount).map { finished[$0]! } }
    if units.contains(where: \.totals.isIncomplete) { throw SamplingError.tooManySteps }
    return units
  }

  /// Observables of all samples of every unit.
  func series(_ observables: Observables, threads: Int) throws -> [GeneratedUnit<WeightedSeries>] {
    try recorded(threads: threads) { _ in SeriesRecorder(observables) }
  }
}
