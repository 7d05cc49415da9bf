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
      makeWorker(
        generator, monitor, UnitPauses(),
        SampleBlock(plan, arrays, content, isWeighted: generator.dependence.isWeighted) { try writer.write($0, $1, $2, $3) })
    } finish: { _, _ in
    }
    guard isComplete else { throw plan.interruption(monitor) }
  }

  /// What draws the samples of a unit on one thread into a file of rows, and keeps the state of one that is cut; returns how many, nil once the monitor asks to
  /// stop.
  func makeWorker(
    _ generator: any EnsembleGenerator<Sample>, _ monitor: RunMonitor, cutting units: SampleUnits, _ rows: RowFile
  ) -> (Int) throws -> Int? {
    let block = SampleBlock(plan, arrays, content, isWeighted: generator.dependence.isWeighted, rows.put, keep: rows.keep)
    return makeWorker(generator, monitor, UnitPauses(monitor, units, block), block)
  }

  private func makeWorker(
    _ generator: any EnsembleGenerator<Sample>, _ monitor: RunMonitor, _ pauses: UnitPauses, _ block: SampleBlock
  ) -> (Int) throws -> Int? {
    let work = generator.makeWorker(pauses)
    return { unit in
      block.begin(start(ofUnit: unit))
      pauses.begin(unit)
      let totals = work(unit, monitor) { sample in
        block.add(sample)
        monitor.finishedDraw()
      }
      try pauses.check()
      try block.check()
      guard !monitor.isStopRequested else { return nil }
      if totals.isIncomplete { throw SamplingError.tooManySteps }
      return try block.finish(logWeight: totals.logWeight)
    }
  }
}

/// Rows of one unit that wait for the file; belongs to one thread.
private final class SampleBlock: PausingMeasurement {
  private let plan: InteractingPlan
  private let arrays: [SampleArray]
  private let content: SampleContent
  private let isWeighted: Bool
  private let capacity: Int
  private let blocks: [AlignedBuffer<UInt8>]
  private let workspace: DrawWorkspace
  private let write: (Sample) -> Void
  private let put: SampleFormat.Put
  private let keep: () throws -> Void
  private var (start, first, rows) = (0, 0, 0)
  private var logWeights: [Double] = []
  private var fault: (any Error)?

  /// Rows go to `put`; `keep` returns when those so far will outlive the machine.
  init(
    _ plan: InteractingPlan, _ arrays: [SampleArray], _ content: SampleContent, isWeighted: Bool,
    _ put: @escaping SampleFormat.Put,
    keep: @escaping () throws -> Void = {}
  ) {
    (self.plan, self.content, self.isWeighted) = (plan, content, isWeighted)
    (self.put, self.keep) = (put, keep)
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

  func add(_ sample: Sample) {
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
    if rows == capacity { do { try flush() } catch { fault = error } }
  }

  /// Throws what went wrong with the rows of this unit.
  func check() throws { if let fault { throw fault } }

  private func flush() throws {
    guard rows > 0 else { return }
    guard zip(blocks, arrays).allSatisfy({ SampleJob.isFinite($0, $1, rows: rows) }) else {
      throw RangeFaults.fields(plan.definition)
    }
    for (index, block) in blocks.enumerated() { try put(index, first, rows, block.pointer) }
    (first, rows) = (first + rows, 0)
  }

  /// The rest of the unit, and its weights; `logWeight` is that of the unit among all.
  func finish(logWeight: Double?) throws -> Int {
    try flush()
    let samples = first - start
    guard isWeighted else { return samples }
    if let logWeight {
      var sum = WeightedBin(primaryCount: 0)
      for weight in logWeights { sum.add(logWeight: weight, primaries: []) }
      logWeights = logWeights.map { $0 + logWeight - sum.logWeight }
    }
    try logWeights.withUnsafeBytes { try put(arrays.count, start, logWeights.count, $0.baseAddress!) }
    return samples
  }

  // MARK: - Segments

  /// The number of the next row, all before it being in the file. Weights need the whole of their unit: those are not cut.
  func visit(_ state: inout StateVisitor) -> Bool {
    guard !isWeighted, fault == nil else { return false }
    if !state.isRestoring {
      do {
        try flush()
        try keep()
      } catch {
        fault = error
        return false
      }
    }
    state.visit(&first)
    return true
  }

  func newSeries() -> WeightedSeries? { nil }
  func takeUp(_ series: WeightedSeries?) {}
}
