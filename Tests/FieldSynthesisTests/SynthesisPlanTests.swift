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

  @Test func theMethodFollowsFromNetAndSites() {
    func method(_ net: any Architecture, _ sites: SiteSet, asked: SynthesisMethod? = nil)
      -> SynthesisMethod
    {
      SynthesisPlan(architecture: net, sites: sites, method: asked).method
    }
    #expect(method(cosNet, .lattice(open)) == .matrixProduct)
    #expect(method(gaussNet, .lattice(open)) == .matrixProduct)
    #expect(method(latticeNet(periodic, width: 4), .lattice(periodic)) == .inverseFFT)
    #expect(method(latticeNet(periodic, width: 4), .lattice(open)) == .matrixProduct)
    #expect(method(latticeNet(periodic, width: 4), points) == .direct)
    #expect(method(cosNet, points, asked: .matrixProduct) == .direct)
    #expect(method(cosNet, .lattice(open), asked: .inverseFFT) == .matrixProduct)
    #expect(
      method(latticeNet(periodic, width: 4), .lattice(periodic), asked: .matrixProduct)
        == .matrixProduct)
    #expect(method(cosNet, .lattice(open), asked: .direct) == .direct)
  }

  /// One line for every method, none like another.
  @Test func explanationsTellTheMethodsApart() {
    let lines = SynthesisMethod.allCases.map {
      SynthesisPlan(
        architecture: latticeNet(periodic, width: 4), sites: .lattice(periodic), method: $0
      ).explanation
    }
    #expect(
      Set(lines).count == lines.count && lines.allSatisfy { !$0.isEmpty && !$0.contains("\n") })
  }

  /// A synthesizer keeps nothing of the networks before: used again, or made anew, it gives the same bytes.
  @Test func equalParametersGiveEqualBytes() {
    let cases: [(any Architecture, Lattice)] = [
      (cosNet, open), (gaussNet, open), (latticeNet(periodic, width: 300), periodic),
    ]
    for (net, lattice) in cases {
      for method in SynthesisMethod.allCases {
        let plan = SynthesisPlan(architecture: net, sites: .lattice(lattice), method: method)
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
      for method in SynthesisMethod.allCases {
        let field = network.field(on: .lattice(lattice), method: method)
        #expect(zip(field, reference).allSatisfy { abs($0 - $1) < 1e-12 })
      }
    }
  }
}
