// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import NumericalKernels
import Testing

@testable import ErrorAnalysis

/// Coverage of error methods on data without networks: the Γ method and Sokal's window on AR(1) chains, the bootstrap on bins. Student's intervals at one
/// and two sigmas at the smallest size that is flagged in fewer than one run of twenty; NNFT_LONG_TESTS repeats 20 000 times, with bounds of 2 points and 1.
@Suite struct MethodCoverageTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let isLong = environment["NNFT_LONG_TESTS"] != nil
  private static let runs = isLong ? 20_000 : 1500
  /// Five binomial standard deviations of the short form.
  private static let tolerance = (one: isLong ? 0.02 : 0.06, two: isLong ? 0.01 : 0.027)

  private static func normals(_ count: Int, _ run: Int) -> [Double] {
    let half = (count + 1) / 2
    let (a, b) = (AlignedBuffer<Double>(count: half, repeating: 0), AlignedBuffer<Double>(count: half, repeating: 0))
    RandomStream(seed: 5, stream: "coverage").normalPairs(
      use: .phase, draw: UInt64(run), count: half, first: a.pointer, second: b.pointer)
    return Array((a.array + b.array).prefix(count))
  }

  private func check(_ name: String, _ estimate: (Int) -> Estimate, exact: Double) {
    var (one, two, sound) = (0, 0, 0)
    for run in 0..<Self.runs {
      let estimate = estimate(run)
      guard estimate.reliability == .sound else { continue }
      sound += 1
      let t = abs(estimate.value - exact) / estimate.error
      let degrees = Double(estimate.degreesOfFreedom)
      if t <= Distributions.studentTwoSidedQuantile(0.682689492137, degrees: degrees) { one += 1 }
      if t <= Distributions.studentTwoSidedQuantile(0.954499736104, degrees: degrees) { two += 1 }
    }
    let share = (one: Double(one) / Double(sound), two: Double(two) / Double(sound))
    if Self.isLong { print("coverage of \(name), \(sound) of \(Self.runs) runs sound: \(share.one), \(share.two)") }
    #expect(sound * 20 >= Self.runs * 19, "\(name): \(sound) of \(Self.runs) are sound")
    #expect(abs(share.one - 0.6827) < Self.tolerance.one && abs(share.two - 0.9545) < Self.tolerance.two, "\(name): \(share)")
  }

  /// x_{i+1} = ρ x_i + √(1−ρ²) g in equilibrium, τ_int = (1+ρ)/(2(1−ρ)).
  @Test(arguments: [0.0, 0.5, 0.8], [SummationWindow.automatic(), .sokal()]) func chains(rho: Double, window: SummationWindow) {
    let time = 0.5 * (1 + rho) / (1 - rho)
    let count = Int((Self.effective * 2 * time).rounded(.up))
    check(
      "\(window), rho = \(rho)",
      { run in
        let noise = Self.normals(count, run)
        var x = noise[0]
        let series = noise.indices.map { i -> Double in
          if i > 0 { x = rho * x + (1 - rho * rho).squareRoot() * noise[i] }
          return x
        }
        return Estimate(GammaMethod([ReplicaSeries([series])], window: window))
      }, exact: 0)
  }
  private static let effective = Double(environment["NNFT_EFFECTIVE"] ?? "") ?? 2.5 * GammaMethod.minimumEffectiveSamples
}
