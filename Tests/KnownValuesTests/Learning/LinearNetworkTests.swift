// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import KnownValues
import NNFTTestSupport
import Testing

extension ReferenceRecord {
  /// A list of lists of numbers that must be there.
  fileprivate func rows(_ key: String) -> [[Double]] {
    guard case .list(let rows)? = parameters[key] else { preconditionFailure("\(self): no rows \(key)") }
    return rows.map(\.flattened)
  }

  fileprivate var testPoints: [[Double]] {
    guard case .list(let rows) = pointList else { return [] }
    return rows.map(\.flattened)
  }
}

/// Linear networks against adaptive quadrature and other grids; every one of them also with a noise wrong by a thousandth.
@Suite struct LinearNetworkTests {
  static func records(_ kinds: String...) -> [ReferenceRecord] { kinds.flatMap { ReferenceRecords.learning("L3:" + $0) } }

  @Test func noRecordWentMissing() {
    #expect(
      Self.records("linear:mean", "linear:test", "linear:hidden", "linear:tiny", "linear:tree", "deep", "wishart").count == 30)
  }

  static func compare(_ record: ReferenceRecord, floor: Double, _ numbers: (Double) throws -> [Double]) rethrows {
    let right = try numbers(record.number("T"))
    #expect(right.count == record.values.count)
    for (i, number) in right.enumerated() {
      #expect(record.agrees(with: number, i, floor: floor), "entry \(i): \(number), reference \(record.values[i])")
    }
    let wrong = try numbers(1.001 * record.number("T"))
    #expect(wrong.indices.contains { !record.agrees(with: wrong[$0], $0, floor: 1e-7) })
  }

  static func posterior(_ record: ReferenceRecord, noise: Double) throws -> LinearNetworkPosterior {
    let isDeep = record.parameters["widths"] != nil
    return try LinearNetworkPosterior(
      widths: isDeep ? record.numbers("widths").map { Int($0) } : [record.width],
      variances: isDeep ? record.numbers("sigma2") : [record.number("sigma_a2")], inputVariance: record.number("sigma_w2"),
      noise: noise, inputs: record.rows("X"), labels: record.numbers("y"))
  }

  @Test(arguments: records("linear:mean", "linear:test", "linear:hidden", "linear:tiny", "linear:tree", "deep"))
  func posteriors(_ record: ReferenceRecord) throws {
    try Self.compare(record, floor: 1e-10) { noise in
      let posterior = try Self.posterior(record, noise: noise)
      let points = record.testPoints
      switch record.kind! {
      case "L3:linear:mean", "L3:linear:tiny":
        return [posterior.logPartition, posterior.meanScale] + posterior.mean(record.rows("X"))
      case "L3:linear:test": return posterior.mean(points) + posterior.covariance(points).flatMap { $0 }
      case "L3:linear:hidden": return posterior.hiddenKernel.flatMap { $0 }
      case "L3:linear:tree":
        return try [
          posterior.shrinkage, #require(posterior.saddleShrinkage(oneLoop: false)),
          #require(posterior.saddleShrinkage(oneLoop: true)),
        ]
      default:
        return [posterior.logPartition, posterior.meanScale] + posterior.mean(points)
          + posterior.covariance(points).flatMap { $0 }
      }
    }
  }

  @Test(arguments: records("wishart")) func twoOutputs(_ record: ReferenceRecord) throws {
    let labels = record.rows("Y")
    try Self.compare(record, floor: 1e-9) { noise in
      let posterior = try LinearNetworkPairPosterior(
        width: record.width, outputVariance: record.number("sigma_a2"), inputVariance: record.number("sigma_w2"), noise: noise,
        inputs: record.rows("X"), labels: (labels.map { $0[0] }, labels.map { $0[1] }))
      let means = posterior.mean(record.testPoints)
      return [posterior.logPartition] + posterior.meanScale + means.flatMap { [$0.0, $0.1] }
    }
  }

  /// Labels turned among the outputs turn the mean.
  @Test(arguments: ReferenceRecords.learning("L9:covariance")) func rotatedLabels(_ record: ReferenceRecord) throws {
    let labels = record.rows("Y")
    func means(_ angle: Double) throws -> [Double] {
      let (c, s) = (cos(angle), sin(angle))
      let mean = try LinearNetworkPairPosterior(
        width: record.width, outputVariance: record.number("sigma_a2"), inputVariance: record.number("sigma_w2"),
        noise: record.number("T"), inputs: record.rows("X"),
        labels: (labels.map { c * $0[0] + s * $0[1] }, labels.map { c * $0[1] - s * $0[0] })
      ).mean(record.testPoints)[0]
      return [c * mean.0 - s * mean.1, s * mean.0 + c * mean.1]
    }
    for (i, value) in try means(0).enumerated() { #expect(record.agrees(with: value, i, floor: 1e-9)) }
    for (i, value) in try means(0.7).enumerated() { #expect(record.agrees(with: value, i, floor: 1e-9)) }
    #expect(
      try !record.agrees(
        with: LinearNetworkPairPosterior(
          width: record.width + 1, outputVariance: 1, inputVariance: 1, noise: record.number("T"), inputs: record.rows("X"),
          labels: (labels.map { $0[0] }, labels.map { $0[1] })
        ).mean(record.testPoints)[0].0, floor: 1e-6))
  }

  /// `<Q²>/<Q>² = ∏_l (1 + 2/N_l)` a priori, here under data too far away to matter, and wide layers are Gaussian processes.
  @Test(arguments: records("deep:kurtosis")) func kurtosisWithoutData(_ record: ReferenceRecord) throws {
    let widths = record.numbers("widths").map { Int($0) }
    let free = try LinearNetworkPosterior(
      widths: widths, variances: widths.map { _ in 1 }, inputVariance: 1, noise: 1e12, inputs: [[1]], labels: [0.5])
    #expect(record.agrees(with: free.average { $0 * $0 }, floor: 1e-9))
    #expect(abs(free.meanScale - 1) < 1e-9)
  }
}
