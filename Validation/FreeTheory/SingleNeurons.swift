// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields

/// The closed forms once more, from single neurons instead of fields: the tables of `--neuron-space` on the lattice and at points, and tilted neurons
/// where fields have heavy tails. Wrong answers as in ``FreeTheory``.
enum SingleNeurons {
  /// Neurons drawn in the quick tier.
  private static let neurons = 120_000

  /// `wrong` gives the theory whose values functions of an order must not have, nil where none is known.
  static func experiment(
    _ theory: TheoryDefinition, length: Double, wrong: (_ order: Int) throws -> (words: String, theory: TheoryDefinition)?
  ) throws -> Experiment? {
    let sets = [2, 4].flatMap { theory.configurations(4, of: $0, within: length) }.sets
    let x = Point(theory.lattice.spacing, 0, 0, 0)
    func probe(_ name: String) -> CorrelationFunction {
      if name.hasSuffix(TwoPointFunction.tableName) { return .moment([.zero, .zero]) }
      return .cumulant(
        name.hasSuffix("xxyy") ? [.zero, .zero, x, x] : name.hasSuffix("xxxy") ? [.zero, .zero, .zero, x] : sets.last!.points)
    }
    let tests = try requests(theory, sets).flatMap(\.tableNames).compactMap {
      name -> (name: String, wrong: (words: String, theory: TheoryDefinition))? in
      // Where connected functions vanish, those of no other width differ.
      guard let other = try wrong(name.hasSuffix(TwoPointFunction.tableName) ? 2 : 4),
        theory.differs(from: other.theory, RowTarget(probe(name)))
      else { return nil }
      return (name, other)
    }
    guard !tests.isEmpty else { return nil }
    let claims = tests.map { test in
      Claim(
        test.name, statement: "\(test.name): the closed form at N = \(theory.architecture.width), from single neurons",
        source: "docs/physics/neuron-space.md", control: test.wrong.words, holds: theory.ensemble + [.estimator(test.name)])
    }
    return Experiment(theory: theory.title, claims: claims, command: nil) { budget in
      let draws = budget.draws(max(1024, Self.neurons / theory.architecture.width))
      let tables = try requests(theory.varied([("run.seed", "\(budget.seed)"), ("run.draws", "\(draws)")]), sets)
        .flatMap { try $0.measure(threads: budget.threads, monitor: budget.monitor) }
      return tests.map { test in
        let table = tables.named(test.name)!
        return Evidence(
          claim: Finding(table, exact: theory), control: Finding(table, exact: test.wrong.theory), draws: draws)
      }
    }
  }

  /// Everything that draws single neurons and applies to a theory.
  private static func requests(_ theory: TheoryDefinition, _ sets: [PointSet]) -> [CorrelatorRequest] {
    let options = NeuronSpaceOptions(theories: [theory], averages: nil)
    return [nil, sets].compactMap { try? CorrelatorRequest(neuronSpace: options, tableNames: nil, pointSets: $0) }
      + [
        try? CorrelatorRequest(
          theory: theory, estimatorNames: [TiltedPointJob.name], pointSets: sets, allDisplacements: false,
          commonRandomNumbers: false)
      ].compactMap { $0 }
  }
}
