// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories

/// The claims about one theory with data.
struct Posterior {
  private let theory: TheoryDefinition
  /// Whether output weights can be integrated out.
  private let isCollapsible: Bool

  private static let tables = PosteriorTable.Kind.allCases.map(\.rawValue) + [Loss.tableName]

  init(_ theory: TheoryDefinition) {
    self.theory = theory
    isCollapsible = (try? theory.varied([("sampler.kind", "\"collapsed\"")]).request(nil, estimators: nil)) != nil
  }

  private func holds(_ samplers: [SamplerSettings.Kind], _ tables: [String] = []) -> [Registered] {
    theory.ensemble + samplers.map { .sampler($0) } + tables.map { .estimator($0) }
  }

  private func request(_ budget: Budget?, _ overrides: [(key: String, value: String)] = []) throws -> CorrelatorRequest {
    try theory.request(budget, overrides, estimators: nil)
  }

  // MARK: Against what is known

  /// Tables with exact values, against those of another noise.
  func solution(_ command: String) throws -> Experiment? {
    let plan = try request(nil)
    guard plan.isSolved else { return nil }
    // Exact draws all weigh Z: their ln Z has no error to be tested by.
    let evidence = theory.sampler.kind == .exact ? [] : ["evidence"]
    let names = (Self.tables + evidence).filter(plan.tableNames.contains)
    let claims = names.map { name in
      Claim(
        "exact, \(name)", statement: "\(name) is that of the exact posterior", source: theory.source, control: "T x 1.5",
        holds: holds([theory.sampler.kind], Self.tables.filter { $0 == name }))
    }
    let wrong = try theory.withTemperature(1.5)
    return Experiment(theory: theory.title, claims: claims, command: "nnft correlate \(command)") { budget in
      let request = try request(budget)
      let (own, control) = try request.measure(threads: budget.threads, monitor: budget.monitor, control: wrong)
      return names.map {
        Evidence(claim: Finding(own.named($0)!), control: Finding(control.named($0)!), draws: request.draws)
      }
    }
  }

  /// Integration by parts: of output weights, `<N Σ w²/σ²> = N − <Σ_μ (φ − y) φ>/T`.
  func identities(_ command: String) throws -> Experiment? {
    guard try request(nil).tableNames.contains("identities") else { return nil }
    let claim = Claim(
      "readout identity",
      statement:
        "integration by parts under data: <N sum w^2/sigma^2> = N - (1/T) <sum_mu (phi_mu - y_mu) phi_mu>, its products with fields",
      source: "docs/physics/learning.md, \"Identities\"", control: "T x 1.5 in the identities",
      holds: holds([theory.sampler.kind]))
    let wrong = try theory.withTemperature(1.5)
    return Experiment(theory: theory.title, claims: [claim], command: "nnft correlate \(command)") { budget in
      let request = try request(budget)
      let (own, control) = try request.measure(threads: budget.threads, monitor: budget.monitor, control: wrong)
      return [
        Evidence(
          claim: Finding(own.named("identities")!), control: Finding(control.named("identities")!), draws: request.draws)
      ]
    }
  }

  // MARK: ln Z

  /// Nodes and weights of Gauss and Legendre on (0, 1), exact for polynomials of degree 5.
  private static let nodes = [(0.1127016653792583, 5.0 / 18), (0.5, 8.0 / 18), (0.8872983346207417, 5.0 / 18)]

