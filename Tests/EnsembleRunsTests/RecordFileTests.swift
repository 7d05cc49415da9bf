// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import ErrorAnalysis
import Foundation
import ResultTables
import Testing

@testable import EnsembleRuns

/// Files of finished units: they give back every bit, lose no more than the frame that was not finished, and do not take damage for data.
@Suite struct RecordFileTests {
  /// A plan of eight units whose records hold every kind of number.
  private struct Plan: UnitPlan {
    var value = "1"
    var layout: UnitLayout { .fixed(count: 8) }
    var family: PlanIdentity { PlanIdentity("coupling", value) }

    static func record(_ unit: Int) -> UnitRecord {
      var weights = WeightedBin(primaryCount: 1)
      weights.add(logWeight: -.infinity, primaries: [0])
      weights.add(logWeight: -800.5, primaries: [1 / 3])
      var skewness = MeanSkewness(observables: 2)
      skewness.add(logWeight: 0.1, values: [0.1, -7])
      var series = WeightedSeries(names: ["S", "phi^2"])
      series.append([.pi, -0.0], logWeight: -.infinity)
      series.append([Double.leastNonzeroMagnitude, 1e308], logWeight: 0.3)
      var totals = UnitTotals()
      totals.logWeight = -.infinity
      totals.steps = 3
      totals.exchange = LadderExchange(swaps: [0.1, 0.7], roundTrips: 2)
      var counts = KernelCounts()
      counts.proposals = unit
      totals.moves = [KernelReport(name: "pair", counts: counts, setting: "block 4")]
      return UnitRecord(
        unit: unit, samples: 10 + unit, logWeight: unit == 0 ? nil : -Double(unit) / 7,
        primaries: [[Double(unit) / 3, .infinity, -0.0], [], [.leastNonzeroMagnitude]], series: series, weights: weights,
        skewness: skewness, rejected: 1, totals: totals)
    }

    func makeWorker(_ monitor: RunMonitor) -> (Int) throws -> UnitRecord? { { Self.record($0) } }
  }

  /// All that a record holds, bit by bit.
  private static func text(_ record: UnitRecord) -> String {
    func bits(_ numbers: [Double]) -> [UInt64] { numbers.map(\.bitPattern) }
    return "\(record.unit) \(record.samples) \(record.rejected) \(record.logWeight.map { $0.bitPattern } ?? 1) "
      + "\(record.primaries.map(bits)) \(record.series!.names) \(record.series!.values.map(bits)) \(bits(record.series!.logWeights)) "
      + "\(record.weights!) \(record.skewness!) \(record.totals)"
  }

  private static func temporary() -> String { NSTemporaryDirectory() + "records-\(UUID().uuidString)" }

  private static let header = RecordFile.Header(program: "nnft test", plans: [Plan().statement], request: nil)

  /// A file of all units, as bytes, and where its frames begin.
  private static func whole() throws -> (bytes: Data, starts: [Int]) {
    let path = temporary()
    defer { unlink(path) }
    let file = try RecordFile(creating: path, header)
    _ = try Runner.records(Plan(), threads: 1, monitor: RunMonitor(archive: file))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    var starts: [Int] = []
    var place = 15
    while place < bytes.count {
      starts.append(place)
      place += 16 + (0..<8).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }
    return (bytes, starts)
  }

