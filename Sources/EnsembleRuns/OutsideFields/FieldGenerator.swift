// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import ErrorAnalysis
import LatticeFields
import NumericalKernels
import ResultTables
import Synchronization

/// One field of a file, valid while it is handed on.
struct OutsideDraw {
  /// The columns of its row.
  let field: UnsafePointer<Double>
  /// ln of its weight; 0 where all weigh the same.
  let logWeight: Double
}

/// Hands on the fields of a file, in units: bins of consecutive draws, blocks of consecutive draws of a chain, whole chains or whole populations.
struct FieldGenerator: EnsembleGenerator {
  let fields: FieldEnsemble
  /// Draws of each unit, numbered through all groups.
  let units: [Range<Int>]
  /// The group, counted from 0, of each unit.
  let groupOfUnit: [Int]
  /// What went wrong while a file was read; one fault is enough.
  private let fault = FaultBox()

  private final class FaultBox: Sendable {
    let first = Mutex<ResultFileError?>(nil)
  }

  /// Bins of independent draws where nothing else is asked for, and the blocks into which fewer chains than ``SamplingAdequacy/minimumBins`` are cut in all.
  static let standardBins = 256

  /// Independent draws: bins. As many chains as give an error bar: whole chains; fewer: blocks of each. Populations are never cut.
  init(_ fields: FieldEnsemble) throws(SelectionError) {
    self.fields = fields
    let draws = fields.draws
    let perGroup = fields.drawsPerGroup
    let minimum = SamplingAdequacy.minimumBins
    switch fields.dependence {
    case .independent, .weighted:
      let bins = min(fields.bins ?? fields.carried?.run.bins ?? Self.standardBins, draws)
      units = (0..<bins).map {
        Int.start(ofBlock: $0, of: bins, total: draws)..<Int.start(ofBlock: $0 + 1, of: bins, total: draws)
      }
      groupOfUnit = units.map { _ in 0 }
    case .population where fields.groups < minimum:
      throw SelectionError(
        "\(fields.groups) groups of weighted draws give no error bar; give at least \(minimum), or draws that do not depend on each other"
      )
    case .chain where fields.groups < minimum:
      let blocks = min(perGroup, max(GammaMethod.minimumMeasurements, (fields.bins ?? Self.standardBins) / fields.groups))
      var units: [Range<Int>] = []
      for group in 0..<fields.groups {
        for block in 0..<blocks {
          let start = group * perGroup
          units.append(
            (start + Int.start(ofBlock: block, of: blocks, total: perGroup))..<(start
              + Int.start(ofBlock: block + 1, of: blocks, total: perGroup)))
        }
      }
      self.units = units
      groupOfUnit = (0..<fields.groups).flatMap { group in (0..<blocks).map { _ in group } }
    case .chain, .population:
      units = (0..<fields.groups).map { ($0 * perGroup)..<(($0 + 1) * perGroup) }
      groupOfUnit = Array(0..<fields.groups)
    }
  }

  /// Whether chains are cut into blocks, which depend on each other.
  var cutsChains: Bool { fields.dependence == .chain && units.count > fields.groups }

  var identity: PlanIdentity {
    var identity = PlanIdentity("fields", "\(FieldEnsemble.words(fields.array)), CRC-32 \(fields.survey.checksum)")
    identity.add("draws", "\(fields.dependence.rawValue), \(fields.groups) x \(fields.drawsPerGroup), in \(units.count) units")
    return identity
  }

  var unitCount: Int { units.count }
  var dependence: SampleDependence { fields.dependence }

  /// The fault that ended a worker early.
  var readingFault: ResultFileError? { fault.first.withLock { $0 } }

  /// Reads blocks of at most 1 MiB, or one draw where it is larger.
  func makeWorker() -> GeneratorWorker<OutsideDraw> {
    let rowSize = fields.array.shape.dropFirst(fields.leading).reduce(1, *)
    let step = max(1, (1 << 17) / max(1, rowSize))
    let block = AlignedBuffer<Double>(count: step * rowSize, repeating: 0)
    return { unit, monitor, sink in
      var totals = UnitTotals()
      var row = units[unit].lowerBound
      // A group's weights within it, and its own.
      var scale = 0.0
      if let weights = fields.logWeights, fields.dependence == .population {
        var sum = WeightedBin(primaryCount: 0)
        for draw in units[unit] { sum.add(logWeight: weights[draw], primaries: []) }
        scale = sum.logWeight.isFinite ? sum.logWeight : 0
        totals.logWeight = sum.logWeight
      }
      while row < units[unit].upperBound {
        let end = min(units[unit].upperBound, row + step)
        do {
          try fields.file.read(fields.array, rows: row..<end, leading: fields.leading, into: block.pointer)
        } catch {
          fault.first.withLock { if $0 == nil { $0 = error as? ResultFileError } }
          totals.isIncomplete = true
          return totals
        }
        for draw in row..<end {
          if monitor.isStopRequested { return totals }
          sink(
            OutsideDraw(
              field: UnsafePointer(block.pointer + (draw - row) * rowSize), logWeight: (fields.logWeights?[draw] ?? 0) - scale))
        }
        row = end
      }
      return totals
    }
  }
}

/// The fields of a file, measured.
struct FieldUnits: UnitPlan {
  let generator: FieldGenerator
  let estimators: [any CorrelatorEstimator]

  var family: PlanIdentity {
    var identity = generator.identity
    if let cutoff = generator.fields.cutoff { identity.add("cutoff", "\(cutoff)") }
    for estimator in estimators {
      identity.add(
        "measurement \(estimator.name)", "\(estimator.summary); \(estimator.rows.count) rows, \(estimator.primaryCount) primaries"
      )
    }
    return identity
  }

  var layout: UnitLayout { .fixed(count: generator.unitCount) }

  func makeWorker(_ monitor: RunMonitor) -> (Int) throws -> UnitRecord? {
    let recorder = UnitRecorder(generator.fields, estimators)
    let work = generator.makeWorker()
    return { unit in
      let totals = work(unit, monitor) {
        recorder.record($0)
        monitor.finishedDraw()
      }
      guard !monitor.isStopRequested else { return nil }
      if totals.isIncomplete {
        throw generator.readingFault ?? ResultFileError(description: "\(generator.fields.file.path): it cannot be read")
      }
      let record = recorder.finish(unit: unit, totals: totals)
      monitor.finishedBin(headline: record.primaries.first?.first ?? 0)
      return record
    }
  }
}
