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
  private let endState: Data?

  init(_ record: UnitRecord) {
    unit = record.unit
    samples = record.samples
    logWeight = record.logWeight
    primaries = Self.bytes(record.primaries.flatMap { $0 })
    primaryCounts = record.primaries.map(\.count)
    seriesNames = record.series?.names
    series = record.series.map(Self.bytes)
    weights = record.weights
    skewness = record.skewness
    rejected = record.rejected
    totals = record.totals
    endState = record.endState.map(Self.bytes)
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
      kept = Self.series(names, series)
      guard kept != nil else { return nil }
    }
    return UnitRecord(
      unit: unit, samples: samples, logWeight: logWeight, primaries: lists, series: kept, weights: weights, skewness: skewness,
      rejected: rejected, totals: totals, endState: endState.map(Self.numbers))
  }

  fileprivate static func bytes(_ series: WeightedSeries) -> Data { bytes(series.values.flatMap { $0 } + series.logWeights) }

  /// A series; nil where its length is not that of whole measurements.
  fileprivate static func series(_ names: [String], _ data: Data) -> WeightedSeries? {
    let values = numbers(data)
    guard values.count % (names.count + 1) == 0 else { return nil }
    let length = values.count / (names.count + 1)
    let columns = (0...names.count).map { Array(values[$0 * length..<($0 + 1) * length]) }
    return WeightedSeries(names: names, values: Array(columns.dropLast()), logWeights: columns[names.count])
  }

  fileprivate static func bytes(_ numbers: [Double]) -> Data {
    numbers.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
  }

  fileprivate static func numbers(_ data: Data) -> [Double] {
    [UInt8](data).withUnsafeBytes { bytes in
      (0..<bytes.count / 8).map {
        Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)))
      }
    }
  }
}

/// A ``UnitSegment`` as it stands in a ``RecordFile``: the state whole, of the series what is new.
struct StoredSegment: Codable {
  let unit: Int
  private let state: Data
  private let seriesNames: [String]?
  private let series: Data?

  init(_ segment: UnitSegment) {
    unit = segment.unit
    state = StoredRecord.bytes(segment.state)
    seriesNames = segment.series?.names
    series = segment.series.map(StoredRecord.bytes)
  }

  /// The segment; nil where lengths contradict each other.
  var segment: UnitSegment? {
    var kept: WeightedSeries?
    if let names = seriesNames, let series {
      kept = StoredRecord.series(names, series)
      guard kept != nil else { return nil }
    }
    return UnitSegment(unit: unit, state: StoredRecord.numbers(state), series: kept)
  }
}
