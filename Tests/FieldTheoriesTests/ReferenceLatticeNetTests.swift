// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import NNFTTestSupport
import Testing

@Suite struct ReferenceLatticeNetTests {
  static let records = ReferenceRecords.of(item: "B", theory: "lattice Scalar-net")
  static let clusterRecords = ReferenceRecords.of(item: "G", theory: "lattice Scalar-net cluster")

  /// The net of a record; two-point records name neither width nor alpha, because both drop out.
  static func net(_ record: ReferenceRecord, alpha: Double? = nil) -> LatticeAlphaNet {
    LatticeAlphaNet(
      kind: "alpha-net", width: record.parameters["N"] == nil ? 7 : record.width,
      mass: record.number("m2").squareRoot(),
      alpha: alpha ?? record.parameters["alpha"]?.number ?? -0.3, weights: record.weightKind,
      lattice: Lattice(
        sites: [Int](repeating: record.integer("L"), count: record.dimension),
        spacing: record.number("a"), boundary: .periodic))
  }

  @Test func noRecordWentMissing() {
    #expect(Self.records.count == 76)
    #expect(Self.clusterRecords.count == 2)
  }

  /// The values a record holds, computed by the library.
  static func values(_ record: ReferenceRecord, _ net: LatticeAlphaNet) -> [Double?] {
    switch record.quantity.prefix(while: { $0 != "=" && $0 != " " }) {
    case "G2(r)":
      record.points.map {
        net.exactValue(.moment([.zero, net.lattice.spacing * $0]), lattice: net.lattice)
      }
    case "chi4": [net.exactValue(.zeroMomentumCumulant(order: 4), lattice: net.lattice)]
    default: [pointFunction(record, net, spacing: net.lattice.spacing)]
    }
  }

  @Test(arguments: records) func values(record: ReferenceRecord) throws {
    let values = Self.values(record, Self.net(record))
    try #require(values.count == record.values.count)
    for (index, value) in values.enumerated() {
      let value = try #require(value)
      #expect(
        record.agrees(with: value, index, floor: 1e-11), "\(value), reference \(record.values)")
    }
  }

  /// The control: the alpha of another member of the family changes everything beyond two points, and nothing at two points.
  @Test(arguments: records) func wrongAlphaIsNoticed(record: ReferenceRecord) throws {
    let wrong = Self.values(record, Self.net(record, alpha: 0.37))
    for (index, value) in wrong.enumerated() {
      let agrees = record.agrees(with: try #require(value), index, floor: 1e-11)
      #expect(agrees == record.quantity.hasPrefix("G2"))
    }
  }

  /// `[H2(u+v) + H2(u−v) − G2(u) G2(v)]/N` with `H2 = μ4 J_4/8`, and the cumulant at separation 16.
  @Test(arguments: clusterRecords) func clusterLimits(record: ReferenceRecord) throws {
    let net = Self.net(record)
    let (u, v) = (record.point("u"), record.point("v"))
    func g(_ z: Point) -> Double { net.spectralMoment(order: 2, z) / 2 }
    func h(_ z: Point) -> Double {
      net.outputWeights.moment(4) * net.spectralMoment(order: 4, z) / 8
    }
    let limit = (h(u + v) + h(u - v) - g(u) * g(v)) / Double(net.width)
    let far = Point(16, 0, 0, 0)
    let near = try #require(net.exactValue(.cumulant([.zero, -u, far, far - v]), lattice: nil))
    #expect(record.agrees(with: limit, 0, floor: 1e-12), "\(limit), reference \(record.values)")
    #expect(record.agrees(with: near, 1, floor: 1e-12), "\(near), reference \(record.values)")
  }
}
