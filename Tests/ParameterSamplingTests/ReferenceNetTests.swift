// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import ErrorAnalysis
import FieldTheories
import Foundation
import LatticeFields
import NNFTTestSupport
import NumericalKernels
import Testing

@testable import ParameterSampling

/// Interacting nets of one and two neurons against exact quadratures: every sampler, on targets as skewed as small nets make
/// them.
@Suite struct ReferenceNetTests {
  /// A way to sample, as small as the tests want it.
  enum Method: String, CaseIterable, Sendable {
    case reweighting, refresh, refreshAndSlice, refreshAndHamiltonian, populations

    func recipe() -> KernelRecipe {
      KernelRecipe { theory in
        // Single neurons, so that a block is never the whole net of two.
        var kernels: [any MarkovKernel] = [SingleRefresh(theory)]
        switch self {
        case .refreshAndSlice: kernels.append(EllipticalSlice(theory))
        case .refreshAndHamiltonian: kernels.append(HamiltonianMonteCarlo(theory))
        default: break
        }
        return kernels
      }
    }
  }

  /// Refresh of one neuron at a time, whatever the acceptance.
  final class SingleRefresh: MarkovKernel {
    let inner: NeuronRefresh
    init(_ theory: InteractingTheory) { inner = NeuronRefresh(theory, blockSize: 1) }
    var name: String { inner.name }
    var movedBlocks: Set<Int> { inner.movedBlocks }
    var setting: String { inner.setting }
    func tune(_ counts: KernelCounts) {}
    func sweep(
      _ walker: Walker, _ evaluator: ActionEvaluator, coupling: Double, _ random: inout WalkerRandomness
    ) -> KernelCounts { inner.sweep(walker, evaluator, coupling: coupling, &random) }
  }

  /// The records of one theory: the observable each value belongs to.
  struct Group: Sendable, CustomTestStringConvertible {
    let records: [ReferenceRecord]
    var testDescription: String {
      let p = records[0].parameters
      return ["L", "a", "m2", "lam", "N", "alpha"].map { "\($0)=\(p[$0]?.number ?? 0)" }.joined(separator: " ")
        + " \(records[0].weightKind.rawValue)"
    }

    static func groups(_ theory: String) -> [Group] {
      Dictionary(grouping: ReferenceRecords.all.filter { $0.theory == theory }) {
        Group(records: [$0]).testDescription + "\($0.parameters["d"]?.number ?? 0)"
      }
      .sorted { $0.key < $1.key }.map { Group(records: $0.value) }
    }

    /// Observable, value, uncertainty.
    var expectations: [(name: String, value: Double, uncertainty: Double)] {
      records.flatMap { record -> [(String, Double, Double)] in
        let sigma = record.uncertainties?[0] ?? 0
        switch record.quantity {
        case "G2(r) r=0..L/2": return record.values.enumerated().map { ("G2(\($0))", $1, 0) }
        case "[<S_int>,<phi^4>]": return [("S", record.values[0], 0), ("phi^4", record.values[1], 0)]
        case "Z(lam)/Z(0)", "Z(lam)/Z(0)=<exp(-lam phi^4/24)>": return [("lnZ", log(record.value), 0)]
        case "ln Z(lam)/Z(0)": return [("lnZ", record.value, sigma)]
        case "<S_int>": return [("S", record.value, sigma)]
        case "<phi^2>", "<phi^2>_lam": return [("phi^2", record.value, sigma)]
        case "<phi^4>", "<phi^4>_lam": return [("phi^4", record.value, sigma)]
        case "chi2=<Phi^2>/V": return [("Phi^2/V", record.value, sigma)]
        case let q where q.hasPrefix("chi4="): return [("chi4", record.value, sigma)]
        case "ESS fraction of direct reweighting": return [("ESS", record.value, sigma)]
        case let q where q.hasPrefix("G2(") && q.hasSuffix(",0..)"):
          let r = Int(q.dropFirst(3).prefix { $0 != "," })!
          return [("G2(\(min(r, record.integer("L") - r)))", record.value, sigma)]
        default: return []
        }
      }
    }
  }

  /// χ4 from the means of `Phi^2/V` and `Phi^4/V`.
  static func chi4(_ names: [String], _ theory: InteractingTheory, _ mean: (Int) -> JackknifeSamples) -> Estimate {
    let (second, fourth) = (mean(names.firstIndex(of: "Phi^2/V")!), mean(names.firstIndex(of: "Phi^4/V")!))
    return Estimate((fourth - 3 * theory.lattice.volume * (second * second)).biasCorrected)
  }

