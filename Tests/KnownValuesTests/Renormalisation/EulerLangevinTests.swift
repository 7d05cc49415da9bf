// SPDX-License-Identifier: GPL-3.0-or-later

import KnownValues
import Testing

/// The bias of Euler steps against the recursion that they are, `v ← (1 − hD)² v + 2h`, to rounding.
@Suite struct EulerLangevinTests {
  @Test(arguments: [10.0, 4232.0, 15_000.0])
  func bias(stiffness: Double) throws {
    let euler = EulerLangevin.published
    let (h, c) = (euler.step, 1 - euler.step * stiffness)
    var (variance, covariance) = (0.0, 0.0)
    for _ in 0..<100_000 { variance = c * c * variance + 2 * h }
    let own = try #require(euler.bias(stiffness: stiffness)) / stiffness
    #expect(abs(own / variance - 1) < 1e-12)
    // The control: the right variance.
    #expect(abs(1 / stiffness / variance - 1) > 4e-4)
    // 2 τ = 1 + 2 Σ c^t.
    covariance = (1...200_000).reduce((1.0, 1.0)) { sum, _ in (sum.0 + 2 * sum.1 * c, sum.1 * c) }.0
    #expect(abs(try #require(euler.steps(stiffness: stiffness)) / covariance - 1) < 1e-9)
  }

  /// 1.27 at k = 1000 of the golden case at U = 0; none beyond the edge of stability.
  @Test func edges() throws {
    let bias = try #require(EulerLangevin.published.bias(stiffness: 3981.07170553 + 251.188643151))
    #expect(abs(bias - 1.27) < 0.005)
    #expect(EulerLangevin.published.bias(stiffness: 20_000) == nil && EulerLangevin.published.steps(stiffness: 20_001) == nil)
  }
}
