// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import Foundation
import LatticeFields
import NumericalKernels
import Synchronization
import Testing
import TheoryLibrary

@testable import EnsembleRuns

/// Units that were left anywhere go on to the same bits, and longer runs go on from shorter ones.
@Suite struct SegmentTests {
  /// A way to draw, small.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let theory: String
    let overrides: [String]
    var estimators: [String]?
    var points: [PointSet]?
    /// The level of averaging, of estimates from single neurons.
    var averages: String?
    var testDescription: String { name }

    func request(_ draws: Int, _ more: [String] = []) throws -> CorrelatorRequest {
      let text = TheoryLibrary.files.first { $0.name == theory }!.text
      let own = overrides.filter { line in !more.contains { $0.prefix { $0 != "=" } == line.prefix { $0 != "=" } } }
      let pairs = (own + more + ["run.draws=\(draws)"]).map { line -> (key: String, value: String) in
        let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
        return (parts[0], parts[1])
      }
      let definition = try TheoryDefinition.load(text: text, fileName: theory, overrides: pairs, interactions: true)
      if let averages {
        return try CorrelatorRequest(
          neuronSpace: NeuronSpaceOptions(theories: [definition], averages: averages), tableNames: nil, pointSets: points)
      }
      return try CorrelatorRequest(
        theory: definition, estimatorNames: estimators, pointSets: points, allDisplacements: false, commonRandomNumbers: false)
    }
  }

  private static func chains(_ name: String, _ theory: String, _ overrides: [String] = []) -> Case {
    Case(
      name: name, theory: theory,
      overrides: ["sampler.kind=chains", "sampler.chains=16", "sampler.warm_up=20"] + overrides)
  }

  private static let pair = [PointSet(name: "a", points: [Point(coordinates: [0, 0]), Point(coordinates: [0.5, 0])])]

  static let cases = [
    Case(name: "free, open box", theory: "cos-net", overrides: ["run.bins=2", "lattice.sites=6x6"]),
    Case(name: "free, single precision", theory: "scalar-net-lattice", overrides: ["run.bins=2", "fields.precision=single"]),
    Case(
      name: "free, points", theory: "gauss-net", overrides: ["run.bins=2"], estimators: ["point-functions"],
      points: pair),
    // 400 networks of 7000 neurons are more than one chunk of each tilt.
    Case(
      name: "free, tilted neurons", theory: "gauss-net", overrides: ["run.bins=2"], estimators: ["tilted-point-functions"],
      points: pair),
    Case(
      name: "free, neurons averaged over weights and phases", theory: "cos-net",
      overrides: ["run.bins=2", "architecture.width=3"],
      points: pair, averages: "weights-and-phases"),
    Case(
      name: "free, neurons averaged over weights", theory: "cos-net", overrides: ["run.bins=2"], points: pair, averages: "weights"
    ),
    Case(
      name: "free, neurons of whole networks", theory: "cos-net", overrides: ["run.bins=2"], points: pair,
      averages: "conditional-covariance"),
    Case(name: "reweighting", theory: "phi4-1d", overrides: ["sampler.kind=reweighting", "run.bins=16"]),
    chains("refresh and hmc", "scalar-net-phi4"),
    chains("hmc and zero mode", "phi4-1d"),
    chains("pair sums under an envelope", "phi4-2d-envelope", ["architecture.width=4"]),
    chains(
      "pair sums in a box", "phi4-2d-envelope",
      [
        "architecture.width=4", "architecture.cutoff=3", "architecture.box=10.0",
        #"insertion=[{kind = "phi4", lambda = 6.0, region = "box", length = 10.0}]"#, #"sampler.moves=["neuron-refresh", "hmc"]"#,
      ]),
    Case(
      name: "collapsed", theory: "cos-net-regression",
      overrides: ["sampler.kind=collapsed", "run.bins=16", "architecture.width=10"]),
    Case(
      name: "collapsed chains", theory: "regression-erf",
      overrides: ["sampler.kind=collapsed-chains", "sampler.chains=16", "sampler.warm_up=20", "architecture.width=6"]),
    Case(
      name: "collapsed chains of all moves", theory: "regression-erf",
      overrides: [
        "sampler.kind=collapsed-chains", "sampler.chains=16", "sampler.warm_up=20", "architecture.width=6",
        #"sampler.moves=["hmc", "pcn", "neuron-refresh"]"#,
      ]),
    Case(
      name: "exact draws", theory: "infinite-width",
      overrides: [
        #"insertion=[{kind = "data", temperature = 0.2, points = [[0, 0], [3, 1]], labels = [1.0, -0.9]}]"#, "lattice.sites=8x8",
        "sampler.kind=exact", "run.bins=16",
      ]),
    chains("refresh and slice", "gauss-net-phi4"),
    chains(
      "every move of a cosine net", "cos-net-phi4",
      [#"sampler.moves=["neuron-refresh", "slice", "small-steps", "pair", "sign-flip"]"#]),
    Case(
      name: "tempering", theory: "scalar-net-phi4",
      overrides: ["sampler.kind=tempering", "sampler.chains=16", "sampler.warm_up=10"]),
    Case(
      name: "smc", theory: "scalar-net-phi4",
      overrides: ["sampler.kind=smc", "sampler.populations=16", "sampler.particles=20"]),
  ]

  /// An archive that asks the run to stop at some of the places where a unit can be cut.
  final class Stopping: UnitArchive, @unchecked Sendable {
    private struct Store: UnitStore {
      let archive: Stopping
      let store: any UnitStore
      func append(_ record: UnitRecord) throws { try store.append(record) }
      func keep(_ segment: UnitSegment) throws {
        try store.keep(segment)
        archive.count()
      }
      var records: [UnitRecord] { store.records }
      func segment(of unit: Int) -> UnitSegment? { store.segment(of: unit) }
    }

    let file: RecordFile
    var monitor: RunMonitor?
    private let rest: Atomic<Int>

    init(_ file: RecordFile, after places: Int) {
      self.file = file
      rest = Atomic(places)
    }

    func count() {
      if rest.wrappingSubtract(1, ordering: .relaxed).newValue == 0 { monitor!.requestStop() }
    }

    func store(of plan: some UnitPlan) throws -> any UnitStore { Store(archive: self, store: try file.store(of: plan)) }
    var shard: UnitShard { .whole }
  }

  /// All numbers of the records of a request's plans, in bits.
  static func text(_ request: CorrelatorRequest, _ archive: (any UnitArchive)?) throws -> [String] {
    try text(request, RunMonitor(archive: archive, segmentSeconds: 1e9), threads: 1)
  }

  static func text(_ request: CorrelatorRequest, _ monitor: RunMonitor, threads: Int) throws -> [String] {
    try request.unitPlans.flatMap { plan in
      try Runner.records(plan, threads: threads, monitor: monitor)!.map { record in
        func bits(_ numbers: [Double]) -> [UInt64] { numbers.map(\.bitPattern) }
        return
          "\(record.unit) \(record.samples) \(record.rejected) \(record.logWeight?.bitPattern ?? 1) \(record.primaries.map(bits)) "
          + "\(record.series?.values.map(bits) ?? []) \(record.weights.map { "\($0)" } ?? "") \(record.skewness.map { "\($0)" } ?? "") "
          + "\(record.totals)"
      }
    }
  }

  static func file(_ request: CorrelatorRequest) throws -> RecordFile {
    let path = NSTemporaryDirectory() + "segments-\(UUID().uuidString)"
    return try RecordFile(
      creating: path, RecordFile.Header(program: "nnft test", plans: request.statements, request: nil))
  }

  /// Stopped at several places, each time by a program that then knows the file alone.
  @Test(arguments: cases) func unitsGoOnAnywhere(test: Case) throws {
    let request = try test.request(test.name.hasPrefix("free") ? 400 : 160)
    let whole = try Self.text(request, nil)
    var file = try Self.file(request)
    defer { unlink(file.path) }
    var stops = 0
    for places in [1, 2, 1, 7, 5, 30] {
      let archive = Stopping(file, after: places)
      let monitor = RunMonitor(archive: archive, segmentSeconds: 0)
      archive.monitor = monitor
      do { _ = try request.collect(threads: 1, monitor: monitor) } catch is RunInterrupted { stops += 1 }
      try file.extend(to: file.header)
      let path = file.path
      // The lock goes with the file.
      withExtendedLifetime(archive) {}
      file = try Self.reopened(path)
    }
    #expect(stops > 1)
    let resumed = try Self.text(request, file)
    #expect(resumed == whole)
    // The control: another seed.
    #expect(try Self.text(test.request(test.name.hasPrefix("free") ? 400 : 160, ["run.seed=2"]), nil) != whole)
  }

  /// A copy of the file as it stands, opened for adding; the first is removed.
  private static func reopened(_ path: String) throws -> RecordFile {
    let copy = NSTemporaryDirectory() + "segments-\(UUID().uuidString)"
    try FileManager.default.moveItem(atPath: path, toPath: copy + ".old")
    try FileManager.default.copyItem(atPath: copy + ".old", toPath: copy)
    unlink(copy + ".old")
    return try RecordFile(opening: copy, isAppending: true)
  }

  /// A run of more draws does nothing again that a run of fewer has done.
  @Test(arguments: cases) func moreDrawsGoOn(test: Case) throws {
    let isWeighted = ["reweighting", "collapsed", "exact draws"].contains(test.name)
    let isBins = test.name.hasPrefix("free") || isWeighted
    let bins = isWeighted ? 16 : 2
    let short = try test.request(400)
    let long = try test.request(isBins ? 800 : 640, isBins ? ["run.bins=\(2 * bins)"] : [])
    let file = try Self.file(short)
    defer { unlink(file.path) }
    _ = try Self.text(short, file)
    let plans = try (short.statements, long.statements)
    #expect(zip(plans.1, plans.0).allSatisfy { $0.extends($1) } && !zip(plans.0, plans.1).contains { $0.extends($1) })
    try file.requirePlans(plans.1, canExtend: true, program: nil, of: "this run")
    let copy = try Self.reopened(file.path)
    defer { unlink(copy.path) }
    let plan = try long.unitPlans[0]
    let store = try copy.store(of: plan)
    let there = store.records.count + (0..<plan.unitCount).count { store.segment(of: $0) != nil }
    #expect(there == short.binCount && there > 0)
    #expect(try Self.text(long, copy) == Self.text(long, nil))
    // The control: bins that hold other networks are refused, with what would go on.
    guard isBins else { return }
    let other = try test.request(800).statements
    #expect {
      try copy.requirePlans(other, canExtend: true, program: nil, of: "this run")
    } throws: { "\($0)".contains("--set run.bins=\(2 * bins)") }
  }

  /// A state of another shape is a fault, not a wrong number.
  @Test func statesThatDoNotFitAreFaults() throws {
    let request = try Self.cases.first { $0.name == "refresh and slice" }!.request(160)
    let file = try Self.file(request)
    defer { unlink(file.path) }
    let store = try file.store(of: request.unitPlans[0])
    try store.keep(UnitSegment(unit: 3, state: [1, 2, 3], series: nil))
    #expect(throws: SegmentMismatch.self) { try request.collect(threads: 1, monitor: RunMonitor(archive: file)) }
  }

  /// Saved numbers come back in their order, lists with their length.
  @Test func visitorsGiveBack() {
    func visit(_ state: inout StateVisitor, _ x: inout Double, _ n: inout Int, _ list: inout [Double]) {
      state.visit(&x)
      state.visit(&list)
      state.visit(&n)
    }
    var saved = StateVisitor()
    var (x, n, list) = (-0.0, 7, [1.5, .infinity])
    visit(&saved, &x, &n, &list)
    var restored = StateVisitor(restoring: saved.numbers)
    (x, n, list) = (3, 0, [])
    visit(&restored, &x, &n, &list)
    #expect(x.sign == .minus && n == 7 && list == [1.5, .infinity] && restored.isWhole)
    var short = StateVisitor(restoring: Array(saved.numbers.dropLast()))
    visit(&short, &x, &n, &list)
    #expect(!short.isWhole)
  }
}
