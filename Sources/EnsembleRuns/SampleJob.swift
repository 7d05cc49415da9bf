// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels
import ResultTables
import Synchronization

/// What a file of networks shall hold.
public enum SampleContent: Sendable, Hashable {
  /// Parameters and fields.
  case everything
  /// Fields at the sites, no parameters.
  case fields
  /// Parameters only.
  case parameters
}

/// Networks of a theory, drawn in order and handed on in blocks: parameters θ and fields φ_θ(x).
///
/// Network i is the one that ``EnsembleRun`` would draw as number i. Memory is one block of at most 16 MiB (one network where it is larger) and
/// one field a worker.
///
/// Of an interacting theory they are the samples of `InteractingRun`, chain by chain, with their weights where they have any (`InteractingSamples`).
public struct SampleJob: Sendable {
  let plan: RunPlan
  let content: SampleContent
  let pointSets: [PointSet]
  let interacting: InteractingPlan?

  /// Parameters beside the blocks of the layout: `c_i` of `φ = Σ c_i cos(k_i·x + b_i)` or of the exponentials.
  private static let amplitude = "parameters/amplitude"
  private static let field = "fields/phi"
  private static let weight = "weights/log_weight"
  private static let blockBytes = 1 << 24

  /// Networks of a theory on its lattice, or at the points of a file. Throws `TheoryFileError` for the file.
  public init(_ theory: TheoryDefinition, pointFile: String?, content: SampleContent, commonRandomNumbers: Bool) throws {
    self.content = content
    pointSets = try pointFile.map { try PointSetFile.load(path: $0, dimension: theory.dimension, sizes: []) } ?? []
    let points = pointSets.flatMap(\.points)
    guard theory.insertions.isEmpty else {
      interacting = try InteractingPlan(
        theory, estimators: [], points: pointFile == nil ? nil : points, commonRandomNumbers: commonRandomNumbers)
      // Sweeps act on the lattice of the insertions.
      plan = try RunPlan(theory: theory, sites: .lattice(theory.lattice), estimators: [])
      return
    }
    interacting = nil
    plan = try RunPlan(
      theory: theory,
      sites: pointFile == nil ? .lattice(theory.lattice) : .points(points, dimension: theory.dimension),
      estimators: [], commonRandomNumbers: commonRandomNumbers)
  }

  /// Number of networks, or of samples.
  public var draws: Int { interacting?.samples ?? plan.draws }

  /// The word for what is drawn.
  public var unitName: String { interacting?.unitName ?? "networks" }

  /// What it will cost.
  public func forecast(threads: Int) -> RunForecast {
    interacting.map { RunForecast($0, plan, threads: threads, sampleCopies: 0) } ?? RunForecast(plan, threads: threads)
  }

  /// Where fields are laid.
  private var sites: SiteSet {
    pointSets.isEmpty ? .lattice(plan.theory.lattice) : .points(pointSets.flatMap(\.points), dimension: plan.theory.dimension)
  }

  /// The ensemble whose parameters are stored: the prior of an interacting one.
  private var architecture: any Architecture { interacting?.theory.prior ?? plan.theory.architecture }

  /// What the file will hold.
  public func description(version: String) -> SampleDescription {
    let coordinates: [(name: String, values: [Double])] = (0..<plan.theory.dimension).map { axis in
      switch sites {
      case .lattice(let lattice): ("x\(axis + 1)", lattice.axisCoordinates(axis))
      case .points(let points, _): ("x\(axis + 1)", points.map { $0[axis] })
      }
    }
    let groups = interacting.flatMap { $0.hasIndependentDraws ? nil : (count: $0.units, draws: $0.samplesPerUnit) }
    return SampleDescription(
      provenance: interacting.map { RunProvenance.lines($0, pointSets: pointSets, version: version) }
        ?? RunProvenance.lines(plan, pointSets: pointSets, version: version),
      theory: plan.theory.resolvedText, draws: draws, groups: groups, dependence: dependence?.rawValue, arrays: arrays,
      coordinates: content == .parameters ? [] : coordinates,
      sets: content == .parameters ? [] : pointSets.flatMap { set in set.points.map { _ in set.name } })
  }

  /// How samples of an interacting theory depend on each other; nil of independent networks.
  private var dependence: SampleDependence? {
    switch interacting?.choice.kind {
    case nil: nil
    case .reweighting, .automatic, .collapsed, .exact: .weighted
    case .chains, .tempering, .collapsedChains: .chain
    case .sequential: .population
    }
  }

