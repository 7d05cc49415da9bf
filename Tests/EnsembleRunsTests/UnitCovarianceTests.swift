// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import Draws
import ErrorAnalysis
import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import Testing

@testable import EnsembleRuns

/// Numbers and verdicts must not know in what units a theory is written: in units that differ by a power of two, where floating point itself is
/// exactly covariant, every estimator of the registry gives the same bytes after rescaling: value, error, exact value, verdict on the row, joint test.
@Suite struct UnitCovarianceTests {
  /// A theory whose field scales by 2^k and whose lengths by 2^l.
  private struct Units {
    let text: @Sendable (_ k: Int) -> String
    /// (k, l) of the theory's number k.
    let powers: @Sendable (_ k: Int) -> (field: Int, length: Int)
    let dimension: Int
    let scales: [Int]
  }

  private static func power(_ n: Int) -> Double { Double(sign: .plus, exponent: n, significand: 1) }

  /// Output weights of scale 2^k in an open box.
  private static let amplitudes = Units(
    text: { k in
      """
      dimension = 2
      [architecture]
      kind = "cos-net"
      width = 40
      sigma_w0 = 1.3
      sigma_w1 = \(1.7 * power(k))
      [lattice]
      sites = [4, 3]
      spacing = 0.4
      boundary = "open"
      [correlators]
      vertex_charge = \(0.8 * power(-k))
      [run]
      draws = 10800
      """
    }, powers: { ($0, 0) }, dimension: 2, scales: [-96, -66, -50, -24, -7, 7, 24, 50, 66, 96])

  /// Lengths of scale 2^k in four dimensions, where the field is an inverse length. Φ⁸, and sums of it over all draws, bound k by 37.
  private static let lengths = Units(
    text: { k in
      """
      dimension = 4
      [architecture]
      kind = "scalar-net-lattice"
      width = 40
      mass = \(0.9 * power(-k))
      weights = "constant"
      [lattice]
      sites = [4, 2, 2, 2]
      spacing = \(1.1 * power(k))
      boundary = "periodic"
      [correlators]
      vertex_charge = \(0.8 * power(k))
      [run]
      draws = 10800
      """
    }, powers: { (-$0, $0) }, dimension: 4, scales: [-36, -31, -24, -13, -5, 6, 17, 24, 31, 36])

  private static func tables(_ units: Units, _ k: Int, neuronSpace: Bool) throws -> [MeasuredTable] {
    let theory = try TheoryDefinition.load(text: units.text(k), fileName: "units")
    let request =
      try neuronSpace
      ? CorrelatorRequest(
        neuronSpace: NeuronSpaceOptions(theories: [theory], averages: nil), tableNames: nil, pointSets: nil,
        commonRandomNumbers: true)
      : CorrelatorRequest(
        theory: theory, estimatorNames: [EstimatorSelection.all], pointSets: nil, allDisplacements: false,
        commonRandomNumbers: true)
    return try request.measure(threads: 2, monitor: RunMonitor())
  }

  /// Powers of the field and of lengths in a correlation function.
  private static func content(_ function: CorrelationFunction, _ d: Int) -> (field: Int, length: Int) {
    switch function {
    case .propagator: (2, d)
    case .trispectrum: (4, 3 * d)
    case .zeroMomentumCumulant(let n): (n, d * (n - 1))
    case .effectiveMass: (0, -1)
    case .absoluteZeroMode: (1, 0)
    case .foldedSusceptibility: (2, d)
    case .density: (-1, 0)
    case .vertexCorrelator, .binderCumulant, .standardisedCumulant: (0, 0)
    default: (function.order, 0)
    }
  }

  private static func scaled(_ x: Double, _ n: Int) -> Double { x * power(n / 2) * power(n - n / 2) }
  private static func same(_ a: Double, _ b: Double) -> Bool { a.bitPattern == b.bitPattern || a.isNaN && b.isNaN }

