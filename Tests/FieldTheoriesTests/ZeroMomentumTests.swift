// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import LatticeFields
import Testing

/// Zero-momentum cumulants against the brute-force sum of n-point functions over all n-tuples of sites.
@Suite struct ZeroMomentumTests {
  static let open = Lattice(sites: [3, 2], spacing: 0.7, boundary: .open)
  static let periodic = Lattice(sites: [3, 2], spacing: 0.7, boundary: .periodic)

  static let nets: [(net: any NeuronSum, lattice: Lattice)] =
    [
      (CosNet(dimension: 2, width: 5, sigmaW0: 1.1, sigmaW1: 0.8, weights: .uniform), open),
      (GaussNet(dimension: 2, width: 5, sigmaW0: 0.9, sigmaW1: 0.8, sigmaB0: 0.4), open),
      (GaussNet(dimension: 2, width: 5, sigmaW0: 0.9, sigmaW1: 0.8, sigmaB0: 0.4), periodic),
    ]
    + [-1, -0.3, 0, 0.8].map {
      (
        LatticeAlphaNet(
          kind: "alpha-net", width: 5, mass: 1.1, alpha: $0, weights: .laplace, lattice: periodic),
        periodic
      )
    }

  @Test(arguments: nets.indices) func cumulantsAreSumsOverSites(index: Int) throws {
    let (net, lattice) = Self.nets[index]
    let sites = (0..<lattice.siteCount).map { lattice.position($0) }
    for order in [2, 4] {
      var sum = 0.0
      let shape = [Int](repeating: sites.count, count: order)
      for tuple in 0..<shape.reduce(1, *) {
        let points = Lattice.unravel(tuple, shape: shape).map { sites[$0] }
        sum += try #require(net.exactValue(.cumulant(points), lattice: nil))
      }
      sum *= pow(lattice.cellVolume, Double(order)) / lattice.volume
      let value = try #require(
        net.exactValue(.zeroMomentumCumulant(order: order), lattice: lattice))
      #expect(abs(value - sum) <= 1e-12 * abs(sum))
    }
  }

  /// `U = −χ4/(3 V χ2²)`.
  @Test(arguments: nets.indices) func binderCumulant(index: Int) throws {
    let (net, lattice) = Self.nets[index]
    let chi2 = try #require(net.exactValue(.zeroMomentumCumulant(order: 2), lattice: lattice))
    let chi4 = try #require(net.exactValue(.zeroMomentumCumulant(order: 4), lattice: lattice))
    let binder = try #require(net.exactValue(.binderCumulant, lattice: lattice))
    #expect(abs(binder + chi4 / (3 * lattice.volume * chi2 * chi2)) <= 1e-13 * abs(binder))
  }

  /// Far outside the range where `exp(q S²/2)` and the convolution powers fit into a Double, the two-point sum stays exact: by
  /// translation invariance it is the pair-count sum of G2.
  @Test func gaussNetInAHugeBox() throws {
    let lattice = Lattice(sites: [400], spacing: 0.5, boundary: .open)
    let net = GaussNet(dimension: 1, width: 3, sigmaW0: 1, sigmaW1: 1.4, sigmaB0: 0.5)
    let sum = lattice.displacements().reduce(0.0) { sum, r in
      sum + Double(r.pairCount) * net.exactMoment([.zero, r.point(spacing: lattice.spacing)])!
    }
    let expected = sum * lattice.cellVolume * lattice.cellVolume / lattice.volume
    let value = try #require(net.exactValue(.zeroMomentumCumulant(order: 2), lattice: lattice))
    #expect(abs(value - expected) < 1e-12 * expected)
    // The four-point sum is of order exp(10^4): no number, and no infinity passed off as one.
    #expect(net.exactValue(.zeroMomentumCumulant(order: 4), lattice: lattice) == nil)
  }

  @Test func latticeNetsKnowWhereTheyLive() throws {
    let net = LatticeAlphaNet(
      kind: "alpha-net", width: 5, mass: 1.1, alpha: 0.2, weights: .gaussian, lattice: Self.periodic
    )
    let step = Point(0.7, 0, 0, 0)
    #expect(net.exactValue(.moment([.zero, 0.5 * step]), lattice: nil) == nil)
    #expect(net.exactValue(.moment([.zero, Point(0.7, 0, 0.7, 0)]), lattice: nil) == nil)
    #expect(net.exactValue(.propagator(mode: [1, 0]), lattice: Self.open) == nil)
    // Around the torus: three steps are none.
    #expect(
      net.exactValue(.moment([.zero, 3 * step]), lattice: nil)
        == net.exactValue(.moment([.zero, .zero]), lattice: nil))
    let root = 2 / 0.7 * sin(Double.pi / 3)
    let propagator = try #require(
      net.exactValue(.propagator(mode: [-1, 0]), lattice: Self.periodic))
    #expect(abs(propagator - 1 / (root * root + 1.21)) < 1e-15)
  }
}
