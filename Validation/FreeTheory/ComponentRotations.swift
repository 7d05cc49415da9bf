// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import FieldTheories
import LatticeFields

/// Several outputs of one net: where the law of a neuron's output weights is invariant under O(D), all correlators are, at every width; independent weights of kurtosis ρ4 leave
///
///     G_1111 − G_1122 − G_1212 − G_1221 = (ρ4 − 3) σ⁴ M4/N.
///
/// Of the contracted connected 4-point functions the wrong answer is that of another width; of O(D) what independent flat weights leave, or, of a net that breaks it, nothing.
enum ComponentRotations {
  private static let configurations = 4

  static func experiment(_ theory: TheoryDefinition, length: Double) throws -> Experiment? {
    let (net, count) = (theory.architecture, theory.architecture.outputs)
    guard count > 1, let law = net.scalable?.outputWeights.kind, let width = try theory.withWrongWidth() else { return nil }
    let names = (1...configurations).map { "set \($0)" }
    let sets = zip(names, theory.configurations(configurations, of: 4, within: length)).map { PointSet(name: $0, points: $1) }
    let points = PointFunctions(sets: sets).points
    let estimator = ComponentPointFunctions(sets: sets, of: points, components: count)
    let others = law.isIsotropic ? try theory.varied([("architecture.weights", "\"uniform\"")]) : nil
    let breaking = estimator.rows.indices.filter { estimator.rows[$0].coordinates.last == .text("breaking") }
    let contractions = estimator.rows.indices.filter { !breaking.contains($0) }
    func exact(_ theory: TheoryDefinition, _ rows: [Int]) -> [Double]? {
      let values = rows.map { theory.exactValue(estimator.rows[$0].target) }
      return values.contains(nil) ? nil : values.map { $0! }
    }
    guard let closed = exact(theory, contractions), let wrong = exact(width.theory, contractions),
      let left = exact(theory, breaking), let broken = others.map({ exact($0, breaking) }) ?? left.map({ _ in 0 })
    else { return nil }
    let source = "arXiv:2408.00082 sec. 4.2; docs/physics/free-theories.md, \"Several outputs\""
    let holds = theory.ensemble + [.estimator(estimator.name)]
    let claims = [
      Claim(
        "contractions of \(count) outputs",
        statement: "D^-2 sum_ab <phi_a phi_a phi_b phi_b>_c and its like: the closed form at N = \(net.width)", source: source,
        control: width.words, holds: holds),
      Claim(
        law.isIsotropic ? "O(\(count))" : "O(\(count)) is broken",
        statement: law.isIsotropic
          ? "G_1111 - G_1122 - G_1212 - G_1221 = 0" : "G_1111 - G_1122 - G_1212 - G_1221 = (rho4 - 3) mu2^2 M4/N", source: source,
        control: law.isIsotropic ? "independent flat weights" : "0: O(\(count)) holds", holds: holds),
    ]
    return Experiment(theory: theory.title, claims: claims, command: nil) { budget in
      let draws = budget.draws(theory.run.draws)
      let samples = try theory.measured(estimator, at: points, draws: draws, budget)
      func evidence(_ rows: [Int], _ right: [Double], wrong: [Double]) -> Evidence {
        func finding(_ values: [Double]) -> Finding {
          theory.finding(zero: zip(rows, values).map { samples[$0] - $1 }, order: 4, draws: draws)
        }
        return Evidence(claim: finding(right), control: finding(wrong), draws: draws)
      }
      return [evidence(contractions, closed, wrong: wrong), evidence(breaking, left, wrong: broken)]
    }
  }
}
