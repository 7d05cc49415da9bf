// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import FieldTheories
import LatticeFields
import NumericalKernels

/// The lattice field of infinite width on a ring under any potentials and sources that differ from site to site: φ⁴ and data together.
///
///     Z = ∫ Π_x dφ_x w_x(φ_x) (2πa)^{-1/2} exp(−(φ_x − φ_{x+1})²/2a),     w_x = exp(−a m² φ²/2 − I_x(φ)),
///
/// a trace of a product of matrices, one a site, on a uniform grid of fields where the trapezoidal rule is spectrally accurate: one- and two-point functions and
/// ln Z/Z_0. Accuracy 1e-12; a finer grid must agree to 1e-11 in ln Z, else there is no answer. Cost `4 L² n³` operations of n = 60 to 400 fields, made once. Checked
/// against linear algebra without φ⁴ and by the finer grid.
struct PinnedRing: SolutionMethod {
  let kind = KnownValue.Kind.exact
  let source = "transfer matrix with weights of its own at every site"
  private let lattice: Lattice
  private let means: [Double]
  /// `<φ_x φ_y>`, row-major.
  private let products: [Double]
  let logPartitionRatio: Double?

  private static let greatestSites = 32
  private static let greatestGrid = 400

  /// Nil unless the lattice is a ring of at most 32 sites and every term is a sum over sites whose even coefficients are not negative, with a source only where there is a mass.
  init?(_ field: FreeLatticeField, _ terms: [LocalTerm]) {
    let lattice = field.lattice
    guard lattice.dimension == 1, lattice.siteCount <= Self.greatestSites else { return nil }
    let count = lattice.siteCount
    var potentials = [LocalPotential](repeating: .zero, count: count)
    for term in terms {
      let (places, weights): ([Int], [Double])
      switch term.region.integral {
      case .sites: (places, weights) = (Array(0..<count), [Double](repeating: lattice.spacing, count: count))
      case .points(let points, let own):
        let sites = points.compactMap(lattice.site(at:))
        guard sites.count == points.count else { return nil }
        (places, weights) = (sites, own)
      case .pairs: return nil
      }
      for (node, place) in places.enumerated() {
        let (w, v) = (weights[node], term.potential)
        potentials[place] =
          potentials[place]
          + LocalPotential(source: w * (v.source + (term.sources.isEmpty ? 0 : term.sources[node])), even: v.even.map { w * $0 })
      }
    }
    guard potentials.allSatisfy({ $0.even.allSatisfy { $0 >= 0 } && ($0.source == 0 || $0.coefficient(2) > 0) }),
      let variance = field.exactValue(.moment([.zero, .zero]), lattice: nil)
    else { return nil }
    // Pins draw the mean between zero and where their springs rest.
    let rest = potentials.reduce(0.0) { $1.source == 0 ? $0 : max($0, abs($1.source / (2 * $1.coefficient(2)))) }
    let reach = rest + 9 * variance.squareRoot()
    let (a, mass) = (lattice.spacing, field.mass * field.mass)
    let steepest = potentials.map { 2 * $0.coefficient(2) + 4 * (24 * $0.coefficient(4)).squareRoot() }.max()!
    let step = 1 / (2 / a + a * mass + steepest).squareRoot() / 1.8
    guard potentials.allSatisfy({ $0.degree <= 4 }), let half = Int(count: reach / step + 1, atMost: Self.greatestGrid / 2),
      let rough = Self.solve(potentials, a, mass, reach: reach, half: half, all: false),
      let fine = Self.solve(potentials, a, mass, reach: reach, half: half + half / 4 + 1, all: true),
      abs(rough.logZ - fine.logZ) <= 1e-11 * max(1, abs(fine.logZ)),
      let free = Self.solve(
        potentials.map { _ in .zero }, a, mass, reach: reach, half: half + half / 4 + 1, all: false)
    else { return nil }
    (self.lattice, means, products) = (lattice, fine.means, fine.products)
    logPartitionRatio = fine.logZ - free.logZ
  }

  /// ln Z, and where `all` the one- and two-point functions, on `2 half + 1` fields.
  private static func solve(
    _ potentials: [LocalPotential], _ a: Double, _ mass: Double, reach: Double, half: Int, all: Bool
  ) -> (logZ: Double, means: [Double], products: [Double])? {
    let (sites, n) = (potentials.count, 2 * half + 1)
    let step = reach / Double(half)
    let fields = (-half...half).map { step * Double($0) }
    // The greatest weight of every site is one.
    let exponents = potentials.map { v in fields.map { 0.5 * a * mass * $0 * $0 + v.value($0) } }
    let floors = exponents.map { $0.min()! }
    let norm = step / (2 * .pi * a).squareRoot()
    let matrices = exponents.indices.map { x in
      (0..<n * n).map { index -> Double in
        let (i, j) = (index / n, index % n)
        let distance = fields[i] - fields[j]
        return norm * exp(-(exponents[x][i] - floors[x]) - distance * distance / (2 * a))
      }
    }
    func product(_ a: [Double], _ b: [Double]) -> [Double] {
      var c = [Double](repeating: 0, count: n * n)
      c.withUnsafeMutableBufferPointer {
        MatrixProduct.multiply(
          rows: n, columns: n, inner: n, a: a, aStride: n, b: b, bStride: n, c: $0.baseAddress!, cStride: n)
      }
      return c
    }
    let whole = matrices.dropFirst().reduce(matrices[0], product)
    let z = (0..<n).reduce(0.0) { $0 + whole[$1 * n + $1] }
    guard z > 0, z.isFinite else { return nil }
    let logZ = log(z) - floors.reduce(0, +)
    guard all else { return (logZ, [], []) }
    var (means, products) = ([Double](repeating: 0, count: sites), [Double](repeating: 0, count: sites * sites))
    for x in 0..<sites {
      // From every y around the ring to x.
      var returns = [[Double]](repeating: [], count: sites)
      var back: [Double]?
      for hop in stride(from: sites - 1, through: 0, by: -1) {
        let y = (x + hop) % sites
        back = back.map { product(matrices[y], $0) } ?? matrices[y]
        returns[hop] = back!
      }
      for i in 0..<n {
        let weight = returns[0][i * n + i] / z
        means[x] += fields[i] * weight
        products[x * sites + x] += fields[i] * fields[i] * weight
      }
      var forth = matrices[x]
      for hop in 1..<max(1, sites) {
        var sum = 0.0
        for i in 0..<n {
          let row = forth[i * n..<i * n + n]
          var part = 0.0
          for (j, value) in row.enumerated() { part += value * fields[j] * returns[hop][j * n + i] }
          sum += fields[i] * part
        }
        products[x * sites + (x + hop) % sites] = sum / z
        if hop + 1 < sites { forth = product(forth, matrices[(x + hop) % sites]) }
      }
    }
    return (logZ, means, products)
  }

  func answer(_ function: CorrelationFunction) -> (value: ExactValue, lastTerm: Double)? {
    exact(function).map { (ExactValue($0), 0) }
  }

  private func exact(_ function: CorrelationFunction) -> Double? {
    let sites = function.points.compactMap(lattice.site(at:))
    guard sites.count == function.points.count else { return nil }
    switch function {
    case .moment where sites.count == 1, .cumulant where sites.count == 1: return means[sites[0]]
    case .moment where sites.count == 2: return products[sites[0] * lattice.siteCount + sites[1]]
    case .cumulant where sites.count == 2:
      return products[sites[0] * lattice.siteCount + sites[1]] - means[sites[0]] * means[sites[1]]
    default: return nil
    }
  }
}
