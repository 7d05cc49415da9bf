// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

@testable import Correlators

/// Fields of several components: tables of one component average over all of them; contractions and what breaks O(D) against sums over all pairs of sites and components.
@Suite struct ComponentTests {
  private static let lattice = Lattice(sites: [5], spacing: 0.5, boundary: .open)

  /// Bins of draws, each D × sites, component-major; the components of a site are correlated and their laws differ from Gaussian ones.
  private static func draws(_ components: Int, sites: Int, bins: Int = 2, draws: Int = 3) -> [[[Double]]] {
    (0..<bins).map { bin in
      (0..<draws).map { draw in
        let values = noise(components * sites, draw: UInt64(100 * bin + draw))
        return values.indices.map { values[$0] * values[$0] - 0.3 * values[($0 + sites) % values.count] }
      }
    }
  }

  private static func means(_ estimator: any CorrelatorEstimator, _ sites: SiteSet, _ components: Int, _ bins: [[[Double]]])
    -> BinnedMeans
  {
    let workspace = DrawWorkspace(sites: sites, components: components)
    let accumulator = estimator.makeAccumulator(workspace)
    var means = BinnedMeans(primaryCount: estimator.primaryCount)
    for bin in bins {
      for draw in bin {
        workspace.components.pointer.update(from: draw, count: draw.count)
        workspace.measure([accumulator])
      }
      means.append(means: accumulator.finishBin(), weight: Double(bin.count))
      workspace.startBin()
    }
    return means
  }

