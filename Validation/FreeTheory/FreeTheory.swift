// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import FieldTheories
import KnownValues
import LatticeFields

/// Every closed form of the free ensembles against measured fields, at finite width: lattice tables of every estimator that applies by default, and
/// point functions off the lattice. Wrong answers: m² × 1.1 for 2-point functions, 1/N twice as large (of odd N half as large) for connected ones.
struct FreeTheory: ValidationSuite {
  let name = "free-theory"
  let summary = "closed forms of 2-, 4- and 6-point functions, propagators and cumulants at finite width, against measured fields"

  let standardTheories =
    [
      StandardTheory("cos-net", [("architecture.width", "6"), ("lattice.sites", "12x12"), ("run.draws", "200000")]),
      StandardTheory(
        "gauss-net",
        [
          ("architecture.width", "8"), ("correlators.estimators", "[\"two-point\"]"), ("lattice.sites", "8x8"),
          ("run.draws", "1000000"),
        ]),
      StandardTheory(
        "scalar-net",
        [("architecture.width", "6"), ("architecture.cutoff", "3.0"), ("lattice.sites", "8x8"), ("run.draws", "200000")]),
      StandardTheory("alpha-net", [("architecture.width", "6"), ("lattice.sites", "16x16"), ("run.draws", "200000")]),
      StandardTheory("euclidean-net", [("architecture.width", "6"), ("lattice.sites", "8x8"), ("run.draws", "200000")]),
      StandardTheory(
        "scalar-net-lattice",
        [("architecture.width", "50"), ("architecture.mass", "1.0"), ("lattice.sites", "6x6"), ("run.draws", "200000")]),
      StandardTheory("relu-net", [("architecture.width", "6"), ("lattice.spacing", "1.0"), ("run.draws", "100000")]),
      StandardTheory("sine-net", [("architecture.width", "6"), ("run.draws", "100000")]),
      StandardTheory(
        "infinite-width",
        [
          ("lattice.sites", "12x12"), ("lattice.spacing", "0.8"), ("run.draws", "40000"),
          (
            "correlators.estimators",
            "[\"two-point\", \"momentum-propagator\", \"zero-momentum\", \"one-point-distribution\"]"
          ),
        ]),
      StandardTheory("ring-of-estimators", text: Self.ring),
    ]
    + ["uniform", "laplace", "rayleigh"].map { law in
      StandardTheory(
        "cos-net",
        [
          ("title", "\"Cos-net of \(law) weights\""), ("dimension", "1"), ("architecture.width", "4"),
          ("architecture.weights", "\"\(law)\""), ("lattice.sites", "6"), ("lattice.spacing", "0.8"), ("run.draws", "100000"),
        ])
    }
    + [("gaussian", 3), ("sphere", 2), ("uniform", 2)].map { law, outputs in
      StandardTheory(
        "cos-net",
        [
          ("title", "\"Cos-net of \(outputs) outputs, \(law) weights\""), ("dimension", "1"), ("architecture.width", "2"),
          ("architecture.weights", "\"\(law)\""), ("architecture.outputs", "\(outputs)"), ("lattice.sites", "6"),
          ("lattice.spacing", "0.8"), ("run.draws", "100000"),
        ])
    }

  /// A small ring on which every estimator has an exact value that few networks resolve; its spacing is not 1, so that no volume of a cell is.
  private static let ring = """
    title = "Every estimator on a ring"
    source = "arXiv:2604.27050 with the lattice regulator"
    dimension = 1
    [architecture]
    kind = "alpha-net"
    regulator = "lattice"
    alpha = 0.0
    width = 3
    mass = 1.25
    weights = "constant"
    [correlators]
    estimators = ["all"]
    [lattice]
    sites = [6]
    spacing = 0.8
    boundary = "periodic"
    [run]
    draws = 400000
    """

