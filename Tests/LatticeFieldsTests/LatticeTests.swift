// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields
import Testing

@Suite struct LatticeTests {
  @Test func openBoxesAreCentredAndPeriodicOnesStartAtZero() {
    let open = Lattice(sites: [4, 3], spacing: 0.5, boundary: .open)
    #expect(open.axisCoordinates(0) == [-0.75, -0.25, 0.25, 0.75])
    #expect(open.axisCoordinates(1) == [-0.5, 0, 0.5])
    #expect(Lattice(sites: [3], spacing: 2, boundary: .periodic).axisCoordinates(0) == [0, 2, 4])
    #expect(open.position(5) == Point(-0.25, 0.5, 0, 0))
  }

  @Test(arguments: Boundary.allCases) func indicesRoundTrip(boundary: Boundary) {
    let lattice = Lattice(sites: [2, 3, 4], spacing: 1, boundary: boundary)
    for index in 0..<lattice.siteCount { #expect(lattice.siteIndex(lattice.siteVector(index)) == index) }
  }

  /// Pairs of all displacements together are all ordered pairs of sites.
  @Test(arguments: [[5], [4, 3], [2, 3, 2], [2, 2, 2, 3]]) func pairCountsAddUp(sites: [Int]) {
    for boundary in Boundary.allCases {
      let lattice = Lattice(sites: sites, spacing: 1, boundary: boundary)
      let pairs = lattice.displacements().reduce(0) { $0 + $1.pairCount }
      #expect(pairs == lattice.siteCount * lattice.siteCount)
      #expect(lattice.displacements().count == lattice.displacementCount)
    }
  }

  @Test func hypercubicShellsKeepAxesOfUnequalExtentApart() {
    let square = Lattice(sites: [12, 12], spacing: 1, boundary: .periodic)
    #expect(square.selectedShells(hypercubic: true).contains { $0.representative == [5, 0] && $0.members.count == 4 })
    #expect(square.selectedShells(hypercubic: false).contains { $0.length == 5 && $0.members.count == 12 })
    let slab = Lattice(sites: [12, 8], spacing: 1, boundary: .periodic)
    #expect(slab.selectedShells(hypercubic: true).contains { $0.representative == [3, 0] && $0.members.count == 2 })
    #expect(slab.selectedShells(hypercubic: true).contains { $0.representative == [0, 3] && $0.members.count == 2 })
  }

  @Test func selectedShellsCoverHalfTheBoxEvenly() {
    let shells = Lattice(sites: [64, 64], spacing: 0.25, boundary: .open).selectedShells(hypercubic: false)
    #expect(shells.count == 48)
    #expect(shells[0].length == 0)
    #expect(shells.last!.length == 32)
    #expect(zip(shells, shells.dropFirst()).allSatisfy { $1.length - $0.length < 1.5 })
  }
}

@Suite struct PairingTests {
  @Test func countsAreThoseOfWick() {
    #expect(Pairings.four.count == 3)
    #expect(Pairings.six.count == 15)
    #expect(Pairings.pairsOfSix.count == 15)
    #expect([2, 4, 6].map { Pairings.halfSplits($0).count } == [1, 3, 10])
    for pairing in Pairings.six {
      #expect(pairing.flatMap { [$0.0, $0.1] }.sorted() == [0, 1, 2, 3, 4, 5])
    }
    #expect(Set(Pairings.six.map { "\($0)" }).count == 15)
  }
}
