// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields

/// Two sources of non-Gaussianity in one net, told apart by the width: output weights that share a scale s, Var s² = c, leave `c Σ_3 G2 G2` at
/// infinite width, finite width adds `(1 + c)` times the connected function of independent weights, of order 1/N,
///
///     G4c(N) = c Σ_3 G2 G2 + (1 + c) g/N,      2 G4c(2N) − G4c(N) = c Σ_3 G2 G2,      G4c(N) − G4c(2N) = (1 + c) g/(2N).
///
/// Source: docs/physics/free-theories.md, "A shared scale".
enum CorrelatedWeights {
  /// N and 2N: where both parts are large.
  private static let widths = [2, 4]
  private static let configurations = 4

  static func experiment(_ theory: TheoryDefinition, length: Double) throws -> Experiment? {
    guard let net = theory.architecture.neurons?.scalable, !net.sharedScale.isConstant else { return nil }
    let (c, width) = (net.sharedScale.variance, widths[0])
    let narrowest = try theory.varied([("architecture.width", "\(width)")])
    let independent = try narrowest.varied([("architecture.weights_shared_variance", "0")])
    let quadruples = theory.configurations(configurations, of: 4, within: length)
    let lattice = net.symmetries.isPeriodic ? theory.lattice : nil
    func exact(_ theory: TheoryDefinition, _ function: CorrelationFunction) -> Double? {
      theory.architecture.exactValue(function, lattice: lattice)
    }
    var (limits, corrections): ([Double], [Double]) = ([], [])
    for points in quadruples {
      guard let correction = exact(independent, .cumulant(points)) else { return nil }
      var limit = 0.0
      for pairing in Pairings.four {
        guard let a = exact(theory, .moment([points[pairing[0].0], points[pairing[0].1]])),
          let b = exact(theory, .moment([points[pairing[1].0], points[pairing[1].1]]))
        else { return nil }
        limit += c * a * b
      }
      limits.append(limit)
      corrections.append(correction)
    }
    let (limit, correction) = (limits, corrections)
    let source = "docs/physics/free-theories.md, A shared scale; arXiv:2307.03223"
    let claims = [
      Claim(
        "correlated weights at N = \(width)",
        statement: "G4c = c sum_3 G2 G2 + (1 + c) G4c(independent weights), c = \(c)", source: source,
        control: "independent weights"),
      Claim(
        "survives N -> infinity", statement: "2 G4c(N = \(2 * width)) - G4c(N = \(width)) = c sum_3 G2 G2", source: source,
        control: "0: nothing survives"),
      Claim(
        "beside the part of finite width",
        statement: "G4c(N = \(width)) - G4c(N = \(2 * width)) = (1 + c) N G4c(independent weights)/(2N)", source: source,
        control: "0: no part of order 1/N"),
      Claim(
        "independent weights", statement: "at c = 0 nothing survives: 2 G4c(N = \(2 * width)) - G4c(N = \(width)) = 0",
        source: source, control: "c sum_3 G2 G2"),
    ]
    return Experiment(theory: theory.title, claims: claims, command: nil) { budget in
      let draws = max(budget.draws(theory.run.draws), SamplingAdequacy.minimumDraws(order: 4))
      let estimator = PointFunctions(sets: quadruples.sets)
      /// Connected functions at N and 2N.
      func connected(_ theory: TheoryDefinition) throws -> [[JackknifeSamples]] {
        try widths.map {
          let rows = try theory.varied([("architecture.width", "\($0)")]).measured(
            estimator, at: estimator.points, draws: draws, budget)
          return (0..<configurations).map { rows[2 * $0 + 1] }
        }
      }
      let (shared, free) = (try connected(theory), try connected(independent))
      func extrapolated(_ runs: [[JackknifeSamples]]) -> [JackknifeSamples] { zip(runs[1], runs[0]).map { 2 * $0 - $1 } }
      let steps = zip(shared[0], shared[1]).map { $0 - $1 }
      func evidence(
        _ owner: TheoryDefinition, _ samples: [JackknifeSamples], _ right: [Double], wrong: [Double]
      ) -> Evidence {
        func finding(_ values: [Double], truth: [Double]? = nil) -> Finding {
          owner.finding(zero: zip(samples, values).map { $0 - $1 }, order: 4, draws: draws, truth: truth)
        }
        return Evidence(
          claim: finding(right), control: finding(wrong, truth: zip(right, wrong).map { $0 - $1 }), draws: draws)
      }
      let none = [Double](repeating: 0, count: configurations)
      return [
        evidence(narrowest, shared[0], zip(limit, correction).map { $0 + (1 + c) * $1 }, wrong: correction),
        evidence(narrowest, extrapolated(shared), limit, wrong: none),
        evidence(narrowest, steps, correction.map { (1 + c) * $0 / 2 }, wrong: none),
        evidence(independent, extrapolated(free), none, wrong: limit),
      ]
    }
  }
}
