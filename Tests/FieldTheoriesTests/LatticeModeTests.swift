// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

/// The discrete momenta of lattice nets.
@Suite struct LatticeModeTests {
  static func net(alpha: Double, sites: [Int], width: Int = 4096) -> LatticeAlphaNet {
    LatticeAlphaNet(
      kind: "alpha-net", width: width, mass: 1, alpha: alpha, weights: .constant,
      lattice: Lattice(sites: sites, spacing: 0.5, boundary: .periodic))
  }

  /// Frequencies of all modes against `G^{1+α}/Σ G^{1+α}`: χ² with sites − 1 degrees of freedom, false alarm 1e-6; the control is
  /// the density of another α.
  @Test(arguments: [-2.0, -1, -0.5, 0, 1]) func frequencies(alpha: Double) {
    let net = Self.net(alpha: alpha, sites: [6, 5])
    let lattice = net.lattice
    let parameters = NetworkParameters(layout: net.layout)
    let stream = RandomStream(seed: 5, stream: net.streamName)
    var counts = [Double](repeating: 0, count: lattice.siteCount)
    let draws = 200
    for draw in 0..<UInt64(draws) {
      net.drawParameters(stream, draw: draw, into: parameters)
      for i in 0..<net.width { counts[Int(parameters.block(net.modeBlock)[i])] += 1 }
    }
    func chiSquared(_ alpha: Double) -> Double {
      let weights = counts.indices.map {
        pow(net.exactValue(.propagator(mode: lattice.siteVector($0)), lattice: lattice)!, 1 + alpha)
      }
      let scale = Double(draws * net.width) / weights.reduce(0, +)
      return zip(counts, weights).reduce(0) { $0 + pow($1.0 - scale * $1.1, 2) / (scale * $1.1) }
    }
    let bound = StatisticalChecks.chiSquaredBound(degrees: lattice.siteCount - 1)
    #expect(chiSquared(alpha) < bound)
    #expect(chiSquared(alpha + 0.05) > bound)
  }

  /// Momenta belong to their modes, with representatives in (−π/a, π/a], for even and odd extents.
  @Test(arguments: [[7], [8], [6, 5], [5, 4, 3], [4, 3, 2, 5]]) func momentaBelongToModes(
    sites: [Int]
  ) {
    let net = Self.net(alpha: 0, sites: sites)
    let parameters = NetworkParameters(layout: net.layout)
    net.drawParameters(RandomStream(seed: 6, stream: "modes"), draw: 0, into: parameters)
    let edge = Double.pi / 0.5
    for i in 0..<net.width {
      let mode = net.lattice.siteVector(Int(parameters.block(net.modeBlock)[i]))
      for (axis, n) in mode.enumerated() {
        let p = parameters.block(net.momentumBlock, component: axis)[i]
        #expect(p > -edge * (1 - 1e-12) && p <= edge * (1 + 1e-15))
        let turns = (p * 0.5 * Double(sites[axis]) / (2 * .pi) - Double(n)) / Double(sites[axis])
        #expect(abs(turns - turns.rounded()) < 1e-12)
      }
    }
  }

  /// A wider net begins with the neurons of a narrower one.
  @Test func widerNetsExtendNarrowerOnes() {
    let (narrow, wide) = (
      Self.net(alpha: 0.3, sites: [9, 4], width: 10),
      Self.net(alpha: 0.3, sites: [9, 4], width: 33)
    )
    let stream = RandomStream(seed: 8, stream: "width")
    let (a, b) = (NetworkParameters(layout: narrow.layout), NetworkParameters(layout: wide.layout))
    narrow.drawParameters(stream, draw: 4, into: a)
    wide.drawParameters(stream, draw: 4, into: b)
    for block in a.layout.blocks.indices {
      for component in 0..<a.layout.blocks[block].components {
        for i in 0..<10 {
          #expect(
            a.block(block, component: component)[i] == b.block(block, component: component)[i])
        }
      }
    }
  }
}
