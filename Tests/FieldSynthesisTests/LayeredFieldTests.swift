// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldSynthesis
import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

/// Fields of fully connected nets: against loops over the definition, and their averages against exact values.
@Suite struct LayeredFieldTests {
  static let nets: [any LayeredNet] =
    Activation.inTheoryFiles.flatMap { activation -> [any LayeredNet] in
      [
        DenseNet(dimension: 1, width: 1, activation: activation, sigmaW: 1.5, sigmaB: 0.4, sigmaV: 1),
        DenseNet(dimension: 3, width: 301, activation: activation, sigmaW: 1.5, sigmaB: 0, sigmaV: 1, weights: .constant),
        DeepNet(dimension: 2, widths: [5, 33, 2, 17], activation: activation, sigmaW: 1.3, sigmaB: 0.2, sigmaV: 1.1),
        DeepNet(
          dimension: 2, widths: [40, 7], activation: activation, cosineInput: 1.2, sigmaW: 1.3, sigmaB: 0, sigmaV: 1,
          weights: .uniform),
      ]
    } + [SineNet(dimension: 2, width: 57, sigmaW: 1.5, sigmaB: 0.4, sigmaV: 1)]

  /// The definition, neuron by neuron.
  static func field(_ net: any LayeredNet, _ parameters: NetworkParameters, at x: Point) -> Double {
    var values = (0..<net.dimension).map { x[$0] }
    for layer in net.hiddenLayers {
      values = (0..<layer.width).map { i in
        let z = values.indices.reduce(parameters.block(layer.biasBlock)[i]) {
          $0 + parameters.block(layer.weightBlock, component: $1)[i] * values[$1]
        }
        return switch layer.activation {
        case .relu: max(z, 0)
        case .erf: erf(z)
        case .tanh: tanh(z)
        case .cosine: cos(z)
        case .sine: sin(z)
        case .linear: z
        }
      }
    }
    return (0..<net.width).reduce(0.0) { $0 + parameters.block(0)[$1] * values[$1] } / Double(net.width).squareRoot()
  }

