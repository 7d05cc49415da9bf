// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import ErrorAnalysis
import Foundation

/// A ``UnitRecord`` as it stands in a ``RecordFile``: lists of numbers as their bytes (IEEE double, little endian), so that a record comes back bit by
/// bit.
struct StoredRecord: Codable {
  private let unit: Int
  private let samples: Int
  private let logWeight: Double?
  /// Primaries of all measurements one after the other, and how many each has.
  private let primaries: Data
  private let primaryCounts: [Int]
  /// Observables of the series, and their values followed by ln of the weights.
  private let seriesNames: [String]?
  private let series: Data?
  private let weights: WeightedBin?
  private let skewness: MeanSkewness?
  private let rejected: Int
  private let totals: UnitTotals

  init(_ record: UnitRecord) {
    unit = record.unit
    samples = record.samples
    logWeight = record.logWeight
    primaries = Self.bytes(record.primaries.flatMap { $0 })
    primaryCounts = record.primaries.map(\.count)
    seriesNames = record.series?.names
    series = record.series.map { Self.bytes($0.values.flatMap { $0 } + $0.logWeights) }
    weights = record.weights
    skewness = record.skewness
    rejected = record.rejected
    totals = record.totals
  }

  /// The record; nil where lengths contradict each other.
  var record: UnitRecord? {
    let numbers = Self.numbers(primaries)
    guard primaryCounts.allSatisfy({ $0 >= 0 }), numbers.count == primaryCounts.reduce(0, +) else { return nil }
    var lists: [[Double]] = []
    var start = 0
    for count in primaryCounts {
      lists.append(Array(numbers[start..<start + count]))
      start += count
    }
    var kept: WeightedSeries?
    if let names = seriesNames, let series {
      let values = Self.numbers(series)
      guard values.count % (names.count + 1) == 0 else { return nil }
      let length = values.count / (names.count + 1)
      let columns = (0...names.count).map { Array(values[$0 * length..<($0 + 1) * length]) }
      kept = WeightedSeries(names: names, values: Array(columns.dropLast()), logWeights: columns[names.count])
    }
    return UnitRecord(
      unit: unit, samples: samples, logWeight: logWeight, primaries: lists, series: kept, weights: weights, skewness: skewness,
      rejected: rejected, totals: totals)
  }

  private static func bytes(_ numbers: [Double]) -> Data {
    numbers.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
  }

  private static func numbers(_ data: Data) -> [Double] {
    [UInt8](data).withUnsafeBytes { bytes in
      (0..<bytes.count / 8).map {
        Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)))
      }
    }
  }
}
