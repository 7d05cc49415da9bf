// SPDX-License-Identifier: GPL-3.0-or-later

import FieldSynthesis
import Foundation
import NNFTTestSupport
import NumericalKernels
import Testing

/// Gradient descent of whole nets: against explicit backpropagation made elsewhere, finite differences, conserved quantities and the exact flow.
@Suite struct TrainedNetworkTests {
  static func records(_ kind: String) -> [ReferenceRecord] { ReferenceRecords.learning("L7:" + kind) }

  static func rows(_ numbers: [Double], of length: Int) -> [[Double]] {
    stride(from: 0, to: numbers.count, by: length).map { Array(numbers[$0..<$0 + length]) }
  }

  static func scaling(_ record: ReferenceRecord) -> WidthScaling {
    WidthScaling(
      firstWeight: record.number("a_1"), weight: record.number("a_l"), firstVariance: record.number("b_1"),
      variance: record.number("b_l"), rate: record.number("c"), output: record.number("d_exponent"))
  }

  static func network(_ record: ReferenceRecord, _ scaling: WidthScaling) -> TrainedNetwork {
    let seeds = record.numbers("unit_normal_seeds")
    return TrainedNetwork(
      seeds: [Array(seeds[0..<4]), Array(seeds[4..<8]), Array(seeds[8..<10])], sizes: [2, 2, 2, 1], activation: .tanh,
      scaling: scaling)
  }

  /// Twenty Euler steps of four parametrisations, to the accuracy of the records, 1e-12; the control: a step a thousandth longer.
  @Test(arguments: records("abc")) func parametrisations(_ record: ReferenceRecord) {
    let inputs = Self.rows(record.numbers("X"), of: 2)
    func numbers(_ factor: Double) -> [Double] {
      var net = Self.network(record, Self.scaling(record))
      net.descend(inputs, labels: record.numbers("y"), steps: record.integer("steps"), size: factor * record.number("h"))
      return net.values(inputs) + inputs.flatMap { net.preactivations($0)[1] }
    }
    for (i, number) in numbers(1).enumerated() {
      #expect(record.agrees(with: number, i, floor: 1e-12), "entry \(i): \(number), reference \(record.values[i])")
    }
    #expect(numbers(1.001).enumerated().contains { !record.agrees(with: $1, $0, floor: 1e-7) })
  }

  /// The symmetry `(a, b, c) → (a + t, b − 2t, c − 2t)` to 1e-12 for every t, and not without its part in c.
  @Test(arguments: [-0.7, 0.25, 1.3]) func reparametrisation(t: Double) throws {
    let record = try #require(Self.records("abc").first)
    let inputs = Self.rows(record.numbers("X"), of: 2)
    func trained(_ scaling: WidthScaling) -> [Double] {
      var net = Self.network(record, scaling)
      net.descend(inputs, labels: record.numbers("y"), steps: 20, size: 0.1)
      return net.values(inputs)
    }
    let (own, shifted) = (trained(.meanField), trained(WidthScaling.meanField.shifted(by: t)))
    #expect(zip(own, shifted).allSatisfy { abs($0 - $1) < 1e-12 })
    var wrong = WidthScaling.meanField.shifted(by: t)
    wrong.rate = WidthScaling.meanField.rate
    #expect(zip(own, trained(wrong)).contains { abs($0 - $1) > 1e-3 })
    // muP is mean field shifted by -1/2.
    #expect(zip(own, trained(.maximalUpdate)).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(zip(own, trained(.tangent)).contains { abs($0 - $1) > 1e-3 })
  }

  /// A product of two numbers, `f = a w`: the first integral of its flow, `f(t)` and the conserved `a² − w²`, approached by Euler steps with error of first order.
  @Test(arguments: records("scalarnet")) func firstIntegral(_ record: ReferenceRecord) {
    let time = record.numbers("t")[0]
    func trained(_ steps: Int) -> (f: Double, conserved: Double) {
      var net = TrainedNetwork(
        seeds: [[record.number("w0")], [record.number("a0")]], sizes: [1, 1, 1], activation: .linear, scaling: .tangent)
      net.descend([[1]], labels: [record.number("y")], steps: steps, size: record.number("eta") * time / Double(steps))
      return (net.values([[1]])[0], net.seeds[1][0] * net.seeds[1][0] - net.seeds[0][0] * net.seeds[0][0])
    }
    let (coarse, fine) = (trained(1000), trained(2000))
    let conserved = record.number("a0") * record.number("a0") - record.number("w0") * record.number("w0")
    // Richardson: errors of first order drop out.
    #expect(abs(2 * fine.f - coarse.f - record.values[0]) < 1e-6)
    #expect(abs(2 * fine.conserved - coarse.conserved - conserved) < 1e-6)
    #expect(abs(coarse.f - record.values[0]) > 1e-5)
  }

  /// Gradients of every activation against central differences; the tangent kernel is theirs.
  @Test(arguments: Activation.allCases)
  func gradients(_ activation: Activation) {
    let seeds = [[0.4, -1.1, 0.7, 0.2, 0.9, -0.3], [0.5, -0.8, 1.2, 0.1, 0.3, -0.6, -0.2, 0.9, 0.4], [1.1, -0.7, 0.6]]
    let x = [0.8, -0.5]
    func net(_ seeds: [[Double]]) -> TrainedNetwork {
      TrainedNetwork(seeds: seeds, sizes: [2, 3, 3, 1], activation: activation, scaling: .tangent)
    }
    let own = net(seeds).gradient(x)
    for layer in seeds.indices {
      for index in seeds[layer].indices {
        func value(_ shift: Double) -> Double {
          var moved = seeds
          moved[layer][index] += shift
          return net(moved).values([x])[0]
        }
        #expect(abs((value(1e-5) - value(-1e-5)) / 2e-5 - own[layer][index]) < 1e-9)
      }
    }
    let kernel = net(seeds).tangentKernel([x])[0][0]
    #expect(abs(kernel - own.flatMap { $0 }.reduce(0) { $0 + $1 * $1 }) < 1e-12)
  }
}
