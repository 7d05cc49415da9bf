// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import NumericalKernels
import ParameterSampling
import ResultTables

/// Samples cut into units whose rows go to a ``RowFile``: a record says that those of its unit are there.
///
/// A unit of independent networks is a block of at most 4 MiB; of an interacting theory it is the sampler's own. Chains can be cut: their state is kept
/// together with the number of the next row.
struct SampleUnits: UnitPlan {
  private let job: SampleJob
  private let generator: (any EnsembleGenerator<Sample>)?
  private let rows: RowFile?
  let layout: UnitLayout

  private static let unitBytes = 1 << 22

  /// The units of a job; without a file of rows for their identity alone.
  init(_ job: SampleJob, _ rows: RowFile? = nil) throws {
    (self.job, self.rows) = (job, rows)
    generator = try job.interacting?.makeGenerator()
    let rowBytes = job.arrays.reduce(0) { $0 + $1.rowBytes }
    let most = max(1, Self.unitBytes / max(1, rowBytes))
    // The place of a row depends on how many there are: more draws are another file.
    layout = .fixed(count: generator?.unitCount ?? max(1, job.draws / most + (job.draws % most > 0 ? 1 : 0)))
  }

  var family: PlanIdentity {
    var identity =
      generator.flatMap { job.interacting?.family($0.identity) } ?? job.plan.family(measuring: [])
    identity.add("run.draws", "\(job.draws)")
    for set in job.pointSets { identity.add("points \(set.name)", "\(set.points)") }
    for array in job.arrays { identity.add("array \(array.name)", "\(array.rowShape)\(array.isSingle ? ", single" : "")") }
    return identity
  }

  func makeWorker(_ monitor: RunMonitor) -> (Int) throws -> UnitRecord? {
    guard let rows else { preconditionFailure("SampleUnits: units without a file of rows have an identity alone") }
    let work =
      if let interacting = job.interacting, let generator {
        InteractingSamples(interacting, job.arrays, job.content).makeWorker(generator, monitor, cutting: self, rows)
      } else {
        networks(monitor, rows)
      }
    return { unit in
      guard let samples = try work(unit) else { return nil }
      try rows.keep()
      return UnitRecord(unit: unit, samples: samples, primaries: [])
    }
  }

  /// Draws the networks of a block.
  private func networks(_ monitor: RunMonitor, _ rows: RowFile) -> (Int) throws -> Int? {
    let (job, count) = (job, unitCount)
    let worker = SampleJob.Worker(job.plan, job.content)
    let blocks = job.arrays.map { AlignedBuffer<UInt8>(count: (job.draws / count + 1) * $0.rowBytes, repeating: 0) }
    let places = SampleJob.RowPlaces(zip(blocks, job.arrays).map { (UnsafeMutableRawPointer($0.pointer), $1.rowBytes) })
    return { unit in
      let first = Int.start(ofBlock: unit, of: count, total: job.draws)
      let size = Int.start(ofBlock: unit + 1, of: count, total: job.draws) - first
      for row in 0..<size {
        guard !monitor.isStopRequested else { return nil }
        worker.draw(UInt64(first + row), into: places.row(row))
        monitor.finishedDraw()
      }
      guard zip(blocks, job.arrays).allSatisfy({ SampleJob.isFinite($0, $1, rows: size) }) else {
        throw RangeFaults.fields(job.plan.theory)
      }
      for (index, block) in blocks.enumerated() { try rows.put(index, first, size, block.pointer) }
      return size
    }
  }
}
