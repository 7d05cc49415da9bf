// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import FieldTheories

/// Interacting ensembles against what is known of them: exact solutions (one site at finite width, rings and small lattices at infinite width), the
/// identities of integration by parts, the series in the coupling at infinite width, and the response to a weak coupling at finite width.
struct Interactions: ValidationSuite {
  let name = "interactions"
  let summary =
    "phi^4 ensembles against exact solutions, Schwinger-Dyson identities, perturbation theory, first order at finite width"

  let standardTheories =
    [
      StandardTheory("phi4-0d", [("run.draws", "80000")]), StandardTheory("phi4-1d"),
      // From another free theory: its ln Z is part of the answer.
      StandardTheory(
        "phi4-1d", [("sampler.prior", "\"hartree\""), ("sampler.kind", "\"reweighting\""), ("run.draws", "40000")]),
      StandardTheory("phi4-2d-strong", [("run.draws", "96000")]),
      StandardTheory("phi4-2d-weak", [("lattice.sites", "8x8"), ("insertion[1].lambda", "0.03")]),
      StandardTheory(
        "scalar-net-phi4",
        [
          ("architecture.width", "8"), ("lattice.sites", "12"), ("insertion[1].lambda", "2.0"), ("sampler.kind", "\"auto\""),
          ("run.draws", "64000"),
        ]),
      StandardTheory("o2-net", [("run.draws", "40000")]), StandardTheory("o3-ring", text: Self.ring),
      StandardTheory(
        "phi4-0d",
        [
          ("title", "\"Modulus of the field on one site\""), ("correlators.estimators", "[\"order-parameter\"]"),
          ("run.draws", "80000"),
        ]),
      StandardTheory("pulled-ring", text: Self.pulledRing),
    ] + OneSite.standardTheories + Regions.standardTheories

  /// Three components on a ring of infinite width in a double well: identities of Schwinger and Dyson.
  private static let ring = """
    title = "O(3) phi^4 on a ring"
    source = "docs/physics/interactions.md, Components"
    dimension = 1
    [architecture]
    kind = "infinite-width"
    mass = 1.0
    outputs = 3
    [[insertion]]
    kind = "phi4"
    lambda = 6.0
    [[insertion]]
    kind = "mass"
    delta = -1.5
    [lattice]
    sites = [6]
    spacing = 0.8
    boundary = "periodic"
    [sampler]
    control_variates = false
    [run]
    draws = 32000
    """

  /// A double well on a ring with a source: <phi> does not vanish, and 2-point functions have a disconnected part.
  private static let pulledRing = """
    title = "phi^4 with a source on a ring"
    source = "docs/physics/interactions.md, Sources and the broken phase"
    dimension = 1
    [architecture]
    kind = "infinite-width"
    mass = 1.0
    [[insertion]]
    kind = "phi4"
    lambda = 6.0
    [[insertion]]
    kind = "mass"
    delta = -1.5
    [[insertion]]
    kind = "source"
    J = 0.3
    [correlators]
    estimators = ["order-parameter", "connected-two-point", "effective-mass"]
    [lattice]
    sites = [8]
    spacing = 0.8
    boundary = "periodic"
    [sampler]
    kind = "chains"
    chains = 32
    control_variates = false
    [run]
    draws = 64000
    """

  func experiments(_ theory: TheoryDefinition, command: String) throws -> [Experiment] {
    guard !theory.insertions.isEmpty else { throw NotApplicable("the theory has no insertions; free-theory tests it") }
    // Of several components there are radial integrals and identities.
    if theory.architecture.outputs > 1 {
      guard let solution = try solution(theory, command) else {
        throw NotApplicable("no exact solution nor identity of this theory of several components is known")
      }
      return [solution]
    }
    // Where the series is good, a tenth of the coupling is below the noise of identities.
    let series = WeakCoupling(theory)
    // One site and one neuron are solved by quadrature; identities of theirs are tested with the samplers.
    let regions = try Regions(theory)?.experiments(command) ?? []
    let site = OneSite(theory)
    let experiments =
      try [
        series == nil && site == nil && regions.isEmpty ? solution(theory, command) : nil, series?.experiment(command),
        FirstOrderResponseTest(theory)?.experiment(), site?.experiment(command),
      ].compactMap { $0 } + regions
    guard !experiments.isEmpty else {
      throw NotApplicable("neither an exact solution nor an identity of this theory is known that another coupling would break")
    }
    return experiments
  }

  /// Tables with exact values where the ensemble is solved, and identities where there are any.
  private func solution(_ theory: TheoryDefinition, _ command: String) throws -> Experiment? {
    guard let wrong = try theory.withWrongCoupling(1.1) else { return nil }
    let request = try theory.request(nil, estimators: theory.correlators.estimators)
    let statements = [
      "sampling": "<phi^2>, <phi^4> and the susceptibility are those of the exact solution",
      TwoPointFunction.tableName: "G2(r) is that of the exact solution",
      OrderParameter.tableName: "<Phi>, <|Phi|> and the connected susceptibility are those of the exact solution",
      ConnectedTwoPoint.tableName: "the connected 2-point function is that of the exact solution",
      "effective-mass": "the effective mass is that of the connected time slices of the exact solution",
      "identities": "integration by parts: \(Self.identities(theory))",
      "partition-function": "ln Z/Z(0) is that of the exact solution",
    ]
    let names = request.tableNames.filter { statements[$0] != nil && ($0 == "identities" || request.isSolved) }
    guard !names.isEmpty else { return nil }
    return Experiment(
      theory: theory.title,
      claims: names.map { name in
        Claim(
          name, statement: statements[name]!,
          source: name == "identities" ? "docs/physics/interactions.md, \"Identities\"" : theory.source,
          control: name == "identities" ? "\(wrong.words) in the identities" : wrong.words,
          holds: theory.ensemble + [.sampler(theory.sampler.kind)]
            + (EstimatorRegistry.entry(name) == nil ? [] : [.estimator(name)])
            + (name == "partition-function" ? [.prior(theory.sampler.prior)] : []))
      }, command: "nnft correlate \(command)"
    ) { budget in
      let request = try theory.request(budget, estimators: theory.correlators.estimators)
      let (own, control) = try request.measure(threads: budget.threads, monitor: budget.monitor, control: wrong.theory)
      return try names.map { name in
        var claim = Finding(own.named(name)!)
        if name == "partition-function", theory.sampler.prior == .hartree {
          // Beside a shifted prior the exact column is moved by the same determinant as the samples; beside the prior as stated it is not.
          let plain = try theory.varied([("sampler.prior", "\"free\"")])
            .request(budget, estimators: theory.correlators.estimators)
          let known = try plain.measure(threads: budget.threads, monitor: budget.monitor).named(name)!
          claim = Finding(own.named(name)!, rows: ["ln Z/Z(0)": known.rows[0].exact ?? .nan])
        }
        return Evidence(claim: claim, control: Finding(control.named(name)!), draws: request.draws)
      }
    }
  }

  private static func identities(_ theory: TheoryDefinition) -> String {
    theory.architecture.freeField != nil
      ? "Schwinger-Dyson equations <dO/dphi_x> = <O dS/dphi_x> of M, T = sum (m^2 phi + V'), their products and the lowest momentum"
      : "<N sum w^2/mu2> = N - <int phi V'> and its products with fields; <sum d2S/db^2> = <sum (dS/db)^2>"
  }
}
