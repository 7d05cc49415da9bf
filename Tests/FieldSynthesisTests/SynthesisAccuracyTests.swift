// SPDX-License-Identifier: GPL-3.0-or-later

import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels
import Testing

/// Every method against direct sums in extended precision.
@Suite struct SynthesisAccuracyTests {
  /// Even, odd, prime and single-site extents, equal and unequal, d = 1 to 4.
  static let boxes = [
    [1], [2], [7], [64], [97], [256], [1, 1], [8, 8], [5, 7], [1, 9], [9, 1], [2, 31], [64, 64],
    [33, 12], [3, 4, 5], [8, 1, 6],
    [16, 16, 16], [7, 7, 7], [2, 3, 4, 5], [6, 6, 6, 6], [3, 1, 5, 1],
  ]
  /// One neuron, fewer than a block, not a multiple of the block.
  static let widths = [1, 10, 300]

  @Test(arguments: boxes, widths)
  func planeWavesOnALattice(sites: [Int], width: Int) {
    let net = CosNet(dimension: sites.count, width: width, sigmaW0: 2, sigmaW1: 1)
    for boundary in Boundary.allCases {
      let lattice = Lattice(sites: sites, spacing: 0.3, boundary: boundary)
      let network = DrawnNetwork(net)
      for method in [SynthesisMethod.matrixProduct, .direct] {
        let field = network.field(on: .lattice(lattice), method: method)
        let deviation = network.deviation(field, at: lattice.positions)
        #expect(deviation < 1, "\(method) \(boundary): \(deviation) of the allowed error")
      }
    }
  }

  /// Phases up to 1e5 and beyond.
  @Test(arguments: [[256], [97], [64, 64], [5, 33], [16, 16, 16], [6, 5, 4, 7]], [1, 300])
  func planeWavesOfLargePhase(sites: [Int], width: Int) {
    let lattice = Lattice(sites: sites, spacing: 1, boundary: .open)
    let extent = Double(sites.max()!)
    let network = DrawnNetwork(
      CosNet(dimension: sites.count, width: width, sigmaW0: 2e5 / extent, sigmaW1: 1))
    for method in [SynthesisMethod.matrixProduct, .direct] {
      let deviation = network.deviation(
        network.field(on: .lattice(lattice), method: method), at: lattice.positions)
      #expect(deviation < 1, "\(method): \(deviation) of the allowed error")
    }
  }

  @Test(arguments: boxes, widths)
  func exponentialsOnALattice(sites: [Int], width: Int) {
    let net = GaussNet(dimension: sites.count, width: width, sigmaW0: 1.3, sigmaW1: 1, sigmaB0: 0.7)
    for boundary in Boundary.allCases {
      let lattice = Lattice(sites: sites, spacing: 0.2, boundary: boundary)
      let network = DrawnNetwork(net)
      for method in [SynthesisMethod.matrixProduct, .direct] {
        let field = network.field(on: .lattice(lattice), method: method)
        let deviation = network.deviation(field, at: lattice.positions)
        #expect(deviation < 1, "\(method) \(boundary): \(deviation) of the allowed error")
      }
    }
  }

  /// The field of one neuron is right relative to itself at every site, also where it is smaller than elsewhere by many orders of
  /// magnitude.
  @Test(
    arguments: [[64], [97], [64, 64], [33, 12], [16, 17, 18], [16, 6, 5, 16]],
    [(0.3, 0.05), (1.3, 0.1), (3, 0.2), (8, 0.5)])
  func aNeuronIsAccurateWhereItIsSmall(sites: [Int], scales: (sigmaW0: Double, spacing: Double)) {
    let lattice = Lattice(sites: sites, spacing: scales.spacing, boundary: .open)
    let net = GaussNet(dimension: sites.count, width: 1, sigmaW0: scales.sigmaW0, sigmaW1: 1, sigmaB0: 0.7)
    for draw in 0..<8 as Range<UInt64> {
      let deviation = largestRelativeDeviation(DrawnNetwork(net, draw: draw), lattice)
      #expect(deviation < 1, "draw \(draw): \(deviation) of the allowed error")
    }
  }