  /// What a kill leaves of a file that was just begun is told from a file with something in it, at every byte; the controls are other files.
  @Test func filesThatWereHardlyBegunAreKnown() throws {
    let (bytes, starts) = try Self.whole()
    let path = Self.temporary()
    defer { unlink(path) }
    func isUnbegun(_ bytes: Data) throws -> Bool {
      try bytes.write(to: URL(fileURLWithPath: path))
      return RecordFile.isUnbegun(path)
    }
    for count in 0..<starts[1] { #expect(try isUnbegun(bytes.prefix(count)), "\(count)") }
    for count in [starts[1], starts[1] + 1, bytes.count] { #expect(try !isUnbegun(bytes.prefix(count))) }
    for other in ["hello", "nnft records 1\n", "nnft records 2\nsixteen bytes ...and more"] {
      #expect(try !isUnbegun(Data(other.utf8)))
    }
    // One that a run is adding to is nobody else's.
    try Data().write(to: URL(fileURLWithPath: path))
    let held = Foundation.open(path, O_RDWR)
    #expect(flock(held, LOCK_EX) == 0 && !RecordFile.isUnbegun(path))
    close(held)
  }

  /// A file that is only read is not kept open, so that a merge may have more files than a process may open; the control is one that is added to.
  @Test func filesThatAreReadAreClosed() throws {
    let path = Self.temporary()
    defer { unlink(path) }
    try Self.whole().bytes.write(to: URL(fileURLWithPath: path))
    func isOpen() throws -> Bool {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").contains {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)"))?.hasSuffix(path) ?? false
      }
    }
    for isAppending in [false, true] {
      let file = try RecordFile(opening: path, isAppending: isAppending)
      #expect(try isOpen() == isAppending)
      #expect(file.records[0].records.count == 8)
    }
    #expect(try !isOpen())
  }

  private static func open(_ bytes: Data, isAppending: Bool = false) throws -> RecordFile {
    let path = temporary()
    try bytes.write(to: URL(fileURLWithPath: path))
    defer { unlink(path) }
    return try RecordFile(opening: path, isAppending: isAppending)
  }

  @Test func everyBitComesBack() throws {
    let file = try Self.open(Self.whole().bytes)
    let records = file.records.flatMap(\.records)
    #expect(records.map(Self.text) == (0..<8).map { Self.text(Plan.record($0)) })
    #expect(file.header.program == "nnft test" && file.header.identity == Plan().identity)
    // The control: one bit of one number.
    #expect(Self.text(records[1]) != Self.text(Plan.record(2)))
  }

  /// Cut anywhere behind the header, a file keeps the frames before the cut, and a run goes on from them to the same records.
  @Test func tornFramesAreDropped() throws {
    let (bytes, starts) = try Self.whole()
    for cut in stride(from: starts[1], to: bytes.count, by: 37) {
      let path = Self.temporary()
      defer { unlink(path) }
      try bytes.prefix(cut).write(to: URL(fileURLWithPath: path))
      let file = try RecordFile(opening: path, isAppending: true)
      // The header and the plan come before records.
      let frames = starts.count { $0 <= cut } - 1
      #expect(file.records.reduce(0) { $0 + $1.records.count } == max(0, frames - 2), "cut at \(cut)")
      let records = try Runner.records(Plan(), threads: 1, monitor: RunMonitor(archive: file))!
      #expect(records.map(Self.text) == (0..<8).map { Self.text(Plan.record($0)) })
      let again = try RecordFile(opening: path, isAppending: false).records.flatMap(\.records)
      #expect(again.map(Self.text) == records.map(Self.text))
    }
  }

  /// A flipped bit is a fault, or ends the file where it makes the last frame look torn; it never gives another record.
  @Test func damageIsSeen() throws {
    let (bytes, starts) = try Self.whole()
    let truth = Set((0..<8).map { Self.text(Plan.record($0)) })
    var faults = 0
    for place in stride(from: 0, to: bytes.count, by: 11) {
      var damaged = bytes
      damaged[place] ^= 1 << UInt8(place % 8)
      do {
        let file = try Self.open(damaged)
        #expect(file.records.flatMap(\.records).allSatisfy { truth.contains(Self.text($0)) }, "byte \(place)")
        #expect(place >= starts[1], "byte \(place)")
      } catch is ResultFileError { faults += 1 }
    }
    #expect(faults > bytes.count / 11 / 2)
  }

  @Test func onePlanOneWriterOneFile() throws {
    let path = Self.temporary()
    defer { unlink(path) }
    let file = try RecordFile(creating: path, Self.header)
    #expect(throws: FileWriteError.self) { try RecordFile(creating: path, Self.header) }
    #expect(throws: ResultFileError.self) { try RecordFile(opening: path, isAppending: true) }
    #expect(throws: ResultFileError.self) {
      try file.requirePlans([Plan(value: "2").statement], program: nil, of: "this run")
    }
    #expect(throws: ResultFileError.self) {
      try file.requirePlans([Plan().statement], program: "nnft another", of: "this run")
    }
    try file.requirePlans([Plan().statement], program: "nnft test", of: "this run")
  }

  /// Every unit is in one shard, and shards differ by one unit at most.
  @Test func shardsPartUnits() {
    for count in 1...9 {
      let sizes = (1...count).map { index in (0..<64).count { UnitShard(index: index, of: count).contains($0) } }
      #expect(sizes.reduce(0, +) == 64 && sizes.max()! - sizes.min()! <= 1)
    }
  }
}
