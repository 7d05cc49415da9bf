// SPDX-License-Identifier: GPL-3.0-or-later

import Draws
import NumericalKernels
import Testing

@testable import ParameterSampling

/// The tests of agreement between chains: they reject chains that agree as rarely as they say, whatever the autocorrelation, and see those that do not.
@Suite struct ChainAgreementTests {
  /// Stationary chains `x_{i+1} = ρ x_i + √(1 − ρ²) n`, τ_int = (1 + ρ)/(2 (1 − ρ)).
  private static func chains(_ count: Int, length: Int, tau: Double, trial: Int) -> [[Double]] {
    let rho = (2 * tau - 1) / (2 * tau + 1)
    let noise = AlignedBuffer<Double>(count: length, repeating: 0)
    return (0..<count).map { chain in
      var random = WalkerRandomness(stream: RandomStream(seed: UInt64(trial), stream: "chains"), walker: chain)
      random.advance()
      random.normals(0, count: length, into: noise.pointer)
      var x = noise[0]
      return (0..<length).map { i in
        if i > 0 { x = rho * x + (1 - rho * rho).squareRoot() * noise[i] }
        return x
      }
    }
  }

  /// 150 sets of sixteen chains of 50 and 400 τ_int: at most 12 rejections at a false alarm of 1 % where 1.5 of each test are expected (the probability of more
  /// than 12 is below 1e-7), and at most one at the 1e-4 in use. The control: the threshold R̂ ≤ 1.01 rejects all of the short chains.
  @Test(arguments: [(8.0, 400), (2.0, 800)]) func chainsThatAgreePass(tau: Double, length: Int) {
    var (spread, drift, used, threshold) = (0, 0, 0, 0)
    for trial in 0..<150 {
      let chains = Self.chains(16, length: length, tau: tau, trial: trial)
      let agreement = ChainAgreement(chains)
      if agreement.spread < 0.01 { spread += 1 }
      if agreement.drift < 0.01 { drift += 1 }
      if !agreement.isFound { used += 1 }
      if ChainDiagnostics.splitRHat(chains) > 1.01 { threshold += 1 }
    }
    print("tau \(tau), \(length): \(spread) spread, \(drift) drift, \(used) in use, R-hat \(threshold)")
    #expect(spread <= 12 && drift <= 12 && used <= 1)
    if tau > 4 { #expect(threshold > 100) }
  }

  /// One chain of sixteen in another place, all chains in wells of their own, a warm-up that is too short, chains that stand still: seen. Heavy tails hide nothing.
  @Test func disagreementIsSeen() {
    let chains = Self.chains(16, length: 1000, tau: 2, trial: 1)
    #expect(ChainAgreement(chains).isFound)
    #expect(!ChainAgreement(chains.dropLast() + [chains[15].map { $0 + 0.7 }]).isFound)
    let wells = chains.enumerated().map { chain, values in values.map { 0.1 * $0 + (chain % 2 == 0 ? 1 : -1) } }
    #expect(ChainAgreement(wells).spread < 1e-12)
    let relaxing = chains.map { values in values.enumerated().map { $1 + 1.5 / (1 + Double($0) / 100) } }
    #expect(ChainAgreement(relaxing).drift < 1e-4)
    #expect(ChainAgreement((0..<4).map { [Double](repeating: Double($0), count: 100) }).spread < 1e-12)
    #expect(ChainAgreement([[Double]](repeating: [Double](repeating: 1, count: 100), count: 4)).isFound)
    #expect(!ChainAgreement([[1, 2], [1, 2]]).isFound)
    // Cubes of cubes of the deviates: a mean has no use, ranks have.
    func heavy(_ x: Double) -> Double { x * x * x * x * x * x * x * x * x }
    let shifted = chains.dropLast() + [chains[15].map { $0 + 0.7 }]
    #expect(!ChainAgreement(shifted.map { $0.map(heavy) }).isFound)
  }

  /// A zero mode that is absent from nine networks of ten is zero to rounding, and the last bits follow neurons that stay in a chain: no observable, whose ranks would say that
  /// chains disagree. The control: the same numbers where they can be seen.
  @Test func roundingIsNoObservable() {
    let fast = Self.chains(16, length: 300, tau: 0.5, trial: 4)
    func mixed(_ size: Double) -> [[Double]] {
      fast.enumerated().map { chain, values in values.map { size * Double(chain) + ($0 > 1.28 ? $0 : 0) } }
    }
    #expect(ChainAgreement(mixed(1e-16)).isFound)
    #expect(!ChainAgreement(mixed(0.1)).isFound)
  }
}
