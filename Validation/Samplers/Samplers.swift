// SPDX-License-Identifier: GPL-3.0-or-later

import EnsembleRuns
import ErrorAnalysis
import FieldTheories

/// Every way to sample an interacting ensemble on one target: exact values where they are known, the identities of integration by parts, and agreement
/// of all ways with each other. The wrong target: twice the coupling.
struct Samplers: ValidationSuite {
  let name = "samplers"
  let summary =
    "reweighting, chains of all moves, sequential Monte Carlo and tempering: exact values, identities, mutual agreement"

  let standardTheories =
    [
      StandardTheory("phi4-0d", [("run.draws", "20000")]),
      StandardTheory("scalar-net-phi4", [("architecture.width", "2"), ("lattice.sites", "3"), ("run.draws", "20000")]),
      StandardTheory("scalar-net-phi4", [("architecture.width", "12"), ("run.draws", "16000")]),
      StandardTheory("phi4-1d", [("lattice.sites", "8"), ("run.draws", "16000")]),
      StandardTheory("o2-net", [("run.draws", "16000")]),
      StandardTheory("o3-site", text: Self.site),
      StandardTheory(
        "cos-net-phi4",
        [
          ("dimension", "1"), ("architecture.width", "3"), ("lattice.sites", "3"), ("insertion[1].lambda", "12.0"),
          ("run.draws", "16000"),
        ]),
    ] + Regions.standardTheories.filter { $0.name.hasSuffix("-3") }

  /// Three components on one site of infinite width.
  private static let site = """
    title = "O(3) phi^4 on one site"
    source = "docs/physics/interactions.md, Components"
    dimension = 1
    [architecture]
    kind = "infinite-width"
    mass = 1.0
    outputs = 3
    [[insertion]]
    kind = "phi4"
    lambda = 6.0
    [lattice]
    sites = [1]
    spacing = 0.8
    boundary = "periodic"
    [run]
    draws = 16000
    """

  /// How far off the wrong target's coupling is.
  static let wrongFactor = 2.0

  func experiments(_ theory: TheoryDefinition, command: String) throws -> [Experiment] {
    guard !theory.insertions.isEmpty else {
      throw NotApplicable("a free theory is drawn directly: there is one sampler, and free-theory tests it")
    }
    guard let wrong = try theory.withWrongCoupling(Self.wrongFactor) else {
      throw NotApplicable("no coupling of the insertions is known that a wrong target could differ in")
    }
    let ways = try SamplingWay.all(theory)
    guard let only = ways.first else {
      throw NotApplicable("run.draws = \(theory.run.draws) are too few for any sampler; a few thousand are enough")
    }
    guard ways.count > 1 else {
      throw NotApplicable("only one sampler applies to this theory (\(only.name)): there is nothing to compare it with")
    }
    return [try experiment(ways, theory, wrong, command)]
  }

  private func experiment(
    _ ways: [SamplingWay], _ theory: TheoryDefinition, _ wrong: (words: String, theory: TheoryDefinition), _ command: String
  ) throws -> Experiment {
    let source = "docs/physics/interactions.md; docs/physics/interacting-exact.md"
    let statements = [
      "sampling": "<phi^2>, <phi^4> and the susceptibility: the exact values",
      "partition-function": "ln Z/Z(0): the exact value", "identities": "the identities of integration by parts hold",
    ]
    // Of every way, the tables that can be held against something.
    let request = try ways[0].request(theory)
    let known = [
      "sampling": request.isSolved, "partition-function": request.isSolved && request.hasExactPartitionFunction,
      "identities": true,
    ]
    let tests = ways.map { $0.tableNames.filter { known[$0] ?? false } }
    let claims = zip(ways, tests).flatMap { way, names in
      names.map { name in
        Claim(
          "\(way.name): \(name)", statement: "\(way.name): \(statements[name]!)", source: source,
          control: name == "identities" ? "\(wrong.words) in the identities" : wrong.words, holds: theory.ensemble + way.holds)
      }
    }
    let names = ways.map(\.name)
    let agreement = Claim(
      "agreement",
      statement:
        "\(Self.compared.joined(separator: ", ")) are the same for \(names.dropLast().joined(separator: "; ")) and \(names.last!)",
      source: source, control: "the first of them at \(wrong.words)",
      holds: theory.ensemble + ways.flatMap(\.holds))
    return Experiment(theory: theory.title, claims: claims + [agreement], command: "nnft correlate \(command)") { budget in
      var evidence: [Evidence] = []
      var tables: [MeasuredTable] = []
      var draws = 0
      for (way, names) in zip(ways, tests) {
        let request = try way.request(theory, budget)
        let (own, control) = try request.measure(threads: budget.threads, monitor: budget.monitor, control: wrong.theory)
        evidence += names.map {
          Evidence(claim: Finding(own.named($0)!), control: Finding(control.named($0)!), draws: request.draws)
        }
        tables.append(own.named("sampling")!)
        draws += request.draws
      }
      let other = try ways[0].request(wrong.theory, budget).measure(threads: budget.threads, monitor: budget.monitor)
        .named("sampling")!
      let changed = [other] + tables.dropFirst()
      return evidence + [
        Evidence(claim: Self.agreement(tables, draws), control: Self.agreement(changed, draws), draws: draws)
      ]
    }
  }

  /// Site averages that all ways measure: the action is left out, which a wrong target would state in its own coupling.
  private static let compared = ["phi^2", "phi^4", "Phi^2/V", "Phi^4/V"]

  /// Differences of neighbours in the list of ways vanish jointly, row by row where all are sound. Runs are independent and have equally many bins, so
  /// that bins can be paired: covariances between runs then fluctuate about zero, which the law of T² knows.
  private static func agreement(_ tables: [MeasuredTable], _ draws: Int) -> Finding {
    var differences: [JackknifeSamples] = []
    var reason = "nothing was measured"
    for index in tables[0].rows.indices {
      guard case .text(let name)? = tables[0].rows[index].coordinates.first, compared.contains(name) else { continue }
      let unsound = tables.compactMap { table -> String? in
        if case .underSampled(let reason) = table.rows[index].estimate.reliability { reason } else { nil }
      }
      if let first = unsound.first {
        reason = first
        continue
      }
      let values = tables.map { $0.samples[index].unitWeights }
      differences += zip(values, values.dropFirst()).map { $1 - $0 }
    }
    guard !differences.isEmpty else { return Finding(pValue: nil, text: reason, growth: 4) }
    let least = tables.map(\.independentSamples).min()!
    return Finding(
      HotellingTest(samples: differences, expected: differences.map { _ in 0 }, independentSamples: least), missing: reason)
  }
}

extension JackknifeSamples {
  /// The same samples of bins that all hold equally many draws, with the scale of the weights taken out.
  var unitWeights: JackknifeSamples {
    JackknifeSamples(value: value, replicas: replicas, weights: weights.map { _ in 1 }).withFittedCoefficients(fittedCoefficients)
  }
}
