// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import ErrorAnalysis
import LatticeFields
import Testing

/// Transforms against sums over all pairs of sites, on every kind of small box.
@Suite struct BruteForceTests {
  static let lattices: [Lattice] = [Boundary.open, .periodic].flatMap { boundary in
    [[1], [2], [7], [8], [3, 5], [4, 4], [2, 3, 4], [3, 3, 3], [2, 2, 3, 2]].map {
      Lattice(sites: $0, spacing: 0.5, boundary: boundary)
    }
  }

  /// Mean over base sites x of the product of the field at x + offset for all offsets, where all sites exist.
  private func average(_ field: [Double], _ lattice: Lattice, _ offsets: [[Int]]) -> Double? {
    var sum = 0.0
    var count = 0
    for site in 0..<lattice.siteCount {
      let x = lattice.siteVector(site)
      let positions = offsets.map { zip(x, $0).map { $0 + $1 } }
      let inside = positions.allSatisfy { zip($0, lattice.sites).allSatisfy { $0 >= 0 && $0 < $1 } }
      guard lattice.boundary == .periodic || inside else { continue }
      sum += positions.reduce(1) { $0 * field[lattice.siteIndex($1)] }
      count += 1
    }
    return count > 0 ? sum / Double(count) : nil
  }

  private func steps(_ point: Point, _ lattice: Lattice) -> [Int] {
    (0..<lattice.dimension).map { Int((point[$0] / lattice.spacing).rounded()) }
  }

  @Test(arguments: lattices) func twoPointFunction(lattice: Lattice) throws {
    let field = noise(lattice.siteCount, draw: 1)
    for all in [false, true] {
      let estimator = TwoPointFunction(settings(lattice, allDisplacements: all))
      let values = primaries(of: estimator, sites: .lattice(lattice), bins: [[field]])
      for (row, target) in estimator.rows.map(\.target).enumerated() {
        let expected = try target.terms.reduce(0.0) { sum, term in
          let pair = term.function.points.map { steps($0, lattice) }
          return sum + term.weight * (try #require(average(field, lattice, pair)))
        }
        #expect(abs(values[0, row] - expected) < 1e-12)
      }
    }
  }

  @Test(arguments: lattices) func fourPointCorrelations(lattice: Lattice) throws {
    let field = noise(lattice.siteCount, draw: 2)
    for family in [CoincidentFourPoint.Family.xxyy, .xxxy] {
      let estimator = CoincidentFourPoint(family, settings(lattice, allDisplacements: true))
      let values = primaries(of: estimator, sites: .lattice(lattice), bins: [[field]])
      for (row, target) in estimator.rows.map(\.target).enumerated() {
        let points = target.terms[0].function.points.map { steps($0, lattice) }
        let expected = try #require(average(field, lattice, points))
        #expect(abs(values[0, 1 + estimator.rows.count + row] - expected) < 1e-11)
      }
    }
  }

  @Test(arguments: lattices.filter { $0.sites.count > 1 && $0.sites[0] > 2 })
  func splitFourPoint(lattice: Lattice) throws {
    let field = noise(lattice.siteCount, draw: 3)
    let zeros = [Int](repeating: 0, count: lattice.dimension - 2)
    let estimator = SplitFourPoint(
      settings(lattice, allDisplacements: true, r1: [1, 0] + zeros, r2: [-1, 1] + zeros))
    let values = primaries(of: estimator, sites: .lattice(lattice), bins: [[field]])
    #expect(!estimator.rows.isEmpty)
    for (row, target) in estimator.rows.map(\.target).enumerated() {
      let points = target.terms[0].function.points.map { steps($0, lattice) }
      let expected = try #require(average(field, lattice, points))
      #expect(abs(values[0, estimator.primaryCount - estimator.rows.count + row] - expected) < 1e-11)
    }
  }

  @Test(arguments: lattices.filter { $0.boundary == .periodic }) func momentumPropagator(lattice: Lattice) {
    let field = noise(lattice.siteCount, draw: 4)
    let estimator = MomentumPropagator(settings(lattice, allDisplacements: true))
    let values = primaries(of: estimator, sites: .lattice(lattice), bins: [[field]])
    for (row, target) in estimator.rows.map(\.target).enumerated() {
      guard case .propagator(let mode) = target.terms[0].function else { continue }
      var (re, im) = (0.0, 0.0)
      for site in 0..<lattice.siteCount {
        let phase = zip(zip(mode, lattice.siteVector(site)), lattice.sites).reduce(0.0) {
          $0 + 2 * Double.pi * Double($1.0.0 * $1.0.1) / Double($1.1)
        }
        re += cosine(phase) * field[site]
        im += cosine(phase - Double.pi / 2) * field[site]
      }
      let a = lattice.cellVolume
      #expect(abs(values[0, row] - a * a * (re * re + im * im) / lattice.volume) < 1e-11)
    }
    // Parseval: all modes together carry Σ φ².
    let total = estimator.rows.enumerated().reduce(0.0) { sum, row in
      guard case .propagator(let mode) = row.element.target.terms[0].function else { return sum }
      let isOwnMirror = zip(mode, lattice.sites).allSatisfy { (2 * $0) % $1 == 0 }
      let mirrored =
        !isOwnMirror
        && !estimator.rows.contains { other in
          guard case .propagator(let m) = other.target.terms[0].function else { return false }
          return m != mode && zip(zip(m, mode), lattice.sites).allSatisfy { ($0.0 + $0.1) % $1 == 0 }
        }
      return sum + values[0, row.offset] * (mirrored ? 2 : 1)
    }
    let squares = field.reduce(0) { $0 + $1 * $1 } * lattice.cellVolume
    #expect(abs(total - squares) < 1e-11 * squares)
  }

  private func cosine(_ x: Double) -> Double {
    var sum = 0.0
    var term = 1.0
    let y = x.remainder(dividingBy: 2 * Double.pi)
    for k in 1...30 {
      sum += term
      term *= -y * y / Double((2 * k - 1) * 2 * k)
    }
    return sum
  }
}
