// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import LatticeFields
import Testing

/// Exact values of the rows of the further estimators against sums and formulas written out.
@Suite struct HigherCumulantTests {
  static let open = Lattice(sites: [3], spacing: 0.7, boundary: .open)
  static let periodic = Lattice(sites: [3], spacing: 0.7, boundary: .periodic)

  static let nets: [(net: any NeuronSum, lattice: Lattice)] =
    [
      (CosNet(dimension: 1, width: 5, sigmaW0: 1.1, sigmaW1: 0.8, weights: .uniform), open),
      (GaussNet(dimension: 1, width: 5, sigmaW0: 0.9, sigmaW1: 0.8, sigmaB0: 0.2), open),
    ]
    + [-1, 0.8].map {
      (
        LatticeAlphaNet(
          kind: "alpha-net", width: 5, mass: 1.1, alpha: $0, weights: .laplace, lattice: periodic),
        periodic
      )
    }

  /// χ6 and χ8 are sums of n-point cumulants over all n-tuples of sites.
  @Test(arguments: nets.indices) func cumulantsOfThePhiSumAreSumsOverSites(index: Int) throws {
    let (net, lattice) = Self.nets[index]
    let sites = (0..<lattice.siteCount).map { lattice.position($0) }
    for order in [6, 8] {
      var sum = 0.0
      let shape = [Int](repeating: sites.count, count: order)
      for tuple in 0..<shape.reduce(1, *) {
        // A cumulant does not know the order of its points: one of each multiset, as often as it occurs.
        let choice = Lattice.unravel(tuple, shape: shape)
        guard choice == choice.sorted() else { continue }
        var ways = 1.0
        for k in 1...order { ways *= Double(k) }
        for site in sites.indices {
          let count = choice.filter { $0 == site }.count
          if count > 1 { for k in 2...count { ways /= Double(k) } }
        }
        sum += ways * (try #require(net.exactValue(.cumulant(choice.map { sites[$0] }), lattice: nil)))
      }
      sum *= pow(lattice.cellVolume, Double(order)) / lattice.volume
      let value = try #require(net.exactValue(.zeroMomentumCumulant(order: order), lattice: lattice))
      #expect(abs(value - sum) <= 1e-9 * abs(sum), "order \(order): \(value), \(sum)")
    }
  }

  /// `κ8 = N^{−3} [ m8 − 28 m6 m2 − 35 m4² + 420 m4 m2² − 630 m2⁴ ]`, m of one neuron at one point.
  @Test(arguments: nets.indices) func eighthCumulantAtOnePoint(index: Int) throws {
    let net = Self.nets[index].net
    let x = Point.zero
    func m(_ n: Int) -> Double { net.outputWeights.moment(n) * net.neuronMoment([Point](repeating: x, count: n)) }
    let (m2, m4, m6, m8) = (m(2), m(4), m(6), m(8))
    let expected = m8 - 28 * m6 * m2 - 35 * m4 * m4 + 420 * m4 * m2 * m2 - 630 * m2 * m2 * m2 * m2
    let value = try #require(net.exactValue(.cumulant([Point](repeating: x, count: 8)), lattice: nil))
    #expect(abs(value - expected / pow(Double(net.width), 3)) <= 1e-12 * m8)
  }

  /// Composite cumulants against 4-, 6- and 8-point functions; the last from a sum over the partitions of eight fields written out for x = y.
  @Test(arguments: nets.indices) func compositeCumulants(index: Int) throws {
    let (net, lattice) = Self.nets[index]
    let (x, y) = (lattice.position(0), lattice.position(2))
    func moment(_ m: Int, _ n: Int) throws -> Double {
      try #require(
        net.exactValue(.moment([Point](repeating: x, count: m) + [Point](repeating: y, count: n)), lattice: nil))
    }
    for (m, n) in [(2, 2), (2, 4), (4, 2), (1, 3), (4, 4)] {
      let product = m % 2 == 0 ? try moment(m, 0) * moment(0, n) : 0
      let expected = try moment(m, n) - product
      let value = try #require(net.exactValue(.compositeCumulant(m, x, n, y), lattice: nil))
      #expect(abs(value - expected) <= 1e-12 * abs(expected + product))
    }
    // <φ⁸> from its cumulants: 1, 28, 35, 210 and 105 partitions into even blocks.
    func cumulant(_ n: Int) throws -> Double {
      try #require(net.exactValue(.cumulant([Point](repeating: x, count: n)), lattice: nil))
    }
    let (k2, k4, k6, k8) = (try cumulant(2), try cumulant(4), try cumulant(6), try cumulant(8))
    let eighth = k8 + 28 * k6 * k2 + 35 * k4 * k4 + 210 * k4 * k2 * k2 + 105 * k2 * k2 * k2 * k2
    #expect(abs(try moment(8, 0) - eighth) <= 1e-12 * eighth)
    let kurtosis = try #require(net.exactValue(.standardisedCumulant(order: 4, x), lattice: nil))
    #expect(abs(kurtosis - k4 / (k2 * k2)) <= 1e-13 * abs(kurtosis))
  }

