// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Synchronization
import TheoryLibrary
import Testing

@testable import Validation

/// Experiments are repeated with more networks while they are undecided and more networks promise to decide.
@Suite struct LookTests {
  /// One experiment whose control is rejected from `enough` draws on; `draws` of the quick tier's first look are 1000.
  /// It asks for `optimism` times too few draws.
  private struct Artificial: ValidationSuite {
    let name = "artificial"
    let summary = ""
    let standardTheories: [StandardTheory] = []
    let enough: Int
    let optimism: Double
    let seen: @Sendable (Budget, Int) -> Void

    func experiments(_ theory: TheoryDefinition, command: String) throws -> [Experiment] {
      [
        Experiment(
          theory: "",
          claims: [
            Claim("first", statement: "", source: "", control: ""), Claim("second", statement: "", source: "", control: ""),
          ],
          command: nil
        ) { [enough, optimism, seen] budget in
          let draws = budget.draws(1000)
          seen(budget, draws)
          let control = Finding(pValue: draws >= enough ? 0 : 0.1, text: "", growth: Double(enough) / Double(draws) / optimism)
          return [
            // Decided at once, and not asked again: a second look must not change it.
            Evidence(claim: Finding(pValue: 0.5, text: "look at \(draws)"), control: Finding(pValue: 0, text: ""), draws: draws),
            Evidence(claim: Finding(pValue: 0.5, text: "look at \(draws)"), control: control, draws: draws),
          ]
        }
      ]
    }
  }

  private func looks(_ tier: Budget.Tier, enough: Int, optimism: Double = 1) throws -> (
    draws: [Int], seeds: [UInt64], claims: [JudgedClaim]
  ) {
    let record = Mutex<[(Int, UInt64)]>([])
    let text = TheoryLibrary.files.first { $0.name == "cos-net" }!.text
    let run = try ValidationRun(
      suites: [
        Artificial(enough: enough, optimism: optimism) { budget, draws in record.withLock { $0.append((draws, budget.seed)) } }
      ],
      theory: TheoryDefinition.load(text: text, fileName: "cos-net"), argument: "cos-net")
    let judged = try run.run(Budget(tier: tier, seed: 7, threads: 1))
    let list = record.withLock { $0 }
    return (list.map(\.0), list.map(\.1), judged[0].claims)
  }

  @Test func decidedAtOnce() throws {
    let one = try looks(.quick, enough: 500)
    #expect(one.draws == [1000] && one.seeds == [7] && one.claims.allSatisfy { $0.verdict == .consistent && $0.look == 1 })
  }

  @Test func aSecondLookTakesNewNetworks() throws {
    let two = try looks(.quick, enough: 2000)
    #expect(two.draws == [1000, 2000] && Set(two.seeds).count == 2)
    #expect(two.claims.map(\.look) == [1, 2] && two.claims.allSatisfy { $0.verdict == .consistent })
    #expect(two.claims[0].evidence.draws == 1000 && two.claims[1].evidence.draws == 2000)
  }

  @Test func hopelessExperimentsAreNotRepeated() throws {
    let one = try looks(.quick, enough: 1_000_000)
    #expect(one.draws == [1000] && one.claims[1].verdict == .inconclusive(neededDraws: 1_000_000))
    // As many networks at once as the control needs; a third look where it promised too much.
    let two = try looks(.thorough, enough: 200_000)
    #expect(two.draws == [16_000, 256_000] && two.claims[1].look == 2)
    let three = try looks(.thorough, enough: 200_000, optimism: 2)
    #expect(three.draws == [16_000, 128_000, 256_000] && three.claims[1].look == 3)
  }

  /// All looks share the false-alarm probability.
  @Test(arguments: Budget.Tier.allCases) func falseAlarms(_ tier: Budget.Tier) throws {
    let run = try ValidationRun(suites: ValidationSuites.all)
    #expect(run.falseAlarm(tier) * Double(2 * run.claimCount * tier.looks) <= ValidationRun.familyWise * (1 + 1e-12))
  }
}
