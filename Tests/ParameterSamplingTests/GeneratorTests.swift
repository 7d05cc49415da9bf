// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import FieldTheories
import LatticeFields
import Testing

@testable import ParameterSampling

/// Every way to sample is a generator: units that depend on their number only.
@Suite struct GeneratorTests {
  private static func generators() throws -> [any EnsembleGenerator<Sample>] {
    let theory = try latticeTheory([8], massSquared: 1, coupling: 1, width: 20)
    let recipe = try KernelRecipe(theory: theory)
    let collapsed = try CollapsedTheory(
      InteractingTheory(
        architecture: theory.prior,
        insertions: InsertionSum([
          FieldTheories.DataInsertion(points: [.zero, Point(2, 0, 0, 0)], labels: [0.5, -1], temperature: 0.2)
        ]),
        lattice: theory.lattice))
    let field = try InteractingTheory(
      architecture: FreeLatticeField(lattice: theory.lattice, mass: 1),
      insertions: InsertionSum([
        FieldTheories.DataInsertion(points: [.zero, Point(2, 0, 0, 0)], labels: [0.5, -1], temperature: 0.2)
      ]), lattice: theory.lattice)
    let chains = ChainPlan(theory: theory, recipe: recipe, chains: 4, warmUp: 50, measurements: 100)
    return [
      ReweightingPlan(theory: theory, draws: 400, bins: 4), chains, try TemperingPlan(chains),
      PopulationPlan(theory: theory, recipe: recipe, populations: 4, particles: 50),
      CollapsedPlan(collapsed: collapsed, draws: 400, bins: 4),
      try CollapsedChainPlan(collapsed: collapsed, chains: 4, warmUp: 10, measurements: 100),
      try CollapsedChainPlan(
        collapsed: collapsed, recipe: KernelRecipe([.refresh, .crankNicolson, .hamiltonian], theory: collapsed.hidden), chains: 4,
        warmUp: 10, measurements: 100),
      try ExactDrawsPlan(theory: field, draws: 400, bins: 4),
    ]
  }

  @Test func everyGeneratorRunsItsUnits() throws {
    for generator in try Self.generators() {
      let work = generator.makeWorker()
      for unit in 0..<generator.unitCount {
        var (count, isConsistent) = (0, true)
        let totals = work(unit, RunMonitor()) { sample in
          count += 1
          isConsistent =
            isConsistent && sample.action.isFinite
            && (generator.dependence == .weighted
              ? generator is CollapsedPlan || generator is ExactDrawsPlan || sample.logWeight == -sample.action
              : generator.dependence == .population || sample.logWeight == 0)
        }
        #expect(count >= 50 && isConsistent && !totals.isIncomplete, "\(generator.dependence)")
        #expect((totals.logWeight != nil) == (generator.dependence == .population))
        #expect(totals.moves.isEmpty == (generator.dependence == .weighted))
      }
    }
  }

  /// A unit done alone, by a fresh worker, is the unit done after others: what shards and resumed runs rest on.
  @Test func unitsDependOnTheirNumberOnly() throws {
    for generator in try Self.generators() {
      func actions(_ units: [Int]) -> [Int: [Double]] {
        let work = generator.makeWorker()
        return units.reduce(into: [:]) { all, unit in
          var actions: [Double] = []
          _ = work(unit, RunMonitor()) { actions.append($0.action) }
          all[unit] = actions
        }
      }
      let all = actions([0, 1, 2, 3])
      #expect(actions([2])[2] == all[2] && all[2] != all[1], "\(generator.dependence)")
    }
  }
}
