// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import FieldTheories

/// Interacting ensembles against exact solutions: one site at finite width, rings and small lattices at infinite width (transfer matrices). The wrong
/// answer: the values at a coupling a tenth larger.
struct Interactions: ValidationSuite {
  let name = "interactions"
  let summary = "phi^4 ensembles against exact solutions: one site, transfer matrices, small lattices"

  let standardTheories = [
    StandardTheory("phi4-0d"), StandardTheory("phi4-1d"), StandardTheory("phi4-2d-strong"),
  ]

  /// Tables with exact values where the ensemble is solved.
  private static let tables = ["sampling", "two-point"]

  func experiments(_ theory: TheoryDefinition, command: String) throws -> [Experiment] {
    guard !theory.insertions.isEmpty else { throw NotApplicable("the theory has no insertions; free-theory tests it") }
    guard let coupling = theory.resolved.first(where: { $0.key.hasPrefix("insertion") && $0.key.hasSuffix(".lambda") }),
      let lambda = Double(coupling.value)
    else { throw NotApplicable("no insertion has a coupling lambda to get wrong") }
    let wrong = try theory.varied([(coupling.key, "\(1.1 * lambda)")])
    let names = try request(theory).tableNames.filter(Self.tables.contains)
    return [
      Experiment(
        theory: theory.title,
        claims: names.map { name in
          Claim(
            name,
            statement: name == "sampling"
              ? "<phi^2>, <phi^4> and the susceptibility are those of the exact solution" : "G2(r) is that of the exact solution",
            source: theory.source, control: "lambda x 1.1")
        }, command: "nnft correlate \(command)"
      ) { budget in
        let request = try request(
          theory.varied([("run.seed", "\(budget.seed)"), ("run.draws", "\(budget.draws(theory.run.draws))")]))
        let own = try request.measure(threads: budget.threads, monitor: budget.monitor)
        let other = try request.measure(threads: budget.threads, monitor: budget.monitor, reference: wrong)
        return names.map { name in
          func finding(_ tables: [MeasuredTable]) -> Finding { Finding(tables.first { $0.name == name }!) }
          return Evidence(claim: finding(own), control: finding(other), draws: request.draws)
        }
      }
    ]
  }

  private func request(_ theory: TheoryDefinition) throws -> CorrelatorRequest {
    try CorrelatorRequest(
      theory: theory, estimatorNames: theory.correlators.estimators, pointFile: nil, allDisplacements: false,
      commonRandomNumbers: false)
  }
}
