// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import Glibc
import LatticeFields

/// The probability density of φ(x) at one site: the share of sites in each interval over its width, pooled over the box, binned by networks.
///
/// Forty intervals of a quarter of the field's width s from −5 s to 5 s, where s² is the exact variance of the ensemble: the intervals are
/// part of the plan and know nothing of the data. Unbiased. An interval that no field of any bin met has no error of its own, so its row is
/// withheld: a count of zero is likely up to an expectation of about three. Source: docs/physics/estimators.md.
public struct OnePointDistribution: CorrelatorEstimator {
  /// The table's name.
  public let name = "one-point-distribution"
  /// What is estimated.
  public let quantity = "probability density of phi(x)"
  /// How it is estimated.
  public let method: String
  /// What is assumed of the ensemble.
  public let assumptions = EstimatorAssumptions(translationInvariantOrder: .max, evenness: false)
  /// Shares are bounded: as many networks as for a 2-point function.
  public let order = 2
  /// Names of the coordinate columns.
  public let coordinateColumns = ["lower", "upper"]
  /// The rows and what each estimates.
  public let rows: [CorrelatorRow]
  private let step: Double
  private static let intervals = 40

  /// Intervals in units of the settings' field width.
  public init(_ settings: EstimatorSettings) {
    let step = settings.fieldWidth / 4
    self.step = step
    method = "mean over lower <= phi < upper in steps of s/4, s = \(settings.fieldWidth)"
    rows = (0..<Self.intervals).map { interval in
      let lower = step * Double(interval - Self.intervals / 2)
      return CorrelatorRow(
        coordinates: [.number(lower), .number(lower + step)],
        target: RowTarget(.density(lower: lower, upper: lower + step, .zero)))
    }
  }

  /// Number of primaries in a bin.
  public var primaryCount: Int { Self.intervals }
  /// All rows: neighbouring bins of one histogram are correlated.
  public var covarianceRows: [Int] { Array(rows.indices) }

  /// An accumulator on the worker's workspace.
  public func makeAccumulator(_ workspace: DrawWorkspace) -> any CorrelatorAccumulator {
    let (field, count) = (workspace.field.pointer, workspace.field.count)
    let (scale, share) = (1 / step, 1 / (step * Double(count)))
    return DrawAverager(count: Self.intervals) { sums in
      sums.withUnsafeMutableBufferPointer { sums in
        let middle = Double(Self.intervals / 2)
        for site in 0..<count {
          // Both ends are compared before the conversion, so that no field is too large for an integer.
          let place = field[site] * scale + middle
          if place >= 0 && place < 2 * middle { sums[Int(place)] += share }
        }
      }
    }
  }

  /// One unbiased estimate a row.
  public func derive(_ bins: BinnedMeans) -> [JackknifeSamples] { rows.indices.map(bins.mean) }

  /// Why a row has no error.
  public func obstruction(_ samples: JackknifeSamples) -> String? {
    samples.value == 0 && samples.replicas.allSatisfy { $0 == 0 }
      ? "no field fell into the interval, and a count of zero has no error of its own; draw more" : nil
  }
}
