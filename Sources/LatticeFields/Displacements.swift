// SPDX-License-Identifier: GPL-3.0-or-later

/// One displacement `r` between sites and the number of site pairs `(x, x+r)` the box holds.
public struct Displacement: Sendable, Hashable {
  /// r in lattice units; on a periodic lattice the representative with −L/2 < r_μ ≤ L/2.
  public let vector: [Int]
  /// Open box: ∏(L_μ − |r_μ|). Periodic: N_s.
  public let pairCount: Int

  /// A displacement with its number of pairs.
  public init(vector: [Int], pairCount: Int) {
    self.vector = vector
    self.pairCount = pairCount
  }

  /// Σ r_μ², exact.
  public var squaredLength: Int { vector.reduce(0) { $0 + $1 * $1 } }

  /// r in the units of the theory file.
  public func point(spacing: Double) -> Point {
    Point(coordinates: vector.map { spacing * Double($0) })
  }
}

/// A set of displacements whose averages form one table row, each weighted with its number of pairs.
public struct DisplacementShell: Sendable, Hashable {
  /// The members, in lexicographic order.
  public let members: [Displacement]
  /// The representative printed in tables: sorted, non-negative components.
  public let representative: [Int]

  /// A shell of members of equal length.
  public init(members: [Displacement], representative: [Int]) {
    self.members = members
    self.representative = representative
  }

  /// |r| in lattice units.
  public var length: Double { Double(members[0].squaredLength).squareRoot() }
  /// Pairs of all members together.
  public var pairCount: Int { members.reduce(0) { $0 + $1.pairCount } }
}

extension Lattice {
  /// Every displacement between two sites of the box, lexicographic. Open box: ∏(2L_μ−1) of them; periodic: N_s.
  public func displacements() -> [Displacement] {
    let ranges = sites.map { extent in
      boundary == .open ? Array(-(extent - 1)...(extent - 1)) : Array(-((extent - 1) / 2)...(extent / 2))
    }
    let shape = ranges.map(\.count)
    return (0..<shape.reduce(1, *)).map { index in
      let vector = zip(Lattice.unravel(index, shape: shape), ranges).map { $1[$0] }
      let pairs =
        boundary == .open
        ? zip(vector, sites).reduce(1) { $0 * ($1.1 - abs($1.0)) } : siteCount
      return Displacement(vector: vector, pairCount: pairs)
    }
  }

  /// Displacements grouped into shells of equal |r|, shortest first.
  ///
  /// With `hypercubic` symmetry only reflections and exchanges of axes of equal extent are used: (5,0) and (3,4) stay apart, as they
  /// must on a lattice whose propagator knows its axes. Otherwise all displacements of equal |r| join.
  public func shells(hypercubic: Bool) -> [DisplacementShell] {
    struct Key: Hashable, Comparable {
      let squared: Int
      let orbit: [Int]
      static func < (a: Key, b: Key) -> Bool {
        a.squared != b.squared
          ? a.squared < b.squared : b.orbit.lexicographicallyPrecedes(a.orbit)
      }
    }
    var groups: [Key: [Displacement]] = [:]
    for displacement in displacements() {
      let orbit = hypercubic ? axisOrbit(displacement.vector) : []
      groups[Key(squared: displacement.squaredLength, orbit: orbit), default: []].append(displacement)
    }
    return groups.sorted { $0.key < $1.key }.map { _, members in
      DisplacementShell(
        members: members,
        representative: members.map { axisOrbit($0.vector) }
          .max { $0.lexicographicallyPrecedes($1) }!)
    }
  }

  /// The representative of a vector under reflections and exchanges of axes of equal extent: non-negative, and falling
  /// along such axes.
  public func axisOrbit(_ vector: [Int]) -> [Int] {
    var orbit = vector.map(abs)
    for extent in Set(sites) {
      let axes = sites.indices.filter { sites[$0] == extent }
      for (axis, value) in zip(axes, axes.map { orbit[$0] }.sorted(by: >)) { orbit[axis] = value }
    }
    return orbit
  }

  /// At most `limit` shells that cover radii from 0 to half the shortest side evenly: the default rows of a radial table.
  ///
  /// All shells in range are kept when they fit; else the shell nearest to each of `limit` equidistant radii
  /// (ties: the one with more pairs). Every kept shell has one exact |r|, so no binning error enters.
  public func selectedShells(hypercubic: Bool, limit: Int = 48) -> [DisplacementShell] {
    let reach = Double(sites.min()!) / 2
    let candidates = shells(hypercubic: hypercubic).filter { $0.length <= reach }
    guard candidates.count > limit else { return candidates }
    var chosen = Set<Int>()
    for step in 0..<limit {
      let target = reach * Double(step) / Double(limit - 1)
      let best = candidates.indices.filter { !chosen.contains($0) }.min { a, b in
        let (da, db) = (abs(candidates[a].length - target), abs(candidates[b].length - target))
        return da != db ? da < db : candidates[a].pairCount > candidates[b].pairCount
      }!
      chosen.insert(best)
    }
    return chosen.sorted().map { candidates[$0] }
  }
}
