// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import ErrorAnalysis
import FieldTheories
import LatticeFields
import NumericalKernels
import ParameterSampling
import ResultTables
import Synchronization

/// The samples of an interacting plan on their way into a file: parameters, fields and logarithms of weights, unit by unit, each where its number puts it. The
/// units are those that ``InteractingUnits`` measures, so what is read back from the file gives the same tables.
///
/// A weight is `e^{−S}` of a reweighted draw, or `Z_u w/Σw` of a particle of population u: its share of the population, times what the population weighs.
/// Memory is one block of at most 1 MiB a worker, or one sample where it is larger.
struct InteractingSamples {
  private let plan: InteractingPlan
  private let arrays: [SampleArray]
  private let content: SampleContent

  init(_ plan: InteractingPlan, _ arrays: [SampleArray], _ content: SampleContent) {
    (self.plan, self.arrays, self.content) = (plan, arrays, content)
  }

  /// One writer for all threads.
  private final class Writer: @unchecked Sendable {
    private let put: SampleFormat.Put
    private let gate = Mutex(())

    init(_ put: @escaping SampleFormat.Put) { self.put = put }

    func write(_ array: Int, _ first: Int, _ rows: Int, _ block: UnsafeRawPointer) throws {
      nonisolated(unsafe) let block = block
      try gate.withLock { _ in try put(array, first, rows, block) }
    }
  }

  /// The first sample of a unit, all units numbered through.
  private func start(ofUnit unit: Int) -> Int {
    plan.hasIndependentDraws
      ? Int.start(ofBlock: unit, of: min(plan.units, plan.samplesPerUnit), total: plan.samplesPerUnit)
      : unit * plan.samplesPerUnit
  }

  func run(threads: Int, monitor: RunMonitor, put: @escaping SampleFormat.Put) throws {
    let generator = try plan.makeGenerator()
    let writer = Writer(put)
    let isComplete = try Runner.run(Array(0..<generator.unitCount), threads: threads) {
      let work = generator.makeWorker()
      let block = SampleBlock(plan, arrays, content, isWeighted: generator.dependence.isWeighted)
      return { unit -> Bool? in
        block.begin(start(ofUnit: unit))
        let totals = work(unit, monitor) { sample in
          block.add(sample) { try writer.write($0, $1, $2, $3) }
          monitor.finishedDraw()
        }
        guard !monitor.isStopRequested else { return nil }
        if totals.isIncomplete { throw SamplingError.tooManySteps }
        try block.finish(logWeight: totals.logWeight) { try writer.write($0, $1, $2, $3) }
        return true
      }
    } finish: { _, _ in
    }
    guard isComplete else { throw plan.interruption(monitor) }
  }
}

/// Rows of one unit that wait for the file; belongs to one thread.
private final class SampleBlock {
  private let plan: InteractingPlan
  private let arrays: [SampleArray]
  private let content: SampleContent
  private let isWeighted: Bool
  private let capacity: Int
  private let blocks: [AlignedBuffer<UInt8>]
  private let workspace: DrawWorkspace
  private let write: (Sample) -> Void
  private var (start, first, rows) = (0, 0, 0)
  private var logWeights: [Double] = []
  private var fault: (any Error)?

  init(_ plan: InteractingPlan, _ arrays: [SampleArray], _ content: SampleContent, isWeighted: Bool) {
    (self.plan, self.content, self.isWeighted) = (plan, content, isWeighted)
    // Weights wait for the end of their unit.
    self.arrays = isWeighted ? Array(arrays.dropLast()) : arrays
    let rowBytes = self.arrays.reduce(0) { $0 + $1.rowBytes }
    let capacity = max(1, (1 << 20) / max(1, rowBytes))
    self.capacity = capacity
    blocks = self.arrays.map { AlignedBuffer(count: capacity * $0.rowBytes, repeating: 0) }
    if let points = plan.points {
      (workspace, write) = points.makeWorkspace()
    } else {
      workspace = DrawWorkspace(sites: .points([.zero], dimension: 1))
      write = { _ in }
    }
  }

  func begin(_ row: Int) { (start, first, rows, logWeights, fault) = (row, row, 0, [], nil) }

  func add(_ sample: Sample, put: SampleFormat.Put) {
    guard fault == nil else { return }
    var places = zip(blocks, arrays).map { UnsafeMutableRawPointer($0.pointer) + rows * $1.rowBytes }[...]
    if content != .fields { SampleJob.copy(sample.parameters, of: plan.theory.prior, into: &places) }
    if content != .parameters {
      let place = places.removeFirst()
      if plan.points == nil {
        place.copyMemory(from: sample.field, byteCount: 8 * sample.componentCount * sample.siteCount)
      } else {
        write(sample)
        place.copyMemory(from: workspace.components.pointer, byteCount: 8 * workspace.components.count)
      }
    }
    logWeights.append(sample.logWeight)
    rows += 1
    if rows == capacity { do { try flush(put) } catch { fault = error } }
  }

  private func flush(_ put: SampleFormat.Put) throws {
    guard rows > 0 else { return }
    guard zip(blocks, arrays).allSatisfy({ SampleJob.isFinite($0, $1, rows: rows) }) else {
      throw RangeFaults.fields(plan.definition)
    }
    for (index, block) in blocks.enumerated() { try put(index, first, rows, block.pointer) }
    (first, rows) = (first + rows, 0)
  }

  /// The rest of the unit, and its weights; `logWeight` is that of the unit among all.
  func finish(logWeight: Double?, put: SampleFormat.Put) throws {
    if let fault { throw fault }
    try flush(put)
    guard isWeighted else { return }
    if let logWeight {
      var sum = WeightedBin(primaryCount: 0)
      for weight in logWeights { sum.add(logWeight: weight, primaries: []) }
      logWeights = logWeights.map { $0 + logWeight - sum.logWeight }
    }
    try logWeights.withUnsafeBytes { try put(arrays.count, start, logWeights.count, $0.baseAddress!) }
  }
}
