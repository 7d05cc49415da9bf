// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import ErrorAnalysis
import KnownValues
import NumericalKernels
import ResultTables

/// A learning curve on the sphere: the error of Gaussian-process regression over data sets that are drawn, beside the theories of it.
///
/// Each data set is P independent directions, its error is exact (no test points: `SphereRegression`), and the average is over data sets, with their
/// scatter beside the error of the mean. A pure function of seed and settings. Cost of a data set P³/3 and 40 P²: at P = 400 15 ms.
/// Source: docs/physics/learning-exact.md, "Learning curves".
public struct LearningCurveStudy: Sendable {
  /// One place of the curve.
  public struct Row: Sendable {
    /// The number P of data.
    public let count: Int
    /// The ridge T.
    public let ridge: Double
    /// How many data sets.
    public let dataSets: Int
    /// The error on new points, averaged over data sets.
    public let test: Estimate
    /// The standard deviation of that error between data sets.
    public let scatter: Double
    /// The error on the data, averaged.
    public let train: Double
    /// The theories.
    public let equivalentKernel, effectiveRidge, renormalisedRidge: Double

    /// How far the effective ridge lies from the measurement, in errors; it is asymptotic in P, so that 3 % of it count as one with them.
    public var deviation: Double { (test.value - effectiveRidge) / hypot(test.error, 0.03 * effectiveRidge) }
  }

  /// The net's kernel K(t) on the sphere S^{d−1} and its spectrum.
  public let dimension: Int
  private let kernel: @Sendable (Double) -> Double
  private let spectrum: MercerSpectrum
  private let powers: [Double]
  private let seed: UInt64

  /// The threshold of learnability above which the RG ridge keeps a degree.
  private static let learnability = 0.05

  /// Of a kernel, and a target of these powers in the first degrees.
  public init(
    dimension: Int, kernel: @escaping @Sendable (Double) -> Double, spectrum: MercerSpectrum, powers: [Double], seed: UInt64
  ) {
    (self.dimension, self.kernel, self.spectrum, self.powers, self.seed) = (dimension, kernel, spectrum, powers, seed)
  }

  /// `count` directions, data set number `draw`.
  private func directions(_ count: Int, _ draw: Int) -> [[Double]] {
    let stream = RandomStream(seed: seed, stream: "learning curve d=\(dimension) P=\(count)")
    var (first, second) = ([Double](repeating: 0, count: count * dimension), [Double](repeating: 0, count: count * dimension))
    stream.normalPairs(use: .momentum, draw: UInt64(draw), count: count * dimension, first: &first, second: &second)
    return (0..<count).map { i in
      let row = Array(first[i * dimension..<(i + 1) * dimension])
      let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return row.map { $0 / norm }
    }
  }

  /// Measures one place; at least two data sets. The same data sets serve every ridge.
  public func row(count: Int, ridge: Double, dataSets: Int) throws -> Row {
    precondition(dataSets > 1 && count > 0)
    let regression = SphereRegression(
      dimension: dimension, kernel: kernel, spectrum: spectrum, powers: powers, ridge: ridge)
    let errors = try (0..<dataSets).map { try regression.errors(directions(count, $0)) }
    let n = Double(dataSets)
    let mean = errors.reduce(0) { $0 + $1.test } / n
    let variance = errors.reduce(0) { $0 + ($1.test - mean) * ($1.test - mean) } / (n - 1)
    let curve = regression.curve
    let kept = curve.learnableEntries(Double(count), threshold: Self.learnability)
    guard let effective = curve.effectiveRidge(Double(count)), let low = curve.renormalisedRidge(Double(count), keeping: kept)
    else {
      throw StudyFault("P = \(count) data without a ridge determine all \(spectrum.modes.count) degrees: give T > 0")
    }
    return Row(
      count: count, ridge: ridge, dataSets: dataSets,
      test: Estimate(value: mean, error: (variance / n).squareRoot(), degreesOfFreedom: dataSets - 1),
      scatter: variance.squareRoot(), train: errors.reduce(0) { $0 + $1.train } / n,
      equivalentKernel: curve.equivalentKernel(Double(count)).testError, effectiveRidge: effective.testError,
      renormalisedRidge: low.testError)
  }

  /// Why a place of the curve cannot be answered.
  public struct StudyFault: Fault {
    /// What the run fails of.
    public var kind: FaultKind { .badFile }
    /// One line: what, where, how to mend.
    public let description: String
    init(_ description: String) { self.description = description }
  }

  /// The rows as a table.
  public static func table(_ rows: [Row]) throws -> ResultTable {
    var table = ResultTable(
      name: "learning-curve",
      summary:
        "mean squared error of Gaussian-process regression on the sphere against the number of data, averaged over data sets",
      columns: [
        Column("data", .integer), Column("ridge", .number), Column("data_sets", .integer), Column("test", .number),
        Column("error", .number), Column("scatter", .number), Column("train", .number), Column("equivalent_kernel", .number),
        Column("effective_ridge", .number), Column("rg_ridge", .number), Column("deviation", .number),
      ])
    for row in rows {
      try table.append([
        .integer(row.count), .number(row.ridge), .integer(row.dataSets), .number(row.test.value), .number(row.test.error),
        .number(row.scatter), .number(row.train), .number(row.equivalentKernel), .number(row.effectiveRidge),
        .number(row.renormalisedRidge), .number(row.deviation),
      ])
    }
    table.notes = [
      "scatter: standard deviation between data sets; error: that of their mean",
      "deviation: of the effective ridge, an asymptotic theory, in units of the error and 3 % of it together",
      "equivalent_kernel holds where the ridge is much larger than the posterior variance, and nowhere else",
    ]
    return table
  }
}
