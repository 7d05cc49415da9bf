// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldSynthesis
import FieldTheories
import NumericalKernels
import Studies

/// Networks pushed forward by gradient descent: how they approach the flow of infinite width, how hidden layers move in each parametrisation, and the symmetry between parametrisations.
struct Dynamics: ValidationSuite {
  let name = "dynamics"
  let summary =
    "trained networks: approach to the flow of infinite width, moves of hidden layers, the symmetry of parametrisations"

  let standardTheories = [
    StandardTheory("trained-erf", [("study.widths", "[64, 256]"), ("run.draws", "200"), ("dynamics.steps", "100")]),
    StandardTheory(
      "trained-erf",
      [("study.widths", "[64, 256]"), ("run.draws", "200"), ("dynamics.steps", "100"), ("dynamics.parametrisation", "\"mup\"")]),
  ]

  func experiments(_ theory: TheoryDefinition, command: String) throws -> [Experiment] {
    guard let dynamics = theory.dynamics else { throw NotApplicable("the theory has no [dynamics]") }
    return [powers(theory, dynamics, command), symmetry(theory)]
  }

  /// How far fitted powers of N may lie from the leading ones.
  private static let tolerance = 0.12

  /// Powers of N, each against a wrong one: of the deviation from infinite width that of the equation as printed, of moves those of the other parametrisation.
  private func powers(_ theory: TheoryDefinition, _ dynamics: DynamicsSettings, _ command: String) -> Experiment {
    let isFrozen = dynamics.scaling == .tangent
    var claims: [Claim] = []
    if isFrozen {
      claims.append(
        Claim(
          "trained mean",
          statement: "networks deviate from phi_0 + M_t (y - phi_0(X)) of the infinite-width kernel by rms ~ N^-1/2 (within 0.1)",
          source: "arXiv:2408.00082 (96), corrected", control: "(96) as printed, with its 1/|D|", holds: theory.ensemble))
      claims.append(
        Claim(
          "trained covariance",
          statement:
            "products of two trained values about the mean deviate from those of the infinite-width flow of the same network by rms ~ N^-1/2 (within 0.1)",
          source: "arXiv:2408.00082 (96), corrected", control: "N^-1", holds: theory.ensemble))
      claims.append(
        Claim(
          "frozen kernel", statement: "training changes the tangent kernel by order 1/N (within 0.25)",
          source: "arXiv:2408.00082 sec. 4",
          control: "order one", holds: theory.ensemble))
    }
    claims.append(
      Claim(
        "hidden moves", statement: "hidden pre-activations move by N^(d - 1/2) (within 0.12), here N^\(isFrozen ? "-1/2" : "0")",
        source: "arXiv:2408.00082 (101)-(106)",
        control: isFrozen ? "order one, as in muP" : "N^-1/2, as in the NTK parametrisation",
        holds: theory.ensemble))
    return Experiment(theory: theory.title, claims: claims, command: "nnft study \(command)") { budget in
      let widths =
        theory.study.flatMap { $0.widths.isEmpty ? nil : $0.widths } ?? [
          theory.architecture.width, 4 * theory.architecture.width,
        ]
      let networks = budget.draws(theory.run.draws)
      let theories = try widths.map {
        try theory.varied([
          ("architecture.width", "\($0)"), ("run.draws", "\(networks)"), ("run.bins", "\(min(256, networks))"),
          ("run.seed", "\(budget.seed)"),
        ])
      }
      guard let study = try TrainingStudy(theories) else { throw NotApplicable("the theory has no [dynamics]") }
      let powers = try study.powers(threads: budget.threads)
      func finding(_ name: String, _ power: Double, _ tolerance: Double) -> Finding {
        guard let exponent = powers.first(where: { $0.quantity == name })?.exponent else {
          return Finding(pValue: nil, text: "no exponent of \(name)")
        }
        return Finding(exponent, within: tolerance, of: power)
      }
      let draws = networks * widths.count
      var evidence: [Evidence] = []
      if isFrozen {
        evidence.append(
          Evidence(
            claim: finding(TrainingStudy.deviation, -0.5, 0.1), control: finding(TrainingStudy.printedDeviation, -0.5, 0.1),
            draws: draws))
        evidence.append(
          Evidence(
            claim: finding(TrainingStudy.productDeviation, -0.5, 0.1), control: finding(TrainingStudy.productDeviation, -1, 0.1),
            draws: draws))
        evidence.append(
          Evidence(
            claim: finding(TrainingStudy.kernelChange, -1, 0.25), control: finding(TrainingStudy.kernelChange, 0, 0.25),
            draws: draws))
      }
      let (own, other) = isFrozen ? (-0.5, 0.0) : (0.0, -0.5)
      evidence.append(
        Evidence(
          claim: finding(TrainingStudy.move(0), own, Self.tolerance),
          control: finding(TrainingStudy.move(0), other, Self.tolerance),
          draws: draws))
      return evidence
    }
  }

  /// `(a, b, c) → (a + t, b − 2t, c − 2t)` leaves every step of gradient descent as it is.
  private func symmetry(_ theory: TheoryDefinition) -> Experiment {
    let claim = Claim(
      "reparametrisation",
      statement: "(a, b, c) -> (a + t, b - 2t, c - 2t) in all layers changes no trajectory of gradient descent (to 1e-12)",
      source: "arXiv:2408.00082 (107)-(109)", control: "c left as it is", holds: theory.ensemble)
    return Experiment(theory: theory.title, claims: [claim], command: nil) { _ in
      let seeds = [[0.5, -1.2, 0.3, 0.8, -0.4, 0.6], [1.1, -0.4, 0.7, 0.2, 0.3, -0.9, 0.5, 1.3, -0.7], [0.9, -1.3, 0.4]]
      func trained(_ scaling: WidthScaling) -> [Double] {
        var net = TrainedNetwork(seeds: seeds, sizes: [2, 3, 3, 1], activation: .tanh, scaling: scaling)
        net.descend([[1, 0.5], [-0.3, 0.8]], labels: [0.4, -0.6], steps: 30, size: 0.1)
        return net.values([[1, 0.5], [-0.3, 0.8], [0.2, -0.7]])
      }
      let own = trained(.meanField)
      func deviation(_ other: WidthScaling) -> Double { zip(own, trained(other)).reduce(0) { max($0, abs($1.0 - $1.1)) } }
      var wrong = WidthScaling.meanField.shifted(by: 0.3)
      wrong.rate = WidthScaling.meanField.rate
      return [
        Evidence(
          claim: Finding(deviation: deviation(WidthScaling.meanField.shifted(by: 0.3)), tolerance: 1e-12),
          control: Finding(deviation: deviation(wrong), tolerance: 1e-12), draws: 0)
      ]
    }
  }
}
