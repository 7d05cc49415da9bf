// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import NNFTTestSupport
import NumericalKernels
import Testing

/// One record of radial_integrals.json (Scripts/reference/radial_integrals.py).
struct RadialRecord: Sendable, Decodable, CustomTestStringConvertible {
  let kind: String
  let d: Int
  let m, cutoff, s, r, value: Double

  var testDescription: String { "\(kind) d=\(d) m=\(m) cutoff=\(cutoff) s=\(s) r=\(r)" }

  static let all: [RadialRecord] = {
    struct File: Decodable { let records: [RadialRecord] }
    let url = ReferenceRecords.folder.appendingPathComponent("radial_integrals.json")
    do {
      return try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).records
    } catch { preconditionFailure("radial_integrals.json: \(error)") }
  }()

  func function(massFactor: Double = 1) throws -> any RadialFunction {
    try AlphaNet.propagatorPower(
      s, dimension: d, mass: massFactor * m, regulator: kind == "hard" ? .hard : .gaussian,
      cutoff: cutoff)
  }
}

@Suite struct RadialIntegralTests {
  /// Direct evaluation: a few rounding errors of f(0), and relative accuracy wherever the representation is positive.
  @Test(arguments: RadialRecord.all) func directValues(record: RadialRecord) throws {
    let function = try record.function()
    let value = function.value(at: record.r)
    let tolerance = 1e-13 * abs(record.value) + 4 * function.absoluteError
    #expect(
      abs(value - record.value) <= tolerance,
      "\(value), reference \(record.value), off by \(value - record.value), allowed \(tolerance)")
  }

  /// The table adds nothing visible.
  @Test(arguments: RadialRecord.all) func tabulatedValues(record: RadialRecord) throws {
    let table = RadialTable(try record.function())
    let value = table.value(at: record.r)
    let tolerance = 2e-12 * abs(record.value) + 20 * table.function.absoluteError
    #expect(
      abs(value - record.value) <= tolerance,
      "\(value), reference \(record.value), off by \(value - record.value), allowed \(tolerance)")
  }

  /// The control: ten per cent more mass, wherever a propagator with a sharp cutoff has not decayed to its ringing, which knows no mass.
  @Test(arguments: RadialRecord.all) func wrongMassIsNoticed(record: RadialRecord) throws {
    guard record.s != 0, record.kind == "gaussian" || record.m * record.r < 50 else { return }
    let function = try record.function(massFactor: 1.1)
    let tolerance = 1e-13 * abs(record.value) + 4 * function.absoluteError
    #expect(abs(function.value(at: record.r) - record.value) > tolerance)
  }

  /// A table answers the same whatever was asked before, and follows the function everywhere.
  @Test(arguments: [AlphaNet.Regulator.hard, .gaussian], 1...4)
  func tablesFollowTheFunction(regulator: AlphaNet.Regulator, dimension: Int) throws {
    func function(_ s: Double) throws -> any RadialFunction {
      try AlphaNet.propagatorPower(
        s, dimension: dimension, mass: 1, regulator: regulator, cutoff: 10)
    }
    for s in [1, 2.0, -0.5] {
      let function = try function(s)
      let (upward, downward) = (RadialTable(function), RadialTable(function))
      let distances = (0..<400).map { 30 * pow((Double($0) + 0.3) / 400, 2) }
      let values = distances.map { upward.value(at: $0) }
      let reversed = distances.reversed().map { downward.value(at: $0) }
      #expect(values == reversed.reversed())
      for (r, value) in zip(distances, values) {
        let direct = function.value(at: r)
        // 1e-12 of the panel's maximum, at most a hundred times the value, or rounding.
        let tolerance = 3e-12 * abs(direct) + 10 * function.absoluteError
        #expect(abs(value - direct) <= tolerance, "r = \(r): \(value) against \(direct)")
      }
    }
  }

  /// Physics of arXiv:2604.27050, Tricomi's function in closed form: Ω_α at d = 2, m = 1, Λ = 100.
  @Test(arguments: [(-1.0, 1591.5494309), (0.0, 0.7422022237753), (1.0, 0.0795403614348)])
  func normalisations(alpha: Double, omega: Double) throws {
    let net = try AlphaNet(
      dimension: 2, width: 1, mass: 1, alpha: alpha, regulator: .gaussian, cutoff: 100,
      weights: .constant)
    #expect(abs(net.normalisation - omega) <= 2e-11 * omega)
  }

  @Test func unboundedIntegralsAreRefused() {
    typealias Fault = RadialProfile.Fault
    #expect(throws: Fault.divergesAtInfinity) {
      _ = try RadialProfile(dimension: 2, cutoff: nil) { 1 / (1 + $0 * $0) }
    }
    #expect(throws: Fault.divergesAtZero) {
      _ = try RadialProfile(dimension: 1, cutoff: 1, isFormula: true) { 1 / $0 }
    }
    #expect(throws: Fault.vanishes) { _ = try RadialProfile(dimension: 1, cutoff: nil) { _ in 0 } }
    #expect(throws: Fault.self) { _ = try RadialProfile(dimension: 1, cutoff: 4) { log($0 - 1) } }
  }

  /// Integrable powers at the origin, kinks, jumps, power tails: against elementary integrals.
  @Test func awkwardProfiles() throws {
    func integral(_ d: Int, _ cutoff: Double?, _ g: @escaping @Sendable (Double) -> Double) throws
      -> Double
    {
      RadialTransform(try RadialProfile(dimension: d, cutoff: cutoff, isFormula: true, g)).value(
        at: 0)
    }
    #expect(abs(try integral(1, 1) { pow($0, -0.5) } - 4) < 4e-13)
    #expect(abs(try integral(1, 3) { abs($0 - 1.1) } - (1.21 + 1.9 * 1.9)) < 1e-13)
    #expect(abs(try integral(1, 3) { $0 < 1.7 ? 1 : 0 } - 3.4) < 1e-12)
    #expect(abs(try integral(2, nil) { pow(1 + $0 * $0, -1.25) } - 4 * .pi) < 1e-11)
    #expect(
      abs(try integral(3, nil) { exp(-1e8 * $0 * $0 / 2) } - pow(2 * .pi, 1.5) * 1e-12) < 1e-25)
  }
}