  /// The effective mass of slices summed from the propagator is the same at every t, and the closed form.
  @Test(arguments: [[12], [9, 4], [8, 6, 6]]) func effectiveMass(sites: [Int]) throws {
    let lattice = Lattice(sites: sites, spacing: 0.8, boundary: .periodic)
    let net = LatticeAlphaNet(
      kind: "alpha-net", width: 3, mass: 0.6, alpha: 0.3, weights: .gaussian, lattice: lattice)
    for mode in [[0, 0], [1, 0], [1, 2]].map({ Array($0.prefix(sites.count - 1)) }) {
      func slice(_ t: Int) throws -> Double {
        try (0..<sites[0]).reduce(0.0) { sum, n in
          let g = try #require(net.exactValue(.propagator(mode: [n] + mode), lattice: lattice))
          return sum + cos(2 * Double.pi * Double(n * t) / Double(sites[0])) * g
        }
      }
      for t in 1...sites[0] / 2 {
        let expected = acosh((try slice(t + 1) + slice(t - 1)) / (2 * (try slice(t)))) / lattice.spacing
        let value = try #require(net.exactValue(.effectiveMass(step: t, mode: mode), lattice: lattice))
        #expect(abs(value - expected) < 1e-9 * value)
      }
    }
  }

  /// `<cos qΔ> = 1 − q² <Δ²>/2! + q⁴ <Δ⁴>/4! − q⁶ <Δ⁶>/6! + q⁸ <Δ⁸>/8!`, Δ = φ(x) − φ(y), with the exact moments, for every law of v.
  @Test(arguments: OutputWeightLaw.Kind.allCases) func vertexCorrelatorOfASmallCharge(kind: OutputWeightLaw.Kind) throws {
    let lattice = Lattice(sites: [4, 3], spacing: 0.7, boundary: .periodic)
    let nets: [any NeuronSum] = [
      CosNet(dimension: 2, width: 3, sigmaW0: 1.1, sigmaW1: 0.8, weights: kind),
      LatticeAlphaNet(kind: "alpha-net", width: 3, mass: 1.1, alpha: -0.4, weights: kind, lattice: lattice),
    ]
    let (x, y) = (Point.zero, Point(0.7, 1.4, 0, 0))
    for net in nets {
      func moment(_ order: Int) throws -> Double {
        var (sum, ways) = (0.0, 1.0)
        for k in 0...order {
          let points = [Point](repeating: x, count: order - k) + [Point](repeating: y, count: k)
          sum += (k % 2 == 0 ? ways : -ways) * (try #require(net.exactValue(.moment(points), lattice: nil)))
          ways *= Double(order - k) / Double(k + 1)
        }
        return sum
      }
      let charge = 0.04 / (try moment(2)).squareRoot()
      var (expected, factor) = (1.0, 1.0)
      for order in [2, 4, 6, 8] {
        factor *= -charge * charge / Double(order * (order - 1))
        expected += factor * (try moment(order))
      }
      let value = try #require(net.exactValue(.vertexCorrelator(charge: charge, x, y), lattice: lattice))
      // The next term: q^10 <Δ^10>/10!, below 1e-14 for the heaviest tails.
      #expect(abs(value - expected) < 2e-14, "\(net.kind): \(value), \(expected)")
    }
  }

  /// Unknown stays unknown: eighth moments are tabulated for no alpha-net with a cutoff, densities for no Gauss-net.
  @Test func unknownValuesAreNil() throws {
    let net = try ScalarNet.make(dimension: 1, width: 4, mass: 1, cutoff: 5)
    let x = [Point](repeating: .zero, count: 8)
    #expect(net.exactValue(.cumulant(x), lattice: nil) == nil)
    #expect(net.exactValue(.compositeCumulant(4, .zero, 4, .zero), lattice: nil) == nil)
    #expect(net.exactValue(.zeroMomentumCumulant(order: 8), lattice: Self.open) == nil)
    #expect(net.exactValue(.zeroMomentumCumulant(order: 6), lattice: Self.open) != nil)
    #expect(net.exactValue(.trispectrum(modes: [[0], [0], [0], [0]]), lattice: Self.open) == nil)
  }
}
