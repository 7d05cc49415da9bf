// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import LatticeFields
import NumericalKernels
import Testing

@testable import ParameterSampling

/// Data in R^D with the output weights integrated out: given the hidden parameters components are independent, so that weights, their changes and conditional laws are those of nets of one output
/// with the labels of each component.
@Suite struct CollapsedComponentTests {
  private static let labels = [[0.5, -0.4, 0.8], [-0.2, 0.6, 0.1]]

  private static func collapsed(_ outputs: Int, _ labels: [Double]) throws -> CollapsedTheory {
    try CollapsedTheory(
      InteractingTheory(
        architecture: CosNet(dimension: 1, width: 7, sigmaW0: 1, sigmaW1: 1.3).giving(outputs: outputs),
        insertions: InsertionSum([
          FieldTheories.DataInsertion(
            points: [Point(-1, 0, 0, 0), Point(0.3, 0, 0, 0), Point(1.2, 0, 0, 0)], labels: labels, weights: [1, 0.5, 2],
            temperature: 0.1)
        ]), lattice: Lattice(sites: [2], spacing: 0.7, boundary: .open)))
  }

  @Test func componentsAreIndependentGivenTheHiddenParameters() throws {
    let points = [Point(0.1, 0, 0, 0), Point(0.9, 0, 0, 0)]
    let both = CollapsedReadout(try Self.collapsed(2, Self.labels[0] + Self.labels[1]), measuredAt: points)
    let ones = try Self.labels.map { CollapsedReadout(try Self.collapsed(1, $0), measuredAt: points) }
    let stream = RandomStream(seed: 5, stream: "common")
    func draw(_ readout: CollapsedReadout, _ number: UInt64) -> NetworkParameters {
      let prior = readout.collapsed.theory.prior
      let parameters = NetworkParameters(layout: prior.layout)
      prior.drawParameters(stream, draw: number, into: parameters)
      return parameters
    }
    let all = [both] + ones
    let parameters = all.map { draw($0, 3) }
    let features = all.map { readout in
      let features = readout.makeFeatures()
      readout.synthesise(draw(readout, 4), into: features)
      return features
    }
    for (readout, parameters) in zip(all, parameters) { readout.evaluate(parameters) }
    func check() {
      #expect(abs(both.logWeight - ones[0].logWeight - ones[1].logWeight) < 1e-11)
      #expect(abs(both.logWeight - 2 * ones[0].logWeight) > 1e-2)
    }
    check()
    for neuron in 0..<7 {
      let before = both.logWeight
      let changes = zip(all, features).map { readout, features in
        var change = 0.0
        readout.refresh(neuron..<neuron + 1, from: features) {
          change = $1
          return true
        }
        return change
      }
      #expect(abs(changes[0] - changes[1] - changes[2]) < 1e-11)
      #expect(abs(changes[0] - 2 * changes[1]) > 1e-6)
      #expect(abs(both.logWeight - before - changes[0]) < 1e-10)
      check()
    }
    let laws = try zip(all, parameters.indices.map { draw(all[$0], 4) }).map { try #require($0.law($1)) }
    for component in 0..<2 {
      for x in 0..<2 {
        #expect(abs(laws[0].mean(2 * component + x) - laws[1 + component].mean(x)) < 1e-12)
        for y in 0..<2 {
          #expect(abs(laws[0].covariance(2 * component + x, 2 * component + y) - laws[1].covariance(x, y)) < 1e-12)
        }
        #expect(laws[0].covariance(x, 2 + x) == 0)
      }
    }
  }
}
