// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import KnownValues
import LatticeFields
import Testing

/// Every registered estimator on one lattice net against its exact values: the joint test of each table accepts them at 1e-6, and rejects
/// those of a net whose squared mass is ten per cent larger, twice as large for 6-point functions.
@Suite struct EstimatorAgreementTests {
  static let draws = 400_000
  /// No closed form is known at finite width.
  static let withoutExactValues = ["one-point-distribution", "order-parameter"]

  private static func theory(squaredMass: Double) throws -> TheoryDefinition {
    try TheoryDefinition.load(
      text: """
        dimension = 2
        [architecture]
        kind = "scalar-net-lattice"
        width = 6
        mass = \(squaredMass.squareRoot())
        weights = "constant"
        outputs = 2
        [lattice]
        sites = [6, 4]
        spacing = 0.8
        boundary = "periodic"
        [run]
        draws = \(draws)
        seed = 20
        """, fileName: "agreement")
  }

  /// The run, made once for both tests.
  private static let measured = Result { () throws -> (estimators: [any CorrelatorEstimator], bins: [BinnedMeans]) in
    let own = try theory(squaredMass: 0.5)
    let estimators = try EstimatorSelection(
      theory: own, names: [EstimatorSelection.all], allDisplacements: false
    ).estimators
    #expect(estimators.count == EstimatorRegistry.entries.count)
    let plan = try RunPlan(theory: own, sites: .lattice(own.lattice), estimators: estimators)
    return (estimators, try EnsembleRun.measure(plan, threads: 2))
  }

  private static func tables(exact theory: TheoryDefinition) throws -> [MeasuredTable] {
    let (estimators, bins) = try measured.get()
    return zip(estimators, bins).map { estimator, bins in
      MeasuredTable(
        name: estimator.name, summary: estimator.summary, coordinateColumns: estimator.coordinateColumns,
        rows: estimator.rows, covarianceRows: estimator.covarianceRows, samples: estimator.derive(bins),
        order: estimator.order, rowOrders: estimator.rows.indices.map { estimator.order(ofRow: $0) }, draws: draws,
        independentSamples: theory.architecture.effectiveSamples(draws: draws),
        obstruction: { _, samples in estimator.obstruction(samples) },
        known: FreeValues(theory).values(estimator.rows.map(\.target)))
    }
  }

  @Test func everyTableAgreesWithItsExactValues() throws {
    for table in try Self.tables(exact: Self.theory(squaredMass: 0.5)) where !Self.withoutExactValues.contains(table.name) {
      let test = try #require(table.test, "\(table.name)")
      let p = try #require(test.pValue, "\(table.name)")
      #expect(p > MeasuredTable.falseAlarm, "\(table.name): p = \(p) on \(test.directions) directions")
      #expect(table.rows.allSatisfy { $0.exact != nil && $0.estimate.value.isFinite || $0.estimate.reliability != .sound })
    }
  }

  @Test func aSquaredMassTenPerCentTooLargeIsRejected() throws {
    for table in try Self.tables(exact: Self.theory(squaredMass: 0.55))
    where !Self.withoutExactValues.contains(table.name) && !table.name.hasPrefix("six-point") {
      #expect(table.contradictsExactValues, "\(table.name): p = \(String(describing: table.test?.pValue))")
    }
  }

  /// 6-point functions are noisier: they see a factor.
  @Test func aSquaredMassTwiceTooLargeIsRejectedBySixPointFunctions() throws {
    for table in try Self.tables(exact: Self.theory(squaredMass: 1)) where table.name.hasPrefix("six-point") {
      #expect(table.contradictsExactValues, "\(table.name): p = \(String(describing: table.test?.pValue))")
    }
  }
}