  /// The control: a momentum wrong by 1e-13 is refused.
  @Test func theBoundOfANeuronSeesASmallError() {
    let lattice = Lattice(sites: [64, 64], spacing: 0.1, boundary: .open)
    let net = GaussNet(dimension: 2, width: 1, sigmaW0: 1.3, sigmaW1: 1, sigmaB0: 0.7)
    let network = DrawnNetwork(net)
    let field = network.field(on: .lattice(lattice))
    network.parameters.block(net.momentumBlock)[0] += 1e-13
    #expect(largestRelativeDeviation(network, lattice, of: field) > 1)
  }

  /// The largest deviation over some 60 sites, each in units of the error allowed there; sites where the field is below 1e-280 do not count.
  private func largestRelativeDeviation(_ network: DrawnNetwork, _ lattice: Lattice, of field: [Double]? = nil) -> Double {
    let field = field ?? network.field(on: .lattice(lattice), method: .matrixProduct)
    return stride(from: 0, to: lattice.siteCount, by: max(1, lattice.siteCount / 61)).map { site in
      let (values, tolerance) = network.extendedField(at: [lattice.position(site)])
      return abs(values[0]) < 1e-280 ? 0 : Double(abs(Float80(field[site]) - values[0]) / tolerance)
    }.max()!
  }

  /// Where every term underflows, or a neuron's hump lies far off, fields are finite and right.
  @Test(arguments: [0.01, 1, 30], [0.0, 8])
  func exponentialsNeitherOverflowNorTurnIntoNaN(sigmaW0: Double, sigmaB0: Double) {
    let lattice = Lattice(sites: [41, 64], spacing: 2, boundary: .open)
    let network = DrawnNetwork(
      GaussNet(dimension: 2, width: 40, sigmaW0: sigmaW0, sigmaW1: 1, sigmaB0: sigmaB0))
    for method in [SynthesisMethod.matrixProduct, .direct] {
      let field = network.field(on: .lattice(lattice), method: method)
      #expect(field.allSatisfy { $0.isFinite })
      #expect(network.deviation(field, at: lattice.positions) < 1)
    }
  }

  @Test(arguments: boxes, widths)
  func latticeModesOnTheirLattice(sites: [Int], width: Int) {
    let lattice = Lattice(sites: sites, spacing: 0.5, boundary: .periodic)
    let network = DrawnNetwork(latticeNet(lattice, width: width))
    for method in methods(network.net, lattice) where method != .nonuniformFFT {
      let deviation = network.deviation(
        network.field(on: .lattice(lattice), method: method), at: lattice.positions)
      #expect(deviation < 1, "\(method): \(deviation) of the allowed error")
    }
  }

