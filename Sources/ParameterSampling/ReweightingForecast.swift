// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import Foundation
import LatticeFields
import NumericalKernels

/// What reweighting would be worth, before a run.
///
///     ESS/M = Z(λ)²/(Z(0) Z(2λ)) = exp(−V (2f(λ) − f(0) − f(2λ))),   f = −ln Z/V
///
/// falls exponentially with the volume. Where the free energies are known (`exact(_:)`) the exponent is exact; else the
/// log-normal estimate `exp(−Var_0 S)` of the infinite-width theory stands, good while Var_0 S is well below 1 and far too
/// pessimistic beyond: the potential is bounded below and S skewed. Source: docs/physics/interactions.md.
public struct ReweightingForecast: Sendable, Hashable {
  /// `<S>_0` at infinite width; nil where the free two-point function is not known.
  public let meanAction: Double?
  /// `Var_0 S` at infinite width; nil where the free two-point function is not known.
  public let actionVariance: Double?
  /// The effective sample size over the number of draws, ESS/M.
  public let effectiveFraction: Double?
  /// Whether ``effectiveFraction`` is exact, not the log-normal estimate.
  public let isExact: Bool

  /// From the free theory's two-point function G by Hermite expansion of V:
  ///
  ///     Var_0 S = a^{2d} Σ_{x,y} Σ_{n≥1} n! h_n² (G(x−y)/G(0))^n
  ///
  /// which is `(λ/4!)² V a^d Σ_r [72 G(0)² G(r)² + 24 G(r)⁴]` for φ⁴. Cost: one pass over displacements.
  public init(_ theory: InteractingTheory) {
    let (lattice, prior) = (theory.lattice, theory.prior)
    guard let potential = theory.latticePotential else {
      let known = theory.terms.count == 1 ? Self.continuum(theory) : nil
      (meanAction, actionVariance, isExact) = (known?.mean, known?.variance, false)
      effectiveFraction = known?.variance.map { exp(-$0) }
      return
    }
    func free(_ r: Point) -> Double? { prior.exactValue(.moment([.zero, r]), lattice: lattice) }
    guard prior.symmetries.translationInvariantOrder >= 2, let variance = free(.zero), variance > 0 else {
      (meanAction, actionVariance, effectiveFraction, isExact) = (nil, nil, nil, false)
      return
    }
    let h = potential.hermiteCoefficients(variance: variance)
    var sum: Double? = 0
    for displacement in lattice.displacements() {
      guard let g = free(displacement.point(spacing: lattice.spacing)) else {
        sum = nil
        break
      }
      var (power, factorial, term) = (1.0, 1.0, 0.0)
      for n in 1..<max(h.count, 1) where h.count > 1 {
        power *= g / variance
        factorial *= Double(n)
        term += factorial * h[n] * h[n] * power
      }
      sum? += Double(displacement.pairCount) * term
    }
    // Beyond double precision nothing is known.
    let mean = lattice.volume * h[0]
    meanAction = mean.isFinite ? mean : nil
    actionVariance = sum.map { $0 * lattice.cellVolume * lattice.cellVolume }.flatMap { $0.isFinite ? $0 : nil }
    effectiveFraction = actionVariance.map { exp(-$0) }
    isExact = false
  }

  /// In a region of the continuum: `<S>_0` at the theory's own width, exactly; the variance under an envelope of length L,
  ///
  ///     Var_0 S = (√π L)^d ∫ d^dr e^{−r²/4L²} Σ_{n≥1} n! h_n² (G(r)/G(0))^n
  ///
  /// by Gauss-Legendre rules in ln r between 1e-8 L and 12 L; not known in a box.
  private static func continuum(_ theory: InteractingTheory) -> (mean: Double, variance: Double?)? {
    let (prior, region, potential) = (theory.prior, theory.terms[0].region, theory.terms[0].potential)
    let d = Double(prior.dimension)
    guard region.isPaired else { return nil }
    func free(_ points: [Point]) -> Double? { prior.exactValue(.moment(points), lattice: theory.lattice) }
    guard let variance = free([.zero, .zero]), let fourth = free([.zero, .zero, .zero, .zero]) else { return nil }
    let mean =
      region.volume(theory.lattice)
      * (potential.constant + potential.coefficient(2) * variance + potential.coefficient(4) * fourth)
    guard let length = (region as? EnvelopeRegion)?.length, prior.symmetries.rotations == .euclidean else {
      return (mean, nil)
    }
    let h = potential.hermiteCoefficients(variance: variance)
    let rule = GaussLegendre(order: 64)
    let (low, high, panels) = (log(1e-8), log(12.0), 8)
    var sum = 0.0
    for panel in 0..<panels {
      let half = (high - low) / Double(2 * panels)
      for (node, weight) in zip(rule.nodes, rule.weights) {
        let r = exp(low + half * (Double(2 * panel + 1) + node))
        guard let g = free([.zero, Point(length * r, 0, 0, 0)]) else { continue }
        var (power, factorial, term) = (1.0, 1.0, 0.0)
        for n in 1..<h.count {
          power *= g / variance
          factorial *= Double(n)
          term += factorial * h[n] * h[n] * power
        }
        let measure: Double = half * pow(r, d) * exp(-r * r / 4)
        sum += weight * measure * term
      }
    }
    let sphere = 2 * pow(Double.pi, d / 2) / tgamma(d / 2)
    return (mean, pow(Double.pi, d / 2) * pow(length, 2 * d) * sphere * sum)
  }

  private init(meanAction: Double?, actionVariance: Double?, effectiveFraction: Double) {
    self.meanAction = meanAction
    self.actionVariance = actionVariance
    self.effectiveFraction = effectiveFraction
    isExact = true
  }

  /// The same with the exact exponent from `ln Z(λ)/Z(0)` and `ln Z(2λ)/Z(0)`.
  public func exact(logZ: Double, logZDouble: Double) -> ReweightingForecast {
    ReweightingForecast(
      meanAction: meanAction, actionVariance: actionVariance, effectiveFraction: exp(2 * logZ - logZDouble))
  }

  /// One line for people.
  public var explanation: String {
    func brief(_ x: Double) -> String {
      guard x.isFinite else { return "beyond the range of double precision" }
      return abs(x) < 1e9 ? "\((x * 1000).rounded() / 1000)" : String(format: "%.3e", x)
    }
    let mean = meanAction.map { "<S> = \(brief($0)) in the free theory" }
    guard let effectiveFraction else {
      return "effective samples of reweighting: not known beforehand" + (mean.map { " (\($0))" } ?? "")
    }
    if isExact {
      let spread = actionVariance.map { "Var S = \(brief($0))" }
      let details = [mean, spread].compactMap { $0 }.joined(separator: ", ")
      return "effective samples of reweighting: \(brief(effectiveFraction)) of the draws"
        + (details.isEmpty ? "" : " (\(details))")
    }
    let variance = brief(actionVariance!)
    return actionVariance! < 0.5
      ? "effective samples of reweighting: about \(brief(effectiveFraction)) of the draws (Var S = \(variance))"
      : "effective samples of reweighting: few (\(mean.map { $0 + ", " } ?? "")Var S = \(variance), where the log-normal estimate does not hold)"
  }
}
