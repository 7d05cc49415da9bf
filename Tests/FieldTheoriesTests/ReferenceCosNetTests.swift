// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import NNFTTestSupport
import Testing

/// The Cos-net of a record.
private func cosNet(_ record: ReferenceRecord) -> CosNet {
  CosNet(
    dimension: record.dimension, width: record.width, sigmaW0: record.number("sigma_w0"),
    sigmaW1: record.number("sigma_w1"), weights: record.weightKind)
}

@Suite struct ReferenceCosNetTests {
  static let records =
    ReferenceRecords.of(item: "A1", theory: "Cos-net")
    + ReferenceRecords.of(item: "A1", theory: "Cos-net non-Gaussian w")
  static let clusterRecords = ReferenceRecords.of(item: "G", theory: "Cos-net cluster")

  @Test func noRecordWentMissing() {
    #expect(Self.records.count == 30)
    #expect(Self.clusterRecords.count == 3)
  }

  @Test(arguments: records) func pointFunctions(record: ReferenceRecord) throws {
    let value = try #require(pointFunction(record, cosNet(record)))
    #expect(record.agrees(with: value, floor: 1e-12), "\(value), reference \(record.value)")
  }

  /// The control: a momentum density 10 % too wide must be noticed wherever the points do not coincide.
  @Test(arguments: records) func wrongMomentaAreNoticed(record: ReferenceRecord) throws {
    guard Set(record.points).count > 1 else { return }
    let net = CosNet(
      dimension: record.dimension, width: record.width, sigmaW0: 1.1 * record.number("sigma_w0"),
      sigmaW1: record.number("sigma_w1"), weights: record.weightKind)
    #expect(!record.agrees(with: try #require(pointFunction(record, net)), floor: 1e-12))
  }

  /// `lim G4c(x, x−u, z+R, z+R−v)`: the third pairing has died at σ_w0 R = 60.
  @Test(arguments: clusterRecords) func clusterLimits(record: ReferenceRecord) throws {
    let net = cosNet(record)
    let (u, v) = (record.point("u"), record.point("v"))
    let far = Point(60 / net.sigmaW0, 0, 0, 0)
    let value = try #require(net.exactValue(.cumulant([.zero, -u, far, far - v]), lattice: nil))
    #expect(record.agrees(with: value, floor: 1e-12), "\(value), reference \(record.value)")
  }
}
