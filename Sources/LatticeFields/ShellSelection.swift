// SPDX-License-Identifier: GPL-3.0-or-later

extension Lattice {
  /// At most `limit` shells that cover radii from 0 to half the shortest side evenly: the default rows of a radial table.
  ///
  /// With `hypercubic` symmetry only reflections and exchanges of axes of equal extent join displacements to shells: (5,0) and (3,4) stay
  /// apart, as they must on a lattice whose propagator knows its axes. Otherwise all displacements of equal |r| join.
  ///
  /// All shells in range are kept when they fit; else the shell nearest to each of `limit` equidistant radii
  /// (ties: the one with more pairs). Every kept shell has one exact |r|, so no binning error enters.
  /// Cost: `reach^(d-1)` a radius, for no list of all displacements is made.
  public func selectedShells(hypercubic: Bool, limit: Int = 48) -> [DisplacementShell] {
    ShellSearch(self, hypercubic: hypercubic).selected(limit: limit)
  }

  /// Runs through the orbits of all displacements under reflections and exchanges of axes of equal extent, each with the number of its
  /// members, until `visit` returns false.
  public func eachOrbit(_ visit: (_ representative: [Int], _ members: Int) -> Bool) {
    let search = ShellSearch(self, hypercubic: true, radii: sites.map { boundary == .open ? $0 - 1 : $0 / 2 })
    search.eachOrbit { orbit, _ in visit(orbit, search.memberCount(orbit)) }
  }
}

/// Finds shells of displacements within a reach by their orbits: non-negative vectors that fall along axes of equal extent.
private struct ShellSearch {
  /// A shell; with hypercubic symmetry each orbit is one, else all orbits of equal length join.
  struct Key: Hashable, Comparable {
    let squared: Int
    let orbit: [Int]
    static func < (a: Key, b: Key) -> Bool {
      a.squared != b.squared ? a.squared < b.squared : b.orbit.lexicographicallyPrecedes(a.orbit)
    }
  }

  let lattice: Lattice
  let hypercubic: Bool
  /// The largest component along each axis, and the largest Σ r_μ².
  private let radii: [Int]
  private let greatestSquare: Int
  /// Half the shortest side.
  private let reach: Double
  /// The axis of equal extent before each, along which orbits fall.
  private let predecessor: [Int?]

  init(_ lattice: Lattice, hypercubic: Bool, radii: [Int]? = nil) {
    self.lattice = lattice
    self.hypercubic = hypercubic
    let shortest = lattice.sites.min()!
    reach = Double(shortest) / 2
    self.radii = radii ?? lattice.sites.map { _ in shortest / 2 }
    greatestSquare = radii == nil ? shortest * shortest / 4 : .max
    predecessor = lattice.sites.indices.map { axis in lattice.sites[..<axis].lastIndex(of: lattice.sites[axis]) }
  }

  func selected(limit: Int) -> [DisplacementShell] {
    var keys = Set<Key>()
    eachOrbit { orbit, squared in
      keys.insert(key(orbit, squared))
      return keys.count <= limit
    }
    if keys.count > limit {
      keys = []
      for step in 0..<limit { keys.insert(nearest(to: reach * Double(step) / Double(limit - 1), besides: keys)) }
    }
    return keys.sorted().map(shell)
  }

  private func key(_ orbit: [Int], _ squared: Int) -> Key { Key(squared: squared, orbit: hypercubic ? orbit : []) }

  /// The shell of length nearest to `target` that is not yet taken; of two as near the one with more pairs, then the first.
  private func nearest(to target: Double, besides taken: Set<Key>) -> Key {
    var best: (key: Key, distance: Double)?
    /// Whether the search along the last axis may end here.
    func consider(_ vector: [Int], _ squared: Int) -> Bool {
      let distance = abs(Double(squared).squareRoot() - target)
      if let best, distance > best.distance { return true }
      let candidate = key(vector, squared)
      guard !taken.contains(candidate) else { return false }
      if let known = best, distance == known.distance {
        guard candidate != known.key else { return true }
        let (pairs, knownPairs) = (shell(candidate).pairCount, shell(known.key).pairCount)
        if pairs < knownPairs || (pairs == knownPairs && known.key < candidate) { return true }
      }
      best = (candidate, distance)
      return true
    }
    let last = lattice.dimension - 1
    eachPrefix { vector, squared in
      // Lengths grow along the last axis: the nearest free one below and the nearest free one above are enough.
      let most = min(bound(last, vector), Self.root(greatestSquare - squared))
      let ideal = min(most, Int(max(0, target * target - Double(squared)).squareRoot()))
      for values in [stride(from: ideal, through: 0, by: -1), stride(from: ideal + 1, through: most, by: 1)] {
        for value in values {
          vector[last] = value
          if consider(vector, squared + value * value) { break }
        }
      }
      vector[last] = 0
      return true
    }
    return best!.key
  }

