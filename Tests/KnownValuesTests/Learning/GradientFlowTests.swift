// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import KnownValues
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

extension ReferenceRecord {
  fileprivate func kernel(_ factor: Double = 1) -> LayeredKernel {
    let name = kind!.hasPrefix("L7:ntkvar") ? theory.split(separator: " ")[3] : theory.split(separator: " ")[1]
    let activation = Activation(rawValue: String(name.prefix { $0.isLetter })) ?? .sine
    return LayeredKernel(
      activation, depth: parameters["hidden_layers"] == nil ? 1 : integer("hidden_layers"), sigmaW: factor * number("sigma_w"),
      sigmaB: parameters["sigma_b"]?.number ?? 0)
  }

  fileprivate func rows(_ key: String) -> [[Double]] {
    guard case .list(let rows)? = parameters[key] else { preconditionFailure("\(self): no rows \(key)") }
    return rows.map(\.flattened)
  }

  fileprivate var sites: [[Double]] { points.map { [$0[0], $0[1]] } }
}

/// Tangent kernels and gradient flow, against quadrature and matrix exponentials made elsewhere; each also with σ_w wrong by a thousandth.
@Suite struct GradientFlowTests {
  static func records(_ kinds: String...) -> [ReferenceRecord] { kinds.flatMap { ReferenceRecords.learning("L7:" + $0) } }

  @Test func noRecordWentMissing() {
    #expect(Self.records("ntk:erf", "ntk:relu", "ntk:tanh", "ntk:sin", "ntk:cos").count == 8)
    #expect(Self.records("flow:erf", "flow:relu", "flow:tanh", "euler", "flow:inf", "ntkvar").count == 16)
  }

  static func compare(_ record: ReferenceRecord, floor: Double, _ numbers: (Double) throws -> [Double]) rethrows {
    let right = try numbers(1)
    #expect(right.count == record.values.count)
    for (i, number) in right.enumerated() {
      #expect(record.agrees(with: number, i, floor: floor), "entry \(i): \(number), reference \(record.values[i])")
    }
    let wrong = try numbers(1.001)
    #expect(wrong.indices.contains { !record.agrees(with: wrong[$0], $0, floor: 1e-6) })
  }

  @Test(arguments: records("ntk:erf", "ntk:relu", "ntk:tanh", "ntk:sin")) func kernels(_ record: ReferenceRecord) throws {
    try Self.compare(record, floor: 1e-12) { factor in
      let (kernel, sites) = (record.kernel(factor), record.sites)
      let pairs = try sites.indices.flatMap { i in try (i..<sites.count).map { try #require(kernel.values(sites[i], sites[$0])) }
      }
      return pairs.map(\.covariance) + pairs.map(\.tangent)
    }
  }

  @Test(arguments: records("ntk:cos")) func cosNet(_ record: ReferenceRecord) {
    Self.compare(record, floor: 1e-12) { factor in
      let net = CosNet(
        dimension: 2, width: 1, sigmaW0: record.number("sigma_w0"), sigmaW1: factor * record.number("sigma_w1"))
      let points = record.points
      let pairs = points.indices.flatMap { i in (i..<points.count).map { (points[i], points[$0]) } }
      return [true, false].flatMap { trained in pairs.map { net.tangentKernel($0.0, $0.1, trainsPhases: trained) } }
    }
  }

  @Test(arguments: records("ntkvar")) func fluctuations(_ record: ReferenceRecord) {
    Self.compare(record, floor: 1e-11) { factor in
      let fluctuation = record.kernel(factor).tangentFluctuation(variance: record.number("v"))
      return [fluctuation.mean, fluctuation.variance]
    }
  }

  @Test(arguments: records("flow:erf", "flow:relu", "flow:tanh", "euler", "flow:inf")) func flows(_ record: ReferenceRecord)
    throws
  {
    try Self.compare(record, floor: 1e-9) { factor in
      let (kernel, data, sites) = (record.kernel(factor), record.rows("X"), record.sites)
      func matrix(_ a: [[Double]], _ b: [[Double]], tangent: Bool) throws -> [[Double]] {
        try a.map { x in
          try b.map { y in
            let values = try #require(kernel.values(x, y))
            return tangent ? values.tangent : values.covariance
          }
        }
      }
      let (k, cross) = (try matrix(data, data, tangent: false), try matrix(sites, data, tangent: false))
      let (theta, pull) = (try matrix(data, data, tangent: true), try matrix(sites, data, tangent: true))
      let prior = try matrix(sites, sites, tangent: false)
      let full = GradientFlow(tangent: theta, covariance: k, labels: record.numbers("y"))
      if record.kind == "L7:euler" {
        return full.mean(pull, .steps(record.integer("steps"), size: record.number("eta") * record.number("h")))
      }
      func both(_ flow: GradientFlow, _ pull: [[Double]], _ time: GradientFlow.Time) -> [Double] {
        flow.mean(pull, time) + flow.covariance(pull, cross: cross, prior: prior, time).flatMap { $0 }
      }
      guard record.kind == "L7:flow:inf" else { return both(full, pull, .flow(record.number("eta") * record.number("t"))) }
      let readout = GradientFlow(tangent: k, covariance: k, labels: record.numbers("y"))
      return both(full, pull, .infinite) + both(readout, cross, .infinite)
    }
  }

  /// Training the readout to the end is the posterior without noise; training everything is not.
  @Test func endOfTraining() throws {
    let record = try #require(Self.records("flow:inf").first)
    let (kernel, data) = (record.kernel(), record.rows("X"))
    let k = data.map { x in data.map { kernel.values(x, $0)!.covariance } }
    let theta = data.map { x in data.map { kernel.values(x, $0)!.tangent } }
    let (cross, pull) = (
      data.map { kernel.values([0.5, 0.5], $0)!.covariance }, data.map { kernel.values([0.5, 0.5], $0)!.tangent }
    )
    let labels = record.numbers("y")
    let posterior = try GaussianProcessPosterior(kernel: k.flatMap { $0 }, noise: [0, 0, 0, 0], labels: labels)
    let readout = GradientFlow(tangent: k, covariance: k, labels: labels).mean([cross], .infinite)[0]
    let all = GradientFlow(tangent: theta, covariance: k, labels: labels).mean([pull], .infinite)[0]
    #expect(abs(readout - posterior.mean([cross])[0]) < 1e-10)
    #expect(abs(all - readout) > 1e-3)
  }
}