  /// Points anywhere, coinciding and far ones included.
  @Test(arguments: 1...4)
  func scatteredPoints(dimension: Int) {
    var points: [Point] = []
    for pair in 0..<25 {
      var x = Point.zero
      for axis in 0..<dimension { x[axis] = 0.17 * Double(pair * (7 + 3 * axis) % 31) - 2.3 }
      points += [x, x * (pair < 24 ? 1 : 1e4)]
    }
    let nets: [any Architecture] = [
      CosNet(dimension: dimension, width: 300, sigmaW0: 2, sigmaW1: 1),
      GaussNet(dimension: dimension, width: 300, sigmaW0: 2, sigmaW1: 1, sigmaB0: 1),
    ]
    for network in nets.map({ DrawnNetwork($0) }) {
      let field = network.field(on: .points(points, dimension: dimension))
      #expect(network.deviation(field, at: points) < 1)
      for pair in 0..<24 { #expect(field[2 * pair] == field[2 * pair + 1]) }
    }
  }

  /// The non-uniform FFT keeps its tolerance, in units of √Σc², for every tolerance, few and many neurons, small and large phases.
  @Test(
    arguments: [[64], [97], [4096], [64, 64], [33, 12], [16, 16, 16], [9, 20, 12]], [1e-4, 1e-9, 1e-12])
  func nonuniformTransformsKeepTheirTolerance(sites: [Int], tolerance: Double) throws {
    for (width, sigma) in [(1, 2.0), (300, 0.3), (300, 5e4), (20_000, 2)] {
      let lattice = Lattice(sites: sites, spacing: 0.3, boundary: .open)
      let network = DrawnNetwork(CosNet(dimension: sites.count, width: width, sigmaW0: sigma, sigmaW1: 1))
      guard NonuniformGrid(sites: sites, count: width, tolerance: tolerance) != nil else { continue }
      let plan = try SynthesisPlan(
        architecture: network.net, sites: .lattice(lattice), method: .nonuniformFFT, tolerance: tolerance)
      let field = network.evaluate(plan.makeSynthesizer(), count: lattice.siteCount)
      let chosen = (0..<60).map { $0 * (lattice.siteCount - 1) / 59 }
      let (values, rounding) = network.extendedField(at: chosen.map(lattice.position))
      let norm = network.amplitudeNorm
      for (site, value) in zip(chosen, values) {
        let error = Double(abs(Float80(field[site]) - value))
        #expect(error < 3 * tolerance * norm + Double(rounding))
      }
    }
  }

  /// Single precision: 4e-6 of √Σc² (twice the plan's tolerance) by every method, few and many neurons, small and large phases.
  @Test(arguments: [[64], [97], [64, 64], [33, 12], [16, 16, 16], [6, 5, 4, 7]])
  func singlePrecisionKeepsItsTolerance(sites: [Int]) throws {
    for (width, sigma) in [(1, 2.0), (300, 5e4), (20_000, 2)] {
      let lattice = Lattice(sites: sites, spacing: 0.3, boundary: .open)
      let network = DrawnNetwork(CosNet(dimension: sites.count, width: width, sigmaW0: sigma, sigmaW1: 1))
      let chosen = (0..<60).map { $0 * (lattice.siteCount - 1) / 59 }
      let values = network.extendedField(at: chosen.map(lattice.position)).values
      for method in methods(network.net, lattice) {
        let plan = try SynthesisPlan(
          architecture: network.net, sites: .lattice(lattice), method: method, precision: .single)
        let field = AlignedBuffer<Float>(count: lattice.siteCount, repeating: .nan)
        plan.makeSingleSynthesizer().evaluate(network.parameters, into: field.pointer)
        for (site, value) in zip(chosen, values) {
          #expect(abs(Double(field[site]) - Double(value)) < 2 * plan.tolerance * network.amplitudeNorm, "\(method)")
        }
      }
    }
  }

  @Test func singlePrecisionOfLatticeModes() throws {
    let lattice = Lattice(sites: [12, 9], spacing: 0.5, boundary: .periodic)
    let network = DrawnNetwork(latticeNet(lattice, width: 300))
    let plan = try SynthesisPlan(architecture: network.net, sites: .lattice(lattice), precision: .single)
    #expect(plan.method == .inverseFFT)
    let field = AlignedBuffer<Float>(count: lattice.siteCount, repeating: .nan)
    plan.makeSingleSynthesizer().evaluate(network.parameters, into: field.pointer)
    let exact = network.extendedField(at: lattice.positions).values
    for (site, value) in exact.enumerated() {
      #expect(abs(Double(field[site]) - Double(value)) < 1e-6 * network.amplitudeNorm)
    }
  }

  /// The control: a phase wrong by 1e-9 at one neuron of 300 is refused.
  @Test func theBoundSeesASmallError() {
    let lattice = Lattice(sites: [16, 16], spacing: 0.3, boundary: .open)
    let net = CosNet(dimension: 2, width: 300, sigmaW0: 2, sigmaW1: 1)
    let network = DrawnNetwork(net)
    let field = network.field(on: .lattice(lattice))
    network.parameters.block(net.phaseBlock)[299] += 1e-9
    #expect(network.deviation(field, at: lattice.positions) > 1)
  }
}

/// Scalar-net on a lattice.
func latticeNet(_ lattice: Lattice, width: Int) -> LatticeAlphaNet {
  LatticeAlphaNet(
    kind: "scalar-net-lattice", width: width, mass: 0.8, alpha: -1, weights: .gaussian,
    lattice: lattice)
}
