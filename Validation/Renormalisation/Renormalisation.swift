// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import FieldTheories
import KnownValues
import LatticeFields

/// Modes of a learner under the length of their discrepancies: samples against the exact integral, identities, and the flow of couplings against the exact means.
struct Renormalisation: ValidationSuite {
  let name = "renormalisation"
  let summary =
    "modes of a learner under (r/2) rho + (U/4) rho^2: samples against the exact integral, identities of the length, the flow of couplings"

  let standardTheories = [
    StandardTheory(
      "few-modes",
      text: """
        title = "Three modes under a strong quartic length"
        source = "arXiv:2510.25553, action re-derived"
        dimension = 1
        [architecture]
        kind = "mode-net"
        eigenvalues = [1.0, 0.5, 2.0]
        eigenfunctions = "cosine"
        [[insertion]]
        kind = "length"
        ridge = 0.4
        quartic = 6.0
        targets = [0.8, -0.3, 0.5]
        [lattice]
        sites = [3]
        spacing = 1.0
        boundary = "periodic"
        [sampler]
        control_variates = false
        [run]
        draws = 64000
        """),
    StandardTheory(
      "power-law-regression", [("lattice.sites", "256"), ("run.draws", "64000"), ("sampler.control_variates", "false")]),
    StandardTheory("scalar-net-lattice", [("lattice.sites", "8x8"), ("correlators.cutoff", "1.6"), ("run.draws", "20000")]),
    StandardTheory("phi4-1d", [("correlators.cutoff", "2.5"), ("run.draws", "64000")]),
  ]

  func experiments(_ theory: TheoryDefinition, command: String) throws -> [Experiment] {
    if let cutoff = theory.correlators.cutoff { return [try decimation(theory, cutoff, command)] }
    guard theory.architecture.modes != nil, let length = theory.insertions.insertions.first as? LengthInsertion,
      theory.insertions.insertions.count == 1, length.term.coupling > 0
    else { throw NotApplicable("the theory is not one of modes under their length alone, nor are its momenta cut off") }
    let learner = Learner(theory, length)
    return try [learner.solution(command), learner.places(), learner.infrared(), learner.transfer()].compactMap { $0 }
  }

  /// Fields without the momenta above a cutoff: their 2-point functions are the transforms of the propagators that stay.
  private func decimation(_ theory: TheoryDefinition, _ cutoff: Double, _ command: String) throws -> Experiment {
    func number(_ key: String) -> Double? { theory.resolved.first { $0.key == key }.flatMap { Double($0.value) } }
    let isFree = theory.insertions.isEmpty
    // What a control changes; another cutoff leaves propagators of the modes that stay as they are.
    let changes: [(table: String, words: String, key: String, value: Double?)] =
      isFree
      ? [
        ("two-point", "a cutoff 1.3 times as high", "correlators.cutoff", 1.3 * cutoff),
        ("momentum-propagator", "m x 1.1", "architecture.mass", number("architecture.mass").map { 1.1 * $0 }),
      ]
      : ["two-point", "momentum-propagator"].map {
        ($0, "lambda x 1.5", "insertion[1].lambda", number("insertion[1].lambda").map { 1.5 * $0 })
      }
    let tests = try changes.compactMap { change in
      try change.value.map { (table: change.table, words: change.words, wrong: try theory.varied([(change.key, "\($0)")])) }
    }
    guard !tests.isEmpty else { throw NotApplicable("no wrong theory is at hand to hold fields without a shell against") }
    let claims = tests.map { test in
      Claim(
        "momentum shell removed, \(test.table)",
        statement: "with momenta phat > \(cutoff) left out of every field, G(p) is what it was below and G(r) its transform",
        source: "docs/physics/renormalisation.md, \"Decimation\"", control: test.words,
        holds: theory.ensemble + [.estimator(test.table)])
    }
    return Experiment(theory: theory.title, claims: claims, command: "nnft correlate \(command)") { budget in
      guard isFree else {
        let request = try theory.request(budget, estimators: tests.map(\.table))
        let (own, control) = try request.measure(threads: budget.threads, monitor: budget.monitor, control: tests[0].wrong)
        return tests.map {
          Evidence(
            claim: Finding(own.named($0.table)!), control: Finding(control.named($0.table)!), draws: request.draws)
        }
      }
      let plan = try RunPlan(
        theory: theory.varied([("run.seed", "\(budget.seed)")]), sites: .lattice(theory.lattice),
        estimators: EstimatorSelection(theory: theory, names: tests.map(\.table), allDisplacements: false).estimators,
        draws: budget.draws(theory.run.draws))
      let bins = try budget.bins(plan)
      func finding(_ name: String, _ exact: TheoryDefinition) -> Finding {
        Finding(CorrelatorJob.tables(of: bins, plan, exact: exact).named(name)!)
      }
      return tests.map {
        Evidence(claim: finding($0.table, theory), control: finding($0.table, $0.wrong), draws: plan.draws)
      }
    }
  }
}

/// The claims about one learner.
struct Learner {
  private let theory: TheoryDefinition
  private let length: LengthInsertion
  private let modes: ModeExpansion

  init(_ theory: TheoryDefinition, _ length: LengthInsertion) {
    (self.theory, self.length, modes) = (theory, length, theory.architecture.modes!)
  }

