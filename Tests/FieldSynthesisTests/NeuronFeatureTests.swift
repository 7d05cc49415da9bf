// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels
import Testing

/// `Σ_i v_i f_i(x)` is the field, for every kind of net: 1e-13 of the sum of the terms' moduli. The control: features of another network.
@Suite struct NeuronFeatureTests {
  static let nets: [any Architecture] =
    [
      CosNet(dimension: 2, width: 37, sigmaW0: 1.5, sigmaW1: 0.7),
      GaussNet(dimension: 2, width: 19, sigmaW0: 1, sigmaW1: 1, sigmaB0: 0.6),
      try! AlphaNet(dimension: 2, width: 24, mass: 1, alpha: 0.5, regulator: .gaussian, cutoff: 3, weights: .constant),
      try! LatticeAlphaNet(
        kind: "scalar-net-lattice", width: 12, mass: 0.8, alpha: -1, weights: .gaussian,
        lattice: Lattice(sites: [4, 4], spacing: 1, boundary: .periodic)),
    ] + LayeredFieldTests.nets.filter { $0.dimension == 2 }

  @Test(arguments: nets.indices) func featuresTimesWeightsAreTheField(index: Int) throws {
    let net = Self.nets[index]
    let points = (0..<21).map { Point(Double($0 % 5) - 1, Double($0 / 5) - 2, 0, 0) }
    let stream = RandomStream(seed: 3, stream: net.streamName)
    let parameters = NetworkParameters(layout: net.layout)
    let features = try #require(net.makeFeatures(at: points))
    let synthesizer = try SynthesisPlan(architecture: net, sites: .points(points, dimension: 2)).makeSynthesizer()
    let block = net.layout.blocks.firstIndex(where: \.entersLinearly)!
    let (field, values) = (
      AlignedBuffer<Double>(count: points.count, repeating: 0),
      AlignedBuffer<Double>(count: points.count * net.width, repeating: 0)
    )
    func deviation() -> Double {
      (0..<points.count).map { a in
        let terms = (0..<net.width).map { parameters.block(block)[$0] * values[a * net.width + $0] }
        return abs(terms.reduce(-field[a], +)) / (terms.reduce(0) { $0 + abs($1) } + 1e-300)
      }.max()!
    }
    for draw in 0..<3 {
      net.drawParameters(stream, draw: UInt64(draw), into: parameters)
      features.evaluateFeatures(parameters, into: values.pointer)
      synthesizer.evaluate(parameters, into: field.pointer)
      #expect(deviation() < 1e-13, "\(net.kind)")
    }
    net.drawParameters(stream, draw: 9, into: parameters)
    #expect(deviation() > 1e-3, "\(net.kind)")
  }

  @Test func aFieldWithoutNeuronsHasNone() {
    let field = FreeLatticeField(lattice: Lattice(sites: [4], spacing: 1, boundary: .periodic), mass: 1)
    #expect(field.makeFeatures(at: [.zero]) == nil)
  }
}
