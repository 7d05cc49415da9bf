// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import KnownValues
import NNFTTestSupport
import NumericalKernels
import Testing

/// Gaussian neurons that adapt to data: linear ones against the tree of the exactly solved network, all of them against their free energy.
@Suite struct GaussianWeightsTests {
  /// The shrinkage `y·<φ>/y·y` of linear neurons is the saddle of the exact integral over Q, by the records and by ``LinearNetworkPosterior``, to 1e-9. The control: half as many neurons.
  @Test(arguments: ReferenceRecords.learning("L3:linear:tree")) func tree(_ record: ReferenceRecord) throws {
    let (entries, labels) = (record.numbers("X"), record.numbers("y"))
    let dimension = entries.count / labels.count
    let inputs = labels.indices.map { Array(entries[$0 * dimension..<($0 + 1) * dimension]) }
    func shrinkage(_ neurons: Int) throws -> Double {
      let own = try #require(
        try GaussianWeights(
          neurons: neurons, activation: .linear, inputVariance: record.number("sigma_w2") / Double(dimension),
          biasVariance: 0, outputVariance: record.number("sigma_a2"), inputs: inputs,
          noise: labels.map { _ in record.number("T") }, labels: labels))
      let (means, square) = (own.mean(inputs, inputs: inputs), labels.reduce(0.0) { $0 + $1 * $1 })
      var overlap = 0.0
      for (label, mean) in zip(labels, means) { overlap += label * mean }
      return overlap / square
    }
    #expect(abs(try shrinkage(record.width) - record.values[1]) < 1e-9)
    #expect(abs(try shrinkage(record.width / 2) - record.values[1]) > 1e-3)
    // Mean-field scaling: what is left to the exact value falls with chi.
    #expect(abs(try shrinkage(record.width) - record.values[0]) < 0.05 / record.number("chi").squareRoot())
  }

  private static let inputs = [[1.5, 0.3], [-1.2, 0.8], [0.7, -1.1], [-0.5, -0.6]]
  private static let labels = [1.2, -1.0, 0.8, -0.6]
  private static let noise = 0.01
  private static let outputVariance = 0.1
  private static let neurons = 20.0

  /// F of a Σ of two inputs and a bias, from the kernel and a linear solution of its own.
  private func freeEnergy(_ covariance: [Double], _ activation: Activation) -> Double {
    let x = Self.inputs.map { $0 + [1] }
    func form(_ a: [Double], _ b: [Double]) -> Double {
      var sum = 0.0
      for i in 0..<3 { for j in 0..<3 { sum += a[i] * covariance[3 * i + j] * b[j] } }
      return sum
    }
    var rows = x.map { a in x.map { b in Self.outputVariance * activation.kernel(form(a, a), form(b, b), form(a, b))! } }
    for i in 0..<4 { rows[i][i] += Self.noise }
    // Gauss's elimination of a positive matrix.
    var (t, y) = ([Double](repeating: 0, count: 4), Self.labels)
    for k in 0..<4 {
      for i in k + 1..<4 {
        let factor = rows[i][k] / rows[k][k]
        for j in k..<4 { rows[i][j] -= factor * rows[k][j] }
        y[i] -= factor * y[k]
      }
    }
    for i in (0..<4).reversed() {
      var rest = y[i]
      for j in i + 1..<4 { rest -= rows[i][j] * t[j] }
      t[i] = rest / rows[i][i]
    }
    let c = covariance
    let minors = [c[4] * c[8] - c[5] * c[7], c[3] * c[8] - c[5] * c[6], c[3] * c[7] - c[4] * c[6]]
    let determinant = c[0] * minors[0] - c[1] * minors[1] + c[2] * minors[2]
    let trace = 2 * (c[0] + c[4]) + 4 * c[8]
    var pull = 0.0
    for (label, force) in zip(Self.labels, t) { pull += label * force }
    return Self.neurons * (trace - log(determinant)) / 2 + pull / 2
  }

  /// F is stationary in all six directions of Σ, to 1e-7 by central differences, and has fallen by as much as is said; at the prior it is not stationary.
  @Test(arguments: [Activation.relu, .erf, .linear, .sine])
  func stationarity(_ activation: Activation) throws {
    let own = try #require(
      try GaussianWeights(
        neurons: Int(Self.neurons), activation: activation, inputVariance: 0.5, biasVariance: 0.25,
        outputVariance: Self.outputVariance, inputs: Self.inputs, noise: Self.labels.map { _ in Self.noise }, labels: Self.labels)
    )
    let prior = [0.5, 0, 0, 0, 0.5, 0, 0, 0, 0.25]
    func slope(_ covariance: [Double]) -> Double {
      var worst = 0.0
      for a in 0..<3 {
        for b in 0...a {
          func shifted(_ h: Double) -> Double {
            var moved = covariance
            moved[3 * a + b] += h
            if a != b { moved[3 * b + a] += h }
            return freeEnergy(moved, activation)
          }
          worst = max(worst, abs(shifted(1e-5) - shifted(-1e-5)) / 2e-5)
        }
      }
      return worst
    }
    #expect(slope(own.covariance) < 2e-6)
    #expect(slope(prior) > 1e-2)
    let fall = freeEnergy(own.covariance, activation) - freeEnergy(prior, activation)
    #expect(abs(own.freeEnergy - fall) < 1e-8 && fall < -1e-3)
  }

  /// Of infinitely many neurons nothing adapts.
  @Test func infiniteWidth() throws {
    let own = try #require(
      try GaussianWeights(
        neurons: 1 << 50, activation: .erf, inputVariance: 0.5, biasVariance: 0, outputVariance: 1, inputs: Self.inputs,
        noise: Self.labels.map { _ in 0.1 }, labels: Self.labels))
    #expect(zip(own.covariance, [0.5, 0, 0, 0.5]).allSatisfy { abs($0 - $1) < 1e-12 })
  }
}
