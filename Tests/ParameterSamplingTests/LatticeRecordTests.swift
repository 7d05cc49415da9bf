// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import Testing

@testable import ParameterSampling

/// Lattice φ⁴ at infinite width: every record that is a function of correlators, in d = 0 to 3, against chains whose means have the
/// Schwinger-Dyson equations regressed out.
@Suite struct LatticeRecordTests {
  typealias Group = ReferenceNetTests.Group

  static let families = [
    "phi4 d=0 single site", "phi4 d=1 lattice (exact)", "phi4 d=2 2x2 (exact)", "phi4 d=2 4x4 (quadrature-exact)",
    "phi4 d=2 lattice (MCMC)", "phi4 d=3 lattice (MCMC)",
  ]

  static let groups: [Group] = families.flatMap { name in
    Dictionary(
      grouping: ReferenceRecords.all.filter { $0.theory == name && ($0.dimension == 0 || $0.parameters["L"]?.number != nil) }
    ) { Group(records: [$0]).testDescription + "\($0.dimension)" }
    .sorted { $0.key < $1.key }.map { Group(records: $0.value) }
  }

  static func theory(_ group: Group, prior: SamplerSettings.Prior = .hartree, factor: Double = 1) throws -> InteractingTheory {
    let record = group.records[0]
    let sites =
      record.dimension == 0 ? [1] : [Int](repeating: record.integer("L"), count: record.dimension)
    return try fieldTheory(
      sites, spacing: record.parameters["a"]?.number ?? 1, massSquared: record.number("m2"),
      coupling: factor * record.number("lam"), prior: prior)
  }

  static func numbers(_ group: Group) throws -> [LatticeNumber] {
    let lattice = try theory(group).lattice
    return group.records.flatMap { LatticeNumber.numbers(of: $0, lattice: lattice) }
  }

