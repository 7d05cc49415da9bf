// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import KnownValues
import LatticeFields
import NNFTTestSupport
import Testing

/// Decimated Gaussian fields and nets against full problems, quadrature of shells and radial sums made elsewhere.
@Suite struct DecimationTests {
  static func records(_ kinds: String...) -> [ReferenceRecord] { kinds.flatMap { ReferenceRecords.learning("L5:" + $0) } }

  @Test func noRecordWentMissing() { #expect(ReferenceRecords.learning.count { $0.item == "L5" } == 20) }

  /// Modes on the circle: `1, √2 cos 2πjx, √2 sin 2πjx`, λ = 1, `(j+1)^{−(1+α)}`.
  struct Circle {
    let record: ReferenceRecord
    let factor: Double
    let sites: [Double]
    let eigenvalues: [Double]
    let kept: Int

    init(_ record: ReferenceRecord, _ factor: Double) {
      (self.record, self.factor, sites, kept) = (record, factor, record.numbers("x"), record.integer("keep"))
      eigenvalues = (0..<record.integer("M")).map {
        $0 == 0 ? 1 : pow(Double(($0 + 1) / 2) + 1, -(1 + record.number("alpha")))
      }
    }

    func mode(_ i: Int, _ x: Double) -> Double {
      guard i > 0 else { return 1 }
      let phase = 2 * Double.pi * Double((i + 1) / 2) * x
      return 2.0.squareRoot() * (i % 2 == 1 ? cos(phase) : sin(phase))
    }

    func kernel(_ range: Range<Int>) -> [Double] {
      sites.flatMap { x in sites.map { y in range.reduce(0.0) { $0 + eigenvalues[$1] * mode($1, x) * mode($1, y) } } }
    }

    var decimation: Decimation {
      Decimation(
        kept: kernel(0..<kept), removed: kernel(kept..<eigenvalues.count), trace: eigenvalues[kept...].reduce(0, +),
        temperature: sites.map { _ in factor * record.number("T") }, labels: record.numbers("y"))
    }

    /// Coefficients of the kept modes, and their variances.
    func coefficients(_ noise: Decimation.Noise) throws -> (means: [Double], variances: [Double]) {
      let posterior = try decimation.posterior(noise)
      let cross = (0..<kept).map { j in sites.map { eigenvalues[j] * mode(j, $0) } }
      let prior = (0..<kept).map { i in (0..<kept).map { $0 == i ? eigenvalues[i] : 0 } }
      return (posterior.mean(cross), posterior.covariance(cross, prior: prior).enumerated().map { $1[$0] })
    }
  }

  static func compare(_ record: ReferenceRecord, floor: Double, _ numbers: (Double) throws -> [Double]) rethrows {
    let right = try numbers(1)
    #expect(right.count == record.values.count)
    for (i, number) in right.enumerated() {
      #expect(record.agrees(with: number, i, floor: floor), "entry \(i): \(number), reference \(record.values[i])")
    }
    let wrong = try numbers(1.001)
    #expect(wrong.indices.contains { !record.agrees(with: wrong[$0], $0, floor: 1e-7) })
  }

  @Test(arguments: records("decimation:exact", "decimation:cov", "decimation:lnp", "decimation:approx"))
  func circle(_ record: ReferenceRecord) throws {
    try Self.compare(record, floor: 1e-11) { factor in
      let circle = Circle(record, factor)
      switch record.kind! {
      case "L5:decimation:exact": return try circle.coefficients(.matrix).means
      case "L5:decimation:cov": return try circle.coefficients(.matrix).variances
      case "L5:decimation:lnp":
        let full = Decimation(
          kept: circle.kernel(0..<circle.eigenvalues.count), removed: circle.sites.flatMap { _ in circle.sites.map { _ in 0.0 } },
          trace: 0, temperature: circle.sites.map { _ in factor * record.number("T") }, labels: record.numbers("y"))
        let constant = 0.5 * Double(circle.sites.count) * log(2 * Double.pi)
        return try [full.posterior(.matrix).logEvidence + constant]
          + Decimation.Noise.allCases.map { try circle.decimation.posterior($0).logEvidence + constant }
      default:
        let exact = try circle.coefficients(.matrix).means
        let errors = try [Decimation.Noise.diagonal, .constant].map { noise in
          zip(try circle.coefficients(noise).means, exact).map { abs($0 - $1) }.max()!
        }
        return [factor * record.number("T") + circle.eigenvalues[circle.kept...].reduce(0, +)] + errors
      }
    }
  }

  static func net(_ record: ReferenceRecord, factor: Double = 1, weights: OutputWeightLaw.Kind = .gaussian) throws -> AlphaNet {
    try AlphaNet(
      dimension: record.dimension, width: record.parameters["N"] == nil ? 1 : record.width, mass: factor * record.number("m"),
      alpha: record.parameters["alpha"]?.number ?? -1, regulator: .hard, cutoff: record.number("Lambda"), weights: weights)
  }

  @Test(arguments: records("shell:T")) func shells(_ record: ReferenceRecord) throws {
    try Self.compare(record, floor: 1e-12) { factor in
      try record.numbers("Lambda_prime").map {
        try record.number("T") + ShellDecimation(Self.net(record, factor: factor), cutoff: $0).noise
      }
    }
  }

  @Test(arguments: records("shell:field")) func predictorOfLowMomenta(_ record: ReferenceRecord) throws {
    try Self.compare(record, floor: 1e-10) { factor in
      let shell = try ShellDecimation(Self.net(record, factor: factor), cutoff: record.number("Lambda_prime"))
      let data = record.pointList("X")
      let pairs = data.flatMap { x in data.map { (x, $0) } }
      let decimation = Decimation(
        kept: pairs.map(shell.kept), removed: pairs.map(shell.removed), trace: shell.noise,
        temperature: data.map { _ in record.number("T") }, labels: record.numbers("y"))
      let cross = record.points.map { z in data.map { shell.kept(z, $0) } }
      return try [Decimation.Noise.matrix, .constant].flatMap { try decimation.posterior($0).mean(cross) }
    }
  }

  @Test(arguments: records("shell:finiteN")) func neuronsThatStay(_ record: ReferenceRecord) throws {
    let weights: OutputWeightLaw.Kind = record.number("rho4") == 3 ? .gaussian : .constant
    try Self.compare(record, floor: 1e-11) { factor in
      let shell = try ShellDecimation(Self.net(record, factor: factor, weights: weights), cutoff: record.number("Lambda_prime"))
      return [shell.kept(.zero, .zero), shell.fourPoint([.zero, .zero, .zero, .zero]), shell.survival]
    }
  }

  /// The cutoff rule on a power-law spectrum, and the effective ridge of what is kept.
  @Test(arguments: records("cutoff")) func cutoffRule(_ record: ReferenceRecord) throws {
    let modes = (1...record.integer("modes")).map {
      LearningCurve.Mode(eigenvalue: pow(Double($0), -(1 + record.number("alpha"))), degeneracy: 1, power: 0)
    }
    let curve = LearningCurve(modes: modes, ridge: record.number("T"))
    let count = record.number("P")
    let kept = curve.learnableEntries(count, threshold: record.number("threshold"))
    let noise = record.number("T") + modes[kept...].reduce(0) { $0 + $1.eigenvalue }
    let numbers = [
      Double(kept), noise, try #require(curve.effectiveThreshold(count)),
      try #require(curve.renormalisedRidge(count, keeping: kept)).threshold,
    ]
    for (i, number) in numbers.enumerated() {
      #expect(abs(number / record.values[i] - 1) < 1e-8, "entry \(i): \(number), reference \(record.values[i])")
    }
    #expect(curve.learnableEntries(count, threshold: 1.01 * record.number("threshold")) != kept)
  }
}
