// SPDX-License-Identifier: GPL-3.0-or-later

import FieldTheories
import LatticeFields
import ParameterSampling

/// How an interacting run samples, and why: what the theory file states, or for `kind = "auto"` what the forecast recommends.
///
/// 1. Reweighting where the forecast is trustworthy (Var_0 S < 1/2) and a pilot of 256 weighted draws keeps at least 30 % of them: draws are
///    then independent, there is no warm-up, and ln Z comes along. The forecast is that of infinite width; the pilot sees the finite net.
/// 2. Parallel tempering for nets of finite width whose gap equation leaves most of <φ²> in the zero mode while m0² < 0: two wells.
/// 3. Markov chains otherwise; at infinite width their moves reflect the zero mode, which joins the wells too.
public struct SamplerChoice: Sendable {
  /// Never `.automatic`.
  public let kind: SamplerSettings.Kind
  /// Why, in one clause.
  public let reason: String
  /// What reweighting would be worth.
  public let forecast: ReweightingForecast

  /// Smallest share of effective draws in the pilot for which reweighting is chosen.
  public static let comfortableFraction = 0.3
  /// Draws of the pilot.
  static let pilotDraws = 256
  /// Largest product of sites and neurons for a pilot: a second or two.
  static let pilotSize = 10_000_000

  /// The choice for a theory; costs at most the pilot.
  init(_ theory: InteractingTheory, settings: SamplerSettings, samples: Int) {
    forecast = ReweightingForecast(theory)
    guard settings.kind == .automatic else {
      (kind, reason) = (settings.kind, "as the theory file says")
      return
    }
    let fieldSize = theory.lattice.siteCount.multipliedReportingOverflow(by: theory.prior.width)
    if let variance = forecast.actionVariance, variance < 0.5, !fieldSize.overflow, fieldSize.partialValue <= Self.pilotSize {
      let pilot = Reweighting.run(
        ReweightingPlan(theory: theory, draws: Self.pilotDraws, bins: 2, seed: Self.pilotSeed),
        observables: Observables([]) { _ in [] }, threads: 1)
      let fraction = pilot.effectiveFraction
      let percent = Int((100 * fraction).rounded())
      let needed = 16 * settings.leastEffectiveSamples
      if fraction >= Self.comfortableFraction, fraction * Double(samples) >= needed {
        (kind, reason) = (.reweighting, "\(percent) % of \(Self.pilotDraws) weighted draws of a pilot count")
        return
      }
      (kind, reason) = (.chains, "only \(percent) % of \(Self.pilotDraws) weighted draws of a pilot count")
      return
    }
    if Self.hasTwoWells(theory) {
      (kind, reason) = (.tempering, "m0^2 < 0 and most of <phi^2> lies in the zero mode: two wells")
      return
    }
    (kind, reason) = (.chains, forecast.explanation)
  }

  /// Its own stream: no draw of the pilot is measured.
  private static let pilotSeed: UInt64 = 0x70696c6f74

  /// m0² < 0, finite width, and `1/(V M²) > G_M(0)/2` at the mass M of the gap equation.
  private static func hasTwoWells(_ theory: InteractingTheory) -> Bool {
    guard let net = theory.prior as? any MassiveArchitecture, !(net is FreeLatticeField), theory.potential.isEven else { return false }
    let bare = net.mass * net.mass + 2 * theory.potential.coefficient(2)
    guard bare < 0,
      let mean = HartreeMass(massSquared: net.mass * net.mass, potential: theory.potential, lattice: theory.lattice)
    else { return false }
    let field = FreeLatticeField(lattice: theory.lattice, mass: mean.shifted.squareRoot())
    guard let variance = field.exactValue(.moment([.zero, .zero]), lattice: theory.lattice) else { return false }
    return 1 / (theory.lattice.volume * mean.shifted) > 0.5 * variance
  }
}
