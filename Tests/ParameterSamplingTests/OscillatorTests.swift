// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldTheories
import Foundation
import InteractingResults
import LatticeFields
import NNFTTestSupport
import Testing

@testable import ParameterSampling

/// The anharmonic oscillator from networks: E1 − E0 of `p²/2 + x²/2 + λ x⁴/24` from correlators on rings of three spacings.
@Suite struct OscillatorTests {
  /// Rings of 2/3, 1 and 4/3 of these sites, of length `extent`: e^{−gap·extent} < 3e-4.
  struct Coupling: Sendable, CustomTestStringConvertible {
    let lambda: Double
    let extent: Double
    let sites: [Int]
    var testDescription: String { "lambda = \(lambda)" }
    var gap: Double { AnharmonicOscillator(QuarticPotential(massSquared: 1, coupling: lambda)).gap }
    func ring(_ sites: Int) -> TransferMatrix {
      TransferMatrix(QuarticPotential(massSquared: 1, coupling: lambda), sites: nil, spacing: extent / Double(sites))
    }
  }

  static let couplings = [
    Coupling(lambda: 1, extent: 8, sites: [16, 24, 32]), Coupling(lambda: 6, extent: 6, sites: [16, 24, 32]),
    Coupling(lambda: 24, extent: 5, sites: [20, 30, 40]),
  ]

  /// G2 at all displacements, means over blocks of the chains; at infinite width with the Schwinger-Dyson equations of every
  /// displacement regressed out.
  static func correlator(_ theory: InteractingTheory, chains: Int, measurements: Int, seed: UInt64) throws -> BinnedMeans {
    let field = RingCorrelators(theory)
    let result = try MarkovChains.run(
      ChainPlan(
        theory: theory, recipe: try KernelRecipe(theory: theory), chains: chains, warmUp: 200, measurements: measurements,
        seed: seed), observables: field.observables, threads: 2)
    let series = (0..<result.names.count).map { i in result.replicas.map { $0.primaries[i] } }
    let corrected = (0..<field.count).map {
      ControlVariates.correct(series[$0], by: Array(series[field.count...]))
    }
    let blocks = max(1, 128 / chains)
    let length = measurements / blocks
    var means = BinnedMeans(primaryCount: field.count)
    for chain in 0..<chains {
      for block in 0..<blocks {
        means.append(
          means: corrected.map { $0[chain][block * length..<(block + 1) * length].reduce(0, +) / Double(length) }, weight: 1)
      }
    }
    return means
  }

  /// `A cosh(E (t − T/2))` through G2(t), 1 ≤ t ≤ 2.1: before, the third level weighs more than 1e-4.
  static func gap(_ correlators: [JackknifeSamples], spacing: Double, extent: Double) -> CorrelatedFit {
    let times = (0..<correlators.count).filter { (0.95...2.1).contains(Double($0) * spacing) }
    return CorrelatedFit(
      times.map { Double($0) * spacing }, times.map { correlators[$0].value },
      covariance: CovarianceMatrix(of: times.map { correlators[$0] }), start: [correlators[0].value, 1.2]
    ) { t, p in p[0] * cosh(p[1] * (t - extent / 2)) / cosh(p[1] * extent / 2) }
  }

  /// The limit a → 0 of gaps at spacings a, linear in a²; error, and χ² of one degree of freedom.
  static func continuum(_ coupling: Coupling, _ gaps: [Estimate]) -> CorrelatedFit {
    CorrelatedFit(
      coupling.sites.map { coupling.extent / Double($0) }, gaps.map(\.value),
      covariance: CovarianceMatrix(errors: gaps.map(\.error))) { [1, $0 * $0] }
  }

  /// Infinite width, three spacings, linear in a². False alarm 1e-6; the control is the gap of a coupling 5 % larger.
  @Test(arguments: couplings) func infiniteWidth(coupling: Coupling) throws {
    let gaps = try coupling.sites.map { sites in
      let spacing = coupling.extent / Double(sites)
      let theory = try fieldTheory([sites], spacing: spacing, massSquared: 1, coupling: coupling.lambda)
      let means = try Self.correlator(theory, chains: 8, measurements: isLong ? 50_000 : 3200, seed: 41)
      return try Self.check(coupling, sites, "infinite width", (0...sites / 2).map(means.mean))
    }
    Self.checkLimit(coupling, gaps, "infinite width")
  }

  /// Nets of constant amplitudes: correlators at three widths, linear in 1/N at every t, then as above.
  @Test(arguments: couplings) func widthExtrapolated(coupling: Coupling) throws {
    let gaps = try (isLong ? coupling.sites : Array(coupling.sites.prefix(1))).map { sites in
      let spacing = coupling.extent / Double(sites)
      let runs = try Self.widths.map { width in
        let start = Date()
        let theory = try latticeTheory(
          [sites], spacing: spacing, massSquared: 1, coupling: coupling.lambda, width: width, weights: .constant)
        let means = try Self.correlator(theory, chains: 8, measurements: isLong ? 16_000 : 800, seed: UInt64(width))
        let samples = (0...sites / 2).map(means.mean)
        if isLong {
          let fit = Self.gap(samples, spacing: spacing, extent: coupling.extent)
          print("  N \(width): G(0) \(samples[0].value)(\(samples[0].error)) gap \(fit.parameters[1])(\(fit.errors[1])) \(Date().timeIntervalSince(start)) s")
        }
        return samples
      }
      let weights = Self.interceptWeights(Self.widths.map { 1 / Double($0) })
      let extrapolated = (0...sites / 2).map { t in
        zip(weights, runs).map { $0 * $1[t] }.reduce(nil as JackknifeSamples?) { sum, next in sum.map { $0 + next } ?? next }!
      }
      return try Self.check(coupling, sites, "N = infinity from \(Self.widths)", extrapolated)
    }
    if gaps.count == 3 { Self.checkLimit(coupling, gaps, "width extrapolated") }
  }

