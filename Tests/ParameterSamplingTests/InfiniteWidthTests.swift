// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import Testing

@testable import ParameterSampling

/// Lattice φ⁴ at infinite width: partition functions, effective samples, control variates.
@Suite struct InfiniteWidthTests {
  typealias Group = ReferenceNetTests.Group

  static let groups = LatticeRecordTests.groups

  private static func theory(_ group: Group, prior: SamplerSettings.Prior = .hartree) throws -> InteractingTheory {
    try LatticeRecordTests.theory(group, prior: prior)
  }

  /// ln Z/Z(0) from the Hartree prior, brought back to the unshifted free theory, and from the free prior directly; plain integrals Z
  /// from any prior of known Gaussian integral, double wells included. False alarm 1e-6.
  @Test(arguments: SamplerSettings.Prior.allCases) func partitionFunctions(prior: SamplerSettings.Prior) throws {
    for group in Self.groups {
      guard let record = group.records.first(where: { $0.quantity == "ln Z(lam)/Z(0)" || $0.quantity.hasPrefix("Z=") }),
        prior == .hartree || record.number("m2") > 0
      else { continue }
      let theory = try Self.theory(group, prior: prior)
      let result = try SequentialMonteCarlo.run(
        PopulationPlan(
          theory: theory, recipe: try KernelRecipe([.slice], theory: theory), populations: 16, particles: isLong ? 2000 : 150,
          schedule: .ladder([0.05, 0.2, 0.5, 1]), sweepsPerStep: 1, seed: 8),
        observables: Observables.standard(theory), threads: 2)
      let isIntegral = record.quantity.hasPrefix("Z=")
      let mass = (theory.prior as! FreeLatticeField).mass
      let shift =
        isIntegral
        ? logFreePartition(theory.lattice, massSquared: mass * mass)
        : theory.hartree.map {
          HartreeMass.logPartitionRatio(from: $0.massSquared, to: $0.shifted, lattice: theory.lattice)
        } ?? 0
      let exact = isIntegral ? log(record.value) : record.value
      let estimate = result.logPartitionRatio
      let pull = (estimate.value + shift - exact) / estimate.error
      if isLong { print("\(group.testDescription) \(prior): ln Z \(estimate.value + shift)(\(estimate.error)) pull \(pull)") }
      #expect(
        abs(pull) < StatisticalChecks.studentBound(degrees: estimate.degreesOfFreedom, comparisons: 16), "\(record): \(pull)")
    }
  }

  /// Masses of the gap equation to the records' accuracy, and the effective samples reweighting from there really has.
  @Test func hartreeMasses() throws {
    let records = ReferenceRecords.all.filter { $0.theory.contains("mass-shifted") }
    #expect(records.count == 15)
    for record in records {
      let lattice = Lattice(sites: [record.integer("L")], spacing: record.number("a"), boundary: .periodic)
      let potential = QuarticInsertion(coupling: record.number("lam")).potential
      let isHartree = record.quantity.hasPrefix("[Hartree")
      if isHartree {
        let solution = try #require(
          HartreeMass(massSquared: record.number("m2"), potential: potential, lattice: lattice))
        #expect(abs(solution.shifted - record.values[0]) < 1e-10)
      }
      guard isHartree || record.quantity.hasPrefix("ESS fraction direct") else { continue }
      let theory = try fieldTheory(
        [record.integer("L")], spacing: record.number("a"), massSquared: record.number("m2"),
        coupling: record.number("lam"), prior: isHartree ? .hartree : .asStated)
      // ESS/M = <w>²/<w²>, and <w²>/<w> is the weighted mean of w.
      let result = Reweighting.run(
        ReweightingPlan(theory: theory, draws: isLong ? 400_000 : 8000, bins: 64, seed: 6),
        observables: Observables(["w"]) { [exp(-$0.action)] }, threads: 2)
      let fraction = result.means.logMeanWeight.map(exp) / result.means.mean(0)
      #expect(abs(fraction.value - result.effectiveFraction) < 1e-12)
      let pull = (fraction.value - record.values.last!) / fraction.error
      #expect(abs(pull) < StatisticalChecks.studentBound(degrees: 63, comparisons: 9), "\(record): \(fraction.value)")
      if isLong {
        print("ESS \(record.quantity.prefix(10)) L=\(record.integer("L")): \(fraction.value)(\(fraction.error)) pull \(pull)")
      }
    }
  }

  /// Schwinger-Dyson control variates: the error of χ4 falls many times, its value stays.
  @Test func controlVariates() throws {
    let group = Self.groups.first { g in
      g.records[0].theory.contains("4x4") && g.records.contains { $0.quantity.hasPrefix("chi4") }
        && g.records[0].number("m2") == 0.5 && g.records[0].number("lam") == 2
    }!
    let theory = try Self.theory(group)
    let exact = group.records.first { $0.quantity.hasPrefix("chi4") }!.value
    let volume = theory.lattice.volume
    let chains = try MarkovChains.run(
      ChainPlan(
        theory: theory, recipe: try KernelRecipe(theory: theory), chains: 8, warmUp: 100, measurements: isLong ? 20_000 : 4000,
        seed: 3), observables: Observables.standard(theory) + Identities.applicable(to: theory), threads: 2)
    let series = chains.replicas.map(\.primaries)
    let count = Observables.standard(theory).names.count
    let controls = (count..<chains.names.count).map { j in series.map { $0[j] } }
    func corrected(_ name: String) -> [[Double]] {
      let i = chains.names.firstIndex(of: name)!
      return ControlVariates.correct(series.map { $0[i] }, by: controls)
    }
    let (second, fourth) = (corrected("Phi^2/V"), corrected("Phi^4/V"))
    let improved = GammaMethod(zip(second, fourth).map { ReplicaSeries([$0, $1]) }) { $0[1] - 3 * volume * $0[0] * $0[0] }
    let (i, j) = (chains.names.firstIndex(of: "Phi^2/V")!, chains.names.firstIndex(of: "Phi^4/V")!)
    let plain = chains.gamma { $0[j] - 3 * volume * $0[i] * $0[i] }
    print("chi4 plain \(plain.value)(\(plain.error)), with control variates \(improved.value)(\(improved.error)), exact \(exact)")
    #expect(improved.error < plain.error / 20)
    #expect(abs(improved.value - exact) < StatisticalChecks.normalBound() * improved.error)
  }
}
