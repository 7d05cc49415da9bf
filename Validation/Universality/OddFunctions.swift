// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields

/// G1 = 0, and all odd functions vanish: output weights are even, or phases uniform. The wrong answer is a field with a mean, φ + δ.
enum OddFunctions {
  private static let orders = [1, 3, 5]
  private static let configurations = 3
  /// δ in units of the root of <φ²>.
  private static let mean = 0.1

  static func experiment(_ theory: TheoryDefinition, length: Double) throws -> Experiment? {
    guard theory.architecture.symmetries.isEven else { return nil }
    // Gauss-net's tails grow away from the origin.
    let reach = theory.architecture.growsFromOrigin ? 0.1 * length : length
    let sets = orders.map { theory.configurations(configurations, of: $0, within: reach) }
    guard let variance = theory.typicalVariance(at: sets[0][0][0]) else { return nil }
    let shift = mean * variance.squareRoot()
    let scale = theory.architecture.sharedScale
    let enough = max(theory.run.draws, SamplingAdequacy.minimumDraws(order: 6))
    // A random scale that weights share has long tails, and so have exponential neurons: normal bins need moments of order 4n.
    let feasible = orders.indices.filter { index in
      let farthest = sets[index].joined().map(\.norm).max() ?? 0
      return Double(SamplingAdequacy.minimumDraws(order: orders[index] + 1)) * scale.drawsFactor(order: orders[index])
        <= Double(enough)
        && theory.architecture.samplingObstruction(order: 2 * orders[index], radius: farthest, draws: enough) == nil
    }
    guard !feasible.isEmpty else { return nil }
    let claims = feasible.map { index in
      Claim(
        orders[index] == 1 ? "G1 = 0" : "G\(orders[index]) = 0",
        statement: "<\((1...orders[index]).map { "phi(x\($0))" }.joined(separator: " "))> = 0",
        source: "arXiv:2408.00082 sec. 3; docs/physics/free-theories.md", control: "phi + \(Finding.short(shift))")
    }
    return Experiment(theory: theory.title, claims: claims, command: nil) { budget in
      let estimator = OddPointFunctions(sets: feasible.flatMap { sets[$0] }, shift: shift)
      let draws = max(budget.draws(theory.run.draws), enough)
      let rows = try theory.measured(estimator, at: estimator.points, draws: draws, budget)
      let shifted = rows.count / 2
      return feasible.indices.map { place in
        let range = place * configurations..<(place + 1) * configurations
        func finding(_ offset: Int) -> Finding {
          theory.finding(
            zero: range.map { rows[offset + $0] }, order: orders[feasible[place]] + 1, draws: draws)
        }
        return Evidence(claim: finding(0), control: finding(shifted), draws: draws)
      }
    }
  }
}

extension TheoryDefinition {
  /// <φ(x)²>, of the limit of infinite width where only that is known.
  func typicalVariance(at x: Point) -> Double? {
    let known = architecture.exactValue(.moment([x, x]), lattice: nil)
    return (known ?? architecture.limitKernel(x, x)).flatMap { $0 > 0 ? $0 : nil }
  }
}
