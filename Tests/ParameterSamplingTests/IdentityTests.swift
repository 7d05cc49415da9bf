// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldTheories
import LatticeFields
import NNFTTestSupport
import Testing

@testable import ParameterSampling

/// The built-in identities hold under every sampler, and fail where the ensemble is another.
@Suite struct IdentityTests {
  static let theories: [(name: String, theory: InteractingTheory)] = {
    let cosNet = try! InteractingTheory(
      architecture: CosNet(dimension: 2, width: 12, sigmaW0: 1, sigmaW1: 1.5),
      insertions: InsertionSum([QuarticInsertion(coupling: 2), MassInsertion(shift: -0.3), SexticInsertion(coupling: 1)]),
      lattice: Lattice(sites: [5, 4], spacing: 0.5, boundary: .open))
    return [
      ("gaussian", try! latticeTheory([8], massSquared: 1, coupling: 6, width: 6)),
      ("rayleigh", try! latticeTheory([4, 4], massSquared: 1, coupling: 6, width: 6, weights: .rayleigh)),
      ("constant", try! latticeTheory([4, 4], massSquared: 1, coupling: 6, width: 6, weights: .constant)),
      ("uniform", try! latticeTheory([8], massSquared: 1, coupling: 6, width: 6, alpha: -1, weights: .uniform)),
      ("laplace", try! latticeTheory([8], massSquared: 1, coupling: 3, width: 6, weights: .laplace)),
      ("cos-net", cosNet),
      ("infinite width", try! fieldTheory([4, 4], massSquared: -0.5, coupling: 3)),
      ("infinite width, a = 1/2", try! fieldTheory([8], spacing: 0.5, massSquared: 1, coupling: 6)),
    ]
  }()

  private func pulls(_ theory: InteractingTheory, _ recipe: KernelRecipe, identities: Observables) throws -> [(String, Double)] {
    let analysis = try MarkovChains.run(
      ChainPlan(theory: theory, recipe: recipe, chains: 8, warmUp: 100, measurements: isLong ? 40_000 : 2500, seed: 9),
      observables: identities, threads: 2)
    return identities.names.map {
      let gamma = analysis.gamma($0)
      return ($0, gamma.value / gamma.error)
    }
  }

  @Test(arguments: theories.indices) func identitiesHold(index: Int) throws {
    let (name, theory) = Self.theories[index]
    let isField = theory.prior is FreeLatticeField
    let moves: [[SamplerSettings.Move]?] = isField ? [nil, [.slice]] : [nil, name == "constant" ? [.refresh] : [.refresh, .hamiltonian]]
    for list in moves {
      let identities = Identities.applicable(to: theory)
      #expect(!identities.names.isEmpty)
      let result = try pulls(theory, try KernelRecipe(list, theory: theory), identities: identities)
      let bound = StatisticalChecks.normalBound(comparisons: result.count)
      for (identity, pull) in result { #expect(abs(pull) < bound, "\(name) \(identity): \(pull)") }
      if isLong { print("identities of \(name) under \(list?.map(\.rawValue) ?? ["default"]): \(result)") }
    }
  }

  /// The control: the identities of another coupling.
  @Test func anotherCouplingIsSeen() throws {
    for (name, index) in [("nets", 0), ("field", 7)] {
      let theory = Self.theories[index].theory
      let other =
        index == 0
        ? try latticeTheory([8], massSquared: 1, coupling: 7, width: 6)
        : try fieldTheory([8], spacing: 0.5, massSquared: 1, coupling: 7, prior: .hartree)
      // The walker's own evaluator knows the true potential: only identities of the field itself can be asked of the other theory.
      let identities =
        index == 0
        ? Identities.weights(other.prior as! LatticeAlphaNet, other) : Identities.schwingerDyson(other)
      let result = try pulls(theory, try KernelRecipe(nil, theory: theory), identities: identities)
      #expect(result.contains { abs($0.1) > 6 }, "\(name): \(result)")
    }
  }
}
