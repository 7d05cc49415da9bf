// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import FieldTheories
import Foundation
import KnownValues
import LatticeFields
import NNFTTestSupport
import Testing

@testable import ParameterSampling

/// The anharmonic oscillator from networks: E1 − E0 of `p²/2 + x²/2 + λ x⁴/24` from correlators on rings of three spacings.
@Suite struct OscillatorTests {
  /// Rings of one length and three spacings; e^{−gap·extent} < 1e-5.
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

  static let couplings = [(1.0, 12.0), (6, 9), (24, 6)].map { Coupling(lambda: $0, extent: $1, sites: [24, 36, 48]) }

  /// G2 at all displacements, means over blocks of the chains: as measured, and with the Schwinger-Dyson equations of every displacement
  /// regressed out. Those hold at infinite width. At finite width they fail by O(1/N), so what is regressed out vanishes with the width
  /// and both have one limit.
  struct Correlator {
    var plain: [JackknifeSamples] = []
    var improved: [JackknifeSamples] = []
    /// The equations.
    var residuals: [JackknifeSamples] = []

    init(_ theory: InteractingTheory, measurements: Int, seed: UInt64) throws {
      let (chains, blocks) = (8, 16)
      let field = RingCorrelators(theory)
      let result = try MarkovChains.run(
        ChainPlan(
          theory: theory, recipe: try KernelRecipe(theory: theory), chains: chains, warmUp: 200, measurements: measurements,
          seed: seed), observables: field.observables, threads: 2)
      let series = (0..<result.names.count).map { i in result.replicas.map { $0.primaries[i] } }
      let controls = Array(series[field.count...])
      let length = measurements / blocks
      func samples(_ series: [[[Double]]]) -> [JackknifeSamples] {
        var means = BinnedMeans(primaryCount: series.count)
        for chain in 0..<chains {
          for block in 0..<blocks {
            let range = block * length..<(block + 1) * length
            means.append(means: series.map { $0[chain][range].reduce(0, +) / Double(length) }, weight: 1)
          }
        }
        return series.indices.map(means.mean)
      }
      plain = samples(Array(series[..<field.count]))
      improved = samples(series[..<field.count].map { ControlVariates.correct($0, by: controls) })
      residuals = samples(controls)
    }

    /// The straight line in 1/N through nets of several widths, at 1/N = 0.
    init(extrapolating runs: [Correlator], widths: [Int]) {
      let weights = OscillatorTests.interceptWeights(widths.map { 1 / Double($0) })
      func intercept(_ part: (Correlator) -> [JackknifeSamples]) -> [JackknifeSamples] {
        part(runs[0]).indices.map { t in
          let terms = zip(weights, runs).map { $0 * part($1)[t] }
          return terms.dropFirst().reduce(terms[0], +)
        }
      }
      (plain, improved, residuals) = (intercept(\.plain), intercept(\.improved), intercept(\.residuals))
    }
  }

  /// `A cosh(E (t − T/2))` through G2(t), 2.1 ≤ t E ≤ 4.4: before, the third level weighs more than 1e-5.
  static func gap(_ correlators: [JackknifeSamples], _ coupling: Coupling, sites: Int) -> CorrelatedFit {
    let (spacing, extent) = (coupling.extent / Double(sites), coupling.extent)
    let exact = coupling.gap
    let times = (0..<correlators.count).filter { (2.1...4.4).contains(Double($0) * spacing * exact) }
    return CorrelatedFit(
      times.map { Double($0) * spacing }, times.map { correlators[$0].value },
      covariance: CovarianceMatrix(of: times.map { correlators[$0] }), start: [correlators[0].value, 0.9 * exact]
    ) { t, p in p[0] * cosh(p[1] * (t - extent / 2)) / cosh(p[1] * extent / 2) }
  }

  /// The limit a → 0 of gaps at spacings a, linear in a²; error, and χ² of one degree of freedom.
  static func continuum(_ coupling: Coupling, _ gaps: [Estimate]) -> CorrelatedFit {
    CorrelatedFit(
      coupling.sites.map { coupling.extent / Double($0) }, gaps.map(\.value),
      covariance: CovarianceMatrix(errors: gaps.map(\.error))
    ) { [1, $0 * $0] }
  }

