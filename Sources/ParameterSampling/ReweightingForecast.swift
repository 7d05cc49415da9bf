// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import FieldTheories
import LatticeFields

/// What reweighting would be worth, before a run.
///
///     ESS/M = Z(λ)²/(Z(0) Z(2λ)) = exp(−V (2f(λ) − f(0) − f(2λ))),   f = −ln Z/V
///
/// falls exponentially with the volume. Where the free energies are known (``exact(_:)``) the exponent is exact; else the log-normal estimate
/// `exp(−Var_0 S)` of the infinite-width theory stands, good while Var_0 S is well below 1 and far too pessimistic beyond: the potential is
/// bounded below and S skewed. Source: docs/physics/interactions.md.
public struct ReweightingForecast: Sendable, Hashable {
  /// `<S>_0` at infinite width; nil where the free two-point function is not known.
  public let meanAction: Double?
  /// `Var_0 S` at infinite width; nil where the free two-point function is not known.
  public let actionVariance: Double?
  /// ESS/M.
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
    func free(_ r: Point) -> Double? { prior.exactValue(.moment([.zero, r]), lattice: lattice) }
    guard prior.symmetries.translationInvariantOrder >= 2, let variance = free(.zero), variance > 0 else {
      (meanAction, actionVariance, effectiveFraction, isExact) = (nil, nil, nil, false)
      return
    }
    let h = theory.potential.hermiteCoefficients(variance: variance)
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
    meanAction = lattice.volume * h[0]
    actionVariance = sum.map { $0 * lattice.cellVolume * lattice.cellVolume }
    effectiveFraction = actionVariance.map { exp(-$0) }
    isExact = false
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
    guard let effectiveFraction else { return "effective samples of reweighting: not known beforehand" }
    func brief(_ x: Double) -> String { "\((x * 1000).rounded() / 1000)" }
    if isExact { return "effective samples of reweighting: \(effectiveFraction) of the draws" }
    let variance = brief(actionVariance!)
    return actionVariance! < 0.5
      ? "effective samples of reweighting: about \(brief(effectiveFraction)) of the draws (Var S = \(variance))"
      : "effective samples of reweighting: few (Var S = \(variance), where the log-normal estimate does not hold)"
  }
}