  @Test(arguments: nets.indices) func fieldsFollowTheDefinition(index: Int) throws {
    let net = Self.nets[index]
    let network = DrawnNetwork(net)
    let sites = [[700], [27, 25], [9, 9, 9]][net.dimension - 1]
    let lattice = Lattice(sites: sites, spacing: 0.21, boundary: .open)
    let points = (0..<lattice.siteCount).map(lattice.position)
    for set in [SiteSet.lattice(lattice), .points(points, dimension: net.dimension)] {
      let field = network.field(on: set)
      let exact = points.map { Self.field(net, network.parameters, at: $0) }
      let scale = exact.reduce(1) { max($0, abs($1)) }
      #expect(zip(field, exact).allSatisfy { abs($0 - $1) < 1e-13 * scale })
    }
    let plan = try SynthesisPlan(architecture: net, sites: .lattice(lattice))
    #expect(plan.method == .layers)
    #expect(throws: InapplicableMethod.self) {
      try SynthesisPlan(architecture: net, sites: .lattice(lattice), precision: .single)
    }
    #expect(throws: InapplicableMethod.self) {
      try SynthesisPlan(architecture: net, sites: .lattice(lattice), method: .direct)
    }
  }

  /// `f(φ)` of `draws` networks at points.
  static func averages(_ net: any Architecture, _ points: [Point], draws: Int, _ f: ([Double]) -> Double) throws -> SampleMean {
    let plan = try SynthesisPlan(architecture: net, sites: .points(points, dimension: net.dimension))
    let synthesizer = plan.makeSynthesizer()
    let stream = RandomStream(seed: 31, stream: net.streamName)
    let parameters = NetworkParameters(layout: net.layout)
    let field = AlignedBuffer<Double>(count: points.count, repeating: 0)
    return SampleMean(
      (0..<UInt64(draws)).map { draw in
        net.drawParameters(stream, draw: draw, into: parameters)
        synthesizer.evaluate(parameters, into: field.pointer)
        return f(field.array)
      })
  }

  /// Moments of deep relu nets, biases and a cosine layer included; false alarm 1e-6. Controls: exact values of layers one neuron wider, which
  /// miss part of the 1/N terms, and of weights three per cent too wide.
  @Test(arguments: [false, true]) func deepReluMoments(isCosine: Bool) throws {
    func net(_ widths: [Int], sigmaW: Double = 1.2) -> DeepNet {
      DeepNet(
        dimension: 2, widths: widths, activation: .relu, cosineInput: isCosine ? 1.1 : nil, sigmaW: sigmaW, sigmaB: 0.3,
        sigmaV: 1, weights: .uniform)
    }
    let x = Point(0.8, -0.5, 0, 0)
    let right = net([8, 6, 10])
    let bound = StatisticalChecks.normalBound(comparisons: 2)
    let second = try Self.averages(right, [x], draws: 200_000) { $0[0] * $0[0] }
    let fourth = try Self.averages(right, [x], draws: 200_000) { $0[0] * $0[0] * $0[0] * $0[0] }
    func exact(_ net: DeepNet, _ order: Int) throws -> Double {
      try #require(net.exactValue(.moment([Point](repeating: x, count: order)), lattice: nil))
    }
    #expect(abs(second.pull(try exact(right, 2))) < bound)
    #expect(abs(fourth.pull(try exact(right, 4))) < bound)
    #expect(abs(second.pull(try exact(net([8, 6, 10], sigmaW: 1.236), 2))) > bound)
    #expect(abs(fourth.pull(try exact(net([800, 600, 1000]), 4))) > bound)
  }

  /// On a cosine layer a moved pair of points looks the same at width 3, in the full 4-point function; the control, an affine input, does not.
  /// False alarm 1e-6.
  @Test(arguments: Activation.inTheoryFiles) func aCosineLayerIsInvariant(activation: Activation) throws {
    let (x, y, shift) = (Point(0.2, 0.1, 0, 0), Point(0.9, -0.4, 0, 0), Point(1.7, 0.8, 0, 0))
    // Translated, and rotated by a right angle about the origin.
    let points = [x, y, x + shift, y + shift, Point(-x[1], x[0], 0, 0), Point(-y[1], y[0], 0, 0)]
    func pull(cosineInput: Double?, from first: Int) throws -> Double {
      let net = DeepNet(
        dimension: 2, widths: [3, 3], activation: activation, cosineInput: cosineInput, sigmaW: 1.5, sigmaB: 0.1, sigmaV: 1,
        weights: .constant)
      return try Self.averages(net, points, draws: 100_000) { phi in
        func square(_ i: Int) -> Double { phi[i] * phi[i] * phi[i + 1] * phi[i + 1] }
        return square(first) - square(0)
      }.pull(0)
    }
    let bound = StatisticalChecks.normalBound(comparisons: 2)
    #expect(abs(try pull(cosineInput: 1.2, from: 2)) < bound)
    #expect(abs(try pull(cosineInput: 1.2, from: 4)) < bound)
    #expect(abs(try pull(cosineInput: nil, from: 2)) > bound)
  }

  /// The deviates of a neuron do not depend on how many there are: a wider net extends a narrower one, layer by layer.
  @Test func aWiderNetExtendsANarrowerOne() {
    func parameters(_ widths: [Int]) -> NetworkParameters {
      let net = DeepNet(dimension: 2, widths: widths, activation: .tanh, sigmaW: 1, sigmaB: 1, sigmaV: 1)
      let parameters = NetworkParameters(layout: net.layout)
      net.drawParameters(RandomStream(seed: 3, stream: "common"), draw: 4, into: parameters)
      return parameters
    }
    let (narrow, wide) = (parameters([4, 6]), parameters([4, 9]))
    for component in 0..<4 {
      for i in 0..<6 { #expect(narrow.block(3, component: component)[i] == wide.block(3, component: component)[i]) }
    }
    for i in 0..<6 {
      #expect(narrow.block(0)[i] == wide.block(0)[i])
      #expect(narrow.block(4)[i] == wide.block(4)[i])
    }
    // Layers do not share deviates.
    #expect(narrow.block(2)[0] != narrow.block(4)[0])
    #expect(narrow.layout.parameterCount == 6 + 2 * 4 + 4 + 4 * 6 + 6)
  }

  @Test func activationsAreAccurate() {
    let count = 80_008
    let z = AlignedBuffer<Double>(count: count, repeating: 0)
    let biases = AlignedBuffer<Double>(count: count, repeating: 0)
    for (activation, exact) in [(Activation.erf, erf as (Double) -> Double), (.tanh, tanh), (.relu, { max($0, 0) })] {
      let inputs = (0..<count).map { 8 * (2 * (Double($0) + 0.377) / Double(count) - 1) }
      for i in 0..<count { z[i] = inputs[i] }
      activation.apply(to: z.pointer, biases: biases.pointer, rows: 1, count: count)
      let worst = (0..<count).reduce(0.0) { max($0, abs(z[$1] - exact(inputs[$1]))) }
      #expect(worst < 3e-16, "\(activation): \(worst)")
      for (i, special) in [Double.nan, .infinity, -.infinity, 1e300].enumerated() { z[i] = special }
      activation.apply(to: z.pointer, biases: biases.pointer, rows: 1, count: 4)
      #expect(z[0].isNaN)
      if activation != .relu { #expect(z[1] == 1 && z[2] == -1 && z[3] == 1) }
    }
  }
}
