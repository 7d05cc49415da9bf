// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import ErrorAnalysis
import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

@testable import EnsembleRuns
@testable import ResultTables

/// Fields from a file: errors that fit independent, correlated and weighted draws.
@Suite struct OutsideFieldTests {
  /// White noise on a ring of eight sites, each site an autoregressive process `φ_t = ρ φ_{t−1} + √(1−ρ²) η_t` of variance 1, in `chains` chains;
  /// `<φ(x)φ(y)> = δ_xy`, and `φ(x)φ(y)` has `ρ(t) = ρ^{2t}`.
  private static func process(_ seed: UInt64, chains: Int, draws: Int, memory: Double) -> [Double] {
    let stream = RandomStream(seed: seed, stream: "outside fields")
    let sites = 8
    let rest = (1 - memory * memory).squareRoot()
    var values = [Double](repeating: 0, count: chains * draws * sites)
    let noise = AlignedBuffer<Double>(count: sites, repeating: 0)
    let half = sites / 2
    for chain in 0..<chains {
      for draw in 0..<draws {
        stream.normalPairs(
          use: .outputWeight, draw: UInt64(chain * draws + draw), count: half, first: noise.pointer, second: noise.pointer + half)
        let place = (chain * draws + draw) * sites
        for site in 0..<sites {
          values[place + site] = draw == 0 ? noise[site] : memory * values[place - sites + site] + rest * noise[site]
        }
      }
    }
    return values
  }

