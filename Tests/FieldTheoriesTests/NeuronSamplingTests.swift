// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

/// `v φ_1(x)` of every neuron of one drawn network, straight from the definition: neurons × points.
func neuronValues(_ net: any NeuronSum, _ parameters: NetworkParameters, _ points: [Point])
  -> [[Double]]
{
  let amplitudes = AlignedBuffer<Double>(count: net.width, repeating: 0)
  func argument(_ momentumBlock: Int, _ shiftBlock: Int, _ i: Int, _ x: Point) -> Double {
    (0..<net.dimension).reduce(parameters.block(shiftBlock)[i]) {
      $0 + parameters.block(momentumBlock, component: $1)[i] * x[$1]
    }
  }
  let neuron: (Int, Point) -> Double
  switch net {
  case let net as any LayeredNet:
    for i in 0..<net.width { amplitudes[i] = parameters.block(0)[i] / Double(net.width).squareRoot() }
    let activation = net.hiddenLayers[0].activation
    neuron = { i, x in
      let z = argument(1, 2, i, x)
      return switch activation {
      case .relu: max(z, 0)
      case .erf: erf(z)
      case .tanh: tanh(z)
      case .cosine: cos(z)
      case .sine: sin(z)
      case .linear: z
      }
    }
  case let net as any PlaneWaveNet:
    net.amplitudes(parameters, into: amplitudes.pointer)
    neuron = { i, x in cos(argument(net.momentumBlock, net.phaseBlock, i, x)) }
  case let net as any ExponentialNet:
    net.amplitudes(parameters, into: amplitudes.pointer)
    neuron = { i, x in
      exp(
        argument(net.momentumBlock, net.biasBlock, i, x)
          - net.normalisation.constant - net.normalisation.quadratic * x.squaredNorm)
    }
  default: preconditionFailure("\(net.kind) states neither plane waves nor exponentials")
  }
  let root = Double(net.width).squareRoot()
  return (0..<net.width).map { i in points.map { root * amplitudes[i] * neuron(i, $0) } }
}

/// An ensemble to draw from, a wrong one whose draws must be told apart, and points.
struct SamplingCase: Sendable, CustomTestStringConvertible {
  let name: String
  let net: any NeuronSum
  let wrong: any NeuronSum
  let points: [Point]
  var testDescription: String { name }

  static let all: [SamplingCase] = {
    var cases: [SamplingCase] = []
    let points = [
      Point(0, 0, 0, 0), Point(0.5, -0.2, 0.3, 0.1), Point(1, 0.4, -0.2, 0.6),
      Point(-0.6, 0.9, 0.2, -0.3),
    ]
    func truncated(_ d: Int) -> [Point] {
      points.map { x in Point(coordinates: (0..<d).map { x[$0] }) }
    }
    for d in 1...4 {
      for weights in d == 2 ? OutputWeightLaw.Kind.allCases : [.gaussian] {
        func cosNet(_ s: Double) -> CosNet {
          CosNet(dimension: d, width: 4096, sigmaW0: 1.3 * s, sigmaW1: 0.7, weights: weights)
        }
        cases.append(
          SamplingCase(
            name: "Cos-net d=\(d) \(weights)", net: cosNet(1), wrong: cosNet(1.1),
            points: truncated(d)))
      }
      // Close to the origin and with a narrow bias: the moments up to M4 are then tame enough for a normal bound.
      func gaussNet(_ s: Double) -> GaussNet {
        GaussNet(dimension: d, width: 4096, sigmaW0: 0.5 * s, sigmaW1: 1, sigmaB0: 0.05)
      }
      cases.append(
        SamplingCase(
          name: "Gauss-net d=\(d)", net: gaussNet(1), wrong: gaussNet(1.3),
          points: truncated(d).map { 0.8 * $0 }))
      for activation in Activation.inTheoryFiles where d < 3 {
        func denseNet(_ s: Double) -> DenseNet {
          DenseNet(
            dimension: d, width: 4096, activation: activation, sigmaW: 1.2 * s, sigmaB: 0.4 * s, sigmaV: 1, weights: .uniform)
        }
        cases.append(
          SamplingCase(
            name: "\(activation) d=\(d)", net: denseNet(1), wrong: denseNet(1.1), points: truncated(d)))
      }
      for alpha in [-1, -0.4, 0, 0.5] {
        let lattice = Lattice(
          sites: [6, 4, 3, 2].dropLast(4 - d), spacing: 0.8, boundary: .periodic)
        func latticeNet(_ s: Double) -> LatticeAlphaNet {
          LatticeAlphaNet(
            kind: "alpha-net", width: 4096, mass: 1.2 * s, alpha: alpha, weights: .constant,
            lattice: lattice)
        }
        cases.append(
          SamplingCase(
            name: "lattice alpha=\(alpha) d=\(d)", net: latticeNet(1), wrong: latticeNet(1.1),
            points: [0, 1, 2, 1].map { lattice.position($0) }))
      }
    }
    return cases
  }()
}

