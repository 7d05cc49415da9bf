// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import FieldTheories
import LatticeFields
import Testing

@testable import KnownValues

/// The Gaussian field under quadratic and linear terms, against the inverse of the whole precision matrix `a^d (−Δ + m²) + diag(d)`, in which
/// no propagator appears, and against the posterior of data.
@Suite struct GaussianFieldTests {
  static let lattices: [Lattice] = [[1], [7], [4, 3], [2, 2, 2]].map { Lattice(sites: $0, spacing: 0.7, boundary: .periodic) }
  static let mass = 0.9

  /// Inverse and logarithm of the determinant by Gauss-Jordan elimination.
  static func inverse(_ matrix: [[Double]]) -> (inverse: [[Double]], logDeterminant: Double) {
    let n = matrix.count
    var a = matrix
    var b = (0..<n).map { i in (0..<n).map { $0 == i ? 1.0 : 0 } }
    var logarithm = 0.0
    for i in 0..<n {
      let pivot = a[i][i]
      logarithm += log(pivot)
      for j in 0..<n {
        a[i][j] /= pivot
        b[i][j] /= pivot
      }
      for k in 0..<n where k != i {
        let factor = a[k][i]
        for j in 0..<n {
          a[k][j] -= factor * a[i][j]
          b[k][j] -= factor * b[i][j]
        }
      }
    }
    return (b, logarithm)
  }

  /// `a^d (−Δ + m²)`.
  static func precision(_ lattice: Lattice) -> [[Double]] {
    let cell = lattice.cellVolume
    var matrix = (0..<lattice.siteCount).map { _ in [Double](repeating: 0, count: lattice.siteCount) }
    for x in 0..<lattice.siteCount {
      matrix[x][x] += cell * mass * mass
      for axis in 0..<lattice.dimension {
        for step in [-1, 1] {
          var vector = lattice.siteVector(x)
          vector[axis] += step
          matrix[x][x] += cell / (lattice.spacing * lattice.spacing)
          matrix[x][lattice.siteIndex(vector)] -= cell / (lattice.spacing * lattice.spacing)
        }
      }
    }
    return matrix
  }

  /// A mass and sources on all sites, more of both on some.
  static func terms(_ lattice: Lattice) -> [LocalTerm] {
    let points = [0, lattice.siteCount / 2, lattice.siteCount - 1].map(lattice.position)
    return [
      LocalTerm(
        region: .lattice, potential: LocalPotential(source: 0.2, even: [0.15]),
        sources: (0..<lattice.siteCount).map { 0.3 * sin(Double($0)) }),
      LocalTerm(
        region: .points(points, weights: [1, 0.5, 2]), potential: LocalPotential(constant: 3, even: [0.8]),
        sources: [0.4, -0.7, 1]),
    ]
  }

  @Test(arguments: lattices) func meansCovariancesAndPartitionFunction(lattice: Lattice) throws {
    let field = FreeLatticeField(lattice: lattice, mass: Self.mass)
    let terms = Self.terms(lattice)
    let known = try #require(InteractingValues(gaussian: field, terms: terms))
    #expect(known.isExact)
    let free = Self.precision(lattice)
    var matrix = free
    var force = [Double](repeating: 0, count: lattice.siteCount)
    for term in terms {
      let part = try #require(term.quadraticPart(lattice))
      for (a, point) in part.points.enumerated() {
        let site = lattice.site(at: point)!
        matrix[site][site] += part.masses[a]
        force[site] += part.sources[a]
      }
    }
    let (covariance, logDeterminant) = Self.inverse(matrix)
    let mean = covariance.map { zip($0, force).reduce(0.0) { $0 + $1.0 * $1.1 } }
    func value(_ function: CorrelationFunction) throws -> Double { try #require(known.value(function)).value }
    for x in 0..<lattice.siteCount {
      let here = lattice.position(x)
      let one = try value(.moment([here]))
      #expect(abs(one - mean[x]) < 1e-12)
      for y in 0..<lattice.siteCount {
        let there = lattice.position(y)
        let (connected, full) = (try value(.cumulant([here, there])), try value(.moment([here, there])))
        #expect(abs(connected - covariance[x][y]) < 1e-12)
        #expect(abs(full - covariance[x][y] - mean[x] * mean[y]) < 1e-12)
        // Control: the mean forgotten.
        #expect(abs(mean[x] * mean[y]) < 1e-9 || abs(full - covariance[x][y]) > 1e-10)
      }
    }
    // Moments of one Gaussian number.
    let (m, c) = (mean[0], covariance[0][0])
    let fourth = try value(.moment([.zero, .zero, .zero, .zero]))
    #expect(abs(fourth - (m * m * m * m + 6 * m * m * c + 3 * c * c)) < 1e-11)
    #expect(try value(.cumulant([.zero, .zero, .zero])) == 0)
    let logZ =
      0.5 * (Self.inverse(free).logDeterminant - logDeterminant) + 0.5 * zip(mean, force).reduce(0.0) { $0 + $1.0 * $1.1 }
    #expect(abs(known.logPartitionRatio!.value - logZ) < 1e-11)
  }

  /// `m = K_{·X} (K_XX + T)^{-1} y`, `C = K − K_{·X} (K_XX + T)^{-1} K_{X·}` of data. Control: another temperature.
  @Test func posteriorOfData() throws {
    let lattice = Lattice(sites: [16], spacing: 0.5, boundary: .periodic)
    let field = FreeLatticeField(lattice: lattice, mass: Self.mass)
    let points = [1, 5, 6].map(lattice.position)
    let (values, temperature) = ([0.4, -0.8, 1.1], 0.05)
    func reference(_ t: Double) throws -> InteractingValues {
      try #require(
        InteractingValues(
          gaussian: field,
          terms: [LocalTerm(region: .points(points), potential: LocalPotential(even: [0.5 / t]), sources: values.map { $0 / t })])
      )
    }
    func kernel(_ x: Point, _ y: Point) -> Double { field.exactValue(.moment([x, y]), lattice: nil)! }
    let matrix = points.indices.map { a in points.indices.map { kernel(points[a], points[$0]) + (a == $0 ? temperature : 0) } }
    let inverse = Self.inverse(matrix).inverse
    let (own, other) = (try reference(temperature), try reference(2 * temperature))
    for x in 0..<lattice.siteCount {
      let column = points.map { kernel(lattice.position(x), $0) }
      let answers = inverse.map { zip($0, column).reduce(0.0) { $0 + $1.0 * $1.1 } }
      let mean = zip(answers, values).reduce(0.0) { $0 + $1.0 * $1.1 }
      let variance = kernel(.zero, .zero) - zip(answers, column).reduce(0.0) { $0 + $1.0 * $1.1 }
      let here = lattice.position(x)
      #expect(abs(own.value(.moment([here]))!.value - mean) < 1e-12)
      #expect(abs(own.value(.cumulant([here, here]))!.value - variance) < 1e-12)
      #expect(abs(other.value(.cumulant([here, here]))!.value - variance) > 1e-4)
    }
  }

