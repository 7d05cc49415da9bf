// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import Testing

@Suite struct ReferenceGaussNetTests {
  static let records = ReferenceRecords.of(item: "A1", theory: "Gauss-net")
  static let pointRecords = records.filter { $0.quantity.hasPrefix("G") }
  static let growthRecords = records.filter { $0.quantity.hasPrefix("ln") }

  static func net(_ record: ReferenceRecord, stretch: Double = 1) -> GaussNet {
    GaussNet(
      dimension: record.dimension, width: record.width,
      sigmaW0: stretch * record.number("sigma_w0"),
      sigmaW1: record.number("sigma_w1"), sigmaB0: record.number("sigma_b0"))
  }

  @Test func noRecordWentMissing() {
    #expect(Self.pointRecords.count == 12)
    #expect(Self.growthRecords.count == 10)
    // The remaining one, the tilted estimator, belongs to NeuronMomentsTests.
    #expect(Self.records.count == 23)
  }

  @Test(arguments: pointRecords) func pointFunctions(record: ReferenceRecord) throws {
    let value = try #require(pointFunction(record, Self.net(record)))
    #expect(record.agrees(with: value, floor: 1e-12), "\(value), reference \(record.value)")
    let wrong = try #require(pointFunction(record, Self.net(record, stretch: 1.01)))
    #expect(!record.agrees(with: wrong, floor: 1e-12))
  }

  /// `ln M4(x,x,x,x)` and `ln(1 + relative variance) = ln <Y²>/<Y>²` of the naive estimators of M2 and M4.
  @Test(arguments: growthRecords) func growth(record: ReferenceRecord) {
    let net = GaussNet(
      dimension: record.dimension, width: 1, sigmaW0: record.number("sigma_w0"), sigmaW1: 1,
      sigmaB0: record.number("sigma_b0"))
    func lnMoment(_ n: Int) -> Double {
      log(net.neuronMoment([Point](repeating: Point(record.number("abs_x"), 0, 0, 0), count: n)))
    }
    let value =
      record.quantity.hasPrefix("ln M4")
      ? lnMoment(4)
      : record.quantity.contains("M2(x,x)")
        ? lnMoment(4) - 2 * lnMoment(2) : lnMoment(8) - 2 * lnMoment(4)
    #expect(record.agrees(with: value, floor: 1e-12), "\(value), reference \(record.value)")
  }
}
