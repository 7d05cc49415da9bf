// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import Testing

/// Ten published four-point functions that share width and alpha (d = 2, m = 1, Gaussian regulator, Λ = 100, constant |v|, 1e8 networks).
struct PublishedFourPoint: Sendable, CustomTestStringConvertible {
  struct Record: Sendable, Decodable {
    let N: Int
    let alpha, scale, mean, error, wick: Double
    let points: [[Double]]
  }

  let width: Int
  let alpha: Double
  let records: [Record]
  var testDescription: String { "N=\(width) alpha=\(alpha)" }

  static let all: [PublishedFourPoint] = {
    struct File: Decodable { let records: [Record] }
    let url = ReferenceRecords.folder.appendingPathComponent("fourpoint_2604.27050.json")
    do {
      let records = try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).records
      return [30, 50, 100].flatMap { width in
        [-1.0, 0, 1].map { alpha in
          PublishedFourPoint(
            width: width, alpha: alpha,
            records: records.filter { $0.N == width && $0.alpha == alpha })
        }
      }
    } catch { preconditionFailure("fourpoint_2604.27050.json: \(error)") }
  }()

  func net(massFactor: Double = 1, width: Int? = nil) throws -> AlphaNet {
    try AlphaNet(
      dimension: 2, width: width ?? self.width, mass: massFactor, alpha: alpha,
      regulator: .gaussian,
      cutoff: 100, weights: .constant)
  }

  func chiSquared(_ net: AlphaNet) -> Double {
    records.reduce(0) { sum, record in
      let exact = net.exactMoment(record.points.map { Point(coordinates: $0) })!
      return sum + pow((record.mean - exact) / record.error, 2)
    }
  }
}

@Suite struct AlphaNetPublishedTests {
  @Test(arguments: PublishedFourPoint.all) func fourPointFunctions(published: PublishedFourPoint)
    throws
  {
    try #require(published.records.count == 10)
    let net = try published.net()
    // All points of one file set share their networks: χ² is a bound on a joint shift as well, not a probability.
    let chiSquared = published.chiSquared(net)
    #expect(chiSquared <= 25, "chi^2 \(chiSquared)")
    for record in published.records {
      let points = record.points.map { Point(coordinates: $0) }
      let wick = try #require(net.exactMoment(points)) - #require(net.exactCumulant(points))
      #expect(abs(wick - record.wick) <= 1.5e-7 * record.wick)
    }
  }

  /// Controls where the data have the power: the propagator of another mass, and a cumulant without its 1/N. At alpha = 1 the errors are
  /// so large that m² must double; with 30 neurons the data are compatible even with zero (χ² = 14.1) and refute nothing.
  @Test(arguments: PublishedFourPoint.all) func controls(published: PublishedFourPoint) throws {
    if published.alpha == 1 && published.width == 30 { return }
    let factor = published.alpha == 1 ? 2.0 : 1.1
    let heavier = try published.chiSquared(published.net(massFactor: factor.squareRoot()))
    #expect(heavier > 25, "chi^2 with m^2 x \(factor): \(heavier)")
    let unscaled = try published.chiSquared(published.net(width: 1))
    #expect(unscaled > 25, "chi^2 without 1/N: \(unscaled)")
  }
}