@Suite struct NeuronSamplingTests {
  static let draws = 48

  /// `<v² φφ>` at all six pairs and `<v⁴ φφφφ>`, drawn from `net`, compared with the exact values of `exact`, as pulls.
  static func pulls(of net: any NeuronSum, against exact: any NeuronSum, _ points: [Point])
    -> [Double]
  {
    let stream = RandomStream(seed: 20_260, stream: net.streamName)
    let parameters = NetworkParameters(layout: net.layout)
    let subsets = [[0, 0], [0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3], [0, 1, 2, 3]]
    var products = [[Double]](repeating: [], count: subsets.count)
    for draw in 0..<UInt64(draws) {
      net.drawParameters(stream, draw: draw, into: parameters)
      for values in neuronValues(net, parameters, points) {
        for (index, subset) in subsets.enumerated() {
          products[index].append(subset.reduce(1) { $0 * values[$1] })
        }
      }
    }
    return zip(products, subsets).map { products, subset in
      SampleMean(products).pull(
        exact.outputWeights.moment(subset.count) * exact.neuronMoment(subset.map { points[$0] }))
    }
  }

  /// 196 608 independent neurons: false alarm 1e-6, and the control, neurons of another ensemble, must be rejected.
  @Test(arguments: SamplingCase.all) func singleNeuronMoments(sampling: SamplingCase) {
    let pulls = Self.pulls(of: sampling.net, against: sampling.net, sampling.points)
    let bound = StatisticalChecks.normalBound(comparisons: pulls.count)
    #expect(pulls.allSatisfy { abs($0) < bound }, "pulls \(pulls), bound \(bound)")
    let control = Self.pulls(of: sampling.wrong, against: sampling.net, sampling.points)
    #expect(control.contains { !(abs($0) < bound) }, "pulls of the control \(control)")
  }

  /// Every registered kind of independent neurons that has no case above, as its template states it. The control: some number of the template ten
  /// per cent larger. Neurons that grow from the origin have tails no normal bound covers: they need a case of their own.
  @Test(arguments: ArchitectureRegistry.entries.map(\.kind)) func everyRegisteredKind(kind: String) throws {
    let template = try #require(ArchitectureRegistry.entry(kind)).template
    let theory = try TheoryDefinition.load(text: template, fileName: kind)
    guard theory.architecture.neurons != nil, !theory.architecture.growsFromOrigin else { return }
    func net(_ changes: [(key: String, value: String)]) -> (any NeuronSum)? {
      (try? theory.varied([("architecture.width", "4096")] + changes))?.architecture.neurons
    }
    let own = try #require(net([]))
    let points = [[2, 1], [1, 0], [1, 2], [-2, 1]].map { theory.lattice.spacing * Point($0[0], $0[1], 0, 0) }
    let pulls = Self.pulls(of: own, against: own, points)
    let bound = StatisticalChecks.normalBound(comparisons: pulls.count)
    #expect(pulls.allSatisfy { abs($0) < bound }, "pulls \(pulls), bound \(bound)")
    let neighbours = theory.resolved.compactMap { entry in
      Double(entry.value).flatMap { value in
        entry.key.hasPrefix("architecture.") && !entry.key.hasSuffix("width") ? net([(entry.key, "\(1.1 * value)")]) : nil
      }
    }
    #expect(neighbours.contains { Self.pulls(of: $0, against: own, points).contains { !(abs($0) < bound) } })
  }

  @Test(arguments: SamplingCase.all) func aDrawDoesNotDependOnItsPredecessors(
    sampling: SamplingCase
  ) {
    let stream = RandomStream(seed: 7, stream: sampling.net.streamName)
    func draw(_ sequence: [UInt64]) -> [UInt64] {
      let parameters = NetworkParameters(layout: sampling.net.layout)
      for number in sequence { sampling.net.drawParameters(stream, draw: number, into: parameters) }
      return parameters.layout.blocks.indices.flatMap { block in
        (0..<parameters.layout.blocks[block].components).flatMap { component in
          (0..<sampling.net.width).map {
            parameters.block(block, component: component)[$0].bitPattern
          }
        }
      }
    }
    #expect(draw([5]) == draw([0, 9, 5]))
    #expect(draw([5]) != draw([6]))
  }
}
