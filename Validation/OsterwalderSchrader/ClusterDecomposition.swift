// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import FieldTheories
import LatticeFields

/// Cluster decomposition: correlations of two groups of fields vanish as the groups part. At finite width pairs do not cluster,
/// `G4c(x, x−u, z+R, z+R−v) → (1/N)[H2(u+v) + H2(u−v) − G2(u)G2(v)]`; a single field parts from three.
enum ClusterDecomposition {
  /// Separations of the pairs in correlation lengths.
  private static let pairs = [(0.0, 0.0), (0.5, 0.3), (0.8, 0.8)]

  static func experiment(_ theory: TheoryDefinition, length: Double, _ command: String) -> Experiment? {
    let isPeriodic = theory.architecture.symmetries.isPeriodic
    let lattice = isPeriodic ? theory.lattice : nil
    let side = Double(theory.lattice.sites[0]) * theory.lattice.spacing
    // On a ring the third pairing comes back at L/2.
    let far = isPeriodic ? (side / 4 / theory.lattice.spacing).rounded() * theory.lattice.spacing : 12 * length
    func at(_ x: Double) -> Point {
      Point(isPeriodic ? (x / theory.lattice.spacing).rounded() * theory.lattice.spacing : x, 0, 0, 0)
    }
    let twoAndTwo = pairs.enumerated().map { index, pair in
      PointSet(name: "2|2 \(index)", points: [at(0), at(-pair.0 * length), at(far), at(far - pair.1 * length)])
    }
    let oneAndThree = pairs.enumerated().map { index, pair in
      PointSet(name: "1|3 \(index)", points: [at(-far), at(0), at(pair.0 * length), at(pair.1 * length)])
    }
    guard
      let exact = theory.architecture.exactValue(.cumulant(twoAndTwo[0].points), lattice: lattice),
      let single = theory.architecture.exactValue(.cumulant(oneAndThree[0].points), lattice: lattice),
      let scale = theory.architecture.exactValue(.moment([.zero, .zero]), lattice: lattice),
      // On small lattices nothing parts.
      abs(single) < 1e-4 * abs(exact)
    else { return nil }
    let claim = Claim(
      "clusters of two", statement: "G4c(x, x-u, z+R, z+R-v) vanishes at R = \(Finding.short(far))",
      source: "Validation/OsterwalderSchrader/README.md",
      expectation: abs(exact) > 1e-9 * scale * scale ? .fails : .holds,
      control: "one field and three, which part")
    let isIndependent = theory.architecture.neurons?.sharedScale.isConstant == true
    let part = "(1/N) [H2(u+v) + H2(u-v) - G2(u) G2(v)]"
    let limitInWords = isIndependent ? part : "c G2(u) G2(v) + (1+c) \(part)"
    let limit = Claim(
      "limit of clusters",
      statement: "G4c(x, x-u, z+R, z+R-v) = \(limitInWords) at R = \(Finding.short(far))",
      source: "Validation/OsterwalderSchrader/README.md", control: "half of it")
    let limits = twoAndTwo.map { theory.architecture.exactValue(.cumulant($0.points), lattice: lattice) ?? 0 }
    return Experiment(theory: theory.title, claims: [claim, limit], command: nil) { budget in
      let estimator = PointFunctions(sets: twoAndTwo + oneAndThree)
      let draws = budget.draws(theory.run.draws)
      let rows = try theory.measured(estimator, at: estimator.points, draws: draws, budget)
      let connected = rows.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
      func finding(_ range: Range<Int>, minus expected: [Double]? = nil, truth: [Double]? = nil) -> Finding {
        let values = expected ?? range.map { _ in 0 }
        return theory.finding(zero: zip(connected[range], values).map { $0 - $1 }, order: 4, draws: draws, truth: truth)
      }
      let (pairs, singles) = (0..<pairs.count, pairs.count..<2 * pairs.count)
      return [
        // Where they do not vanish the claim fails as far as their limit is from zero.
        Evidence(
          claim: finding(pairs, truth: claim.expectation == .fails ? limits : nil), control: finding(singles), draws: draws),
        Evidence(
          claim: finding(pairs, minus: limits),
          control: finding(pairs, minus: limits.map { 0.5 * $0 }, truth: limits.map { 0.5 * $0 }), draws: draws),
      ]
    }
  }
}
