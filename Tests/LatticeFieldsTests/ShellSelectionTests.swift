// SPDX-License-Identifier: GPL-3.0-or-later

import LatticeFields
import Testing

/// The search for shells against their definition: all displacements listed, grouped and sorted.
@Suite struct ShellSelectionTests {
  struct Box: Sendable, CustomStringConvertible {
    let sites: [Int]
    let boundary: Boundary
    var lattice: Lattice { Lattice(sites: sites, spacing: 1, boundary: boundary) }
    var description: String { "\(sites) \(boundary)" }
  }

  static let boxes = [
    [1], [2], [7], [300], [1, 1], [2, 3], [5, 5], [12, 8], [40, 41], [96, 96], [97, 97], [60, 3], [4, 4, 4], [9, 9, 6],
    [18, 17, 18], [3, 3, 3, 3], [6, 4, 6, 4],
  ]
  .flatMap { sites in Boundary.allCases.map { Box(sites: sites, boundary: $0) } }

  /// The definition of ``Lattice/selectedShells(hypercubic:limit:)``; with `ignoresPairs` the wrong rule for shells as near, as a control.
  static func defined(_ lattice: Lattice, hypercubic: Bool, limit: Int, ignoresPairs: Bool = false) -> [DisplacementShell] {
    let reach = Double(lattice.sites.min()!) / 2
    var groups: [[Int]: [Displacement]] = [:]
    for displacement in lattice.displacements() {
      let orbit = lattice.axisOrbit(displacement.vector)
      groups[[displacement.squaredLength] + (hypercubic ? orbit.map { -$0 } : []), default: []].append(displacement)
    }
    let candidates = groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { _, members in
      DisplacementShell(
        members: members,
        representative: members.map { lattice.axisOrbit($0.vector) }.max { $0.lexicographicallyPrecedes($1) }!)
    }.filter { $0.length <= reach }
    guard candidates.count > limit else { return candidates }
    var chosen = Set<Int>()
    for step in 0..<limit {
      let target = reach * Double(step) / Double(limit - 1)
      chosen.insert(
        candidates.indices.filter { !chosen.contains($0) }.min { a, b in
          let (da, db) = (abs(candidates[a].length - target), abs(candidates[b].length - target))
          return da != db ? da < db : !ignoresPairs && candidates[a].pairCount > candidates[b].pairCount
        }!)
    }
    return chosen.sorted().map { candidates[$0] }
  }

  @Test(arguments: boxes) func searchFindsTheShellsOfTheDefinition(box: Box) {
    for hypercubic in [true, false] {
      for limit in [8, 48] {
        #expect(
          box.lattice.selectedShells(hypercubic: hypercubic, limit: limit)
            == Self.defined(box.lattice, hypercubic: hypercubic, limit: limit))
      }
    }
  }

  /// Control: a rule that takes the first of two shells as near, whatever their pairs, is noticed.
  @Test func theWrongRuleForTiesIsNoticed() {
    #expect(
      Self.boxes.contains { box in
        box.lattice.selectedShells(hypercubic: true, limit: 8)
          != Self.defined(box.lattice, hypercubic: true, limit: 8, ignoresPairs: true)
      })
  }

  /// Orbits with their members are all displacements, each once.
  @Test(arguments: boxes) func orbitsHoldEveryDisplacement(box: Box) {
    var counts: [[Int]: Int] = [:]
    box.lattice.eachOrbit { orbit, members in
      counts[orbit, default: 0] += members
      return true
    }
    let expected = box.lattice.displacements().reduce(into: [[Int]: Int]()) {
      $0[box.lattice.axisOrbit($1.vector), default: 0] += 1
    }
    #expect(counts == expected)
  }

  /// A box of 2^30 sites is searched, not listed: this ends.
  @Test(arguments: [[1 << 30], [1 << 15, 1 << 15], [1 << 10, 1 << 10, 1 << 10], [1 << 29, 2]])
  func greatBoxesAreSearchedFast(sites: [Int]) {
    let shells = Lattice(sites: sites, spacing: 1, boundary: .periodic).selectedShells(hypercubic: true)
    #expect(shells.count == min(48, sites.min()! < 48 ? 3 : 48))
    #expect(shells.last!.length <= Double(sites.min()!) / 2)
  }
}
