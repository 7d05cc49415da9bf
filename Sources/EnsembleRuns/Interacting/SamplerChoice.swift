// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import ErrorAnalysis
import FieldTheories
import KnownValues
import LatticeFields
import ParameterSampling

/// How an interacting run samples, and why: what the theory file states, or for `kind = "auto"` what the expected share of effective draws,
/// ESS/M, recommends.
///
/// 1. Reweighting where at least 30 % of the draws count: they are independent, there is no warm-up, and ln Z comes along. The share is exact
///    where ln Z is known; else it is that of a pilot of 256 weighted draws of the net itself, whose random numbers are its own; for fields too
///    large for a pilot it is the log-normal forecast of infinite width, where that holds (Var_0 S < 1/2).
/// 2. Parallel tempering for nets of finite width whose gap equation leaves most of <φ²> in the zero mode while m0² < 0: two wells.
/// 3. Of theories with data whose Gaussian output weights can be integrated out, none of these but collapsed sampling: independent draws of the hidden parameters where at
///    least 30 % of them count in a pilot, of a deep net where they suffice at all, else Markov chains over them.
/// 4. Of a field of infinite width whose action is data with noise, exact draws of its posterior: nothing is better.
/// 5. Markov chains of modes, whose rotations leave nothing to choose.
/// 6. Markov chains otherwise; at infinite width their moves reflect the zero mode, which joins the wells too.
public struct SamplerChoice: Sendable {
  /// The kind of sampler, never `.automatic`.
  public let kind: SamplerSettings.Kind
  /// Why this kind, in one clause.
  public let reason: String
  /// What reweighting would be worth: exactly where ln Z is known. Of a stated sampler it is worked out when it is asked for, since an exact ln Z may
  /// take a second.
  public var forecast: ReweightingForecast { known?.forecast ?? Self.exact(formula, Self.exactFraction(theory)) }
  /// The same in one line: measured by a pilot where there was one, because the formula's log-normal estimate fails where weights vary.
  public var expectation: String { known?.words ?? forecast.explanation }
  /// By formula alone.
  let formula: ReweightingForecast
  private let known: (forecast: ReweightingForecast, words: String)?
  private let theory: InteractingTheory

  /// Smallest share of effective draws for which reweighting is chosen.
  public static let comfortableFraction = 0.3
  /// Number of draws of the pilot.
  static let pilotDraws = 256
  /// Largest product of sites and neurons for a pilot: two seconds where neurons are exponentials, a fifth of that for cosines.
  static let pilotSize = 2_000_000

  /// The choice for a theory; costs at most the pilot.
  init(_ theory: InteractingTheory, settings: SamplerSettings, samples: Int) {
    formula = ReweightingForecast(theory)
    self.theory = theory
    guard settings.kind == .automatic else {
      (kind, reason, known) = (settings.kind, "as the theory file says", nil)
      return
    }
    if theory.prior.modes != nil {
      (kind, reason) = (.chains, "rotations of independent modes make independent states")
      known = (formula, "effective samples: about one a measurement")
      return
    }
    if !theory.data.isEmpty, (try? ExactDrawsPlan(theory: theory, draws: 2)) != nil {
      kind = .exact
      reason = "the posterior of a field of infinite width under data is Gaussian, and each draw is one of it (Matheron's rule)"
      known = (formula, "effective samples: every draw")
      return
    }
    if !theory.data.isEmpty, let collapsed = try? CollapsedTheory(theory) {
      let fraction = Self.pilot(collapsed)
      let percent = "\(Float((1000 * fraction).rounded() / 10)) %"
      let isDeep = theory.prior.isDeep
      let suffices = fraction * Double(samples) >= settings.leastEffectiveSamples
      let areEven = fraction >= Self.comfortableFraction && suffices
      kind = areEven || isDeep && suffices ? .collapsed : .collapsedChains
      reason =
        "data and gaussian output weights, which are integrated out; \(percent) of weighted draws of the hidden parameters would count "
        + "(\(Self.pilotOrigin))"
        + (isDeep && !areEven && suffices ? ", and neurons of a deep net cannot be redrawn one by one" : "")
      known = (formula, "effective samples of collapsed draws: about \(percent) of them (\(Self.pilotOrigin))")
      return
    }
    let exact = Self.exactFraction(theory)
    let forecast = Self.exact(formula, exact)
    let (fraction, origin) = exact.map { ($0, "by the exact ln Z") } ?? Self.estimate(theory, forecast)
    let percent = "\(Float((1000 * fraction).rounded() / 10)) %"
    known = (
      forecast,
      origin == Self.pilotOrigin
        ? "effective samples of reweighting: about \(percent) of the draws (\(origin))" : forecast.explanation
    )
    let share = "\(percent) of weighted draws would count (\(origin))"
    if fraction >= Self.comfortableFraction, fraction * Double(samples) >= settings.leastEffectiveSamples {
      (kind, reason) = (.reweighting, share)
    } else if Self.hasTwoWells(theory) {
      (kind, reason) = (.tempering, "\(share), m0^2 < 0, and most of <phi^2> lies in the zero mode: two wells")
    } else {
      (kind, reason) = (.chains, share)
    }
  }

