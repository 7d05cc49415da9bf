// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import NNFTTestSupport
import Testing

/// `T4(q1..q4)` of lattice nets against the reference records, whose momenta stand in words.
@Suite struct ReferenceTrispectrumTests {
  static let records = ReferenceRecords.of(item: "H", theory: "lattice Scalar-net")

  @Test func noRecordWentMissing() { #expect(Self.records.count == 30) }

  /// The quadruple a record names; along the first axis.
  static func modes(_ record: ReferenceRecord) throws -> [[Int]] {
    guard case .object(let fields) = record.pointList else { return [] }
    let text = try #require(fields["momenta"]?.text)
    let half = record.integer("L") / 2
    let known: [(String, [Int])] = [
      ("(0,0,0,0)", [0, 0, 0, 0]), ("(q,q,-q,-q)", [1, 1, -1, -1]), ("(q,-q,k,-k)", [1, -1, 2, -2]),
      ("(q,q,q,q)", [half, half, half, half]), ("(1,1,-2,0)", [1, 1, -2, 0]),
    ]
    let numbers = try #require(known.first { text.hasPrefix($0.0) }).1
    let rest = [Int](repeating: 0, count: record.dimension - 1)
    return numbers.map { [$0] + rest }
  }

  private static func value(_ record: ReferenceRecord, alpha: Double? = nil) throws -> Double {
    let net = ReferenceLatticeNetTests.net(record, alpha: alpha)
    return try #require(net.exactValue(.trispectrum(modes: try modes(record)), lattice: net.lattice))
  }

  @Test(arguments: records) func values(record: ReferenceRecord) throws {
    let value = try Self.value(record)
    #expect(abs(value - record.values[0]) <= 1e-12 * abs(record.values[0]) + 1e-14, "\(value), \(record.values)")
  }

  /// The control: with another alpha all differ but those that never know it, T(q,−q,k,−k) and the zeros.
  @Test(arguments: records) func wrongAlphaIsNoticed(record: ReferenceRecord) throws {
    let modes = try Self.modes(record).map { $0[0] }
    let agrees = abs(try Self.value(record, alpha: 0.37) - record.values[0]) <= 1e-10 * abs(record.values[0]) + 1e-14
    #expect(agrees == (modes[2] == 2 || modes[2] == -2))
  }
}