  /// The same theory with another quartic coupling.
  private func withCoupling(_ factor: Double) throws -> TheoryDefinition {
    let key = theory.resolved.contains { $0.key == "insertion[1].u" } ? "insertion[1].u" : "insertion[1].quartic"
    let value = Double(theory.resolved.first { $0.key == key }!.value)!
    return try theory.varied([(key, "\(factor * value)")])
  }

  /// Means, variances, the length and its identities, each against those of twice the coupling on the same samples.
  func solution(_ command: String) throws -> Experiment {
    let held = theory.ensemble + [.sampler(.chains), .move(.rotation)]
    let tables = [
      (
        ModeTable.Moment.means.rawValue,
        "the mean discrepancies are those of the exact integral over x, <A_k/D_k>, D_k = a_k + r + 2ix"
      ),
      (
        ModeTable.Moment.variances.rawValue,
        "the variances of the modes are those of the exact integral, <1/D_k + A_k^2/D_k^2> less the squared mean"
      ),
      ("sampling", "<rho> and <rho^2> are those of the exact integral"),
      ("identities", "integration by parts in the length: <sum_k Delta_k dS/dDelta_k> = P, and its product with rho"),
    ]
    let claims = tables.map { name, statement in
      Claim(
        "exact, \(name)", statement: statement, source: theory.source, control: "U x 2",
        holds: held + (ModeTables.names.contains(name) ? [.estimator(name)] : []))
    }
    let wrong = try withCoupling(2)
    return Experiment(theory: theory.title, claims: claims, command: "nnft correlate \(command)") { budget in
      let request = try theory.request(budget, estimators: nil)
      let (own, control) = try request.measure(threads: budget.threads, monitor: budget.monitor, control: wrong)
      return tables.map {
        Evidence(claim: Finding(own.named($0.0)!), control: Finding(control.named($0.0)!), draws: request.draws)
      }
    }
  }

  /// The learner asked at places of its inputs, sums of its modes times their eigenfunctions: against the exact integral, and that of twice the coupling.
  func places() throws -> Experiment? {
    guard modes.eigenfunctions != nil else { return nil }
    let sets = [[0.3, 0.3], [0.3, 0.85], [0.3, 1]].map { $0.map { Point($0, 0, 0, 0) } }.sets
    let claim = Claim(
      "learner at places",
      statement:
        "1- and 2-point functions of phi(x) = sum_k phi_k e_k(x), at places of the inputs and between a place and a mode, are those of the exact integral",
      source: "docs/physics/renormalisation.md, \"The theory\"", control: "U x 2",
      holds: theory.ensemble + [.estimator("point-functions")])
    let wrong = try withCoupling(2)
    return Experiment(theory: theory.title, claims: [claim], command: nil) { budget in
      let request = try theory.request(budget, estimators: nil, points: sets)
      let (own, control) = try request.measure(threads: budget.threads, monitor: budget.monitor, control: wrong)
      return [
        Evidence(
          claim: Finding(own.named("point-functions")!), control: Finding(control.named("point-functions")!), draws: request.draws
        )
      ]
    }
  }

  /// What a Gaussian process of the infrared ridge says of the means: within a hundredth, where the bare ridge is off by a twentieth and more.
  func infrared() throws -> Experiment? {
    guard modes.width >= 32, let known = ModePredictions(modes, terms: theory.insertions.terms) else { return nil }
    func deviation(_ name: String) -> Double? {
      known.columns.first { $0.name == name }.map { column in
        zip(column.means, known.exact.means).reduce(0) { max($0, abs($1.0 / $1.1 - 1)) }
      }
    }
    guard let own = deviation("rg_ir"), let bare = deviation("gp") else { return nil }
    let claim = Claim(
      "infrared ridge",
      statement: "the Gaussian process with the ridge that removing all modes leaves has the exact means to 1 %",
      source: theory.source,
      control: "the bare ridge", holds: theory.ensemble)
    return Experiment(theory: theory.title, claims: [claim], command: nil) { _ in
      [Evidence(claim: Finding(deviation: own, tolerance: 0.01), control: Finding(deviation: bare, tolerance: 0.01), draws: 0)]
    }
  }

  /// Half of the modes, at the couplings of the flow, have the exact means of all of them.
  func transfer() throws -> Experiment? {
    guard case .power(let alpha) = modes.spectrum, let beta = length.beta, modes.width >= 32, length.ridge > 0 else { return nil }
    let (flow, count) = (ModeNetFlow(alpha: alpha, beta: beta), modes.width)
    let half = count / 2
    let (r, u) = (length.ridge, length.term.coupling)
    let claim = Claim(
      "transfer",
      statement:
        "a learner of P/2 modes at the couplings r(l) l^-beta, U(l) l^-2beta of the flow, l = 2, has the means of one of P modes to 1e-3",
      source: theory.source, control: "naive scaling, r/2 and U/2", holds: theory.ensemble)
    return Experiment(theory: theory.title, claims: [claim], command: nil) { _ in
      let means = flow.net(count: count, ridge: r, coupling: u).means
      func finding(_ ridge: Double, _ coupling: Double) -> Finding {
        let own = flow.net(count: half, ridge: ridge, coupling: coupling).means
        return Finding(deviation: zip(own, means).reduce(0) { max($0, abs($1.0 / $1.1 - 1)) }, tolerance: 1e-3)
      }
      let flowed = flow.continuous(count: count, ridge: r, coupling: u, scale: Double(count) / Double(half))
      return [Evidence(claim: finding(flowed.ridge, flowed.coupling), control: finding(r / 2, u / 2), draws: 0)]
    }
  }
}