  private static func exact(_ formula: ReweightingForecast, _ fraction: Double?) -> ReweightingForecast {
    fraction.map { formula.exact(logZ: 0, logZDouble: -log($0)) } ?? formula
  }

  /// ESS/M from ln Z of the theory and of the same with twice its action, of the theory drawn from its own or from a shifted free ensemble.
  private static func exactFraction(_ theory: InteractingTheory) -> Double? {
    guard let known = theory.knownValues.effectiveSampleFraction, known.kind == .exact, known.value > 0
    else { return nil }
    return min(1, known.value)
  }

  private static func estimate(_ theory: InteractingTheory, _ forecast: ReweightingForecast) -> (Double, String) {
    // A pair of neurons costs as much as about a hundred neuron-sites.
    let size =
      theory.isPaired
      ? theory.prior.width.multipliedReportingOverflow(by: 100 * theory.prior.width)
      : theory.lattice.siteCount.multipliedReportingOverflow(by: theory.prior.freeField != nil ? 16 : theory.prior.width)
    guard !size.overflow, size.partialValue <= pilotSize else {
      let holds = (forecast.actionVariance ?? .infinity) < 0.5
      return (holds ? forecast.effectiveFraction ?? 0 : 0, "by the log-normal forecast")
    }
    let pilot = ReweightingPlan(theory: theory, draws: pilotDraws, bins: 2, seed: pilotSeed)
    let work = pilot.makeWorker()
    var weights = WeightedBin(primaryCount: 0)
    for bin in 0..<pilot.unitCount {
      _ = work(bin, RunMonitor()) { weights.add(logWeight: $0.logWeight, primaries: []) }
    }
    return (weights.effectiveSamples / Double(max(1, weights.draws)), pilotOrigin)
  }

  /// The share of collapsed draws that count, in a pilot; fewer draws of large networks, but at least 16.
  private static func pilot(_ collapsed: CollapsedTheory) -> Double {
    let (points, width) = (Double(collapsed.points.count), Double(collapsed.theory.prior.width))
    let work = points * points * (width + points)
    let draws = Int(max(16, min(Double(pilotDraws), 1e10 / work)))
    let pilot = CollapsedPlan(collapsed: collapsed, draws: draws, bins: 2, seed: pilotSeed)
    let worker = pilot.makeWorker()
    var weights = WeightedBin(primaryCount: 0)
    for bin in 0..<pilot.unitCount { _ = worker(bin, RunMonitor()) { weights.add(logWeight: $0.logWeight, primaries: []) } }
    return weights.effectiveSamples / Double(max(1, weights.draws))
  }

  private static let pilotOrigin = "in a pilot of \(pilotDraws)"

  /// Its own stream: no draw of the pilot is measured.
  private static let pilotSeed: UInt64 = 0x70696c6f74

  /// m0² < 0, finite width, and `1/(V M²) > G_M(0)/2` at the mass M of the gap equation.
  private static func hasTwoWells(_ theory: InteractingTheory) -> Bool {
    guard let net = theory.prior.massive, net.freeField == nil, let potential = theory.latticePotential,
      potential.isEven
    else { return false }
    let bare = net.mass * net.mass + 2 * potential.coefficient(2)
    guard bare < 0, let mean = HartreeMass(massSquared: net.mass * net.mass, potential: potential, lattice: theory.lattice)
    else { return false }
    let field = FreeLatticeField(lattice: theory.lattice, mass: mean.shifted.squareRoot())
    guard let variance = field.exactValue(.moment([.zero, .zero]), lattice: theory.lattice) else { return false }
    return 1 / (theory.lattice.volume * mean.shifted) > 0.5 * variance
  }
}