  /// Infinite width, three spacings, linear in a². False alarm 1e-6; the control is the gap of a coupling a tenth larger.
  @Test(arguments: couplings) func infiniteWidth(coupling: Coupling) throws {
    let gaps = try coupling.sites.map { sites in
      let theory = try fieldTheory(
        [sites], spacing: coupling.extent / Double(sites), massSquared: 1, coupling: coupling.lambda)
      let correlator = try Correlator(theory, measurements: isLong ? 20_000 : 1600, seed: 41)
      if isLong { _ = try Self.check(coupling, sites, "infinite width, plain", correlator.plain) }
      return try Self.check(coupling, sites, "infinite width", correlator.improved)
    }
    Self.checkLimit(coupling, gaps, "infinite width")
  }

  /// Nets of constant amplitudes: correlators at three widths, linear in 1/N at every t, then as above.
  @Test(arguments: couplings) func widthExtrapolated(coupling: Coupling) throws {
    let widths = isLong ? [128, 256, 512] : [64, 128, 256]
    let gaps = try (isLong ? coupling.sites : Array(coupling.sites.prefix(1))).map { sites in
      let spacing = coupling.extent / Double(sites)
      let runs = try widths.map { width in
        let start = Date()
        let theory = try latticeTheory(
          [sites], spacing: spacing, massSquared: 1, coupling: coupling.lambda, width: width, weights: .constant)
        let correlator = try Correlator(theory, measurements: isLong ? 8000 : 800, seed: UInt64(width))
        if isLong {
          for (label, samples) in [("plain", correlator.plain), ("improved", correlator.improved)] {
            let fit = Self.gap(samples, coupling, sites: sites)
            print(
              "  N = \(width) \(label): G(0) \(samples[0].value)(\(samples[0].error)) gap \(fit.parameters[1])(\(fit.errors[1])) \(Int(Date().timeIntervalSince(start))) s"
            )
          }
        }
        return correlator
      }
      let limit = Correlator(extrapolating: runs, widths: widths)
      // The Schwinger-Dyson equations hold in the limit.
      let pulls = limit.residuals.map { $0.value / $0.error }
      if isLong { print("  residuals \(pulls.map { ($0 * 10).rounded() / 10 })") }
      for pull in pulls { #expect(abs(pull) < StatisticalChecks.studentBound(degrees: 127, comparisons: pulls.count)) }
      if isLong { _ = try Self.check(coupling, sites, "N = infinity, plain", limit.plain) }
      return try Self.check(coupling, sites, "N = infinity", limit.improved)
    }
    if gaps.count == 3 { Self.checkLimit(coupling, gaps, "width extrapolated") }
  }

  /// The control: at 32 neurons of Gaussian weights, whose volume term is large, the equations of infinite width fail.
  @Test func narrowNetsFailTheEquations() throws {
    let theory = try latticeTheory([16], spacing: 0.375, massSquared: 1, coupling: 6, width: 32)
    let residuals = try Correlator(theory, measurements: 800, seed: 1).residuals
    let worst = residuals.map { abs($0.value / $0.error) }.max()!
    #expect(worst > StatisticalChecks.studentBound(degrees: 127, comparisons: residuals.count), "\(worst)")
  }

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
    let fit = gap(samples, coupling, sites: sites)
    let estimate = fit.estimate(1)
    let exact = coupling.ring(sites).gap
    if isLong {
      print(
        "lambda \(coupling.lambda) a \(spacing) \(label): gap \(estimate.value)(\(estimate.error)) exact \(exact) pull \((estimate.value - exact) / estimate.error) chi2 \(fit.chiSquared)/\(fit.degreesOfFreedom)"
      )
    }
    try #require(estimate.reliability == .sound)
    let bound = StatisticalChecks.studentBound(degrees: estimate.degreesOfFreedom, comparisons: 4) * estimate.error
    // Higher levels: 2e-5.
    #expect(abs(estimate.value - exact) < bound + 2e-5 * exact, "\(label): \(estimate) exact \(exact)")
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
    let (a, potential) = (theory.lattice.spacing, theory.latticePotential!)
    let mass = (theory.prior as! any MassiveLatticeArchitecture).mass
    let names = (0..<count).map { "G2(\($0))" }
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