  /// What differs between a table and one in other units; `extra` powers of two are a deliberate mistake.
  private static func differences(
    _ own: MeasuredTable, _ other: MeasuredTable, _ powers: (field: Int, length: Int), _ d: Int, extra: Int = 0
  ) -> [String] {
    var found: [String] = []
    for (index, (a, b)) in zip(own.rows, other.rows).enumerated() {
      let (weight, function) = a.target.terms[0]
      let content = content(function, d)
      let n =
        content.field * powers.field + content.length * powers.length + (b.target.terms[0].weight / weight).exponent + extra
      for (name, x, y) in [
        ("value", a.estimate.value, b.estimate.value), ("error", a.estimate.error, b.estimate.error),
        ("exact", a.exact ?? .nan, b.exact ?? .nan),
      ] where !same(scaled(x, n), y) { found.append("\(own.name) row \(index): \(name) \(scaled(x, n)), not \(y)") }
      if a.estimate.reliability != b.estimate.reliability || (a.exact == nil) != (b.exact == nil) {
        found.append("\(own.name) row \(index): \(a.estimate.reliability), not \(b.estimate.reliability)")
      }
      if SamplingAdequacy.reliability(of: own.samples[index]) != SamplingAdequacy.reliability(of: other.samples[index]) {
        found.append("\(own.name) row \(index): adequacy")
      }
    }
    let statistics = [own.test, other.test].map { [$0?.statistic ?? -1, $0?.pValue ?? -1, Double($0?.directions ?? -1)] }
    if statistics[0] != statistics[1] { found.append("\(own.name): joint test \(statistics)") }
    return found
  }

  @Test(arguments: [0, 1]) func everyEstimatorIsCovariant(choice: Int) throws {
    let units = [Self.amplitudes, Self.lengths][choice]
    for neuronSpace in [false, true] {
      let own = try Self.tables(units, 0, neuronSpace: neuronSpace)
      // Tables of components are made of fields of several only.
      let registered = EstimatorRegistry.entries.filter { $0.assumptions.leastComponents == 1 }
      if !neuronSpace && choice == 1 { #expect(own.map(\.name) == registered.map(\.name)) }
      #expect(own.contains { $0.test?.pValue != nil })
      for k in units.scales {
        let powers = units.powers(k)
        let other = try Self.tables(units, k, neuronSpace: neuronSpace)
        #expect(other.count == own.count)
        for (a, b) in zip(own, other) {
          let found = Self.differences(a, b, powers, units.dimension)
          #expect(found.isEmpty, "2^\(k): \(found.count) differences, \(found.prefix(3))")
          // The control: one power of two too many is seen in every table.
          #expect(!Self.differences(a, b, powers, units.dimension, extra: 1).isEmpty)
        }
      }
    }
  }

  /// The control: gates that square errors as they come, or know an absolute size, change their verdict with the unit.
  @Test func plantedThresholdsAreSeen() throws {
    let own = try Self.tables(Self.amplitudes, 0, neuronSpace: false).flatMap(\.samples)
    func unscaled(_ samples: JackknifeSamples) -> Bool {
      let squares = samples.deviations.map { $0 * $0 }
      let total = squares.reduce(0, +)
      return total > 0 && squares.reduce(0) { $0 + $1 * $1 } / (total * total) - 3 / Double(squares.count) <= 0.5
    }
    func absolute(_ samples: JackknifeSamples) -> Bool { samples.error > 1e-10 }
    for gate in [unscaled, absolute] {
      let seen = try [-96, 96].contains { k in
        zip(own, try Self.tables(Self.amplitudes, k, neuronSpace: false).flatMap(\.samples)).contains { gate($0) != gate($1) }
      }
      #expect(seen)
    }
  }

  /// Single precision, whose own range is 2^±126, keeps its numbers up to the fourth power of fields of 2^±50 and vertex
  /// operators too.
  @Test func singlePrecisionIsCovariant() throws {
    func tables(_ k: Int) throws -> [MeasuredTable] {
      let theory = try TheoryDefinition.load(
        text: Self.amplitudes.text(k), fileName: "units", overrides: [("fields.precision", "single")])
      return try CorrelatorRequest(
        theory: theory, estimatorNames: ["two-point", "four-point-xxxy", "local-operators", "vertex-operators"], pointSets: nil,
        allDisplacements: false, commonRandomNumbers: true
      ).measure(threads: 2, monitor: RunMonitor())
    }
    let own = try tables(0)
    for k in [-50, -24, 24, 50] {
      for (a, b) in zip(own, try tables(k)) {
        let found = Self.differences(a, b, (k, 0), 2)
        #expect(found.isEmpty, "2^\(k): \(found.count) differences, \(found.prefix(3))")
      }
    }
  }
}