  /// `ln Z(y + Δ) − ln Z(y) = −∫_0^1 Σ_μ Δ_μ t_μ(y + sΔ) ds`: five runs, whose pin forces and evidences are measured apart.
  func evidence() throws -> Experiment? {
    // Five runs; deep nets, whose draws are dear, have the claim on their exact evidence.
    guard isCollapsible, theory.insertions.insertions.count == 1,
      theory.architecture.layers.map({ $0.hiddenLayers.count == 1 }) ?? true
    else { return nil }
    let labels = theory.insertions.data.map(\.label)
    let shift = labels.indices.map { $0 % 2 == 0 ? 0.6 : -0.4 }
    let claim = Claim(
      "evidence along labels", statement: "d ln Z/dy_mu = -t_mu: ln Z(y + D) - ln Z(y) is minus the integral of sum_mu D_mu t_mu",
      source: "docs/physics/learning.md, \"Identities\"", control: "1.1 t for t",
      holds: holds([.collapsed], [PosteriorTable.Kind.forces.rawValue]))
    return Experiment(theory: theory.title, claims: [claim], command: nil) { budget in
      func tables(_ s: Double, _ index: Int) throws -> [MeasuredTable] {
        let moved = "\(labels.indices.map { labels[$0] + s * shift[$0] })"
        let seed = (budget.seed &+ UInt64(index)) & Budget.greatestSeed
        let request = try theory.varied([("insertion[1].labels", moved)]).request(
          budget, [("sampler.kind", "\"collapsed\""), ("run.bins", "64")], estimators: nil)
        let seeded = try theory.varied([
          ("insertion[1].labels", moved), ("sampler.kind", "\"collapsed\""), ("run.bins", "64"), ("run.seed", "\(seed)"),
          ("run.draws", "\(request.draws)"),
        ]).request(nil, estimators: nil)
        return try seeded.measure(threads: budget.threads, monitor: budget.monitor)
      }
      let (first, last) = (try tables(0, 0), try tables(1, 1))
      let gain = last.named("evidence")!.samples[0].unitWeights - first.named("evidence")!.samples[0].unitWeights
      var force: JackknifeSamples?
      var independent = min(first[0].independentSamples, last[0].independentSamples)
      for (index, (node, weight)) in Self.nodes.enumerated() {
        let table = try tables(node, 2 + index).named(PosteriorTable.Kind.forces.rawValue)!
        independent = min(independent, table.independentSamples)
        for (mu, delta) in shift.enumerated() {
          let part = (weight * delta) * table.samples[mu].unitWeights
          force = force.map { $0 + part } ?? part
        }
      }
      func finding(_ factor: Double) -> Finding {
        Finding(
          [gain + factor * force!], equal: [0], order: 2, draws: 5 * budget.draws(theory.run.draws),
          independentSamples: independent)
      }
      return [Evidence(claim: finding(1), control: finding(1.1), draws: 5 * budget.draws(theory.run.draws))]
    }
  }

  // MARK: Samplers against each other

  /// Ways that share no line with each other but the action: output weights integrated out, and sampled.
  func agreement() throws -> Experiment? {
    guard isCollapsible, theory.architecture.layers.map({ $0.hiddenLayers.count == 1 }) ?? true else { return nil }
    let kinds: [SamplerSettings.Kind] = [.collapsed, .collapsedChains, .chains]
    let names = [PosteriorTable.Kind.predictor, .covariance].map(\.rawValue)
    let claim = Claim(
      "samplers agree",
      statement:
        "collapsed draws, collapsed chains and chains over all parameters give one predictor and one predictive covariance",
      source: "docs/physics/learning.md, \"Samplers\"", control: "collapsed draws at T x 1.5", holds: holds(kinds, names))
    let wrong = try theory.withTemperature(1.5)
    return Experiment(theory: theory.title, claims: [claim], command: nil) { budget in
      let draws = (budget.draws(theory.run.draws) + 63) / 64 * 64
      func tables(_ theory: TheoryDefinition, _ kind: SamplerSettings.Kind) throws -> [MeasuredTable] {
        let request = try theory.varied([
          ("run.seed", "\(budget.seed)"), ("run.draws", "\(draws)"), ("run.bins", "64"), ("sampler.chains", "64"),
          ("sampler.kind", "\"\(kind.rawValue)\""), ("sampler.control_variates", "false"),
        ]).request(nil, estimators: nil)
        return try request.measure(threads: budget.threads, monitor: budget.monitor)
      }
      let runs = try kinds.map { try tables(theory, $0) }
      let other = [try tables(wrong, .collapsed)] + runs.dropFirst()
      return [Evidence(claim: equal(runs, names), control: equal(other, names), draws: kinds.count * draws)]
    }
  }

  /// Moves of hidden parameters through the network's adjoint, and without gradients, against weighted draws, which move nothing.
  func hiddenMoves() throws -> Experiment? {
    guard isCollapsible else { return nil }
    let moves: [SamplerSettings.Move] = [.hamiltonian, .crankNicolson].filter { move in
      // Where a move leaves parameters unmoved it is refused.
      (try? way(theory, move, draws: 64, seed: 1)) != nil
    }
    guard !moves.isEmpty else { return nil }
    let names = [PosteriorTable.Kind.predictor, .covariance].map(\.rawValue)
    let claim = Claim(
      "moves of hidden parameters",
      statement:
        "collapsed draws and collapsed chains of \(moves.map(\.rawValue).joined(separator: " or ")) give one predictor and one predictive covariance",
      source: "docs/physics/learning.md, \"Samplers\"", control: "collapsed draws at T x 1.5",
      holds: holds([.collapsed, .collapsedChains], names) + moves.map { Registered(registry: .moves, name: $0.rawValue) })
    let wrong = try theory.withTemperature(1.5)
    return Experiment(theory: theory.title, claims: [claim], command: nil) { budget in
      let draws = (budget.draws(theory.run.draws) + 63) / 64 * 64
      func tables(_ theory: TheoryDefinition, _ move: SamplerSettings.Move?) throws -> [MeasuredTable] {
        try way(theory, move, draws: draws, seed: budget.seed).measure(threads: budget.threads, monitor: budget.monitor)
      }
      let (first, other, chains) = (try tables(theory, nil), try tables(wrong, nil), try moves.map { try tables(theory, $0) })
      return [
        Evidence(
          claim: equal([first] + chains, names), control: equal([other] + chains, names), draws: (1 + chains.count) * draws)
      ]
    }
  }

