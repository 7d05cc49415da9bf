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

  /// Where φ and −φ are not equally likely: cumulants of one to four points, from partitions written out, over all data sets of five draws of three fields. The control:
  /// without the last term of the fourth cumulant.
  @Test func pointFunctionsOfAFieldWithAMean() {
    let fields = [[1.0, 0.3, -0.5, 0.8], [-0.4, 1.2, 0.7, 0.1], [2.0, -0.6, 0.2, 1.1]]
    let points = (0..<4).map { Point(Double($0), 0, 0, 0) }
    let sets = (1...4).map { PointSet(name: "\($0)", points: Array(points[..<$0])) }
    let estimator = PointFunctions(sets: sets, isEven: false)
    let rows = fields.map { field in estimator.products.map { sites in sites.reduce(1.0) { $0 * field[$1] } } }
    var (sums, count) = ([Double](repeating: 0, count: estimator.rows.count), 0.0)
    for code in 0..<243 {
      var (bins, rest) = (BinnedMeans(primaryCount: estimator.primaryCount), code)
      for _ in 0..<5 {
        bins.append(means: rows[rest % 3], weight: 1)
        rest /= 3
      }
      for (row, samples) in estimator.derive(bins).enumerated() { sums[row] += samples.value }
      count += 1
    }
    func m(_ sites: Int...) -> Double {
      fields.reduce(0) { sum, field in sum + sites.reduce(1.0) { $0 * field[$1] } / 3 }
    }
    let third = m(0, 1, 2) - m(0, 1) * m(2) - m(0, 2) * m(1) - m(1, 2) * m(0) + 2 * m(0) * m(1) * m(2)
    let last = 6 * m(0) * m(1) * m(2) * m(3)
    let triples = m(0, 1, 2) * m(3) + m(0, 1, 3) * m(2) + m(0, 2, 3) * m(1) + m(1, 2, 3) * m(0)
    let pairs = m(0, 1) * m(2, 3) + m(0, 2) * m(1, 3) + m(0, 3) * m(1, 2)
    let mixed =
      m(0, 1) * m(2) * m(3) + m(0, 2) * m(1) * m(3) + m(0, 3) * m(1) * m(2) + m(1, 2) * m(0) * m(3) + m(1, 3) * m(0) * m(2)
      + m(2, 3) * m(0) * m(1)
    let fourth = m(0, 1, 2, 3) - triples - pairs + 2 * mixed - last
    let expected = [m(0), m(0, 1), m(0, 1) - m(0) * m(1), m(0, 1, 2), third, m(0, 1, 2, 3), fourth]
    #expect(expected.count == sums.count)
    for (sum, value) in zip(sums, expected) { #expect(abs(sum / count - value) < 1e-12) }
    #expect(abs(sums[6] / count - (fourth + last)) > 0.01)
  }

  /// The mean of the estimates over all data sets of `draws` networks, one network a bin.
  private func expectation(
    _ estimator: any CorrelatorEstimator, sites: SiteSet, draws: Int, of fields: [[Double]] = UnbiasednessTests.fields
  ) -> [Double] {
    // Primaries of each field once; a data set is a choice of `draws` of them.
    let single = primaries(of: estimator, sites: sites, bins: fields.map { [$0] })
    let rows = fields.indices.map { field in (0..<estimator.primaryCount).map { single[field, $0] } }
    var sums = [Double](repeating: 0, count: estimator.rows.count)
    var count = 0.0
    var choice = [Int](repeating: 0, count: draws)
    while true {
      var bins = BinnedMeans(primaryCount: estimator.primaryCount)
      for field in choice { bins.append(means: rows[field], weight: 1) }
      for (row, samples) in estimator.derive(bins).enumerated() { sums[row] += samples.value }
      count += 1
      guard let position = choice.lastIndex(where: { $0 < fields.count - 1 }) else { break }
      choice[position] += 1
      for later in position + 1..<draws { choice[later] = 0 }
    }
    return sums.map { $0 / count }
  }

  private func steps(_ points: [Point]) -> [Int] { points.map { (Int($0[0]) % 3 + 3) % 3 } }

  /// Patterns of one sign: the field has a mean. The control: without products between bins three draws are off by a third of the variance.
  @Test func connectedFunctionsOfAFieldWithAMean() {
    let fields = [1.0, 2, -0.5].flatMap { s in (0..<3).map { shift in (0..<3).map { s * Self.pattern[($0 + shift) % 3] } } }
    func mean(_ value: ([Double]) -> Double) -> Double { fields.reduce(0) { $0 + value($1) } / Double(fields.count) }
    let first = mean { $0[0] }
    let connected = ConnectedTwoPoint(settings(Self.lattice, allDisplacements: true))
    let found = expectation(connected, sites: .lattice(Self.lattice), draws: 3, of: fields)
    for (row, value) in zip(connected.rows, found) {
      let sites = steps(row.target.terms[0].function.points)
      #expect(abs(value - (mean { $0[sites[0]] * $0[sites[1]] } - first * first)) < 1e-12)
    }
    func phi(_ field: [Double]) -> Double { field.reduce(0, +) }
    let (one, modulus, two) = (mean { phi($0) }, mean { abs(phi($0)) }, mean { phi($0) * phi($0) })
    let exact = [one / 3, modulus / 3, (two - one * one) / 3, (two - modulus * modulus) / 3]
    let rows = expectation(OrderParameter(settings(Self.lattice)), sites: .lattice(Self.lattice), draws: 3, of: fields)
    for (value, expected) in zip(rows, exact) { #expect(abs(value - expected) < 1e-12) }
    #expect(abs(exact[2] - (1 - 1.0 / 3) * exact[2]) > 0.1)
  }

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

  // MARK: - Orders six and eight

  /// κ4, κ6, κ8 of an even variable with these values, equally likely.
  private func evenCumulants(_ values: [Double]) -> [Double] {
    func m(_ n: Int) -> Double {
      values.reduce(0) { sum, x in sum + (0..<n).reduce(1.0) { product, _ in product * x } } / Double(values.count)
    }
    let (m2, m4, m6, m8) = (m(2), m(4), m(6), m(8))
    return [
      m4 - 3 * m2 * m2, m6 - 15 * m4 * m2 + 30 * m2 * m2 * m2,
      m8 - 28 * m6 * m2 - 35 * m4 * m4 + 420 * m4 * m2 * m2 - 630 * m2 * m2 * m2 * m2,
    ]
  }

  @Test func connectedSixPointFamilies() {
    for family in CoincidentSixPoint.Family.allCases {
      let estimator = CoincidentSixPoint(family, settings(Self.lattice))
      let means = expectation(estimator, sites: .lattice(Self.lattice), draws: 4)
      for (row, mean) in zip(estimator.rows, means) {
        let exact = row.target.terms.reduce(0.0) { $0 + $1.weight * cumulant(steps($1.function.points)) }
        #expect(abs(mean - exact) < 1e-11, "\(estimator.name): \(mean), \(exact)")
      }
    }
  }

  /// The plug-in cumulants of the same bins are the control: with four networks their bias shows in every order.
  @Test func zeroMomentumCumulantsToOrderEight() {
    let estimator = ZeroMomentumCumulants(settings(Self.lattice))
    let means = expectation(estimator, sites: .lattice(Self.lattice), draws: 4)
    let plugIn = expectation(PlugInCumulants(base: estimator), sites: .lattice(Self.lattice), draws: 4)
    let exact = evenCumulants(Self.fields.map { $0.reduce(0, +) }).map { $0 / 3 }
    for (order, value) in exact.enumerated() {
      #expect(abs(means[order + 1] - value) < 1e-10 * abs(value))
      #expect(abs(plugIn[order + 1] - value) > 1e-2 * abs(value))
    }
  }

  @Test func onePointCumulants() {
    let estimator = OnePointCumulants(settings(Self.lattice))
    let means = expectation(estimator, sites: .lattice(Self.lattice), draws: 4)
    let exact = [moment([0, 0])] + evenCumulants(Array(Self.fields.joined()))
    for order in 0..<3 { #expect(abs(means[order] - exact[order]) < 1e-11) }
  }

  @Test func localOperators() {
    let estimator = LocalOperators(settings(Self.lattice))
    let means = expectation(estimator, sites: .lattice(Self.lattice), draws: 3)
    for (row, mean) in zip(estimator.rows, means) {
      var (exact, full) = (0.0, 0.0)
      for term in row.target.terms {
        guard case .compositeCumulant(let m, _, let n, _) = term.function else { continue }
        let sites = steps(term.function.points)
        full += term.weight * moment(sites)
        exact += term.weight * (moment(sites) - moment(Array(sites[..<m])) * moment(Array(sites[m...])))
        #expect(n == sites.count - m)
      }
      #expect(abs(mean - exact) < 1e-11)
      // The control: three draws would show the plug-in bias, a third of the connected moment of the averages, at once.
      #expect(abs(full - exact) > 1e-3)
    }
  }

  /// On three sites the modes 1 and 2 are opposite, so that (1, −1, 2, −2) has two pairings of opposite momenta.
  @Test func trispectrum() {
    let momenta = [[[0], [0], [0], [0]], [[1], [-1], [2], [-2]], [[1], [1], [1], [0]], [[1], [-1], [0], [0]]]
    let estimator = Trispectrum(settings(Self.lattice, momenta: momenta))
    let means = expectation(estimator, sites: .lattice(Self.lattice), draws: 3)
    for (row, modes) in momenta.enumerated() {
      // T = V^{-1} Σ_{x1..x4} cos(q·x) G4c(x1..x4), over all quadruples of sites.
      var exact = 0.0
      for tuple in 0..<81 {
        let sites = Lattice.unravel(tuple, shape: [3, 3, 3, 3])
        let turns = zip(sites, modes).reduce(0) { $0 + $1.0 * $1.1[0] }
        exact += (turns % 3 == 0 ? 1 : -0.5) * cumulant(sites) / 3
      }
      #expect(abs(means[row] - exact) < 1e-11, "\(modes): \(means[row]), \(exact)")
    }
  }
}

/// The cumulants with products of means in place of products between bins.
private struct PlugInCumulants: CorrelatorEstimator {
  let base: ZeroMomentumCumulants
  var name: String { base.name }
  var quantity: String { base.quantity }
  var assumptions: EstimatorAssumptions { base.assumptions }
  var order: Int { base.order }
  var coordinateColumns: [String] { base.coordinateColumns }
  var rows: [CorrelatorRow] { base.rows }
  var primaryCount: Int { base.primaryCount }
  var covarianceRows: [Int] { base.covarianceRows }

  func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator { base.makeAccumulator(workspace) }

  func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    let (m2, m4, m6, m8) = (bins.mean(0), bins.mean(1), bins.mean(2), bins.mean(3))
    let square = m2 * m2
    return [
      m2, m4 - 3 * square, m6 - 15 * (m4 * m2) + 30 * (square * m2),
      m8 - 28 * (m6 * m2) - 35 * (m4 * m4) + 420 * (m4 * square) - 630 * (square * square),
    ].map { (1.0 / 3) * $0 }
  }
}