  /// Runs through all orbits until `visit` returns false.
  func eachOrbit(_ visit: (_ orbit: [Int], _ squared: Int) -> Bool) {
    let last = lattice.dimension - 1
    eachPrefix { vector, squared in
      for value in 0...bound(last, vector) where squared + value * value <= greatestSquare {
        vector[last] = value
        guard visit(vector, squared + value * value) else { return false }
      }
      vector[last] = 0
      return true
    }
  }

  /// Runs through the components of orbits along all axes but the last, with Σ r_μ², until `visit` returns false.
  private func eachPrefix(_ visit: (_ vector: inout [Int], _ squared: Int) -> Bool) {
    var vector = [Int](repeating: 0, count: lattice.dimension)
    var squared = 0
    while true {
      guard visit(&vector, squared) else { return }
      var axis = lattice.dimension - 2
      while axis >= 0 {
        let value = vector[axis]
        if value < bound(axis, vector), squared + 2 * value + 1 <= greatestSquare {
          vector[axis] = value + 1
          squared += 2 * value + 1
          break
        }
        squared -= value * value
        vector[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }

  private func bound(_ axis: Int, _ vector: [Int]) -> Int {
    min(radii[axis], predecessor[axis].map { vector[$0] } ?? radii[axis])
  }

  private static func root(_ square: Int) -> Int {
    var root = Int(Double(square).squareRoot())
    while root * root > square { root -= 1 }
    while (root + 1) * (root + 1) <= square { root += 1 }
    return root
  }

  /// The shell with all its members, in lexicographic order.
  private func shell(_ key: Key) -> DisplacementShell {
    var orbits: [[Int]] = []
    if hypercubic {
      orbits = [key.orbit]
    } else {
      let last = lattice.dimension - 1
      eachPrefix { vector, squared in
        let rest = key.squared - squared
        guard rest >= 0 else { return true }
        let value = Self.root(rest)
        if value * value == rest, value <= bound(last, vector) {
          vector[last] = value
          orbits.append(vector)
          vector[last] = 0
        }
        return true
      }
    }
    let vectors = orbits.flatMap(images).sorted { $0.lexicographicallyPrecedes($1) }
    return DisplacementShell(
      members: vectors.map(lattice.displacement), representative: orbits.max { $0.lexicographicallyPrecedes($1) }!)
  }

  /// All different reflections and exchanges of an orbit that are displacements of the box.
  private func images(_ orbit: [Int]) -> [[Int]] {
    var images: Set<[Int]> = [orbit]
    for axis in lattice.sites.indices {
      for other in lattice.sites.indices where other > axis && lattice.sites[other] == lattice.sites[axis] {
        for var image in images {
          image.swapAt(axis, other)
          images.insert(image)
        }
      }
    }
    for axis in lattice.sites.indices {
      for var image in images where image[axis] != 0 && !isHalf(image[axis], axis) {
        image[axis].negate()
        images.insert(image)
      }
    }
    return Array(images)
  }

  /// Half of a periodic side, whose reflection is itself.
  private func isHalf(_ component: Int, _ axis: Int) -> Bool {
    lattice.boundary == .periodic && 2 * component == lattice.sites[axis]
  }

  /// The number of ``images(_:)``: orders of the components along equal axes, times their signs.
  func memberCount(_ orbit: [Int]) -> Int {
    var count = 1
    for axis in orbit.indices {
      let equal = orbit.indices.prefix(axis + 1).filter { lattice.sites[$0] == lattice.sites[axis] }
      count = count * equal.count / equal.filter { orbit[$0] == orbit[axis] }.count
      if orbit[axis] != 0, !isHalf(orbit[axis], axis) { count *= 2 }
    }
    return count
  }
}
