// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import Testing

@testable import ParameterSampling

/// One entry for every way to sample, and the choice between them.
@Suite struct GeneratorTests {
  @Test(arguments: SamplerSettings.Kind.allCases) func everyKindRuns(kind: SamplerSettings.Kind) throws {
    let theory = try latticeTheory([8], massSquared: 1, coupling: 1, width: 20)
    let settings = SamplerSettings(kind: kind, chains: 4, warmUp: 50, populations: 4, particles: 50)
    let generator = try EnsembleGenerator(theory, settings: settings, samples: 400, bins: 20, seed: 1)
    let units = try generator.run(threads: 2) { _ in SeriesRecorder(Observables.standard(theory)) }
    #expect(units.count == generator.unitCount)
    #expect(units.reduce(0) { $0 + $1.summary.count } >= 400)
    switch generator.dependence {
    case .independent:
      #expect(units.allSatisfy { $0.logWeight == 0 && zip($0.summary.logWeights, $0.summary["S"]).allSatisfy { $0 == -$1 } })
    case .chain: #expect(units.allSatisfy { $0.logWeight == 0 && $0.summary.logWeights.allSatisfy { $0 == 0 } })
    case .population: #expect(units.allSatisfy { $0.logWeight < 0 && !$0.kernels.isEmpty })
    }
  }

  @Test func theChoiceFollowsTheTheory() throws {
    func choice(_ theory: InteractingTheory) -> SamplerChoice { SamplerChoice(theory, settings: .standard) }
    let weak = choice(try latticeTheory([8], massSquared: 1, coupling: 1, width: 20))
    #expect(weak.kind == .reweighting && weak.reason.contains("%"))
    #expect(choice(try latticeTheory([64], massSquared: 1, coupling: 24, width: 100)).kind == .chains)
    #expect(choice(try fieldTheory([64], massSquared: 1, coupling: 24, prior: .asStated)).kind == .chains)
    #expect(choice(try fieldTheory([16], massSquared: 1, coupling: 6)).kind == .reweighting)
    let lattice = Lattice(sites: [8, 8], spacing: 1, boundary: .periodic)
    let broken = try InteractingTheory(
      architecture: LatticeAlphaNet(kind: "alpha-net", width: 64, mass: 1, alpha: 0, weights: .gaussian, lattice: lattice),
      insertions: InsertionSum([QuarticInsertion(coupling: 1), MassInsertion(shift: -2)]), lattice: lattice)
    #expect(choice(broken).kind == .tempering)
  }
}
