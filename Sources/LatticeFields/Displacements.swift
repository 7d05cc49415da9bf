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
  /// Number of displacements between two sites of the box. Open box: ∏(2L_μ−1); periodic: N_s.
  public var displacementCount: Int { boundary == .open ? sites.reduce(1) { $0 * (2 * $1 - 1) } : siteCount }

  /// Every displacement between two sites of the box, lexicographic: ``displacementCount`` of them.
  public func displacements() -> [Displacement] {
    let ranges = sites.map { extent in
      boundary == .open ? Array(-(extent - 1)...(extent - 1)) : Array(-((extent - 1) / 2)...(extent / 2))
    }
    let shape = ranges.map(\.count)
    return (0..<shape.reduce(1, *)).map { index in
      displacement(zip(Lattice.unravel(index, shape: shape), ranges).map { $1[$0] })
    }
  }

  /// The displacement `vector` with the number of its pairs of sites.
  func displacement(_ vector: [Int]) -> Displacement {
    let pairs = boundary == .open ? zip(vector, sites).reduce(1) { $0 * ($1.1 - abs($1.0)) } : siteCount
    return Displacement(vector: vector, pairCount: pairs)
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
}
