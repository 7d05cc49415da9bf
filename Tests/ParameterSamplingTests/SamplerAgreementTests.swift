// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldTheories
import Foundation
import NNFTTestSupport
import Testing

@testable import ParameterSampling

/// Every way to sample one net, against each other and against the record of that net: L = 16, m² = 1, λ = 6, Gaussian weights.
@Suite struct SamplerAgreementTests {
  enum Method: String, CaseIterable, Sendable {
    case reweighting, refresh, refreshAndSlice, refreshAndHamiltonian, populations

    var moves: [SamplerSettings.Move] {
      switch self {
      case .reweighting, .refresh: [.refresh]
      case .refreshAndSlice: [.refresh, .slice]
      case .refreshAndHamiltonian, .populations: [.refresh, .hamiltonian]
      }
    }
  }

  struct Row: Sendable {
    let name: String
    let estimate: Estimate
  }

  /// φ², φ⁴, G2(1), Φ²/V and χ4.
  private static func rows(_ theory: InteractingTheory, _ method: Method, _ size: Int) throws -> [Row] {
    let names = ["phi^2", "phi^4", "G2(1)", "Phi^2/V"]
    let observables = referenceObservables(theory)
    let volume = theory.lattice.volume
    func index(_ name: String) -> Int { observables.names.firstIndex(of: name)! }
    let (second, fourth) = (index("Phi^2/V"), index("Phi^4/V"))
    func jackknife(_ mean: (Int) -> JackknifeSamples) -> [Row] {
      let chi4 = mean(fourth) - 3 * volume * (mean(second) * mean(second))
      return names.map { Row(name: $0, estimate: Estimate(mean(index($0)).biasCorrected)) }
        + [Row(name: "chi4", estimate: Estimate(chi4.biasCorrected))]
    }
    switch method {
    case .reweighting:
      let result = Reweighting.run(
        ReweightingPlan(theory: theory, draws: 20_000 * size, bins: 128, seed: 51), observables: observables, threads: 2)
      return jackknife { result.means.mean($0) }
    case .populations:
      let result = try SequentialMonteCarlo.run(
        PopulationPlan(
          theory: theory, recipe: try KernelRecipe(method.moves, theory: theory), populations: 64, particles: 100 * size,
          schedule: .adaptive(0.8), sweepsPerStep: 1, seed: 52), observables: observables, threads: 2)
      let means = WeightedMeans(logWeights: result.logZ, primaries: result.means, bins: 64)
      return jackknife { means.mean($0) }
    default:
      let result = try MarkovChains.run(
        ChainPlan(
          theory: theory, recipe: try KernelRecipe(method.moves, theory: theory), chains: 8, warmUp: 100,
          measurements: 1000 * size, seed: 53), observables: observables, threads: 2)
      return names.map { Row(name: $0, estimate: Estimate(result.gamma($0))) }
        + [Row(name: "chi4", estimate: Estimate(result.gamma { $0[fourth] - 3 * volume * $0[second] * $0[second] }))]
    }
  }

  private static func pull(_ a: Estimate, _ b: Estimate) -> Double {
    (a.value - b.value) / (a.error * a.error + b.error * b.error).squareRoot()
  }

  /// False alarm 1e-6 over all pairs and observables; the control is the same net with λ larger by a half, by reweighting.
  @Test(arguments: isLong ? [64] : [16]) func allAgree(width: Int) throws {
    let size = isLong ? 80 : 1
    let theory = try latticeTheory([16], massSquared: 1, coupling: 6, width: width)
    let results = try Method.allCases.map { method in
      let start = Date()
      let rows = try Self.rows(theory, method, size)
      if isLong {
        print(
          "N = \(width) \(method): "
            + rows.map { "\($0.name) \($0.estimate.value)(\($0.estimate.error))" }.joined(separator: "; ")
            + " \(Int(Date().timeIntervalSince(start))) s")
      }
      return rows
    }
    let group = FiniteWidthTests.groups.first {
      let p = $0.records[0].parameters
      return p["L"]?.number == 16 && p["lam"]?.number == 6 && p["N"]?.number == Double(width) && p["alpha"]?.number == 0
        && $0.records[0].weightKind == .gaussian
    }!
    let pairs = results.indices.flatMap { i in (0..<i).map { ($0, i) } }
    let comparisons = (pairs.count + results.count) * results[0].count
    var worst = 0.0
    for (i, j) in pairs {
      for (a, b) in zip(results[i], results[j]) {
        let bound = StatisticalChecks.studentBound(
          degrees: min(a.estimate.degreesOfFreedom, b.estimate.degreesOfFreedom), comparisons: comparisons)
        let pull = Self.pull(a.estimate, b.estimate)
        worst = max(worst, abs(pull))
        #expect(abs(pull) < bound, "\(Method.allCases[i]) and \(Method.allCases[j]), \(a.name): \(pull)")
      }
    }
    let expectations = group.expectations
    for (method, rows) in zip(Method.allCases, results) {
      for row in rows {
        #expect(row.estimate.reliability == .sound, "\(method) \(row.name)")
        guard let known = expectations.first(where: { $0.name == row.name }) else { continue }
        let pull =
          (row.estimate.value - known.value)
          / (row.estimate.error * row.estimate.error + known.uncertainty * known.uncertainty).squareRoot()
        worst = max(worst, abs(pull))
        let bound = StatisticalChecks.studentBound(degrees: row.estimate.degreesOfFreedom, comparisons: comparisons)
        #expect(abs(pull) < bound, "\(method) \(row.name): \(pull)")
      }
      #expect(rows[0].estimate.error < 1e-3 * Double(isLong ? 1 : 5), "\(method) \(rows[0])")
      let chi2 = rows[3].estimate.value
      #expect(rows[4].estimate.error < (isLong ? 1e-2 : 0.2) * chi2 * chi2 * 16, "\(method) \(rows[4]) \(chi2)")
    }
    if isLong { print("N = \(width): largest pull \(worst) of \(comparisons)") }
    let other = try Self.rows(
      try latticeTheory([16], massSquared: 1, coupling: 9, width: width), .reweighting, size)
    for (method, rows) in zip(Method.allCases, results) {
      let pull = Self.pull(rows[1].estimate, other[1].estimate)
      #expect(abs(pull) > StatisticalChecks.normalBound(), "\(method): \(pull)")
    }
  }
}
