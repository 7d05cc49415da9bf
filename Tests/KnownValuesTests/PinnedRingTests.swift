// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import Testing

@testable import KnownValues

/// Rings of φ⁴ pinned by data, against site-by-site integration made elsewhere, and against the Gaussian field.
@Suite struct PinnedRingTests {
  static let records = ReferenceRecords.learning.filter { $0.kind!.hasPrefix("L1:phi4+data") }

  @Test func noRecordWentMissing() { #expect(Self.records.count == 12) }

  static func pulls(_ record: ReferenceRecord) -> [Int: SitePull] {
    Dictionary(
      uniqueKeysWithValues: zip(record.numbers("X"), record.numbers("y")).map {
        (Int($0), SitePull(label: $1, noise: record.number("T")))
      })
  }

  static func numbers(_ record: ReferenceRecord, coupling factor: Double = 1, mass: Double = 1) throws -> [Double] {
    let sites = record.integer("L")
    let ring = try #require(
      PinnedRing(
        QuarticPotential(massSquared: mass * record.number("m2"), coupling: factor * record.number("lam")), sites: sites,
        spacing: record.number("a"), pulls: pulls(record)))
    let means = (0..<sites).map { ring.moment([$0]) }
    switch record.kind!.split(separator: ":").last! {
    case "mean": return means
    case "conn": return (0..<sites).map { ring.moment([0, $0]) - means[0] * means[$0] }
    default: return [ring.logPartitionOfData]
    }
  }

  @Test(arguments: records) func record(_ record: ReferenceRecord) throws {
    for (i, value) in try Self.numbers(record).enumerated() {
      #expect(record.agrees(with: value, i, floor: 1e-10), "\(value), reference \(record.values[i])")
    }
    let wrong = try Self.numbers(record, coupling: 1.001, mass: 1.001)
    #expect(wrong.indices.contains { !record.agrees(with: wrong[$0], $0, floor: 1e-8) })
  }

  /// Without λ it is the Gaussian field under the same terms, sources included.
  @Test func gaussianRing() throws {
    let pulls = [0: SitePull(mass: 5, force: 5), 3: SitePull(mass: 0, force: -0.7), 4: SitePull(mass: 2, force: 0)]
    let ring = try #require(PinnedRing(QuarticPotential(massSquared: 0.5, coupling: 0), sites: 8, spacing: 0.7, pulls: pulls))
    let lattice = Lattice(sites: [8], spacing: 0.7, boundary: .periodic)
    let field = FreeLatticeField(lattice: lattice, mass: 0.5.squareRoot())
    let (data, noise, labels) = ([0, 4], [0.2, 0.5], [1.0, 0])
    func g(_ i: Int, _ j: Int) -> Double { field.exactValue(.moment([lattice.position(i), lattice.position(j)]), lattice: nil)! }
    let posterior = try GaussianProcessPosterior(
      kernel: data.flatMap { i in data.map { g(i, $0) } }, noise: noise, labels: labels)
    for site in 0..<8 {
      let rows = [site, 3].map { x in data.map { g(x, $0) } }
      let covariance = posterior.covariance(rows, prior: [site, 3].map { x in [site, 3].map { g(x, $0) } })
      let mean = posterior.mean(rows)[0] - 0.7 * covariance[0][1]
      #expect(abs(ring.moment([site]) - mean) < 1e-11)
      #expect(abs(ring.moment([site, site]) - mean * mean - covariance[0][0]) < 1e-11)
    }
    // The control: the source with the other sign.
    let other = try #require(
      PinnedRing(
        QuarticPotential(massSquared: 0.5, coupling: 0), sites: 8, spacing: 0.7,
        pulls: pulls.merging([3: SitePull(mass: 0, force: 0.7)]) { $1 }))
    #expect(abs(other.moment([3]) - ring.moment([3])) > 0.1)
  }

  /// One site with a datum, in three dimensions, by plain summation; its connected functions by the definition of cumulants.
  @Test func oneSite() throws {
    let lattice = Lattice(sites: [1, 1, 1], spacing: 0.8, boundary: .periodic)
    let cell = lattice.cellVolume
    let solution = try #require(
      PinnedRingSolution(
        QuarticPotential(massSquared: -1, coupling: 6), lattice, pulls: [0: SitePull(label: 0.6, noise: 0.3)], freeMassSquared: 1)
    )
    func sum(_ f: (Double) -> Double) -> Double {
      (-4000...4000).reduce(0) { total, k in
        let x = 0.002 * Double(k)
        return total + 0.002 * f(x) * exp(-cell * (-0.5 * x * x + 0.25 * x * x * x * x) - (x * x - 1.2 * x) / 0.6)
      }
    }
    let (z, free) = (sum { _ in 1 }, (2 * Double.pi / cell).squareRoot())
    let m = (1...4).map { n in sum { pow($0, Double(n)) } / z }
    func value(_ function: CorrelationFunction) throws -> Double { try #require(solution.value(function)).value }
    #expect(try abs(value(.moment([.zero])) - m[0]) < 1e-12)
    #expect(try abs(value(.cumulant([.zero, .zero])) - (m[1] - m[0] * m[0])) < 1e-12)
    let third = m[2] - 3 * m[1] * m[0] + 2 * m[0] * m[0] * m[0]
    #expect(try abs(value(.cumulant([.zero, .zero, .zero])) - third) < 1e-12)
    #expect(abs(third) > 1e-3)
    #expect(try abs(#require(solution.logPartitionRatio) - log(z / free)) < 1e-11)
  }

  /// Labels outside the grid of fields are not answered.
  @Test func farLabels() {
    let potential = QuarticPotential(massSquared: 0.5, coupling: 1)
    #expect(PinnedRing(potential, sites: 8, pulls: [0: SitePull(label: 100, noise: 0.01)]) == nil)
    #expect(PinnedRing(potential, sites: 8, pulls: [0: SitePull(label: 1, noise: 1e-7)]) == nil)
  }
}
