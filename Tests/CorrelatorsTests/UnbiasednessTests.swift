// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import ErrorAnalysis
import LatticeFields
import Testing

/// Cumulant estimators are unbiased as an identity: their mean over ALL equally likely data sets of a few draws is the cumulant.
///
/// The ensemble is a moving pattern with a random amplitude s in {±1, ±2}: φ(x) = s u(x + shift) on a ring, shift uniform, so that it is
/// translation invariant, even and not Gaussian; all its moments are finite sums.
@Suite struct UnbiasednessTests {
  static let lattice = Lattice(sites: [3], spacing: 1, boundary: .periodic)
  static let pattern = [1.0, 0.5, -0.25]
  static let fields: [[Double]] = [1.0, -1, 2, -2].flatMap { s in
    (0..<3).map { shift in (0..<3).map { s * pattern[($0 + shift) % 3] } }
  }

  private func moment(_ sites: [Int]) -> Double {
    var sum = 0.0
    for field in Self.fields { sum += sites.reduce(1.0) { $0 * field[$1] } }
    return sum / Double(Self.fields.count)
  }

  private func wickSum(_ pairings: [[(Int, Int)]], _ sites: [Int]) -> Double {
    var sum = 0.0
    for pairing in pairings {
      var product = 1.0
      for (i, j) in pairing { product *= moment([sites[i], sites[j]]) }
      sum += product
    }
    return sum
  }

  private func cumulant(_ sites: [Int]) -> Double {
    switch sites.count {
    case 2: return moment(sites)
    case 4:
      return moment(sites) - wickSum(Pairings.four, sites)
    default:
      let mixed = Pairings.pairsOfSix.reduce(0.0) { sum, split in
        sum + moment([sites[split.pair.0], sites[split.pair.1]]) * moment(split.rest.map { sites[$0] })
      }
      return moment(sites) - mixed + 2 * wickSum(Pairings.six, sites)
    }
  }

  /// The mean of the estimates over all data sets of `draws` networks, one network a bin.
  private func expectation(_ estimator: any CorrelatorEstimator, sites: SiteSet, draws: Int) -> [Double] {
    // Primaries of each field once; a data set is a choice of `draws` of them.
    let single = primaries(of: estimator, sites: sites, bins: Self.fields.map { [$0] })
    let rows = Self.fields.indices.map { field in (0..<estimator.primaryCount).map { single[field, $0] } }
    var sums = [Double](repeating: 0, count: estimator.rows.count)
    var count = 0.0
    var choice = [Int](repeating: 0, count: draws)
    while true {
      var bins = BinnedMeans(primaryCount: estimator.primaryCount)
      for field in choice { bins.append(means: rows[field], weight: 1) }
      for (row, samples) in estimator.derive(bins).enumerated() { sums[row] += samples.value }
      count += 1
      guard let position = choice.lastIndex(where: { $0 < Self.fields.count - 1 }) else { break }
      choice[position] += 1
      for later in position + 1..<draws { choice[later] = 0 }
    }
    return sums.map { $0 / count }
  }

  private func steps(_ points: [Point]) -> [Int] { points.map { (Int($0[0]) % 3 + 3) % 3 } }

  @Test func connectedFourPointFamilies() {
    for estimator in [
      CoincidentFourPoint(.xxyy, settings(Self.lattice)) as any CorrelatorEstimator,
      CoincidentFourPoint(.xxxy, settings(Self.lattice)),
      SplitFourPoint(settings(Self.lattice, allDisplacements: true)),
    ] {
      let means = expectation(estimator, sites: .lattice(Self.lattice), draws: 3)
      for (row, mean) in zip(estimator.rows, means) {
        // The ensemble has no parity, so a shell's r and −r differ: the target is their mean.
        let (exact, full) = row.target.terms.reduce((0.0, 0.0)) { sum, term in
          let sites = steps(term.function.points)
          return (sum.0 + term.weight * cumulant(sites), sum.1 + term.weight * moment(sites))
        }
        #expect(abs(mean - exact) < 1e-12, "\(estimator.name): \(mean), \(exact)")
        // The control: three draws would show the plug-in bias −(3 m4 − Σ…)/3 at once.
        let plugIn = exact - (full - exact) / 3
        #expect(abs(plugIn - exact) > 1e-3)
      }
    }
  }

  @Test func pointFunctionsOfOrderTwoFourAndSix() {
    let points = (0..<3).map { Point(Double($0), 0, 0, 0) }
    let sets = [
      PointSet(name: "two", points: [points[0], points[1]]),
      PointSet(name: "four", points: [points[0], points[1], points[2], points[0]]),
      PointSet(name: "six", points: points + points),
    ]
    let estimator = PointFunctions(sets: sets)
    let means = expectation(estimator, sites: .points(estimator.points, dimension: 1), draws: 4)
    for (row, mean) in zip(estimator.rows, means) {
      let function = row.target.terms[0].function
      let sites = steps(function.points)
      let exact = if case .moment = function { moment(sites) } else { cumulant(sites) }
      #expect(abs(mean - exact) < 1e-12, "\(row.coordinates): \(mean), \(exact)")
    }
  }

  @Test func zeroMomentumCumulants() {
    let estimator = ZeroMomentum(settings(Self.lattice))
    let means = expectation(estimator, sites: .lattice(Self.lattice), draws: 3)
    func power(_ n: Int) -> Double {
      var sum = 0.0
      for field in Self.fields {
        let phi = field.reduce(0, +)
        sum += (0..<n).reduce(1.0) { product, _ in product * phi }
      }
      return sum / Double(Self.fields.count)
    }
    #expect(abs(means[0] - power(2) / 3) < 1e-12)
    #expect(abs(means[1] - (power(4) - 3 * power(2) * power(2)) / 3) < 1e-11)
  }
}