  var arrays: [SampleArray] {
    let layout = architecture.layout
    var arrays: [SampleArray] = []
    if content != .fields {
      arrays = layout.blocks.map { block in
        SampleArray(
          "parameters/" + block.name.split(separator: " ").joined(separator: "_"),
          rowShape: [block.components, layout.width(of: block)])
      }
      if hasAmplitudes { arrays.append(SampleArray(Self.amplitude, rowShape: [architecture.outputs, layout.width])) }
    }
    if content != .parameters {
      let shape: [Int] =
        switch sites {
        case .lattice(let lattice): lattice.sites
        case .points(let points, _): [points.count]
        }
      let components = architecture.outputs > 1 ? [architecture.outputs] : []
      arrays.append(
        SampleArray(Self.field, rowShape: components + shape, isSingle: interacting == nil && plan.synthesis.precision == .single)
      )
    }
    if dependence?.isWeighted ?? false { arrays.append(SampleArray(Self.weight, rowShape: [])) }
    return arrays
  }

  private var hasAmplitudes: Bool {
    architecture.planeWaves != nil || architecture.exponentials != nil
  }

  // MARK: - Checkpoints

  /// All that determines the rows, as a file of records states it.
  public func statement() throws -> PlanStatement { try SampleUnits(self).statement }

  /// Where rows wait beside a file of records.
  public static func rowPath(_ records: String) -> String { records + ".rows" }

  /// Draws what is not there yet into the file of rows beside `records`, and returns what hands all rows on: equal bytes in the order of a run that was never
  /// interrupted.
  public func keep(threads: Int, monitor: RunMonitor, records: RecordFile) throws -> (SampleFormat.Put) throws -> Void {
    let units = try SampleUnits(self)
    let store = try records.store(of: units)
    let isNew = store.records.isEmpty && (0..<units.unitCount).allSatisfy { store.segment(of: $0) == nil }
    let rows = try RowFile(path: Self.rowPath(records.path), arrays, draws: draws, isNew: isNew)
    guard try Runner.fill(SampleUnits(self, rows), threads: threads, monitor: monitor) != nil else {
      throw interacting?.interruption(monitor) ?? RunInterrupted(drawsDone: monitor.drawsDone, draws: draws)
    }
    let groupSize = interacting.flatMap { $0.hasIndependentDraws ? nil : $0.samplesPerUnit } ?? draws
    let blockRows = blockRows
    return { try rows.hand(blockRows: blockRows, groupSize: groupSize, to: $0) }
  }

  /// Rows of a block.
  private var blockRows: Int { max(1, min(draws, Self.blockBytes / max(1, arrays.reduce(0) { $0 + $1.rowBytes }))) }

  // MARK: - Runs

  /// Draws everything on `threads` workers and puts it into a file; equal jobs give equal files for any number of threads.
  public func run(threads: Int, monitor: RunMonitor, put: SampleFormat.Put) throws {
    if let interacting {
      return try withoutActuallyEscaping(put) {
        try InteractingSamples(interacting, arrays, content).run(threads: threads, monitor: monitor, put: $0)
      }
    }
    var first = 0
    try run(threads: threads, monitor: monitor) { rows, blocks in
      for (index, block) in blocks.enumerated() { try put(index, first, rows, block) }
      first += rows
    }
  }

  /// Draws all networks on `threads` workers and appends them in order; equal jobs append equal bytes for any number of threads.
  public func run(threads: Int, monitor: RunMonitor, append: SampleFormat.Append) throws {
    let arrays = arrays
    let rows = blockRows
    let blocks = arrays.map { AlignedBuffer<UInt8>(count: rows * $0.rowBytes, repeating: 0) }
    let count = max(1, min(threads, rows))
    let workers = (0..<count).map { _ in Worker(plan, content) }
    var first = 0
    while first < draws {
      let (start, size) = (first, min(rows, draws - first))
      let turn = Atomic<Int>(0)
      let places = RowPlaces(zip(blocks, arrays).map { (UnsafeMutableRawPointer($0.pointer), $1.rowBytes) })
      let isComplete = try Runner.run(Array(0..<size), threads: count) {
        let worker = workers[turn.wrappingAdd(1, ordering: .relaxed).oldValue]
        return { row -> Bool? in
          guard !monitor.isStopRequested else { return nil }
          worker.draw(UInt64(start + row), into: places.row(row))
          monitor.finishedDraw()
          return true
        }
      } finish: { _, _ in
      }
      guard isComplete else { throw RunInterrupted(drawsDone: monitor.drawsDone, draws: draws) }
      guard zip(blocks, arrays).allSatisfy({ Self.isFinite($0, $1, rows: size) }) else { throw RangeFaults.fields(plan.theory) }
      try append(size, blocks.map { UnsafeRawPointer($0.pointer) })
      first += size
    }
  }

