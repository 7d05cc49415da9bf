// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import LatticeFields

/// The shape of the distribution of φ(x), pooled over the box: cumulants κ2, κ4, κ6, the excess kurtosis κ4/κ2² and the coefficients of its Edgeworth
/// series
///
///     p(φ) = e^{−z²/2}/√(2πκ2) [ 1 + h4 He4(z) + h6 He6(z) + … ],   z = φ/√κ2,   h4 = κ4/(4! κ2²),   h6 = κ6/(6! κ2³)
///
/// to first order in each cumulant. The cumulants are unbiased (products between bins); ratios have their O(1/bins) bias removed by the
/// jackknife. Source: docs/physics/estimators.md; Cramér, Mathematical Methods of Statistics, sec. 17.6.
public struct OnePointCumulants: CorrelatorEstimator {
  /// The table's name.
  public static let tableName = "one-point-cumulants"
  /// The name of its table.
  public var name: String { Self.tableName }
  /// What is estimated.
  public let quantity = "cumulants, kurtosis and Edgeworth coefficients of phi(x)"
  /// How it is estimated.
  public let method =
    "kurtosis = kappa4/kappa2^2; h4 = kappa4/(4! kappa2^2), h6 = kappa6/(6! kappa2^3) of the Edgeworth series"
  /// What is assumed of the ensemble.
  public let assumptions = EstimatorAssumptions(translationInvariantOrder: 6)
  /// Highest order n of the n-point functions involved.
  public let order = 6
  /// Names of the coordinate columns.
  public let coordinateColumns = ["quantity"]
  /// The rows and what each estimates.
  public let rows: [CorrelatorRow]
  private static let orders = [2, 4, 6, 4, 4, 6]

  /// No setting matters.
  public init(_ settings: EstimatorSettings) {
    func row(_ name: String, _ weight: Double, _ function: CorrelationFunction) -> CorrelatorRow {
      CorrelatorRow(coordinates: [.text(name)], target: RowTarget(terms: [(weight, function)]))
    }
    func cumulant(_ order: Int) -> CorrelationFunction { .cumulant([Point](repeating: .zero, count: order)) }
    rows = [
      row("kappa2", 1, cumulant(2)), row("kappa4", 1, cumulant(4)), row("kappa6", 1, cumulant(6)),
      row("kurtosis", 1, .standardisedCumulant(order: 4, .zero)),
      row("h4", 1 / 24, .standardisedCumulant(order: 4, .zero)),
      row("h6", 1 / 720, .standardisedCumulant(order: 6, .zero)),
    ]
  }

  /// Number of primaries: <φ²>, <φ⁴>, <φ⁶>.
  public let primaryCount = 3
  /// κ2, κ4, κ6; the other rows are functions of them.
  public let covarianceRows = [0, 1, 2]
  /// The order of the row's own cumulant.
  public func order(ofRow row: Int) -> Int { Self.orders[row] }

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    let (field, count) = (workspace.field.pointer, workspace.field.count)
    return DrawAverager(count: primaryCount) { sums in
      // Eight sums side by side: one sum would wait for every addition.
      var (second, fourth, sixth) = (SIMD8<Double>.zero, SIMD8<Double>.zero, SIMD8<Double>.zero)
      for block in 0..<count / 8 {
        let phi = UnsafeRawPointer(field + 8 * block).load(as: SIMD8<Double>.self)
        let square = phi * phi
        let quartic = square * square
        second += square
        fourth += quartic
        sixth += quartic * square
      }
      for site in count / 8 * 8..<count {
        let square = field[site] * field[site]
        second[0] += square
        fourth[0] += square * square
        sixth[0] += square * square * square
      }
      sums[0] += second.sum() / Double(count)
      sums[1] += fourth.sum() / Double(count)
      sums[2] += sixth.sum() / Double(count)
    }
  }

  /// One estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] {
    let cumulants = evenCumulants(bins, moments: [0, 1, 2])
    let variance = cumulants[0]
    // Plug-in ratios of means, so that the O(1/bins) bias is the jackknife's to remove.
    let (second, fourth, sixth) = (bins.mean(0), bins.mean(1), bins.mean(2))
    let kurtosis = (fourth / (second * second)).map { $0 - 3 }.biasCorrected
    let sixthRatio = ((sixth - 15 * (fourth * second)) / (variance * variance * variance)).map { $0 + 30 }.biasCorrected
    return cumulants + [kurtosis, (1 / 24) * kurtosis, (1 / 720) * sixthRatio]
  }
}
