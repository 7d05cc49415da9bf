// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import KnownValues
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

/// Spectra of kernels and learning curves, against series in thirty digits, root finders, and experiments made elsewhere.
@Suite struct LearningCurveTests {
  static func records(_ kinds: String...) -> [ReferenceRecord] { kinds.flatMap { ReferenceRecords.learning("L4:" + $0) } }

  @Test func noRecordWentMissing() { #expect(ReferenceRecords.learning.count { $0.item == "L4" } == 63) }

  /// The spectrum of a record, its only dimensionless parameter times `factor`.
  static func spectrum(_ record: ReferenceRecord, _ factor: Double = 1) -> MercerSpectrum {
    switch record.kind!.split(separator: ":")[1] {
    case "relu": .reluNet(dimension: record.dimension, variance: factor * record.number("v"), count: 12)
    case "cos":
      .cosNet(dimension: record.dimension, rate: factor * record.number("kappa"), sigmaW1: record.number("sigma_w1"), count: 12)
    default: .erfNet(dimension: record.dimension, variance: factor * record.number("v"), count: 60)
    }
  }

  @Test(arguments: records("erf:lambda", "relu:lambda", "cos:lambda")) func eigenvalues(_ record: ReferenceRecord) {
    let degree = Int(record.points[0][0])
    let value = Self.spectrum(record).modes[degree].eigenvalue
    #expect(abs(value / record.value - 1) < 1e-11 || record.kind == "L4:relu:lambda" && record.agrees(with: value, floor: 1e-12))
    #expect(abs(Self.spectrum(record, 1.001).modes[degree].eigenvalue / record.value - 1) > 1e-6)
    // The same by quadrature, to its absolute accuracy.
    let quadrature: MercerSpectrum? =
      switch record.kind! {
      case "L4:erf:lambda":
        .sphere(dimension: record.dimension, count: 8) {
          Activation.erf.kernel(record.number("v"), record.number("v"), record.number("v") * $0)!
        }
      case "L4:cos:lambda": .sphere(dimension: record.dimension, count: 8) { 0.5 * exp(-record.number("kappa") * (1 - $0)) }
      default: nil
      }
    if let quadrature { #expect(abs(quadrature.modes[degree].eigenvalue - record.value) < 1e-15) }
  }

  @Test(arguments: records("erf:trace", "erf:trace2")) func traces(_ record: ReferenceRecord) {
    let spectrum = Self.spectrum(record)
    // The trace of degrees below sixty lacks what lies beyond them.
    let (value, floor) = record.kind == "L4:erf:trace" ? (spectrum.trace, 2e-2) : (spectrum.traceOfSquare, 1e-9)
    #expect(record.agrees(with: value, floor: floor))
    #expect(value < record.value * (1 + 1e-12))
  }

  @Test func geometricAndLatticeSpectra() throws {
    let mehler = try #require(Self.records("mehler").first)
    let cosine = MercerSpectrum.cosNet(sigmaW0: 1, sigmaW1: 1, inputDeviation: 1, count: 8)
    let wide = MercerSpectrum.cosNet(sigmaW0: 1, sigmaW1: 1, inputDeviation: 1.01, count: 8)
    for (k, mode) in cosine.modes.enumerated() { #expect(mehler.agrees(with: mode.eigenvalue, k, floor: 1e-14)) }
    #expect(!mehler.agrees(with: wide.modes[0].eigenvalue, floor: 1e-4))
    let lattice = try #require(Self.records("lattice:lambda").first)
    let field = MercerSpectrum.freeField(
      Lattice(sites: [lattice.integer("L")], spacing: lattice.number("a"), boundary: .periodic), massSquared: lattice.number("m2")
    )
    for (k, mode) in field.modes.enumerated() { #expect(lattice.agrees(with: mode.eigenvalue, k, floor: 1e-14)) }
    #expect(abs(field.trace - lattice.values.reduce(0, +)) < 1e-14)
  }

  /// The erf net on S⁹ with power one in the degrees one and three.
  static func regression(_ record: ReferenceRecord, factor: Double = 1) -> SphereRegression {
    let v = factor * record.number("v")
    return SphereRegression(
      dimension: record.dimension, kernel: { Activation.erf.kernel(v, v, v * $0)! },
      spectrum: .erfNet(dimension: record.dimension, variance: v, count: 40), powers: [0, 1, 0, 1], ridge: record.number("T"))
  }

  @Test(arguments: records("curve:theory")) func effectiveRidge(_ record: ReferenceRecord) throws {
    func numbers(_ factor: Double) throws -> [Double] {
      let prediction = try #require(Self.regression(record, factor: factor).curve.effectiveRidge(record.number("P")))
      return [
        prediction.threshold, prediction.learnabilities[1], prediction.learnabilities[3], prediction.overfitting,
        prediction.testError,
      ]
    }
    for (i, value) in try numbers(1).enumerated() { #expect(abs(value / record.values[i] - 1) < 1e-9, "\(value)") }
    let wrong = try numbers(1.001)
    #expect(abs(wrong[0] / record.value - 1) > 1e-6)
  }

  @Test(arguments: records("curve:exactP")) func oneAndTwoData(_ record: ReferenceRecord) {
    func value(_ factor: Double) -> Double {
      let regression = Self.regression(record, factor: factor)
      return record.integer("P") == 1 ? regression.errorOfOneDatum : regression.errorOfTwoData
    }
    #expect(record.agrees(with: value(1), floor: 1e-10), "\(value(1))")
    #expect(!record.agrees(with: value(1.001), floor: 1e-7))
  }

  /// Power laws with twenty thousand modes, and a target from the prior.
  @Test(arguments: records("powerlaw", "nishimori")) func powerLaws(_ record: ReferenceRecord) throws {
    func numbers(_ ridge: Double) throws -> [Double] {
      let exponent = 1 + record.number("alpha")
      let spectrum = MercerSpectrum((1...20_000).map { .init(eigenvalue: pow(Double($0), -exponent)) })
      let count = record.number("P")
      if record.kind == "L4:nishimori" {
        return [try #require(LearningCurve(targetFromPrior: spectrum, ridge: ridge).effectiveRidge(count)).testError]
      }
      let powers = (1...20_000).map { pow(Double($0), -record.number("g")) }
      let prediction = try #require(LearningCurve(spectrum, powers: powers, ridge: ridge).effectiveRidge(count))
      return [prediction.threshold, count * prediction.threshold, prediction.overfitting, prediction.testError]
    }
    for (i, value) in try numbers(record.number("T")).enumerated() {
      #expect(abs(value / record.values[i] - 1) < 1e-10, "\(value)")
    }
    #expect(try abs(numbers(record.number("T") + 1e-4)[0] / record.value - 1) > 1e-6)
  }

  /// Unlearnable modes are noise; the equivalent kernel is wrong by orders of magnitude at small T, the first correction is between.
  @Test func fourTheories() throws {
    let spectrum = MercerSpectrum((1...8000).map { .init(eigenvalue: pow(Double($0), -1.3)) })
    let curve = LearningCurve(targetFromPrior: spectrum, ridge: 0.05)
    let kept = curve.learnableEntries(100, threshold: 0.05)
    #expect(kept == 971)
    #expect(curve.learnableEntries(100, threshold: 0.2) == 158)
    let full = try #require(curve.effectiveRidge(100))
    let low = try #require(curve.renormalisedRidge(100, keeping: kept))
    #expect(abs(low.threshold - 0.0111046130) < 1e-10 && abs(full.threshold - 0.0110924497) < 1e-10)
    #expect(abs(low.testError / full.testError - 1) < 0.02)
    let poor = try #require(curve.renormalisedRidge(100, keeping: 20))
    #expect(abs(poor.threshold / full.threshold - 1) > 0.05)

    let erf = LearningCurve(.erfNet(dimension: 10, variance: 1.5, count: 40), powers: [0, 1, 0, 1], ridge: 1e-6)
    let exact = try #require(erf.effectiveRidge(50)).testError
    #expect(erf.equivalentKernel(50).testError < 1e-6 && exact > 1)
    let first = erf.firstCorrection(50)
    #expect(first.threshold > erf.equivalentKernel(50).threshold && first.testError < exact)
  }

  /// Errors of data sets drawn on the sphere: of one datum they do not depend on it, of two their average is the integral, at five sigma; the error
  /// without test points is that on many.
  @Test func dataSets() throws {
    let regression = SphereRegression(
      dimension: 10, kernel: { Activation.erf.kernel(1.5, 1.5, 1.5 * $0)! },
      spectrum: .erfNet(dimension: 10, variance: 1.5, count: 40), powers: [0, 1, 0, 1], ridge: 0.01)
    func sphere(_ seed: UInt64, _ count: Int) -> [[Double]] {
      var (first, second) = ([Double](repeating: 0, count: 10 * count), [Double](repeating: 0, count: 10 * count))
      RandomStream(seed: 7, stream: "sphere").normalPairs(
        use: .outputWeight, draw: seed, count: 10 * count, first: &first, second: &second)
      return (0..<count).map { i in
        let row = Array(first[10 * i..<10 * i + 10])
        let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return row.map { $0 / norm }
      }
    }
    var (sum, square) = (0.0, 0.0)
    let draws = 4000
    for draw in 0..<draws {
      let error = try regression.errors(sphere(UInt64(draw), 2)).test
      sum += error
      square += error * error
    }
    let mean = sum / Double(draws)
    let sigma = ((square / Double(draws) - mean * mean) / Double(draws)).squareRoot()
    #expect(abs(mean - regression.errorOfTwoData) < 5 * sigma)
    #expect(abs(mean - 1.01 * regression.errorOfTwoData) > 5 * sigma)
  }
}
