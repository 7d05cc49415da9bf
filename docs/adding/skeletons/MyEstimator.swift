// SPDX-License-Identifier: GPL-3.0-or-later
// Copy to Sources/Correlators. Steps and the list of files: docs/adding/estimator.md.

import ErrorAnalysis
import LatticeFields

@testable import Correlators

/// `<φ(x)²>`, the mean square of the field over the box: formula, assumptions, source, whether it is unbiased and what it costs.
public struct MyEstimator: CorrelatorEstimator {
  /// The table's name.
  public let name = "my-estimator"
  /// What is estimated.
  public let quantity = "<phi(x)^2>"
  /// How it is estimated.
  public let method = "average over all sites"
  /// What is assumed of the ensemble.
  public let assumptions = EstimatorAssumptions(translationInvariantOrder: 2, evenness: false)
  /// Highest order n of the n-point functions involved.
  public let order = 2
  /// Names of the coordinate columns.
  public let coordinateColumns = ["quantity"]
  /// The rows and what each estimates.
  public let rows = [CorrelatorRow(coordinates: [.text("phi^2")], target: RowTarget(.moment([.zero, .zero])))]
  /// Number of primaries in a bin: the mean of φ².
  public let primaryCount = 1
  /// The rows of the joint test, at most 48.
  public let covarianceRows = [0]

  /// Rows by the settings of a run.
  public init(_ settings: EstimatorSettings) {}

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    let field = workspace.field
    return DrawAverager(count: primaryCount) { sums in
      var sum = 0.0
      for site in 0..<field.count { sum += field[site] * field[site] }
      sums[0] += sum / Double(field.count)
    }
  }

  /// One unbiased estimate a row; products of means only by `bins.product`.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] { [bins.mean(0)] }
}
