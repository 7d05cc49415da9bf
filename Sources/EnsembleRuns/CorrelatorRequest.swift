// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import FieldTheories
import LatticeFields

/// What a user asks of `nnft correlate`: a theory and what to measure, on its lattice or at chosen points.
public struct CorrelatorRequest: Sendable {
  /// The plan of the run on fields.
  public let plan: RunPlan
  /// The point sets, where points were asked for.
  public let pointSets: [PointSet]
  /// Estimators left out of an automatic choice, with reasons.
  public let omissions: [String]
  private let commonRandomNumbers: Bool

  /// Resolves a request; throws `TheoryFileError` for the point file and ``SelectionError`` for estimators that do not fit the theory.
  public init(
    theory: TheoryDefinition, estimatorNames: [String]?, pointFile: String?, allDisplacements: Bool,
    commonRandomNumbers: Bool
  ) throws {
    self.commonRandomNumbers = commonRandomNumbers
    guard let pointFile else {
      let selection = try EstimatorSelection(
        theory: theory, names: estimatorNames, allDisplacements: allDisplacements)
      guard !selection.estimators.isEmpty else {
        throw SelectionError("no estimator applies to this theory; use --points FILE")
      }
      plan = RunPlan(
        theory: theory, sites: .lattice(theory.lattice), estimators: selection.estimators,
        commonRandomNumbers: commonRandomNumbers)
      pointSets = []
      omissions = selection.omissions
      return
    }
    pointSets = try PointSetFile.load(path: pointFile, dimension: theory.dimension)
    let estimator = PointFunctions(sets: pointSets)
    plan = RunPlan(
      theory: theory, sites: .points(estimator.points, dimension: theory.dimension),
      estimators: [estimator], commonRandomNumbers: commonRandomNumbers)
    omissions = []
  }

  private init(
    plan: RunPlan, pointSets: [PointSet], omissions: [String], commonRandomNumbers: Bool
  ) {
    self.plan = plan
    self.pointSets = pointSets
    self.omissions = omissions
    self.commonRandomNumbers = commonRandomNumbers
  }

  /// The same request with another number of networks.
  public func with(draws: Int) -> CorrelatorRequest {
    CorrelatorRequest(
      plan: RunPlan(
        theory: plan.theory, sites: plan.sites, estimators: plan.estimators, draws: draws,
        commonRandomNumbers: commonRandomNumbers),
      pointSets: pointSets, omissions: omissions, commonRandomNumbers: commonRandomNumbers)
  }

  /// Number of networks.
  public var draws: Int { plan.draws }

  /// The tables this request produces.
  public var tableNames: [String] { plan.estimators.map(\.name) }

  /// What it will cost.
  public func forecast(threads: Int) -> RunForecast { RunForecast(plan, threads: threads) }

  /// Carries it out.
  public func measure(threads: Int, monitor: RunMonitor) throws(RunInterrupted) -> [MeasuredTable] {
    try CorrelatorJob.run(plan, threads: threads, monitor: monitor)
  }
}