  static func isFinite(_ block: AlignedBuffer<UInt8>, _ array: SampleArray, rows: Int) -> Bool {
    let (numbers, bytes) = (UnsafeRawPointer(block.pointer), rows * array.rowBytes)
    return array.isSingle
      ? FiniteNumbers.areAll(numbers.assumingMemoryBound(to: Float.self), count: bytes / 4)
      : FiniteNumbers.areAll(numbers.assumingMemoryBound(to: Double.self), count: bytes / 8)
  }

  /// The blocks of a network's parameters, and its amplitudes where it has any, each to its place.
  static func copy(
    _ parameters: NetworkParameters, of architecture: any Architecture, into places: inout ArraySlice<UnsafeMutableRawPointer>
  ) {
    for (index, block) in parameters.layout.blocks.enumerated() {
      places.removeFirst().copyMemory(
        from: parameters.block(index), byteCount: 8 * block.components * parameters.layout.width(of: block))
    }
    guard architecture.planeWaves != nil || architecture.exponentials != nil else { return }
    let place = places.removeFirst().assumingMemoryBound(to: Double.self)
    for output in 0..<architecture.outputs {
      let (network, own) = (parameters.network(ofOutput: output), place + output * architecture.width)
      architecture.planeWaves?.amplitudes(network, into: own)
      architecture.exponentials?.amplitudes(network, into: own)
    }
  }

  /// Where the arrays of a row lie in their blocks; rows do not overlap.
  struct RowPlaces: @unchecked Sendable {
    private let blocks: [(start: UnsafeMutableRawPointer, rowBytes: Int)]

    init(_ blocks: [(start: UnsafeMutableRawPointer, rowBytes: Int)]) { self.blocks = blocks }

    func row(_ row: Int) -> [UnsafeMutableRawPointer] { blocks.map { $0.start + row * $0.rowBytes } }
  }

  /// What one thread owns; used by one thread at a time.
  final class Worker: @unchecked Sendable {
    private let plan: RunPlan
    private let content: SampleContent
    private let parameters: NetworkParameters
    private let evaluate: (NetworkParameters, UnsafeMutableRawPointer) -> Void

    init(_ plan: RunPlan, _ content: SampleContent) {
      self.plan = plan
      self.content = content
      parameters = NetworkParameters(layout: plan.theory.architecture.layout)
      let count = plan.sites.count
      if content == .parameters {
        evaluate = { _, _ in }
      } else if plan.synthesis.precision == .single {
        let (synthesizer, field) = (plan.synthesis.makeSingleSynthesizer(), AlignedBuffer<Float>(count: count, repeating: 0))
        evaluate = {
          let place = $1
          synthesizer.evaluateComponents($0, into: field.pointer) {
            (place + $0 * 4 * count).copyMemory(from: field.pointer, byteCount: 4 * count)
          }
        }
      } else {
        let (synthesizer, field) = (plan.synthesis.makeSynthesizer(), AlignedBuffer<Double>(count: count, repeating: 0))
        evaluate = {
          let place = $1
          synthesizer.evaluateComponents($0, into: field.pointer) {
            (place + $0 * 8 * count).copyMemory(from: field.pointer, byteCount: 8 * count)
          }
        }
      }
    }

    /// Network number `draw`, each array to its place.
    func draw(_ draw: UInt64, into places: [UnsafeMutableRawPointer]) {
      let architecture = plan.theory.architecture
      architecture.drawParameters(plan.stream, draw: draw, into: parameters)
      var places = places[...]
      if content != .fields { SampleJob.copy(parameters, of: architecture, into: &places) }
      if content != .parameters { evaluate(parameters, places.removeFirst()) }
    }
  }
}