  /// Collapsed draws, or collapsed chains of one move.
  private func way(
    _ theory: TheoryDefinition, _ move: SamplerSettings.Move?, draws: Int, seed: UInt64
  ) throws -> CorrelatorRequest {
    let kind = move.map {
      [("sampler.kind", "\"collapsed-chains\""), ("sampler.moves", "[\"\($0.rawValue)\"]"), ("sampler.thinning", "2")]
    }
    return try theory.varied(
      [
        ("run.seed", "\(seed)"), ("run.draws", "\(draws)"), ("run.bins", "64"), ("sampler.chains", "64"),
        ("sampler.control_variates", "false"),
      ] + (kind ?? [("sampler.kind", "\"collapsed\"")])
    ).request(nil, estimators: nil)
  }

  /// That rows of tables agree from run to run, whose units are paired; unknown where a row is withheld.
  private func equal(_ runs: [[MeasuredTable]], _ names: [String]) -> Finding {
    let rows = runs.map { run in names.flatMap { name in run.named(name)!.samples } }
    for table in runs.flatMap({ run in names.map { run.named($0)! } }) {
      for row in table.rows {
        if case .underSampled(let reason) = row.estimate.reliability { return Finding(pValue: nil, text: reason, growth: 4) }
      }
    }
    let differences = zip(rows, rows.dropFirst()).flatMap { a, b in zip(a, b).map { $1.unitWeights - $0.unitWeights } }
    let least = runs.map { $0[0].independentSamples }.min()!
    return Finding(
      HotellingTest(samples: differences, expected: differences.map { _ in 0 }, independentSamples: least),
      missing: "nothing was measured")
  }

  // MARK: Infinite width

  /// The predictor, pin forces and evidence at widths N, 2N, 4N: deviations from the Gaussian process fall as 1/N. With f(N) = f + a/N + b/N^2, `(f(N) − 6 f(2N) + 8 f(4N))/3`
  /// is f; if they fell as 1/√N, `((√2 f(4N) − f(2N))/(√2 − 1)` would be, up to the next order.
  func limit() throws -> Experiment? {
    guard isCollapsible, theory.architecture.layers == nil, theory.insertions.isLikelihood,
      theory.insertions.data.count > 1
    else { return nil }
    let claim = Claim(
      "Gaussian process limit",
      statement:
        "ln Z at N, 2N, 4N, extrapolated in 1/N and 1/N^2, is that of the Gaussian process: ln Z = -ln det(1 + K/T)/2 - y.t/2",
      source: "docs/physics/learning.md, \"The Gaussian process\"", control: "extrapolated in 1/sqrt(N)",
      holds: holds([.collapsed]))
    return Experiment(theory: theory.title, claims: [claim], command: nil) { budget in
      var values: [JackknifeSamples] = []
      var process: Double?
      var independent = Double.infinity
      let draws = budget.draws(8 * theory.run.draws)
      for factor in [1, 2, 4] {
        let request = try theory.varied([
          ("architecture.width", "\(factor * theory.architecture.width)"), ("sampler.kind", "\"collapsed\""), ("run.bins", "64"),
          ("run.draws", "\(draws)"), ("run.seed", "\(budget.seed)"),
        ]).request(nil, estimators: nil)
        let table = try request.measure(threads: budget.threads, monitor: budget.monitor).named("evidence")!
        values.append(table.samples[0].unitWeights)
        independent = min(independent, table.independentSamples)
        process = table.annotatedNumber("gp", row: 0)
      }
      guard let process else { return [Evidence(claim: .unknown, control: .unknown, draws: 3 * draws)] }
      let root = 2.0.squareRoot()
      let (whole, half) = (
        (1.0 / 3) * (values[0] - 6 * values[1] + 8 * values[2]), (1 / (root - 1)) * (root * values[2] - values[1])
      )
      func finding(_ samples: JackknifeSamples) -> Finding {
        Finding([samples], equal: [process], order: 2, draws: 3 * draws, independentSamples: independent)
      }
      return [Evidence(claim: finding(whole), control: finding(half), draws: 3 * draws)]
    }
  }
}

extension Finding {
  /// Nothing is known of what is tested.
  fileprivate static let unknown = Finding(pValue: nil, text: "the Gaussian process of this theory is not known")
}

extension TheoryDefinition {
  /// The same theory with the temperature of all its data larger by a factor.
  func withTemperature(_ factor: Double) throws -> TheoryDefinition {
    try varied(
      resolved.filter { $0.key.hasPrefix("insertion") && $0.key.hasSuffix(".temperature") }.map {
        ($0.key, "\(factor * Double($0.value)!)")
      })
  }
}
