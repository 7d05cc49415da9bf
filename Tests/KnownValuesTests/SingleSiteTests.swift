// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
@testable import KnownValues
import NNFTTestSupport
import Testing

/// One point: the ordinary integral, and the net of finite width.
@Suite struct SingleSiteTests {
  static let siteRecords = ReferenceRecords.all.filter { $0.theory == "phi4 d=0 single site" }
  static let netRecords = ReferenceRecords.all.filter { $0.theory == "interacting net d=0 finite N" }

  static func potential(_ record: ReferenceRecord, factor: Double = 1) -> QuarticPotential {
    QuarticPotential(massSquared: record.number("m2"), coupling: factor * record.number("lam"))
  }

  @Test func noRecordWentMissing() {
    #expect(Self.siteRecords.count == 18)
    #expect(Self.netRecords.count == 20)
  }

  static func values(_ record: ReferenceRecord, _ site: SingleSite) -> [Double] {
    switch record.quantity.first {
    case "Z": [site.partition]
    case "E": [site.effectiveSampleFraction]
    case "c": [site.fourthCumulant]
    default: [2, 4, 6, 8].map { site.moment($0) }
    }
  }

  @Test(arguments: siteRecords) func singleSite(record: ReferenceRecord) {
    let values = Self.values(record, SingleSite(Self.potential(record)))
    let wrong = Self.values(record, SingleSite(Self.potential(record, factor: 1.001)))
    for (index, value) in values.enumerated() {
      #expect(record.agrees(with: value, index, floor: 1e-13), "\(value), reference \(record.values)")
      #expect(!record.agrees(with: wrong[index], index, floor: 1e-8))
    }
  }

  /// `m² <φ^{n+1}> … = (n)<φ^{n−1}>` by partial integration, and d ln Z/dm² = −<φ²>/2 from the closed form, for wells of either sign.
  @Test(arguments: [(1.0, 1.0), (-2, 2), (0, 24), (-6, 1.5), (4, 1e-3), (-400, 1)])
  func integrationByParts(mass: Double, coupling: Double) {
    let site = SingleSite(QuarticPotential(massSquared: mass, coupling: coupling))
    for n in [1, 3, 5] {
      let left = mass * site.moment(n + 1) + coupling / 6 * site.moment(n + 3)
      let right = Double(n) * site.moment(n - 1)
      #expect(abs(left - right) < 1e-12 * (abs(mass) * site.moment(n + 1) + right))
    }
    func logZ(_ shift: Double) -> Double {
      SingleSite(QuarticPotential(massSquared: mass + shift, coupling: coupling)).logPartition
    }
    let slope = (8 * (logZ(1e-3) - logZ(-1e-3)) - logZ(2e-3) + logZ(-2e-3)) / 12e-3
    #expect(abs(slope + site.moment(2) / 2) < 1e-9 * site.moment(2))
  }

  static func values(_ record: ReferenceRecord, _ net: SingleSiteNet) -> Double {
    if record.quantity.hasPrefix("Z(lam)") { return net.partitionRatio }
    if record.quantity.hasPrefix("<phi^2>") { return net.secondMoment }
    if record.quantity.hasPrefix("<phi^4>") { return net.fourthMoment }
    return net.effectiveSampleFraction
  }

  /// The control: one neuron more.
  @Test(arguments: netRecords) func singleSiteNet(record: ReferenceRecord) {
    let value = Self.values(record, SingleSiteNet(width: record.width, Self.potential(record)))
    let wider = Self.values(record, SingleSiteNet(width: record.width + 1, Self.potential(record)))
    #expect(record.agrees(with: value, floor: 1e-12), "\(value), reference \(record.values)")
    #expect(!record.agrees(with: wider, floor: 1e-8))
  }

  /// Moments of the mean of N cosines against the power series of `I_0(t)^N`.
  @Test(arguments: [1, 2, 5, 40]) func momentsOfTheMeanCosine(width: Int) {
    // I_0(t) = Σ (t²/4)^k/(k!)²; E[(Σ cos)^{2k}] = (2k)! [t^{2k}] I_0(t)^N.
    let bessel: [Double] = [1, 1.0 / 4, 1.0 / 64, 1.0 / 2304]
    var power = [1.0, 0, 0, 0]
    for _ in 0..<width {
      power = (0..<4).map { k in (0...k).reduce(0) { $0 + power[$1] * bessel[k - $1] } }
    }
    for (k, factorial) in [(1, 2.0), (2, 24), (3, 720)] {
      let expected = factorial * power[k] / pow(Double(width), Double(2 * k))
      let value = SingleSiteNet.cosineMoment(width: width, order: 2 * k)
      #expect(abs(value - expected) < 1e-12 * expected, "\(value), \(expected)")
    }
  }

  /// N → ∞ is the ordinary integral.
  @Test func wideNetsAreGaussian() {
    let potential = QuarticPotential(massSquared: 1, coupling: 6)
    let limit = SingleSite(potential).moment(2)
    let gaps = [50, 100].map { SingleSiteNet(width: $0, potential).secondMoment - limit }
    #expect(abs(gaps[0]) < 0.02 && abs(gaps[0] / gaps[1] - 2) < 0.1)
  }
}
