// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields

/// The alpha family: one free propagator from many momentum densities, and the member nearest to its Gaussian limit. `G4c(x,x,x,x)` is least at
/// α = 0 by Cauchy and Schwarz. Source: arXiv:2604.27050; docs/physics/free-theories.md.
enum AlphaFamily {
  /// The members held against α = 0.
  private static let alphas = [-0.5, 0.5]
  /// The members of the closed form.
  private static let grid = stride(from: -1.0, through: 1, by: 0.125)
  private static let configurations = 4

  static func experiment(_ theory: TheoryDefinition, length: Double) throws -> Experiment? {
    guard theory.number("alpha") != nil, let mass = theory.number("mass"),
      theory.architecture.scalable?.sharedScale.isConstant == true
    else { return nil }
    // Extreme members leave double precision.
    func member(_ alpha: Double) -> TheoryDefinition? { try? theory.varied([("architecture.alpha", "\(alpha)")]) }
    let others = alphas.compactMap(member)
    guard let best = member(0), others.count == alphas.count else { return nil }
    let wrong = try best.varied([("architecture.mass", "\(mass * 1.1.squareRoot())")])
    let point = [Point](repeating: .zero, count: 4)
    let lattice = theory.architecture.symmetries.isPeriodic ? theory.lattice : nil
    let known = grid.compactMap { alpha in
      member(alpha)?.architecture.exactValue(.cumulant(point), lattice: lattice).map { (alpha: alpha, value: $0) }
    }
    /// By how much the least of the other members' G4c exceeds that of α, in its unit.
    func margin(_ alpha: Double) -> Double? {
      guard let own = known.first(where: { $0.alpha == alpha })?.value else { return nil }
      return known.filter { $0.alpha != alpha }.map(\.value).min().map { ($0 - own) / abs(own) }
    }
    guard let atBest = margin(0), let beside = margin(0.25) else { return nil }
    let source = "arXiv:2604.27050; docs/physics/free-theories.md"
    let claims =
      [
        Claim(
          "one propagator", statement: "the 2-point functions at alpha = -0.5, 0.5 are that at alpha = 0", source: source,
          control: "m^2 x 1.1"),
        Claim(
          "least at alpha = 0, closed form", statement: "G4c(x,x,x,x) at alpha = 0 is below that of -1, -0.875, .. 1",
          source: source,
          control: "alpha = 0.25 in its place"),
      ]
      + alphas.map {
        Claim(
          "least at alpha = 0, measured against \($0)", statement: "G4c(x,x,x,x) at alpha = \($0) exceeds that at alpha = 0",
          source: source, control: "the opposite")
      }
    return Experiment(theory: theory.title, claims: claims, command: nil) { budget in
      let draws = max(budget.draws(theory.run.draws), SamplingAdequacy.minimumDraws(order: 4))
      let pairs = theory.configurations(configurations, of: 2, within: length)
      let estimator = PointFunctions(sets: pairs.sets + [PointSet(name: "", points: point)])
      func measured(_ theory: TheoryDefinition) throws -> [JackknifeSamples] {
        try theory.measured(estimator, at: estimator.points, draws: draws, budget)
      }
      let centre = try measured(best)
      let around = try others.map(measured)
      let mistaken = try measured(wrong)
      func twoPoint(_ runs: [[JackknifeSamples]]) -> Finding {
        theory.finding(
          zero: runs.flatMap { run in (0..<configurations).map { run[$0] - centre[$0] } }, order: 2, draws: draws)
      }
      func order(_ margin: Double) -> Finding {
        Finding(pValue: margin > 0 ? 1 : 0, text: "the least of the others is \(Finding.short(margin)) of it above")
      }
      return [
        Evidence(claim: twoPoint(around), control: twoPoint([mistaken]), draws: draws),
        Evidence(claim: order(atBest), control: order(beside), draws: 0),
      ]
        + around.map { run in
          let excess = run[configurations + 1] - centre[configurations + 1]
          func finding(_ samples: JackknifeSamples) -> Finding { Finding(nonNegative: samples, order: 4, draws: draws) }
          return Evidence(claim: finding(excess), control: finding(-1 * excess), draws: draws)
        }
    }
  }
}
