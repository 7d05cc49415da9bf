// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import ErrorAnalysis
import FieldTheories
import KnownValues
import NumericalKernels
import ResultTables
import Synchronization

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
    /// The average over all data sets, of one and of two data.
    public let exact: Double?
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

  /// The curve that a theory file asks for.
  public init(_ theory: TheoryDefinition, _ settings: LearningCurveSettings) throws {
    let kernel: SphereKernel
    do {
      kernel = try SphereKernel(theory.architecture, inputs: settings.inputs, radius: settings.radius)
    } catch { throw StudyFault(error.description) }
    let spectrum = kernel.spectrum(max(Self.degreeCount, settings.target.count))
    let unlearnt = 1 - spectrum.trace / kernel(1)
    self.init(
      dimension: settings.inputs, kernel: { kernel($0) }, spectrum: spectrum, powers: settings.target, seed: theory.run.seed)
    remarks = [
      "inputs: uniform on the sphere of radius \(settings.radius) in R^\(settings.inputs); target: powers \(settings.target) in degrees 0 to \(settings.target.count - 1)",
      "theories and errors sum degrees up to \(spectrum.modes.count - 1), which leave \(Float(max(0, unlearnt))) of the trace",
    ]
  }

  /// Degrees of harmonics in the sums of errors and theories.
  private static let degreeCount = 40
  /// What tables say of the curve.
  private var remarks: [String] = []

  /// All places of a theory file's curve, data running fastest; each data set is the unit of work and serves every ridge.
  public func rows(_ settings: LearningCurveSettings, threads: Int) throws -> [Row] {
    let sets = settings.data.indices.flatMap { place in (0..<settings.dataSets[place]).map { (place: place, set: $0) } }
    let errors = Mutex([[Errors]](repeating: [], count: sets.count))
    _ = try Runner.run(Array(sets.indices.reversed()), threads: threads) {
      { unit in
        let inputs = directions(settings.data[sets[unit].place], sets[unit].set)
        return try settings.ridges.map { try regression($0).errors(inputs) }
      }
    } finish: { unit, result in
      errors.withLock { $0[unit] = result }
    }
    let all = errors.withLock { $0 }
    return try settings.ridges.enumerated().flatMap { index, ridge in
      try settings.data.enumerated().map { place, count in
        try row(count, ridge, sets.indices.filter { sets[$0].place == place }.map { all[$0][index] })
      }
    }
  }

  private typealias Errors = (test: Double, train: Double)

  private func regression(_ ridge: Double) -> SphereRegression {
    SphereRegression(dimension: dimension, kernel: kernel, spectrum: spectrum, powers: powers, ridge: ridge)
  }

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
    let regression = regression(ridge)
    return try row(count, ridge, (0..<dataSets).map { try regression.errors(directions(count, $0)) })
  }

  /// From the errors of all data sets.
  private func row(_ count: Int, _ ridge: Double, _ errors: [Errors]) throws -> Row {
    let (regression, n) = (regression(ridge), Double(errors.count))
    let mean = errors.reduce(0) { $0 + $1.test } / n
    let variance = errors.reduce(0) { $0 + ($1.test - mean) * ($1.test - mean) } / (n - 1)
    let curve = regression.curve
    let kept = curve.learnableEntries(Double(count), threshold: Self.learnability)
    guard let effective = curve.effectiveRidge(Double(count)), let low = curve.renormalisedRidge(Double(count), keeping: kept)
    else {
      throw StudyFault("P = \(count) data without a ridge determine all \(spectrum.modes.count) degrees: give T > 0")
    }
    return Row(
      count: count, ridge: ridge, dataSets: errors.count,
      test: Estimate(value: mean, error: (variance / n).squareRoot(), degreesOfFreedom: errors.count - 1),
      scatter: variance.squareRoot(), train: errors.reduce(0) { $0 + $1.train } / n,
      exact: count == 1 ? regression.errorOfOneDatum : count == 2 ? regression.errorOfTwoData : nil,
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

  /// The name of the table.
  public static let tableName = "learning-curve"

  /// The rows as a table.
  public func table(_ rows: [Row]) throws -> ResultTable {
    var table = ResultTable(
      name: Self.tableName,
      summary:
        "mean squared error of regression by the kernel of infinite width against the number of data, averaged over data sets",
      columns: [
        Column("ridge", .number), Column("data", .integer), Column("data_sets", .integer), Column("value", .number),
        Column("error", .number), Column("exact", .number), Column("pull", .number), Column("scatter", .number),
        Column("train", .number), Column("equivalent_kernel", .number), Column("effective_ridge", .number),
        Column("rg_ridge", .number), Column("deviation", .number),
      ])
    for row in rows {
      let pull = row.exact.flatMap { row.test.error > 1e-12 * abs($0) ? (row.test.value - $0) / row.test.error : nil }
      try table.append([
        .number(row.ridge), .integer(row.count), .integer(row.dataSets), .number(row.test.value), .number(row.test.error),
        row.exact.map { .number($0) } ?? .missing, pull.map { .number($0) } ?? .missing, .number(row.scatter),
        .number(row.train), .number(row.equivalentKernel), .number(row.effectiveRidge), .number(row.renormalisedRidge),
        .number(row.deviation),
      ])
    }
    table.notes =
      remarks + [
        "value: error on new points, exact for each data set; scatter: standard deviation between data sets; error: that of their mean",
        "exact: the average over all data sets, known of one and of two data",
        "effective_ridge: asymptotic in the number of data; deviation from it in units of the error and 3 % of it together",
        "equivalent_kernel holds where the ridge is much larger than the posterior variance, and nowhere else",
      ]
    return table
  }

  /// The curve with what it is of.
  public func document(_ theory: TheoryDefinition, _ rows: [Row], version: String) throws -> ResultDocument {
    var provenance = Provenance()
    provenance.add("program", version)
    provenance.add("theory", "\(theory.title) (\(theory.source))")
    for line in theory.architecture.description { provenance.add("ensemble", line) }
    provenance.add("study", "a learning curve; data sets are directions number 0, 1, ... of the seed, the same for every ridge")
    provenance.add(
      "random numbers",
      "Philox4x32-10, seed \(seed), streams \"learning curve d=\(dimension) P=...\"; OpenBLAS kernel \(MatrixProduct.coreName)")
    for (key, value) in theory.resolved
    where ["dimension", "run.seed"].contains(key) || key.hasPrefix("architecture.") || key.hasPrefix("study.") {
      provenance.add("set \(key)", value)
    }
    return ResultDocument(provenance: provenance, theory: theory.resolvedText, tables: [SampledTable(try table(rows))])
  }
}