  /// A table of one component is that of as many fields as there are components.
  @Test func oneComponentTables() {
    let bins = Self.draws(3, sites: 5)
    let split = bins.map { bin in bin.flatMap { draw in (0..<3).map { Array(draw[5 * $0..<5 * $0 + 5]) } } }
    for entry in EstimatorRegistry.entries
    where entry.assumptions.leastComponents == 1 && !entry.assumptions.periodicity {
      let estimator = entry.make(settings(Self.lattice))
      let (own, apart) = (
        Self.means(estimator, .lattice(Self.lattice), 3, bins),
        primaries(of: estimator, sites: .lattice(Self.lattice), bins: split)
      )
      for primary in 0..<estimator.primaryCount {
        #expect(
          abs(own.mean(primary).value - apart.mean(primary).value) <= 1e-13 * max(1, abs(own.mean(primary).value)),
          "\(entry.name)")
      }
    }
  }

  @Test(arguments: 2...3) func latticeContractions(_ components: Int) {
    let (lattice, bins) = (Self.lattice, Self.draws(components, sites: 5))
    let base = settings(lattice)
    let own = EstimatorSettings(
      lattice: base.lattice, hypercubic: base.hypercubic, allDisplacements: true,
      firstSeparation: base.firstSeparation, secondSeparation: base.secondSeparation, components: components)
    /// `<φ_a(x) φ_b(x) φ_c(x+r) φ_d(x+r)>` and `<φ_a(x) φ_a(x+r)>` of one bin by direct sums.
    func full(_ bin: [[Double]], _ r: Int, _ a: Int, _ b: Int, _ c: Int, _ d: Int) -> Double {
      bin.reduce(0.0) { sum, f in
        sum + (0..<5 - r).reduce(0.0) { $0 + f[5 * a + $1] * f[5 * b + $1] * f[5 * c + $1 + r] * f[5 * d + $1 + r] }
          / Double(5 - r)
      } / Double(bin.count)
    }
    func two(_ bin: [[Double]], _ r: Int) -> Double {
      (0..<components).reduce(0.0) { sum, a in
        sum + bin.reduce(0.0) { s, f in s + (0..<5 - r).reduce(0.0) { $0 + f[5 * a + $1] * f[5 * a + $1 + r] } / Double(5 - r) }
          / Double(bin.count)
      } / Double(components)
    }
    let d = Double(components)
    let all = (0..<components).flatMap { a in (0..<components).map { (a, $0) } }
    for kind in ComponentFourPoint.Kind.allCases {
      let estimator = ComponentFourPoint(kind, own)
      let values = estimator.derive(Self.means(estimator, .lattice(lattice), components, bins))
      #expect(values.count == (kind == .invariants ? 10 : 5))
      for r in 0..<5 {
        func mean(_ f: ([[Double]]) -> Double) -> Double { bins.reduce(0.0) { $0 + f($1) } / Double(bins.count) }
        // Products between the two bins.
        let (g0, g) = (two(bins[0], 0) * two(bins[1], 0), two(bins[0], r) * two(bins[1], r))
        let aabb = mean { bin in all.reduce(0.0) { $0 + full(bin, r, $1.0, $1.0, $1.1, $1.1) } } / (d * d) - g0 - 2 / d * g
        let abab =
          mean { bin in all.reduce(0.0) { $0 + full(bin, r, $1.0, $1.1, $1.0, $1.1) } } / (d * d) - g0 / d - (1 + 1 / d) * g
        let equal = mean { bin in (0..<components).reduce(0.0) { $0 + full(bin, r, $1, $1, $1, $1) } } / d
        let different = all.filter { $0.0 != $0.1 }
        let breaking =
          equal
          - mean { bin in
            different.reduce(0.0) { $0 + full(bin, r, $1.0, $1.0, $1.1, $1.1) + 2 * full(bin, r, $1.0, $1.1, $1.0, $1.1) }
          }
          / (d * (d - 1))
        func expect(_ value: Double, _ truth: Double) {
          #expect(abs(value - truth) < 1e-12 * max(1, abs(truth)), "\(kind) r = \(r)")
        }
        switch kind {
        case .invariants:
          expect(values[r].value, aabb)
          expect(values[5 + r].value, abab)
          #expect(r == 0 || abs(aabb - abab) > 1e-3)
        case .symmetry: expect(values[r].value, breaking)
        }
      }
    }
  }

  @Test func pointContractions() {
    let points = (0..<4).map { Point(Double($0), 0, 0, 0) }
    let components = 3
    let bins = Self.draws(components, sites: 4)
    let estimator = ComponentPointFunctions(
      sets: [PointSet(name: "four", points: [points[2], points[0], points[1], points[3]])], of: points, components: components)
    let values = estimator.derive(Self.means(estimator, .points(points, dimension: 1), components, bins)).map(\.value)
    let (order, d) = ([2, 0, 1, 3], Double(components))
    func full(_ a: [Int]) -> Double {
      let all = bins.flatMap { $0 }
      return all.reduce(0.0) { sum, f in sum + (0..<4).reduce(1.0) { $0 * f[4 * a[$1] + order[$1]] } } / Double(all.count)
    }
    func pair(_ bin: Int, _ i: Int, _ j: Int) -> Double {
      bins[bin].reduce(0.0) { sum, f in
        sum + (0..<components).reduce(0.0) { $0 + f[4 * $1 + order[i]] * f[4 * $1 + order[j]] } / d
      } / Double(bins[bin].count)
    }
    let pairings = [[0, 1, 2, 3], [0, 2, 1, 3], [0, 3, 1, 2]]
    let shapes: [(Int, Int) -> [Int]] = [{ [$0, $0, $1, $1] }, { [$0, $1, $0, $1] }, { [$0, $1, $1, $0] }]
    let products = pairings.map { p in (pair(0, p[0], p[1]) * pair(1, p[2], p[3]) + pair(1, p[0], p[1]) * pair(0, p[2], p[3])) / 2
    }
    var breaking = (0..<components).reduce(0.0) { $0 + full([$1, $1, $1, $1]) } / d
    for (k, shape) in shapes.enumerated() {
      var (sum, different) = (0.0, 0.0)
      for a in 0..<components {
        for b in 0..<components {
          sum += full(shape(a, b))
          if a != b { different += full(shape(a, b)) }
        }
      }
      let connected = sum / (d * d) - products.indices.reduce(0.0) { $0 + ($1 == k ? 1 : 1 / d) * products[$1] }
      #expect(abs(values[k] - connected) < 1e-12)
      #expect(abs(values[(k + 1) % 3] - connected) > 1e-3)
      breaking -= different / (d * (d - 1))
    }
    #expect(abs(values[3] - breaking) < 1e-12)
  }

  /// Tables of components ask for several; tables of one ask for components of one law.
  @Test func assumptions() {
    var symmetries = FieldSymmetries.euclidean
    #expect(EstimatorAssumptions(leastComponents: 2).missing(from: symmetries) == "a field of 2 components or more")
    symmetries.components = 2
    #expect(EstimatorAssumptions(leastComponents: 2).missing(from: symmetries) == nil)
    symmetries.hasLikeComponents = false
    #expect(EstimatorAssumptions().missing(from: symmetries) == "components of one law")
  }
}