  /// φ⁴, a box, points off the lattice: no Gaussian field.
  @Test func othersAreUnknown() {
    let lattice = Lattice(sites: [4], spacing: 1, boundary: .periodic)
    let field = FreeLatticeField(lattice: lattice, mass: 1)
    func term(_ region: any InsertionRegion, _ even: [Double]) -> LocalTerm {
      LocalTerm(region: region, potential: LocalPotential(even: even))
    }
    #expect(InteractingValues(gaussian: field, terms: [term(.lattice, [0, 1])]) == nil)
    #expect(InteractingValues(gaussian: field, terms: [term(.lattice, [1]), term(.points([.zero]), [0, 1])]) == nil)
    #expect(InteractingValues(gaussian: field, terms: [term(.points([Point(0.5, 0, 0, 0)]), [1])]) == nil)
    #expect(InteractingValues(gaussian: field, terms: [term(.envelope(length: 1), [1])]) == nil)
    #expect(InteractingValues(gaussian: field, terms: [term(.points([.zero]), [1])]) != nil)
  }
}

/// φ⁴ and data together on a ring of infinite width, m² = 1/2, pins at sites 0 and 3, T = 0.2: against linear algebra where there is no φ⁴, and numbers of another transfer matrix
/// (two grids, 1e-15).
@Suite struct RingOfDataTests {
  private static let lattice = Lattice(sites: [8], spacing: 1, boundary: .periodic)
  private static let field = FreeLatticeField(lattice: lattice, mass: 0.5.squareRoot())
  private static let data = DataInsertion(points: [.zero, Point(3, 0, 0, 0)], labels: [1, -0.5], temperature: 0.2)

  private static func values(_ coupling: Double) -> InteractingValues? {
    InteractingValues(
      ring: field, terms: InsertionSum([data] + (coupling > 0 ? [QuarticInsertion(coupling: coupling)] : [])).terms)
  }

  @Test(arguments: [
    (0, 0.753309661132, -2.262183803651), (1, 0.725746502438, -2.189711137974), (6, 0.651083653128, -2.128721534485),
  ]) func knownNumbers(coupling: Double, mean: Double, logZ: Double) throws {
    let values = try #require(Self.values(coupling))
    let constant = Self.data.region.volume(Self.lattice) * Self.data.potential.constant
    #expect(abs(values.value(.moment([.zero]))!.value - mean) < 1e-11)
    // ln Z with φ⁴ refers to the free field; the records' to the field with φ⁴ and without data.
    let without = coupling > 0 ? values.logPartitionRatio!.value - Self.bare(coupling) : values.logPartitionRatio!.value
    let candidates = [values.logPartitionRatio!.value - constant, without - constant]
    #expect(candidates.contains { abs($0 - logZ) < 1e-10 }, "\(candidates)")
    // Control: another coupling.
    #expect(abs(Self.values(coupling + 0.1)!.value(.moment([.zero]))!.value - mean) > 1e-4)
  }

  /// ln Z/Z_0 of φ⁴ alone.
  private static func bare(_ coupling: Double) -> Double {
    InteractingValues(
      infiniteWidth: QuarticPotential(massSquared: 0.5, coupling: coupling), lattice: lattice)!.logPartitionRatio!.value
  }

  @Test func linearAlgebraWithoutCoupling() throws {
    let ring = try #require(Self.values(0))
    let gaussian = try #require(InteractingValues(gaussian: Self.field, terms: InsertionSum([Self.data]).terms))
    for x in 0..<8 {
      for y in 0..<8 {
        let pair = CorrelationFunction.cumulant([Self.lattice.position(x), Self.lattice.position(y)])
        #expect(abs(ring.value(pair)!.value - gaussian.value(pair)!.value) < 1e-12)
      }
    }
    #expect(abs(ring.logPartitionRatio!.value - gaussian.logPartitionRatio!.value) < 1e-12)
    // A ring that is no ring, and a potential without a lower bound, have none.
    let square = FreeLatticeField(lattice: Lattice(sites: [4, 4], spacing: 1, boundary: .periodic), mass: 1)
    #expect(InteractingValues(ring: square, terms: InsertionSum([Self.data]).terms) == nil)
    #expect(InteractingValues(ring: Self.field, terms: InsertionSum([Self.data, MassInsertion(shift: -0.2)]).terms) == nil)
  }
}