  /// Reweighting's estimate of anything the records know, effective samples included.
  static func estimate(_ result: WeightedAnalysis, _ theory: InteractingTheory, _ name: String) -> Estimate {
    switch name {
    case "lnZ": return result.logPartitionRatio
    case "ESS":
      // ESS/M = <w>²/<w²>, and <w²>/<w> is the weighted mean of w.
      let share = result.means.logMeanWeight.map(exp) / result.means.mean(result.names.firstIndex(of: "w")!)
      return Estimate(share.biasCorrected)
    case "chi4": return chi4(result.names, theory) { result.means.mean($0) }
    default: return result.estimate(name)
    }
  }

  static let weight = Observables(["w"]) { [exp(-$0.action)] }

  /// Estimates of all expectations that the method gives.
  static func estimates(
    _ theory: InteractingTheory, _ method: Method, samples: Int, recipe: KernelRecipe? = nil
  ) throws -> (String) -> Estimate? {
    let observables = referenceObservables(theory)
    let recipe = recipe ?? method.recipe()
    switch method {
    case .reweighting:
      let result = Reweighting.run(
        ReweightingPlan(theory: theory, draws: 2 * samples, bins: 128, seed: 3), observables: observables + weight, threads: 2)
      return { estimate(result, theory, $0) }
    case .populations:
      let result = try SequentialMonteCarlo.run(
        PopulationPlan(
          theory: theory, recipe: recipe, populations: 40, particles: max(100, samples / 100),
          schedule: .ladder([0.1, 0.25, 0.5, 0.75, 1]), sweepsPerStep: 2, seed: 4), observables: observables, threads: 2)
      return { $0 == "lnZ" ? result.logPartitionRatio : $0 == "ESS" ? nil : result.estimate($0) }
    default:
      let result = try MarkovChains.run(
        ChainPlan(
          theory: theory, recipe: recipe, chains: 8, warmUp: 100, measurements: samples / 8, seed: 5),
        observables: observables, threads: 2)
      return { ["lnZ", "ESS"].contains($0) ? nil : result.estimate($0) }
    }
  }

  /// The largest pull in units of its bound, and the pulls.
  static func worst(
    _ group: Group, _ estimates: (String) -> Estimate?
  ) -> (share: Double, report: String) {
    let rows = group.expectations.compactMap { row in estimates(row.name).map { (row, $0) } }
    var (share, report) = (0.0, "")
    for (row, estimate) in rows {
      let error = (estimate.error * estimate.error + row.uncertainty * row.uncertainty).squareRoot()
      let pull = (estimate.value - row.value) / error
      let bound = StatisticalChecks.studentBound(degrees: max(1, estimate.degreesOfFreedom), comparisons: rows.count)
      share = max(share, estimate.reliability == .sound ? abs(pull) / bound : .infinity)
      report +=
        "\(row.name) \(estimate.value)(\(estimate.error)) pull \((pull * 100).rounded() / 100)"
        + (estimate.reliability == .sound ? "; " : " \(estimate.reliability); ")
    }
    return (share, report)
  }

  static let exact = Group.groups("interacting lattice net finite N (exact quadrature)")
  static let single = Group.groups("interacting net d=0 finite N")

  @Test(arguments: exact, Method.allCases) func smallNets(group: Group, method: Method) throws {
    let theory = try theory(of: group.records[0])
    let (share, report) = Self.worst(group, try Self.estimates(theory, method, samples: isLong ? 400_000 : 20_000))
    if isLong { print("\(group.testDescription) \(method): \(report)") }
    #expect(share < 1, "\(report)")
  }

  /// One site: the whole chain of reweighting and sampling in its smallest form.
  @Test(arguments: single, Method.allCases) func oneSite(group: Group, method: Method) throws {
    let record = group.records[0]
    let theory = try latticeTheory(
      [1], massSquared: record.number("m2"), coupling: record.number("lam"), width: record.width)
    let (share, report) = Self.worst(group, try Self.estimates(theory, method, samples: isLong ? 200_000 : 8000))
    if isLong { print("one site \(group.testDescription) \(method): \(report)") }
    #expect(share < 1, "\(report)")
  }
}
