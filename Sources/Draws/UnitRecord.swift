// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import ErrorAnalysis

/// What a run keeps of one unit: enough for every estimate and its error, and small beside the fields it was measured on. Copies share their contents, so that
/// a million of them can stand in a store and in a list.
public struct UnitRecord: Sendable {
  private final class Contents: Sendable {
    let unit: Int
    let samples: Int
    let logWeight: Double?
    let primaries: [[Double]]
    let series: WeightedSeries?
    let weights: WeightedBin?
    let skewness: MeanSkewness?
    let rejected: Int
    let totals: UnitTotals
    let endState: [Double]?

    init(
      _ unit: Int, _ samples: Int, _ logWeight: Double?, _ primaries: [[Double]], _ series: WeightedSeries?,
      _ weights: WeightedBin?,
      _ skewness: MeanSkewness?, _ rejected: Int, _ totals: UnitTotals, _ endState: [Double]?
    ) {
      (self.unit, self.samples, self.logWeight, self.primaries, self.series) = (unit, samples, logWeight, primaries, series)
      (self.weights, self.skewness, self.rejected, self.totals, self.endState) = (weights, skewness, rejected, totals, endState)
    }
  }

  private let contents: Contents

  /// The unit's number.
  public var unit: Int { contents.unit }
  /// Networks or samples measured.
  public var samples: Int { contents.samples }
  /// ln of what the unit weighs in averages; nil where it counts by its number of samples.
  public var logWeight: Double? { contents.logWeight }
  /// Means of the primaries of each measurement, in the order of the plan, weighted within the unit.
  public var primaries: [[Double]] { contents.primaries }
  /// Observables sample by sample, where errors need them.
  public var series: WeightedSeries? { contents.series }
  /// Σ w and Σ w² of the samples, where they have weights.
  public var weights: WeightedBin? { contents.weights }
  /// How skewed the means of exact identities are, where they are measured.
  public var skewness: MeanSkewness? { contents.skewness }
  /// Samples whose weight or primaries were no numbers, each counted once.
  public var rejected: Int { contents.rejected }
  /// How the draws were made.
  public var totals: UnitTotals { contents.totals }
  /// The state behind the last sample, from which a longer unit goes on; nil where none does, or none was kept.
  public var endState: [Double]? { contents.endState }

  /// A record of one finished unit.
  public init(
    unit: Int, samples: Int, logWeight: Double? = nil, primaries: [[Double]], series: WeightedSeries? = nil,
    weights: WeightedBin? = nil,
    skewness: MeanSkewness? = nil, rejected: Int = 0, totals: UnitTotals = UnitTotals(), endState: [Double]? = nil
  ) {
    contents = Contents(unit, samples, logWeight, primaries, series, weights, skewness, rejected, totals, endState)
  }
}

/// Observables of consecutive samples: `values[α][i]` is measurement i of observable α.
public struct WeightedSeries: Sendable {
  /// The observables.
  public let names: [String]
  /// Their values.
  public private(set) var values: [[Double]]
  /// ln of the weights.
  public private(set) var logWeights: [Double] = []

  /// An empty series of observables.
  public init(names: [String]) {
    self.names = names
    values = names.map { _ in [] }
  }

  /// A series that was kept: the values of each observable, and ln of the weights.
  public init(names: [String], values: [[Double]], logWeights: [Double]) {
    precondition(
      values.count == names.count && values.allSatisfy { $0.count == logWeights.count }, "WeightedSeries: ragged columns")
    self.names = names
    self.values = values
    self.logWeights = logWeights
  }

  /// Adds one measurement of all observables.
  public mutating func append(_ row: [Double], logWeight: Double) {
    for (index, value) in row.enumerated() { values[index].append(value) }
    logWeights.append(logWeight)
  }

  /// The measurements from number `first` on.
  public func suffix(from first: Int) -> WeightedSeries {
    WeightedSeries(names: names, values: values.map { Array($0[first...]) }, logWeights: Array(logWeights[first...]))
  }

  /// Adds later measurements of the same observables.
  public mutating func append(_ other: WeightedSeries) {
    for index in values.indices { values[index] += other.values[index] }
    logWeights += other.logWeights
  }

  /// Number of measurements.
  public var count: Int { logWeights.count }
  /// The series of one observable.
  public subscript(_ name: String) -> [Double] { values[names.firstIndex(of: name)!] }

  /// Weighted means of all observables.
  public var means: [Double] {
    let total = WeightedMeans(
      logWeights: logWeights, primaries: (0..<count).map { i in values.map { $0[i] } }, bins: 1
    ).total
    return names.indices.map { total.mean($0) }
  }
}

extension BinnedMeans {
  /// The bins of measurement `index` of all records, one a unit.
  public init(_ records: [UnitRecord], measurement index: Int) { self.init(records) { $0.primaries[index] } }

  /// The bins of a list of numbers of each record. A unit with a weight counts with `e^{ℓ − max ℓ}`, any other with its number of samples.
  public init(_ records: [UnitRecord], means: (UnitRecord) -> [Double]) {
    self.init(primaryCount: records.first.map { means($0).count } ?? 0)
    let largest = records.compactMap(\.logWeight).max() ?? 0
    for record in records {
      let samples = Double(record.samples)
      append(
        means: means(record), weight: record.logWeight.map { largest.isFinite ? exp($0 - largest) : 0 } ?? samples,
        samples: samples)
    }
  }
}