  static let widths = [128, 256, 512]

  /// The intercept of a straight line through points of equal errors, as weights of their ordinates.
  static func interceptWeights(_ x: [Double]) -> [Double] {
    let mean = x.reduce(0, +) / Double(x.count)
    let spread = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return x.map { 1 / Double(x.count) - mean * ($0 - mean) / spread }
  }

  /// The gap at one spacing against the transfer matrix.
  private static func check(
    _ coupling: Coupling, _ sites: Int, _ label: String, _ samples: [JackknifeSamples]
  ) throws -> Estimate {
    let spacing = coupling.extent / Double(sites)
    let fit = gap(samples, spacing: spacing, extent: coupling.extent)
    let estimate = fit.estimate(1)
    let exact = coupling.ring(sites).gap
    if isLong {
      print(
        "lambda \(coupling.lambda) a \(spacing) \(label): gap \(estimate.value)(\(estimate.error)) exact \(exact) pull \((estimate.value - exact) / estimate.error) chi2 \(fit.chiSquared)/\(fit.degreesOfFreedom)"
      )
    }
    try #require(estimate.reliability == .sound)
    let bound = StatisticalChecks.studentBound(degrees: estimate.degreesOfFreedom, comparisons: 4) * estimate.error
    #expect(abs(estimate.value - exact) < bound, "\(label): \(estimate) exact \(exact)")
    return estimate
  }

  private static func checkLimit(_ coupling: Coupling, _ gaps: [Estimate], _ label: String) {
    let limit = continuum(coupling, gaps)
    let (value, error) = (limit.parameters[0], limit.errors[0])
    if isLong {
      print(
        "lambda \(coupling.lambda) \(label), a = 0: gap \(value)(\(error)) exact \(coupling.gap), off by \((value / coupling.gap - 1) * 100) %, error \(error / value * 100) %, chi2 \(limit.chiSquared)"
      )
    }
    #expect(error < 0.0025 * coupling.gap && abs(value / coupling.gap - 1) < 0.005, "\(label): \(value)(\(error))")
    // The control: an oscillator of a coupling larger by a tenth.
    let other = AnharmonicOscillator(QuarticPotential(massSquared: 1, coupling: 1.1 * coupling.lambda)).gap
    #expect(abs(value - other) > StatisticalChecks.normalBound() * error, "\(label)")
  }
}

/// G2(r) of a ring averaged over translations, and the Schwinger-Dyson equations `<φ_x S_y> = δ_xy/a`, `<S_x S_y> = <S_xy>/a²` of every
/// displacement (S_x = ∂S/∂φ_x over a), which are zero in the mean at infinite width.
struct RingCorrelators {
  let observables: Observables
  /// Number of displacements.
  let count: Int

  init(_ theory: InteractingTheory) {
    let n = theory.lattice.sites[0]
    let count = n / 2 + 1
    self.count = count
    let (a, potential) = (theory.lattice.spacing, theory.potential)
    let mass = (theory.prior as? FreeLatticeField)?.mass
    let names = (0..<count).map { "G2(\($0))" }
    guard let mass else {
      observables = Observables(names) { sample in Self.correlate(sample.field, sample.field, n) }
      return
    }
    observables = Observables(names + (0..<count).map { "SD \($0)" } + (0..<count).map { "SD' \($0)" }) { sample in
      let phi = sample.field
      return withUnsafeTemporaryAllocation(of: Double.self, capacity: n) { slope in
        var curvature = 0.0
        for x in 0..<n {
          let (left, right) = (phi[(x + n - 1) % n], phi[(x + 1) % n])
          slope[x] = (2 * phi[x] - left - right) / (a * a) + mass * mass * phi[x] + potential.derivative(phi[x])
          curvature += mass * mass + potential.secondDerivative(phi[x])
        }
        let s = UnsafePointer(slope.baseAddress!)
        var (first, second) = (Self.correlate(phi, s, n), Self.correlate(s, s, n))
        first[0] -= 1 / a
        second[0] -= (curvature / Double(n) + 2 / (a * a)) / a
        // On two sites both links join the same pair.
        second[1] += (n == 2 ? 2 : 1) / (a * a * a)
        return Self.correlate(phi, phi, n) + first + second
      }
    }
  }

  /// `n⁻¹ Σ_x ½ (f_x g_{x+r} + g_x f_{x+r})`, 0 ≤ r ≤ n/2.
  private static func correlate(_ f: UnsafePointer<Double>, _ g: UnsafePointer<Double>, _ n: Int) -> [Double] {
    (0...n / 2).map { r in
      var sum = 0.0
      for x in 0..<n - r { sum += f[x] * g[x + r] + g[x] * f[x + r] }
      for x in n - r..<n { sum += f[x] * g[x + r - n] + g[x] * f[x + r - n] }
      return sum / Double(2 * n)
    }
  }
}
