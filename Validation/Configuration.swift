// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import LatticeFields

/// Points that no symmetry of a lattice favours, the same in every run.
enum Configuration {
  /// Configuration `index` of n points in d dimensions within about 0.8 `length` of the origin. Coordinates follow a Weyl sequence of square roots
  /// of primes.
  static func points(_ n: Int, _ index: Int, _ length: Double, _ dimension: Int) -> [Point] {
    let primes = [2.0, 3, 5, 7]
    return (0..<n).map { i in
      var point = Point.zero
      for axis in 0..<dimension {
        let turns = Double(7 * index + i + 1) * primes[axis].squareRoot()
        point[axis] = length * (1.6 * (turns - turns.rounded(.down)) - 0.8)
      }
      return point
    }
  }

  /// The same on the sites of a lattice, within three steps of the origin.
  static func sites(_ n: Int, _ index: Int, _ lattice: Lattice) -> [Point] {
    points(n, index, 1, lattice.dimension).map { point in
      var site = Point.zero
      for axis in 0..<lattice.dimension {
        let reach = min(3, Double(lattice.sites[axis] - 1) / 2)
        site[axis] = lattice.spacing * (reach * point[axis] / 0.8).rounded()
      }
      return site
    }
  }
}
