// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import LatticeFields

/// How far from zero the deviation `m_n = (G_n − Wick)/Wick` of a Gaussian field with 2-point function G comes out on S
/// independent networks, as one standard deviation: the noise floor of ``WickDeviations``.
///
/// To first order in 1/√S the statistical error of `<φ1..φn> − Wick(<φφ>)` is that of its parts of fourth and sixth degree in
/// Wick-ordered fields (those of second degree cancel between the two terms), whose covariances are permanents of 2-point
/// functions,
///
///     n = 4:  Var = per(G; 1234, 1'2'3'4')/S
///     n = 6:  Var = [ per(G; 1..6, 1'..6') + Σ_{ij, i'j'} G_ij G_i'j' per(G; rest, rest') ]/S
///
/// averaged over all pairs of copies (unprimed, primed) of the points that the estimator averages over: one at chosen points, the
/// base sites and the members of a shell on a lattice. The floor is √Var/|Wick|.
struct GaussianFloor {
  /// Number S of networks.
  let draws: Int
  /// `G(x, y)`; nil where it is not known.
  let propagator: (Point, Point) -> Double?

  // MARK: - Chosen points

  /// At 4 or 6 points.
  func atPoints(_ points: [Point]) -> Double? {
    let n = points.count
    var g = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0..<n {
        guard let value = propagator(points[i], points[j]) else { return nil }
        g[i * n + j] = value
      }
    }
    func permanent(_ rows: [Int], _ columns: [Int]) -> Double {
      guard let row = rows.first else { return 1 }
      return columns.indices.reduce(0.0) { sum, place in
        var rest = columns
        let column = rest.remove(at: place)
        return sum + g[row * n + column] * permanent(Array(rows.dropFirst()), rest)
      }
    }
    let all = Array(0..<n)
    var variance = permanent(all, all)
    let wick: Double
    if n == 4 {
      wick = Pairings.four.reduce(0) { $0 + g[$1[0].0 * n + $1[0].1] * g[$1[1].0 * n + $1[1].1] }
    } else {
      wick = Pairings.six.reduce(0) { sum, pairing in sum + pairing.reduce(1) { $0 * g[$1.0 * n + $1.1] } }
      for a in Pairings.pairsOfSix {
        for b in Pairings.pairsOfSix {
          variance += g[a.pair.0 * n + a.pair.1] * g[b.pair.0 * n + b.pair.1] * permanent(a.rest, b.rest)
        }
      }
    }
    return wick == 0 ? nil : (max(0, variance) / Double(draws)).squareRoot() / abs(wick)
  }

  // MARK: - Lattice averages

  /// Of `G_n(x,..,x,y,..,y)` with `first` fields at x and `second` at y = x + r, averaged over all base sites and the members r
  /// of a shell.
  func onLattice(_ grid: FloorGrid, first: Int, second: Int, members: [[Int]]) -> Double? {
    let lattice = grid.lattice
    let wickValue = wick(first, second, grid.value(at: members[0]), grid.value(at: grid.zero))
    guard wickValue != 0 else { return nil }
    // The lattice's symmetries join the members of an orbit: one of each stands for all.
    let orbits = Dictionary(grouping: members) { lattice.axisOrbit($0) }
    let total = members.reduce(0.0) { $0 + grid.baseSites($1) }
    var sum = 0.0
    // A dictionary has no order, and sums have: the same bytes in every run.
    for orbit in orbits.values.sorted(by: { $0[0].lexicographicallyPrecedes($1[0]) }) {
      for other in members {
        sum +=
          Double(orbit.count)
          * grid.sum(orbit[0], other) { a, b, c, d in
            covariance(first, second, a, b, c, d, grid.value(at: orbit[0]), grid.value(at: other), grid.value(at: grid.zero))
          }
      }
    }
    return (max(0, sum) / (total * total) / Double(draws)).squareRoot() / abs(wickValue)
  }

  /// `G_n` of a Gaussian field at two sites: G(r), G(0).
  private func wick(_ m: Int, _ n: Int, _ g: Double, _ g0: Double) -> Double {
    func double(_ k: Int) -> Double { stride(from: k - 1, to: 0, by: -2).reduce(1) { $0 * Double($1) } }
    // k contractions across.
    return (0...min(m, n)).filter { (m - $0) % 2 == 0 && (n - $0) % 2 == 0 }.reduce(0) { sum, k in
      let ways = Self.choose(m, k) * Self.choose(n, k) * Self.factorial(k) * double(m - k) * double(n - k)
      return sum + ways * power(g, k) * power(g0, (m + n) / 2 - k)
    }
  }

  /// The covariance of two copies: a = G(x, x'), b = G(x, y'), c = G(y, x'), d = G(y, y').
  private func covariance(
    _ m: Int, _ n: Int, _ a: Double, _ b: Double, _ c: Double, _ d: Double, _ g: Double, _ other: Double, _ g0: Double
  ) -> Double {
    let top = permanent((m, n), (m, n), a, b, c, d)
    guard m + n == 6 else { return top }
    func parts(_ g: Double) -> [(weight: Double, rest: (Int, Int))] {
      [
        (Self.choose(m, 2) * g0, (m - 2, n)), (Self.choose(n, 2) * g0, (m, n - 2)), (Double(m * n) * g, (m - 1, n - 1)),
      ].filter { $0.0 != 0 && $0.1.0 >= 0 && $0.1.1 >= 0 }
    }
    let (own, others) = (parts(g), parts(other))
    return own.reduce(top) { sum, p in
      others.reduce(sum) { $0 + p.weight * $1.weight * permanent(p.rest, $1.rest, a, b, c, d) }
    }
  }

  /// Bijections between (m, n) fields at x, y and (m', n') at x', y'.
  private func permanent(_ from: (Int, Int), _ to: (Int, Int), _ a: Double, _ b: Double, _ c: Double, _ d: Double) -> Double {
    var sum = 0.0
    for k in max(0, from.0 - to.1)...min(from.0, to.0) {
      let (across, back) = (from.0 - k, to.0 - k)
      let ways =
        Self.choose(from.0, k) * Self.choose(to.0, k) * Self.factorial(k) * Self.choose(to.1, across) * Self.factorial(across)
        * Self.choose(from.1, back) * Self.factorial(back) * Self.factorial(from.1 - back)
      sum += ways * power(a, k) * power(b, across) * power(c, back) * power(d, from.1 - back)
    }
    return sum
  }

  private func power(_ x: Double, _ n: Int) -> Double {
    var product = 1.0
    for _ in 0..<n { product *= x }
    return product
  }

  private static func factorial(_ n: Int) -> Double { n < 2 ? 1 : (2...n).reduce(1.0) { $0 * Double($1) } }
  private static func choose(_ n: Int, _ k: Int) -> Double { k > n ? 0 : factorial(n) / (factorial(k) * factorial(n - k)) }
}