  /// A file of these arrays.
  private static func file<Result>(_ arrays: [NamedArray], _ body: (String) throws -> Result) throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    var zip = StoredZip()
    for array in arrays { try zip.add("\(array.name).npy", NPZRenderer.npy(array)) }
    let path = directory.appendingPathComponent("fields.npz").path
    try Data(try zip.finish()).write(to: URL(fileURLWithPath: path))
    return try body(path)
  }

  private static func tables(
    _ path: String, hasChains: Bool = false, bins: Int? = nil, estimators: [String] = ["two-point"]
  ) throws -> [MeasuredTable] {
    var options = FieldOptions()
    (options.spacing, options.boundary, options.hasChains, options.bins) = (1, .periodic, hasChains, bins)
    let fields = try FieldEnsemble(path: path, options, inspector: nil)
    return try FieldRequest(fields, estimatorNames: estimators, allDisplacements: false).measure(
      threads: 1, monitor: RunMonitor())
  }

  /// How often one-sigma intervals of the two-point function at five distances hold the truth, with and without regard for correlations.
  private static func coverage(repeats: Int, chains: Int, draws: Int) throws -> (chains: Double, plain: Double, count: Int) {
    var (hits, plainHits, count) = (0, 0, 0)
    for seed in 1...repeats {
      let values = process(UInt64(seed), chains: chains, draws: draws, memory: 0.8)
      let inChains = try file([.numbers("phi", values, shape: [chains, draws, 8])]) { try tables($0, hasChains: true)[0] }
      let plain = try file([.numbers("phi", values, shape: [chains * draws, 8])]) { try tables($0, bins: chains * draws / 2)[0] }
      for (index, truth) in [1.0, 0, 0, 0, 0].enumerated() {
        let row = inChains.rows[index].estimate
        #expect(row.reliability == .sound, "\(row.reliability)")
        hits += abs(row.value - truth) <= row.error ? 1 : 0
        plainHits += abs(plain.rows[index].estimate.value - truth) <= plain.rows[index].estimate.error ? 1 : 0
        count += 1
        #expect(abs(row.value - plain.rows[index].estimate.value) < 1e-12)
      }
    }
    return (Double(hits) / Double(count), Double(plainHits) / Double(count), count)
  }

  /// Errors of four chains cover at 68 %; the same draws taken for independent do not: their errors are too small by √(2τ) = 2.1. Binomial bound at 1e-6.
  @Test(arguments: [(40, false), (400, true)]) func errorsOfChainsCover(repeats: Int, isLong: Bool) throws {
    guard !isLong || ProcessInfo.processInfo.environment["NNFT_LONG_TESTS"] != nil else { return }
    let found = try Self.coverage(repeats: repeats, chains: 4, draws: 4000)
    let bound = StatisticalChecks.normalBound() * (0.6827 * 0.3173 / Double(found.count)).squareRoot()
    if isLong { print("coverage of chains: \(found)") }
    #expect(abs(found.chains - 0.6827) < bound, "\(found)")
    #expect(found.plain < 0.6827 - bound, "\(found)")
  }

  /// As many chains as bins: whole chains are the unit, no correlation within one matters.
  @Test func manyChainsAreBins() throws {
    let values = Self.process(7, chains: 32, draws: 600, memory: 0.5)
    try Self.file([.numbers("phi", values, shape: [32, 600, 8])]) { path in
      let tables = try Self.tables(path, hasChains: true)
      #expect(tables[0].samples[0].weights.count == 32 && tables[0].rows[0].estimate.reliability == .sound)
      #expect(tables.last?.name == "sampling")
      let row = tables[0].rows[0].estimate
      #expect(abs(row.value - 1) < StatisticalChecks.studentBound(degrees: 31) * row.error)
    }
  }

  /// Fields of three components: tables of one are averages over all; O(3) is accepted of independent Gaussian components and of a random length shared by all, rejected where every
  /// component has a random size of its own. A wrong number of components is refused.
  @Test func components() throws {
    let draws = 20_000
    func table(_ size: (_ draw: Int, _ component: Int) -> Double) throws -> [MeasuredTable] {
      let gaussian = Self.process(12, chains: 1, draws: 3 * draws, memory: 0)
      let values = gaussian.indices.map { gaussian[$0] * size($0 / 24, $0 / 8 % 3) }
      return try Self.file([
        .numbers("phi", values, shape: [draws, 3, 8]), .numbers("components", [3], shape: []),
        .numbers("spacing", [1], shape: []),
      ]) { try Self.tables($0, estimators: ["two-point", "component-four-point", "component-symmetry"]) }
    }
    func isZero(_ table: MeasuredTable) -> Bool {
      let bound = StatisticalChecks.studentBound(degrees: 255, comparisons: table.rows.count)
      return table.rows.allSatisfy { abs($0.estimate.value) < bound * $0.estimate.error }
    }
    let uniform = Self.process(13, chains: 1, draws: 3 * draws, memory: 0)
    let free = try table { _, _ in 1 }
    #expect(
      abs(free[0].rows[0].estimate.value - 1) < StatisticalChecks.studentBound(degrees: 255) * free[0].rows[0].estimate.error)
    #expect(isZero(free[1]) && isZero(free[2]))
    let shared = try table { draw, _ in 1 + 0.5 * (uniform[8 * draw] > 0 ? 1 : -1) }
    #expect(!isZero(shared[1]) && isZero(shared[2]))
    let own = try table { draw, component in 1 + 0.5 * (uniform[8 * draw + component] > 0 ? 1 : -1) }
    #expect(!isZero(own[2]))
    let fault = #expect(throws: ResultFileError.self) {
      try Self.file([
        .numbers("phi", [Double](repeating: 1, count: 48), shape: [2, 3, 8]), .numbers("components", [4], shape: []),
      ]) {
        try Self.tables($0)
      }
    }
    #expect(fault?.description.contains("no axis of 4 components") ?? false)
  }

  /// Chains that are not long enough give no numbers, nor do a few that disagree.
  @Test func shortChainsAreWithheld() throws {
    let short = Self.process(8, chains: 2, draws: 150, memory: 0.95)
    try Self.file([.numbers("phi", short, shape: [2, 150, 8])]) { path in
      for row in try Self.tables(path, hasChains: true)[0].rows { #expect(row.estimate.reliability != .sound) }
    }
  }

  /// Draws of variance 1 weighted to variance s²: `w = e^{φ²(1 − 1/s²)/2}` at each site. Controls: the weights left out give 1; one weight that outweighs all
  /// leaves too few effective draws.
  @Test func weightsAreUsed() throws {
    let (draws, squared) = (40_000, 1.2)
    let values = Self.process(9, chains: 1, draws: draws, memory: 0)
    var weights = (0..<draws).map { draw in
      (0..<8).reduce(0.0) { $0 + 0.5 * (1 - 1 / squared) * values[8 * draw + $1] * values[8 * draw + $1] }
    }
    func table() throws -> MeasuredTable {
      try Self.file([
        .numbers("phi", values, shape: [draws, 8]), .numbers("log_weights", weights), .numbers("spacing", [1], shape: []),
      ]) { try Self.tables($0)[0] }
    }
    let row = try table().rows[0].estimate
    let bound = StatisticalChecks.studentBound(degrees: 255)
    #expect(row.reliability == .sound && abs(row.value - squared) < bound * row.error, "\(row)")
    #expect(abs(row.value - 1) > bound * row.error)
    weights[17] = 100
    guard case .underSampled(let reason) = try table().rows[0].estimate.reliability else {
      Issue.record("one draw carries all weight")
      return
    }
    #expect(reason.contains("effective samples"), "\(reason)")
  }

  /// A mean that is not zero withholds what takes φ and −φ to be equally likely.
  @Test func aMeanIsNoticed() throws {
    let values = Self.process(10, chains: 1, draws: 20_000, memory: 0)
    for shift in [0, 0.05] {
      try Self.file([.numbers("phi", values.map { $0 + shift }, shape: [20_000, 8])]) { path in
        let isSound = try Self.tables(path, estimators: ["four-point-xxyy"])[0].rows[1].estimate.reliability == .sound
        #expect(isSound == (shift == 0))
      }
    }
  }

  /// What cannot be guessed is asked for.
  @Test func nothingIsGuessed() throws {
    let values = [Double](repeating: 1, count: 64)
    try Self.file([.numbers("phi", values, shape: [8, 8])]) { path in
      let error = try #require(throws: SelectionError.self) { try FieldEnsemble(path: path, FieldOptions(), inspector: nil) }
      #expect(error.description.contains("--spacing"))
      var options = FieldOptions()
      options.spacing = 1
      #expect(
        try #require(throws: SelectionError.self) { try FieldEnsemble(path: path, options, inspector: nil) }.description.contains(
          "--boundary"))
      (options.boundary, options.sites) = (.open, [3, 3])
      #expect(throws: ResultFileError.self) { try FieldEnsemble(path: path, options, inspector: nil) }
      options.sites = [4, 2]
      #expect(
        try FieldEnsemble(path: path, options, inspector: nil).lattice == Lattice(sites: [4, 2], spacing: 1, boundary: .open))
    }
    try Self.file([.numbers("a", values, shape: [8, 8]), .numbers("b", values, shape: [8, 8])]) { path in
      let error = try #require(throws: ResultFileError.self) { try FieldEnsemble(path: path, FieldOptions(), inspector: nil) }
      #expect(error.description.contains("--array"))
    }
  }
}
