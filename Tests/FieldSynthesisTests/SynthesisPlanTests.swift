// SPDX-License-Identifier: GPL-3.0-or-later

import FieldSynthesis
import FieldTheories
import LatticeFields
import NumericalKernels
import Testing

@Suite struct SynthesisPlanTests {
  private let open = Lattice(sites: [9, 8], spacing: 0.4, boundary: .open)
  private let periodic = Lattice(sites: [9, 8], spacing: 0.4, boundary: .periodic)
  private let points = SiteSet.points([.zero, Point(coordinates: [0.4, 0.8])], dimension: 2)
  private var cosNet: CosNet { CosNet(dimension: 2, width: 300, sigmaW0: 1, sigmaW1: 1) }
  private var gaussNet: GaussNet {
    GaussNet(dimension: 2, width: 300, sigmaW0: 1, sigmaW1: 1, sigmaB0: 1)
  }

  @Test func theMethodFollowsFromNetAndSites() throws {
    func method(_ net: any Architecture, _ sites: SiteSet, asked: SynthesisMethod? = nil) throws -> SynthesisMethod {
      try SynthesisPlan(architecture: net, sites: sites, method: asked).method
    }
    #expect(try method(cosNet, .lattice(open)) == .matrixProduct)
    #expect(try method(gaussNet, .lattice(open)) == .matrixProduct)
    #expect(try method(latticeNet(periodic, width: 4), .lattice(periodic)) == .inverseFFT)
    #expect(try method(latticeNet(periodic, width: 4), .lattice(open)) == .matrixProduct)
    #expect(try method(latticeNet(periodic, width: 4), points) == .direct)
    #expect(try method(cosNet, .lattice(open), asked: .direct) == .direct)
    #expect(try method(cosNet, .lattice(open), asked: .nonuniformFFT) == .nonuniformFFT)
    #expect(
      try method(latticeNet(periodic, width: 4), .lattice(periodic), asked: .matrixProduct) == .matrixProduct)
  }

  /// Wide nets on large lattices ask for the non-uniform FFT, narrow ones for the product; d = 4 and exponentials have no FFT.
  @Test func theCostModelSeesTheCrossover() throws {
    func method(width: Int, _ sites: [Int]) throws -> SynthesisMethod {
      try SynthesisPlan(
        architecture: CosNet(dimension: sites.count, width: width, sigmaW0: 1, sigmaW1: 1),
        sites: .lattice(Lattice(sites: sites, spacing: 0.25, boundary: .open))
      ).method
    }
    #expect(try method(width: 5, [64, 64]) == .matrixProduct)
    #expect(try method(width: 1024, [64, 64]) == .nonuniformFFT)
    #expect(try method(width: 20, [32, 32, 32]) == .matrixProduct)
    #expect(try method(width: 10_000, [32, 32, 32]) == .nonuniformFFT)
    #expect(try method(width: 100_000, [8, 8, 8, 8]) == .matrixProduct)
  }

  @Test func aMethodThatDoesNotApplyIsRefused() {
    let mistakes: [(any Architecture, SiteSet, SynthesisMethod)] = [
      (cosNet, points, .matrixProduct), (cosNet, points, .nonuniformFFT), (cosNet, .lattice(open), .inverseFFT),
      (gaussNet, .lattice(open), .nonuniformFFT), (gaussNet, .lattice(open), .inverseFFT),
      (latticeNet(periodic, width: 4), .lattice(open), .inverseFFT),
    ]
    for (net, sites, method) in mistakes {
      let error = #expect(throws: InapplicableMethod.self) {
        try SynthesisPlan(architecture: net, sites: sites, method: method)
      }
      #expect(error?.description.contains("direct") == true)
    }
  }

  /// One line for every method, none like another.
  @Test func explanationsTellTheMethodsApart() throws {
    let lines = try SynthesisMethod.allCases.filter { $0 != .layers }.map {
      try SynthesisPlan(
        architecture: latticeNet(periodic, width: 4), sites: .lattice(periodic), method: $0
      ).explanation
    }
    #expect(
      Set(lines).count == lines.count && lines.allSatisfy { !$0.isEmpty && !$0.contains("\n") })
  }

  /// A synthesizer keeps nothing of the networks before: used again, or made anew, it gives the same bytes.
  @Test func equalParametersGiveEqualBytes() throws {
    let cases: [(any Architecture, Lattice)] = [
      (cosNet, open), (gaussNet, open), (latticeNet(periodic, width: 300), periodic),
    ]
    for (net, lattice) in cases {
      for method in methods(net, lattice) {
        let plan = try SynthesisPlan(architecture: net, sites: .lattice(lattice), method: method)
        let used = plan.makeSynthesizer()
        let networks = (0..<3).map { DrawnNetwork(net, draw: $0) }
        let fields = networks.map { $0.evaluate(used, count: lattice.siteCount) }
        for (network, field) in zip(networks, fields).reversed() {
          #expect(network.evaluate(used, count: lattice.siteCount) == field)
          #expect(network.evaluate(plan.makeSynthesizer(), count: lattice.siteCount) == field)
        }
        #expect(fields[0] != fields[1])
      }
    }
  }

  /// A field does not depend on how it is evaluated, nor on which other sites are wanted.
  @Test func methodsAgree() {
    let cases: [(any Architecture, Lattice)] = [
      (cosNet, open), (cosNet, periodic), (gaussNet, open),
      (latticeNet(periodic, width: 300), periodic),
    ]
    for (net, lattice) in cases {
      let network = DrawnNetwork(net)
      let reference = network.field(on: .points(lattice.positions, dimension: 2))
      for method in methods(net, lattice) {
        let field = network.field(on: .lattice(lattice), method: method)
        #expect(zip(field, reference).allSatisfy { abs($0 - $1) < (method == .nonuniformFFT ? 3e-9 : 1e-12) })
      }
    }
  }
}

/// The methods that evaluate a net on a lattice.
func methods(_ net: any Architecture, _ lattice: Lattice) -> [SynthesisMethod] {
  SynthesisMethod.allCases.filter { $0.nanoseconds(net, .lattice(lattice), tolerance: 1e-9) != nil }
}
