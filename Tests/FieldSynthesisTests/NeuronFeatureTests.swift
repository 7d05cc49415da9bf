// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldSynthesis
import FieldTheories
import Foundation
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

  /// The adjoint is that of the derivative: `Σ g ∂f/∂θ` along a random direction θ̇ is the six-point difference of `Σ g f(θ + h θ̇)`, to 1e-8 of the modulus of its terms. The control: the direction of
  /// another draw.
  @Test(arguments: nets.indices) func adjoints(index: Int) throws {
    let net = Self.nets[index]
    // Momenta of lattice modes are discrete; sites lie on the lattice.
    let points = (0..<7).map { Point(Double($0 % 4) - 1, Double($0 / 4), 0, 0) }
    let features = try #require(net.makeFeatures(at: points))
    let stream = RandomStream(seed: 4, stream: net.streamName)
    func room() -> NetworkParameters { NetworkParameters(layout: net.layout) }
    let (start, moved, gradient, directions) = (room(), room(), room(), [room(), room()])
    net.drawParameters(stream, draw: 0, into: start)
    for (draw, direction) in directions.enumerated() { net.drawParameters(stream, draw: UInt64(1 + draw), into: direction) }
    let count = points.count * net.width
    let (values, pulls) = (AlignedBuffer<Double>(count: count, repeating: 0), AlignedBuffer<Double>(count: count, repeating: 0))
    for i in 0..<count { pulls[i] = sin(Double(i * i)) }
    features.adjoint(start, of: pulls.pointer, into: gradient)
    let sizes = net.layout.blocks.map { $0.components * net.layout.width(of: $0) }
    func sum(_ step: Double) -> Double {
      for (block, size) in sizes.enumerated() {
        let isMoved = net.adjointBlocks.contains(block)
        for i in 0..<size { moved.block(block)[i] = start.block(block)[i] + (isMoved ? step * directions[0].block(block)[i] : 0) }
      }
      features.evaluateFeatures(moved, into: values.pointer)
      return (0..<count).reduce(0.0) { $0 + pulls[$1] * values[$1] }
    }
    let h = 1e-3
    let slope = (45 * (sum(h) - sum(-h)) - 9 * (sum(2 * h) - sum(-2 * h)) + (sum(3 * h) - sum(-3 * h))) / (60 * h)
    func along(_ direction: NetworkParameters) -> (sum: Double, modulus: Double) {
      net.adjointBlocks.reduce((0, 0)) { total, block in
        (0..<sizes[block]).reduce(total) {
          let term = gradient.block(block)[$1] * direction.block(block)[$1]
          return ($0.0 + term, $0.1 + abs(term))
        }
      }
    }
    let own = along(directions[0])
    // The derivative of relu has steps, which a difference across one smears.
    let tolerance = net.layers?.hiddenLayers.contains { $0.activation == .relu } == true ? 1e-2 : 1e-8
    #expect(abs(slope - own.sum) < tolerance * own.modulus, "\(net.kind): \(slope) \(own)")
    #expect(abs(slope - along(directions[1]).sum) > tolerance * own.modulus, "\(net.kind)")
  }

  @Test func aFieldWithoutNeuronsHasNone() {
    let field = FreeLatticeField(lattice: Lattice(sites: [4], spacing: 1, boundary: .periodic), mass: 1)
    #expect(field.makeFeatures(at: [.zero]) == nil)
  }
}
