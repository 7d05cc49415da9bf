// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

/// Exact values of fully connected nets against numbers made elsewhere.
@Suite struct DenseNetTests {
  static let kernels = ["MLP relu", "MLP erf"].flatMap { ReferenceRecords.of(item: "A2", theory: $0) }
  static let finite = ReferenceRecords.of(item: "A2", theory: "MLP relu finite N")
  static let deep = ReferenceRecords.of(item: "A2", theory: "deep bias-free ReLU MLP")

  @Test func noRecordWentMissing() {
    #expect(Self.kernels.count == 16)
    #expect(Self.finite.count == 8)
    #expect(Self.deep.count == 2)
  }

  /// The record's kernel is `σ_b² + σ_w² <σσ>` of the last layer: the readout has σ_v = σ_w, and σ_b² is added here.
  @Test(arguments: kernels) func limitKernels(record: ReferenceRecord) throws {
    let activation: Activation = record.theory.hasSuffix("relu") ? .relu : .erf
    func entries(_ sigmaW: Double) throws -> [Double] {
      let sigmaB = record.number("sigma_b")
      let depth = record.integer("hidden_layers")
      let dense = DenseNet(
        dimension: record.dimension, width: 1, activation: activation, sigmaW: sigmaW, sigmaB: sigmaB, sigmaV: sigmaW)
      let deep = DeepNet(
        dimension: record.dimension, widths: [Int](repeating: 1, count: max(2, depth)), activation: activation,
        sigmaW: sigmaW, sigmaB: sigmaB, sigmaV: sigmaW)
      let (x, y) = (record.points[0], record.points[1])
      return try [(x, x), (y, y), (x, y)].map { x, y in
        sigmaB * sigmaB + (try #require(depth == 1 ? dense.limitKernel(x, y) : deep.limitKernel(x, y)))
      }
    }
    for (index, value) in try entries(record.number("sigma_w")).enumerated() {
      #expect(record.agrees(with: value, index, floor: 1e-13))
    }
    // The control: weights one per cent too wide.
    let wide = try entries(1.01 * record.number("sigma_w"))[2]
    #expect(!record.agrees(with: wide, 2, floor: 1e-13))
  }

  @Test(arguments: finite) func reluAtFiniteWidth(record: ReferenceRecord) throws {
    func value(width: Int, sigmaV: Double = record.number("sigma_v")) throws -> Double {
      let net = DenseNet(
        dimension: record.dimension, width: width, activation: .relu, sigmaW: record.number("sigma_w"),
        sigmaB: record.number("sigma_b"), sigmaV: sigmaV)
      let x = record.points[0]
      let y = record.points.last!
      let points: [Point] =
        switch record.quantity {
        case "G4c(x,x,x,x)": [x, x, x, x]
        case "G4c(x,x,y,y)": [x, x, y, y]
        case "G4c(x,x,x,y)": [x, x, x, y]
        default: [x, x, x, x, x, x]
        }
      return try #require(net.exactValue(.cumulant(points), lattice: nil))
    }
    let right = try value(width: record.width)
    #expect(record.agrees(with: right, floor: 1e-12), "\(right), reference \(record.value)")
    // Controls: a missing 1/N, a wrong scale.
    #expect(!record.agrees(with: try value(width: record.width + 1), floor: 1e-12))
    #expect(!record.agrees(with: try value(width: record.width, sigmaV: 1.01 * record.number("sigma_v")), floor: 1e-12))
  }

  /// `<φ⁴>/(3 <φ²>²) = ∏(1 + 5/N_l)` for Gaussian weights without biases, at any point.
  @Test(arguments: deep) func deepReluKurtosis(record: ReferenceRecord) throws {
    let widths = (record.parameters["widths"]?.numbers ?? []).map { Int($0) }
    let x = Point(0.3, -1.2, 0, 0)
    func ratio(_ widths: [Int]) throws -> Double {
      let net: any Architecture =
        widths.count == 1
        ? DenseNet(dimension: 2, width: widths[0], activation: .relu, sigmaW: 0.7, sigmaB: 0, sigmaV: 1.3)
        : DeepNet(dimension: 2, widths: widths, activation: .relu, sigmaW: 0.7, sigmaB: 0, sigmaV: 1.3)
      let fourth = try #require(net.exactValue(.moment([x, x, x, x]), lattice: nil))
      let second = try #require(net.exactValue(.moment([x, x]), lattice: nil))
      return fourth / (3 * second * second)
    }
    #expect(record.agrees(with: try ratio(widths), floor: 1e-14))
    #expect(!record.agrees(with: try ratio(widths.map { $0 + 1 }), floor: 1e-14))
  }

  /// Neuron moments by quadrature on panels of Gauss-Legendre rules, and by Stein's lemma in extended precision for relu.
  @Test func neuronMomentsAgainstIndependentQuadrature() {
    func moment(_ activation: Activation, _ d: Int, _ sigmaW: Double, _ sigmaB: Double, _ points: [Point]) -> Double {
      DenseNet(dimension: d, width: 1, activation: activation, sigmaW: sigmaW, sigmaB: sigmaB, sigmaV: 1).neuronMoment(points)
    }
    let line = [0.7, -1.2, 0.3, 1.9].map { Point($0, 0, 0, 0) }
    let (x, y, z, w) = (line[0], line[1], line[2], line[3])
    let onALine: [(Activation, [Point], Double)] = [
      (.tanh, [x, y], -0.35773402252075476), (.tanh, [x, x, y, y], 0.249645299928204),
      (.tanh, [x, y, z, w], -0.1561617008462616), (.tanh, [x, x, x, y, z, w], -0.11285741190388163),
      (.erf, [x, y], -0.411807690416787), (.erf, [x, x, y, y], 0.32204250996408734),
      (.erf, [x, y, z, w], -0.19964190718148367), (.erf, [x, x, x, y, z, w], -0.1621335006001581),
    ]
    for (activation, points, expected) in onALine {
      #expect(abs(moment(activation, 1, 1.2, 0.3, points) - expected) < 1e-12, "\(activation) of \(points.count)")
      #expect(abs(moment(activation, 1, 1.21, 0.3, points) - expected) > 1e-4)
    }
    let (a, b) = (Point(0.5, -0.3, 0, 0), Point(1.1, 0.4, 0, 0))
    let (c, e) = (Point(-0.2, 0.8, 0, 0), Point(0.6, 0.6, 0, 0))
    let inAPlane: [(Activation, [Point], Double)] = [
      (.tanh, [a, b, c, e], 0.027164766435847264), (.tanh, [a, a, b, c], 0.009548699516281688),
      (.erf, [a, b, c, e], 0.03713473661481403), (.erf, [a, a, b, c], 0.013689780519971106),
      (.relu, [a, a, b, c], 0.069727876225697447527), (.relu, [a, a, b, b, c, c], 0.13694200822187004692),
      (.relu, [a, a, a, b, b, c], 0.15511089770995105236),
    ]
    for (activation, points, expected) in inAPlane {
      #expect(abs(moment(activation, 2, 1.1, 0.4, points) - expected) < 1e-12, "\(activation) of \(points.count)")
    }
  }

  /// relu(z) − relu(−z) = z: with `z_4 = α z_1 + β z_2 + γ z_3` the average of four factors is a sum of averages of three, whose polygons
  /// are others. Without a bias x ↦ z is linear.
  @Test func reluOfFourPointsIsLinearInTheOddPart() {
    let net = DenseNet(dimension: 3, width: 1, activation: .relu, sigmaW: 1.3, sigmaB: 0, sigmaV: 1)
    let points = [Point(1, 0.2, -0.3, 0), Point(-0.4, 0.9, 0.5, 0), Point(0.3, 0.1, 1.1, 0)]
    for mix in [[0.7, 1.1, -0.4], [-0.3, -0.2, -0.9], [1, 1, 1], [1e-6, 1, 0]] {
      let fourth = zip(mix, points).reduce(Point.zero) { $0 + $1.0 * $1.1 }
      let odd = net.neuronMoment(points + [fourth]) - net.neuronMoment(points + [-fourth])
      let linear = zip(mix, points).reduce(0.0) { $0 + $1.0 * net.neuronMoment(points + [$1.1]) }
      #expect(abs(odd - linear) < 1e-12, "\(mix): \(odd), \(linear)")
    }
  }

  /// Sums over a window are sums of pairs, and at order four of quadruples.
  @Test(arguments: Activation.inTheoryFiles) func zeroMomentumIsTheSumOverSites(activation: Activation) throws {
    let lattice = Lattice(sites: [3], spacing: 0.5, boundary: .open)
    let net = DenseNet(dimension: 1, width: 7, activation: activation, sigmaW: 1.2, sigmaB: 0.3, sigmaV: 1)
    let sites = (0..<3).map(lattice.position)
    var (second, fourth) = (0.0, 0.0)
    for x in sites {
      for y in sites {
        second += 0.25 * net.neuronMoment([x, y])
        for z in sites { for w in sites { fourth += 0.0625 * net.neuronMoment([x, y, z, w]) } }
      }
    }
    #expect(abs(try #require(net.zeroMomentumNeuronMoment(order: 2, lattice: lattice)).value - second) < 1e-12)
    #expect(abs(try #require(net.zeroMomentumNeuronMoment(order: 4, lattice: lattice)).value - fourth) < 1e-12)
  }

  /// Exact where the points span at most three directions, the bias being one; silent beyond, and never stuck. Products of linear neurons are
  /// moments of a Gaussian, known at any points.
  @Test func whatIsNotKnownIsNotSaid() {
    let points = [Point(1, 0, 0, 0), Point(0, 1, 0, 0), Point(0, 0, 1, 0), Point(1, 1, 1, 0)]
    func known(_ activation: Activation, _ sigmaB: Double, _ points: [Point]) -> Bool {
      DenseNet(dimension: 3, width: 5, activation: activation, sigmaW: 1, sigmaB: sigmaB, sigmaV: 1)
        .exactValue(.cumulant(points), lattice: nil) != nil
    }
    #expect(known(.linear, 0.5, points) && known(.linear, 0, [points[0], points[1], points[2], 1e6 * points[3]]))
    for activation in Activation.inTheoryFiles where activation != .linear {
      #expect(known(activation, 0, points))
      #expect(!known(activation, 0.5, points))
      #expect(known(activation, 0.5, [points[0], points[0], points[1], points[2]]))
      #expect(!known(activation, 0, [points[0], points[1], points[2], 1e6 * points[3]]) || activation == .relu)
    }
    // The field vanishes at the origin without biases.
    let net = DenseNet(dimension: 2, width: 5, activation: .relu, sigmaW: 1, sigmaB: 0, sigmaV: 1)
    #expect(net.exactValue(.cumulant([.zero, .zero, points[0], points[0]]), lattice: nil) == 0)
    let erfDeep = DeepNet(dimension: 2, widths: [4, 4], activation: .erf, sigmaW: 1, sigmaB: 0, sigmaV: 1)
    #expect(erfDeep.exactValue(.moment([points[0], points[0]]), lattice: nil) == nil)
  }

  /// A narrow deep relu net has tails that few networks do not show.
  @Test func rareNetworksAreSaid() {
    func net(_ width: Int) -> DeepNet {
      DeepNet(
        dimension: 2, widths: [Int](repeating: width, count: 6), activation: .relu, sigmaW: 1, sigmaB: 0, sigmaV: 1)
    }
    #expect(net(2).samplingObstruction(order: 2, radius: 1, draws: 20_000) != nil)
    #expect(net(256).samplingObstruction(order: 2, radius: 1, draws: 20_000) == nil)
  }
}