  func experiments(_ theory: TheoryDefinition, command: String) throws -> [Experiment] {
    guard theory.insertions.isEmpty else { throw NotApplicable("the theory has insertions; interactions tests those") }
    let length = theory.correlationLength ?? theory.lattice.spacing
    let experiments =
      try lattice(theory, command)
      + [
        points(theory, command), ComponentRotations.experiment(theory, length: length),
        SingleNeurons.experiment(theory, length: length) { try wrongTheory(theory, order: $0) },
      ].compactMap { $0 } + LectureEquation.experiments(theory, length: length)
    guard !experiments.isEmpty else {
      throw NotApplicable("no exact value of this theory is known that a wrong one differs from")
    }
    return experiments
  }

  /// One experiment an estimator: all share their networks, their fields and transforms, and only what is undecided is looked at again.
  private func lattice(_ theory: TheoryDefinition, _ command: String) throws -> [Experiment] {
    try EstimatorSelection(theory: theory, names: theory.correlators.estimators, allDisplacements: false).estimators
      .compactMap { estimator in
        guard let wrong = try wrongTheory(theory, order: estimator.order),
          estimator.covarianceRows.contains(where: { theory.differs(from: wrong.theory, estimator.rows[$0].target) })
        else { return nil }
        let claim = Claim(
          estimator.name, statement: "\(estimator.summary): the closed form at N = \(theory.architecture.width)",
          source: theory.source, control: wrong.words, holds: theory.ensemble + [.estimator(estimator.name)])
        return Experiment(theory: theory.title, claims: [claim], command: "nnft correlate \(command)") { budget in
          let plan = try RunPlan(
            theory: theory.varied([("run.seed", "\(budget.seed)")]), sites: .lattice(theory.lattice), estimators: [estimator],
            draws: budget.draws(theory.run.draws))
          let bins = try budget.bins(plan)
          let table = CorrelatorJob.tables(of: bins, plan, exact: theory)[0]
          let control = CorrelatorJob.tables(of: bins, plan, exact: wrong.theory)[0]
          return [
            Evidence(
              claim: Finding(table), control: Finding(control, truth: table), draws: plan.draws,
              figure: ReportFigure(table, control: control))
          ]
        }
      }
  }

  private func points(_ theory: TheoryDefinition, _ command: String) throws -> Experiment? {
    guard !theory.architecture.symmetries.isPeriodic, let length = theory.correlationLength else { return nil }
    let orders = [2, 4].filter { order in
      theory.architecture.exactValue(.cumulant(Configuration.points(order, 0, length, theory.dimension)), lattice: nil) != nil
    }
    let wrong = try orders.map { try wrongTheory(theory, order: $0) }
    guard !orders.isEmpty, wrong.allSatisfy({ $0 != nil }) else { return nil }
    return Experiment(
      theory: theory.title,
      claims: zip(orders, wrong).map { order, wrong in
        Claim(
          "points, n = \(order)",
          statement:
            "\(order == 2 ? "2-point" : "connected \(order)-point") functions at points off the lattice: the closed form at N = \(theory.architecture.width)",
          source: theory.source, control: wrong!.words,
          holds: theory.ensemble + [.estimator(PointFunctions.tableName)])
      },
      command: nil
    ) { budget in
      try zip(orders, wrong).map { order, wrong in
        let sets = (0..<6).map {
          PointSet(name: "set \($0 + 1)", points: Configuration.points(order, $0, length, theory.dimension))
        }
        let estimator = PointFunctions(sets: sets)
        let plan = try RunPlan(
          theory: theory.varied([("run.seed", "\(budget.seed)")]), sites: .points(estimator.points, dimension: theory.dimension),
          estimators: [estimator], draws: budget.draws(theory.run.draws))
        let bins = try budget.bins(plan)
        let table = CorrelatorJob.tables(of: bins, plan, exact: theory)[0]
        let control = CorrelatorJob.tables(of: bins, plan, exact: wrong!.theory)[0]
        return Evidence(claim: Finding(table), control: Finding(control, truth: table), draws: plan.draws)
      }
    }
  }

  /// 2-point functions know no width.
  private func wrongTheory(_ theory: TheoryDefinition, order: Int) throws -> (words: String, theory: TheoryDefinition)? {
    if order > 2, let wrong = try theory.withWrongWidth() { return wrong }
    return try theory.withWrongLength()
  }
}