/// G of all displacements of a lattice, laid out so that sums over two copies of a pair of sites are plain loops.
struct FloorGrid {
  /// Pairs of displacements times shifts, in one table, above which floors are not computed: a second or two.
  static let budget = 30_000_000

  let lattice: Lattice
  let zero: [Int]
  /// Displacements from −reach to reach on each axis.
  private let reach: [Int]
  private let strides: [Int]
  private let values: [Double]

  /// nil where G is unknown, or the lattice too large.
  init?(_ lattice: Lattice, _ propagator: (Point, Point) -> Double?) {
    self.lattice = lattice
    zero = [Int](repeating: 0, count: lattice.dimension)
    // On a torus two displacements and a shift add up before they wrap.
    let factor = lattice.boundary == .periodic ? 2 : 1
    let reach = lattice.sites.map { factor * $0 }
    self.reach = reach
    let shape = reach.map { 2 * $0 + 1 }
    let count = shape.reduce(1, *)
    guard count <= 1 << 20 else { return nil }
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    self.strides = strides
    var known: [[Int]: Double] = [:]
    var values = [Double](repeating: 0, count: count)
    for index in 0..<count {
      let r = zip(Lattice.unravel(index, shape: shape), reach).map(-)
      let folded = lattice.boundary == .periodic ? lattice.siteVector(lattice.siteIndex(r)) : r.map(abs)
      // A box of sites needs no displacement as long as its side.
      if lattice.boundary == .open, zip(folded, lattice.sites).contains(where: { $0 >= $1 }) { continue }
      let key = lattice.boundary == .open ? lattice.axisOrbit(folded) : folded
      if let value = known[key] {
        values[index] = value
        continue
      }
      let point = Displacement(vector: key, pairCount: 1).point(spacing: lattice.spacing)
      guard let value = propagator(.zero, point) else { return nil }
      known[key] = value
      values[index] = value
    }
    self.values = values
  }

  private func place(_ r: [Int]) -> Int { r.indices.reduce(0) { $0 + (r[$1] + reach[$1]) * strides[$1] } }
  private func offset(_ r: [Int]) -> Int { r.indices.reduce(0) { $0 + r[$1] * strides[$1] } }

  /// What the floors of the shells of one table cost.
  func cost(_ shells: [[[Int]]]) -> Int {
    let shifts = lattice.siteCount * (lattice.boundary == .open ? 1 << lattice.dimension : 1)
    return shells.reduce(0) { sum, members in sum + shifts * members.count * Set(members.map(lattice.axisOrbit)).count }
  }

  /// G at a displacement.
  func value(at r: [Int]) -> Double { values[place(r)] }

  /// x for which x and x + r are sites.
  func baseSites(_ r: [Int]) -> Double {
    lattice.boundary == .periodic
      ? Double(lattice.siteCount) : zip(r, lattice.sites).reduce(1) { $0 * Double(max(0, $1.1 - abs($1.0))) }
  }

  /// `Σ_{x, x'} f(G(x'−x), G(x'+r'−x), G(x'−x−r), G(x'+r'−x−r))` over the base sites of r and r'.
  func sum(_ r: [Int], _ other: [Int], _ f: (Double, Double, Double, Double) -> Double) -> Double {
    let isPeriodic = lattice.boundary == .periodic
    // Shifts s = x' − x on each axis and how many base sites have them.
    let axes = lattice.sites.indices.map { axis -> [(shift: Int, count: Double)] in
      let extent = lattice.sites[axis]
      guard !isPeriodic else { return (0..<extent).map { ($0, Double(extent)) } }
      let (low, high) = (max(0, -r[axis]), extent - 1 - max(0, r[axis]))
      let (otherLow, otherHigh) = (max(0, -other[axis]), extent - 1 - max(0, other[axis]))
      return (otherLow - high...max(otherLow - high, otherHigh - low)).map { s in
        (s, Double(max(0, min(high, otherHigh - s) - max(low, otherLow - s) + 1)))
      }
    }
    let shape = axes.map(\.count)
    let (right, left) = (offset(other), offset(r))
    var total = 0.0
    for index in 0..<shape.reduce(1, *) {
      var (rest, place, count) = (index, 0, 1.0)
      for axis in shape.indices.reversed() {
        let (shift, own) = axes[axis][rest % shape[axis]]
        rest /= shape[axis]
        place += (shift + reach[axis]) * strides[axis]
        count *= own
      }
      guard count > 0 else { continue }
      total += count * f(values[place], values[place + right], values[place - left], values[place + right - left])
    }
    return total
  }
}
