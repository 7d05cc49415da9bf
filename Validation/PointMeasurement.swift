// SPDX-License-Identifier: GPL-3.0-or-later

import Correlators
import EnsembleRuns
import ErrorAnalysis
import FieldTheories
import LatticeFields

extension TheoryDefinition {
  /// The estimates of an estimator that reads the field at `points`, from networks of the budget's seed.
  func measured(
    _ estimator: any CorrelatorEstimator, at points: [Point], draws: Int, _ budget: Budget
  ) throws -> [JackknifeSamples] {
    let plan = try RunPlan(
      theory: varied([("run.seed", "\(budget.seed)")]), sites: .points(points, dimension: dimension), estimators: [estimator],
      draws: draws)
    return estimator.derive(try budget.bins(plan)[0])
  }

  /// `count` configurations of n points that no symmetry favours, within about 0.8 `length` of the origin; sites of a lattice where the field lives
  /// on one.
  func configurations(_ count: Int, of n: Int, within length: Double) -> [[Point]] {
    (0..<count).map {
      architecture.symmetries.isPeriodic
        ? Configuration.sites(n, $0, lattice) : Configuration.points(n, $0, length, dimension)
    }
  }

  /// What a joint test of averages over `draws` networks may resolve. Of a control, `truth` is what they are if the claim is true.
  func finding(zero samples: [JackknifeSamples], order: Int, draws: Int, truth: [Double]? = nil) -> Finding {
    Finding(
      zero: samples, order: order, draws: draws, independentSamples: architecture.effectiveSamples(draws: draws),
      truth: truth)
  }
}

extension [[Point]] {
  /// Sets without names.
  var sets: [PointSet] { map { PointSet(name: "", points: $0) } }
}

extension JackknifeSamples {
  /// The samples less a known number.
  static func - (samples: JackknifeSamples, number: Double) -> JackknifeSamples { samples.map { $0 - number } }
}
