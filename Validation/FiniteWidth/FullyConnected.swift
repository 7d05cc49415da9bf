// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields

/// What is exact of fully connected nets at finite width: connected 4-point functions of one hidden layer, on closed forms (relu) or quadrature
/// (erf, tanh), and the kurtosis of deep relu nets. Source: docs/physics/dense-nets.md.
enum FullyConnected {
  private static let configurations = 6

  /// G4c at points, held against the exact value at N; the wrong answer is that at 2N.
  static func fourPoint(_ theory: TheoryDefinition, length: Double) throws -> Experiment? {
    guard theory.architecture.layers != nil, let net = theory.architecture.neurons, let wrong = try theory.withWrongWidth() else {
      return nil
    }
    let quadruples = theory.configurations(configurations, of: 4, within: length)
    func exact(_ theory: TheoryDefinition) -> [Double] {
      quadruples.compactMap { theory.architecture.exactValue(.cumulant($0), lattice: nil) }
    }
    let (right, mistaken) = (exact(theory), exact(wrong.theory))
    // Where the points span too many directions nothing is known.
    guard right.count == configurations, mistaken.count == configurations else { return nil }
    let claim = Claim(
      "connected 4-point function",
      statement:
        "G4c(x1 .. x4) of \(net.kind) at \(configurations) configurations: moments of one neuron, by closed form or quadrature, at N = \(net.width)",
      source: "docs/physics/dense-nets.md; arXiv:2008.08601", control: wrong.words,
      holds: theory.ensemble + [.estimator(PointFunctions.tableName)])
    return Experiment(theory: theory.title, claims: [claim], command: nil) { budget in
      let draws = max(budget.draws(theory.run.draws), SamplingAdequacy.minimumDraws(order: 4))
      let estimator = PointFunctions(sets: quadruples.sets)
      let rows = try theory.measured(estimator, at: estimator.points, draws: draws, budget)
      func finding(_ expected: [Double]) -> Finding {
        theory.finding(zero: (0..<configurations).map { rows[2 * $0 + 1] - expected[$0] }, order: 4, draws: draws)
      }
      return [Evidence(claim: finding(right), control: finding(mistaken), draws: draws)]
    }
  }

  /// `<φ⁴> = 3 <φ²>² ∏ (1 + 5/N_l)` at one point, of relu nets without biases and with Gaussian weights.
  static func kurtosis(_ theory: TheoryDefinition, length: Double) -> Experiment? {
    // The closed form is that of this net.
    guard let net = theory.architecture as? DeepNet, net.activation == .relu, net.input == .affine, net.sigmaB == 0,
      net.outputWeights.kind == .gaussian, net.sharedScale.isConstant
    else { return nil }
    let widths = net.widths.map(String.init).joined(separator: ", ")
    let claim = Claim(
      "kurtosis", statement: "<phi^4>/(3 <phi^2>^2) = prod_l (1 + 5/N_l), N_l = \(widths)",
      source: "docs/physics/dense-nets.md; arXiv:2106.10165 sec. 4", control: "prod_l (1 + 1/N_l)",
      holds: theory.ensemble + [.estimator(PointFunctions.tableName)])
    let points = [Point](repeating: Configuration.points(1, 0, length, theory.dimension)[0], count: 4)
    guard let moment = theory.architecture.exactValue(.moment(points), lattice: nil) else { return nil }
    let closedForm = Claim(
      "fourth moment", statement: "<phi^4> is the closed form at N_l = \(widths)", source: "docs/physics/dense-nets.md",
      control: "a tenth more", holds: theory.ensemble + [.estimator(PointFunctions.tableName)])
    return Experiment(theory: theory.title, claims: [claim, closedForm], command: nil) { budget in
      let draws = max(budget.draws(theory.run.draws), SamplingAdequacy.minimumDraws(order: 4))
      let estimator = PointFunctions(sets: [PointSet(name: "", points: points)])
      let rows = try theory.measured(estimator, at: estimator.points, draws: draws, budget)
      let (full, connected) = (rows[0], rows[1])
      func finding(_ excess: Double) -> Finding {
        let ratio = net.widths.reduce(1.0) { $0 * (1 + excess / Double($1)) }
        // What the connected function subtracts is 3 <φ²>², without bias.
        return theory.finding(zero: [full - ratio * (full - connected)], order: 4, draws: draws)
      }
      func comparison(_ expected: Double) -> Finding { theory.finding(zero: [full - expected], order: 4, draws: draws) }
      return [
        Evidence(claim: finding(5), control: finding(1), draws: draws),
        Evidence(claim: comparison(moment), control: comparison(1.1 * moment), draws: draws),
      ]
    }
  }
}