  /// The largest pull in units of its bound; relative error of χ4, where it is among the numbers.
  private static func check(
    _ group: Group, moves: [SamplerSettings.Move]?, measurements: Int, factor: Double = 1, label: String
  ) throws -> (share: Double, report: String) {
    let numbers = try numbers(group)
    let theory = try theory(group, factor: factor)
    let means = Array(Set(numbers.flatMap(\.means))).sorted { $0.name < $1.name }
    let start = Date()
    let chains = try MarkovChains.run(
      ChainPlan(
        theory: theory, recipe: try KernelRecipe(moves, theory: theory), chains: 8, warmUp: 150, measurements: measurements,
        seed: 21), observables: Observables.means(means, theory.lattice) + Identities.applicable(to: theory), threads: 2)
    let series = chains.names.indices.map { i in chains.replicas.map { $0.primaries[i] } }
    let controls = Array(series[means.count...])
    // On one site the equations leave so little that tails rule what is left: there means are taken as they are.
    let isSite = theory.lattice.siteCount == 1
    let corrected = (0..<means.count).map { isSite ? series[$0] : ControlVariates.correct(series[$0], by: controls) }
    var (share, report) = (0.0, "")
    for number in numbers {
      let columns = number.means.map { means.firstIndex(of: $0)! }
      let replicas = (0..<8).map { chain in ReplicaSeries(columns.map { corrected[$0][chain] }) }
      let gamma = GammaMethod(replicas, of: number.function)
      let error = (gamma.error * gamma.error + number.uncertainty * number.uncertainty).squareRoot()
      let pull = (gamma.value - number.exact) / error
      let bound = StatisticalChecks.studentBound(degrees: max(3, gamma.degreesOfFreedom), comparisons: numbers.count)
      share = max(share, abs(pull) / bound)
      report += "\n    \(number.label) \(gamma.value)(\(gamma.error)) exact \(number.exact) pull \((pull * 100).rounded() / 100)"
      if isLong, factor == 1, label == "hmc" {
        if number.label.hasPrefix("<phi^2>") { #expect(gamma.error < 1e-3, "\(group.testDescription)") }
        if number.label.hasPrefix("chi4=") {
          #expect(gamma.error < 1e-2 * abs(number.exact), "\(group.testDescription) \(gamma.value)(\(gamma.error))")
        }
      }
    }
    report += " \(Int(Date().timeIntervalSince(start))) s \(chains.kernels[0].map(\.setting))"
    if isLong { print("\(group.records[0].theory) \(group.testDescription) \(label), share \(share): \(report)") }
    return (share, report)
  }

  /// Long runs bring χ4 to 1 %.
  private static func measurements(_ group: Group) throws -> Int {
    let sites = try theory(group).lattice.siteCount
    if isLong { return sites < 64 ? 40_000 : min(72_000, 14_000_000 / sites) }
    return max(400, min(1500, 40_000 / sites))
  }

  /// False alarm 1e-6 a group.
  @Test(arguments: groups) func hamiltonianChains(group: Group) throws {
    let (share, report) = try Self.check(group, moves: nil, measurements: try Self.measurements(group), label: "hmc")
    #expect(share < 1, "\(report)")
  }

  @Test(arguments: Array(groups[7..<(isLong ? 20 : 10)])) func sliceChains(group: Group) throws {
    let (share, report) = try Self.check(
      group, moves: [.slice, .flip], measurements: min(20_000, try Self.measurements(group)), label: "slice")
    #expect(share < 1, "\(report)")
  }

  /// The control: a coupling larger by a half is rejected wherever φ⁴ is not a small correction.
  @Test(arguments: groups.filter { $0.records[0].number("lam") >= 2 && $0.records[0].dimension > 0 })
  func anotherCouplingIsRejected(group: Group) throws {
    let (share, report) = try Self.check(
      group, moves: nil, measurements: min(4000, try Self.measurements(group)), factor: 1.5, label: "wrong coupling")
    #expect(share > 1, "\(report)")
  }

  /// ln Z/Z(0), the plain integral Z, effective samples of direct reweighting and Var_0(S): draws of the free field. False alarm 1e-6 a
  /// record.
  @Test(arguments: groups.filter { $0.records[0].number("m2") > 0 && freeFamilies.contains($0.records[0].theory) })
  func freeDraws(group: Group) throws {
    let records = group.records.filter { Self.freeQuantity($0) }
    guard !records.isEmpty else { return }
    let theory = try Self.theory(group, prior: .asStated)
    let bins = Reweighting.run(
      ReweightingPlan(theory: theory, draws: isLong ? 400_000 : 16_000, bins: 64, seed: 6), threads: 2
    ) { _ in SeriesRecorder(Observables(["S"]) { [$0.action] }) }
    var means = BinnedMeans(primaryCount: 4)
    for bin in bins {
      let s = bin["S"]
      func mean(_ f: (Double) -> Double) -> Double { s.reduce(0) { $0 + f($1) } / Double(s.count) }
      means.append(means: [mean { exp(-$0) }, mean { exp(-2 * $0) }, mean { $0 }, mean { $0 * $0 }], weight: 1)
    }
    let (w, w2, s, s2) = (means.mean(0), means.mean(1), means.mean(2), means.mean(3))
    let mass = (theory.prior as! FreeLatticeField).mass
    let free = logFreePartition(theory.lattice, massSquared: mass * mass)
    for record in records {
      let q = record.quantity
      let (samples, exact): (JackknifeSamples, Double) =
        q.hasPrefix("ln Z")
        ? (w.map(log), record.value)
        : q.hasPrefix("Z=")
          ? (w.map(log), log(record.value) - free) : q.hasPrefix("ESS") ? (w * w / w2, record.value) : (s2 - s * s, record.value)
      let estimate = samples.biasCorrected
      let pull = (estimate.value - exact) / estimate.error
      if isLong {
        print("\(group.testDescription) \(q.prefix(14)): \(estimate.value)(\(estimate.error)) exact \(exact) pull \(pull)")
      }
      // Few of the draws count where ESS is small: its tail is not Gaussian, the bound is that of Student.
      #expect(abs(pull) < StatisticalChecks.studentBound(degrees: 63), "\(record): \(estimate.value)(\(estimate.error))")
    }
  }

  static let freeFamilies: Set = [
    "phi4 d=0 single site", "phi4 d=1 lattice (exact)", "phi4 d=2 4x4 (quadrature-exact)",
  ]

  static func freeQuantity(_ record: ReferenceRecord) -> Bool {
    ["ln Z", "Z=", "ESS fraction", "Var_0"].contains { record.quantity.hasPrefix($0) }
  }
}

/// `ln ∫ Π dφ exp(−½ φ(−Δ + m²)φ)` of a lattice of unit spacing.
func logFreePartition(_ lattice: Lattice, massSquared: Double) -> Double {
  (0..<lattice.siteCount).reduce(0) { sum, index in
    let momentum = zip(lattice.siteVector(index), lattice.sites).reduce(0.0) {
      let s = sin(Double.pi * Double($1.0) / Double($1.1))
      return $0 + 4 * s * s
    }
    return sum + 0.5 * log(2 * .pi / (momentum + massSquared))
  }
}
