// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import NNFTTestSupport
import Testing

@testable import KnownValues

/// Mean fields of feature learning, the grokking transition and population losses, against root finding and quadrature made elsewhere.
@Suite struct FeatureLearningTests {
  static func records(_ kinds: String...) -> [ReferenceRecord] { kinds.flatMap { ReferenceRecords.learning("L8:" + $0) } }

  @Test func noRecordWentMissing() { #expect(ReferenceRecords.learning.count { $0.item == "L8" } == 40) }

  /// Numbers of a record within its own accuracy; with a parameter wrong by a thousandth they must not agree.
  static func compare(_ record: ReferenceRecord, floor: Double = 1e-9, count: Int? = nil, _ numbers: (Double) -> [Double]) {
    let right = numbers(1)
    #expect(right.count == count ?? record.values.count)
    for (i, number) in right.enumerated() {
      #expect(record.agrees(with: number, i, floor: floor), "entry \(i): \(number), reference \(record.values[i])")
    }
    let wrong = numbers(1.001)
    #expect(wrong.indices.contains { !record.agrees(with: wrong[$0], $0, floor: max(floor, 1e-7)) })
  }

  static func net(_ record: ReferenceRecord, noise factor: Double = 1, cubic: Double? = nil) -> TeacherStudent {
    TeacherStudent(
      neurons: record.number("N"), data: record.number("n"), dimension: record.number("d"),
      inputVariance: record.number("sigma_w2"), outputVariance: record.number("sigma_a2"), cubic: cubic ?? record.number("eps"),
      noise: factor * (record.parameters["sigma2"]?.number ?? 0.2))
  }

  @Test(arguments: records("I13")) func overlaps(_ record: ReferenceRecord) {
    Self.compare(record, floor: 1e-14) {
      let (first, third) = TeacherStudent.overlaps(record.number("q"), squaredNorm: $0 * record.number("w2"))
      return [first, third]
    }
  }

  @Test(arguments: records("MF:A", "MF:B")) func meanField(_ record: ReferenceRecord) {
    Self.compare(record) {
      let field = KernelAdaptation(Self.net(record, noise: $0), level: record.kind == "L8:MF:A" ? .frozenLength : .freeLength)
      return [field.linear, field.cubic, field.overlap, field.excessKurtosis]
    }
  }

  @Test(arguments: records("VGA")) func gaussianLaw(_ record: ReferenceRecord) throws {
    Self.compare(record) {
      let field = GaussianAdaptation(Self.net(record, noise: $0))!
      return [record.number("d") * field.variance, field.linear, field.cubic]
    }
  }

  /// Discrepancies to the record's accuracy, the fraction of droplets to a thousandth.
  @Test(arguments: records("grok:A", "grok:B")) func grokking(_ record: ReferenceRecord) {
    let level: KernelAdaptation.Level = record.kind == "L8:grok:A" ? .frozenLength : .freeLength
    Self.compare(record, floor: level == .frozenLength ? 1e-7 : 1e-9, count: 4) {
      let field = KernelAdaptation(Self.net(record, noise: $0), level: level)
      return [field.linear, field.cubic, field.learned.linear, field.learned.cubic]
    }
    let fraction = KernelAdaptation(Self.net(record), level: level).fraction(beyond: 0.6)
    #expect(abs(fraction / record.values[4] - 1) < 1e-3, "\(fraction), reference \(record.values[4])")
  }

  /// The scaling with beta is that of the records.
  @Test(arguments: records("grok:A")) func scaling(_ record: ReferenceRecord) {
    let net = TeacherStudent.grokking(beta: record.number("beta"), noise: record.number("sigma2"))
    #expect(net.neurons == record.number("N") && net.data == record.number("n") && net.dimension == record.number("d"))
    #expect(abs(net.outputVariance / record.number("sigma_a2") - 1) < 1e-14)
  }

  @Test(arguments: records("critical")) func transition(_ record: ReferenceRecord) {
    Self.compare(record, floor: 1e-7) {
      let point = GrokkingTransition(Self.net(record, cubic: $0 * record.number("eps"))).critical
      return [point.noise, point.pull, point.overlap, point.linear]
    }
  }

  /// The transition to all published digits, and what the misprinted kernel would say.
  @Test func criticalNoise() {
    let net = TeacherStudent.grokking(beta: 1, noise: 0.2)
    let point = GrokkingTransition(net).critical
    #expect(abs(point.noise - 0.17871945) < 1e-8 && abs(point.pull - 30.669133) < 1e-6)
    // Free energy of the droplets: degenerate with the origin, and a minimum.
    let transition = GrokkingTransition(net)
    func s(_ q: Double) -> Double { transition.freeEnergy(q, noise: point.noise, linear: point.linear, cubic: net.cubic) }
    #expect(abs(s(point.overlap)) < 1e-12 && s(0.9 * point.overlap) > 1e-3 && s(1.1 * point.overlap) > 1e-3)
    // The kernel as printed, with 2q² for 4q².
    #expect(abs(GrokkingTransition(net, kernelFactor: 2).critical.noise - 0.2062) < 5e-5)
  }

  @Test(arguments: records("maxwell")) func mixedPhase(_ record: ReferenceRecord) throws {
    Self.compare(record, floor: 1e-7) {
      let phase = GrokkingTransition(Self.net(record)).mixed(noise: $0 * record.number("sigma2"))!
      return [phase.linear, phase.cubic, phase.droplets, phase.overlap]
    }
    #expect(GrokkingTransition(Self.net(record)).mixed(noise: 0.18) == nil)
  }

  static func modular(_ record: ReferenceRecord, _ factor: Double = 1) -> ModularAddition {
    ModularAddition(
      neurons: record.number("N"), modulus: record.number("P"), outputVariance: record.number("sigma_a2"),
      decay: factor * record.number("gamma"))
  }

  @Test(arguments: records("modular")) func modularAddition(_ record: ReferenceRecord) {
    Self.compare(record, floor: 1e-13) {
      let theory = Self.modular(record, $0)
      return [theory.criticalPull, theory.criticalWeight, theory.start, theory.end, theory.plateau(noise: theory.end)]
    }
    let theory = Self.modular(record)
    #expect(abs(theory.end - 0.176015042702) < 1e-12 && abs(theory.start - 0.236015042702) < 1e-12)
    #expect(abs(theory.fraction(noise: theory.end) - 1) < 1e-12 && theory.fraction(noise: theory.start) == 0)
  }

  @Test(arguments: records("modular:a")) func modularAmplitude(_ record: ReferenceRecord) {
    let theory = Self.modular(record)
    let noise = record.number("sigma2")
    let (a, kernel) = theory.solve(noise: noise)
    for (i, number) in [a, kernel, theory.plateau(noise: noise)].enumerated() {
      #expect(record.agrees(with: number, i, floor: 1e-10), "entry \(i): \(number), reference \(record.values[i])")
    }
    #expect(!record.agrees(with: theory.plateau(noise: 1.001 * noise), 2, floor: 1e-7))
  }

  @Test(arguments: records("pop")) func populationLoss(_ record: ReferenceRecord) throws {
    Self.compare(record) {
      let posterior = PopulationPosterior(
        neurons: record.integer("N"), dimension: record.integer("d"), inputVariance: record.number("sigma_w2"),
        outputVariance: record.number("sigma_a2"), cubic: record.number("eps"), strength: $0 * record.number("kappa"))!
      return [posterior.logPartition, posterior.linear, posterior.cubic, posterior.squaredOverlap, posterior.loss]
    }
    #expect(PopulationPosterior(neurons: 2, dimension: 2, inputVariance: 1, outputVariance: 1, cubic: 0, strength: 1) == nil)
  }
}
