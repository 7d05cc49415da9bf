// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import ErrorAnalysis
import NumericalKernels
import ParameterSampling
import ResultTables

/// Whether the samples of an interacting run support numbers at all, judged by the action, <φ²>, <φ⁴> and the zero mode Φ = a^d Σ φ.
///
/// Chains must agree (``ChainAgreement``: two tests at a false alarm of 1e-4 each), be 50 autocorrelation times long, and count as `least_ess` samples;
/// weights must count as `least_ess` draws with a tail of finite variance; half of the populations must count. Ladders of tempering must, besides what chains must, swap neighbours 5 % of the
/// time and make two round trips each, on average: a ladder that does not carry states cannot join wells.
///
/// An estimate counts the effective samples of the observables it stands for, never those of the action. Four-point rows of chains need the fixed number
/// that a Gaussian field asks for, or a measured skewness that is small enough (``fourPointSkewness``): the zero mode near criticality has no tails.
///
/// What concerns the run as a whole withholds every row. What concerns one observable withholds its own row, and the rows it stands for: <φ²> and the
/// square of the zero mode for all correlators, <φ⁴> and its fourth power for those beyond the two-point function, any of them for the identities
/// and ln Z.
struct SamplingDiagnostics: Sendable {
  /// One observable.
  struct Row: Sendable {
    let name: String
    /// In measurements; nil where samples are weighted.
    let autocorrelationTime: Double?
    let effectiveSamples: Double
    /// Nil where samples are weighted.
    let splitRHat: Double?
    /// Whether the chains agree; nil where samples are weighted.
    var agreement: ChainAgreement? = nil
    /// Why this observable's samples support no number, or nil.
    var obstruction: String? = nil
    /// Powers of the field it is known by; the action counts as two and stands for itself alone.
    var order: Int { name.contains("4") ? 4 : 2 }
  }

  let rows: [Row]
  /// Why no number of the run may be believed, or nil.
  let obstruction: String?
  /// One line for people.
  let summary: String

  /// Largest γ²/n of the means that four-point rows of chains are made of, γ² the squared skewness measured in the chains and n their effective samples; nil
  /// where it is not measured.
  let fourPointSkewness: Double?
  /// What would help, in words, if this many times the samples were needed.
  private let remedy: @Sendable (_ factor: Double) -> String

  /// By how much a measured skewness must lie below what is allowed: runs without their rare samples look less skewed than they are, and have errors that are too small.
  private static let skewnessMargin = 3.0
  /// By how much more than the least number of samples is recommended.
  private static let margin = 1.2
  /// Least share of accepted swaps between neighbours of a ladder.
  static let leastSwapRate = 0.05
  /// Least mean number of round trips a ladder: with fewer, its chain at full coupling has hardly met an independent state.
  static let leastRoundTrips = 2.0
  /// Length of a chain in autocorrelation times below which errors are not believed.
  static let leastLength = 50.0

  /// The effective samples of the slowest observable.
  var effectiveSamples: Double { rows.map(\.effectiveSamples).min() ?? 0 }

  /// The effective samples of the slowest observable that an n-point function stands for, the action left out.
  func effectiveSamples(order: Int) -> Double {
    rows.filter { $0.name != "S" && $0.order <= max(2, order) }.map(\.effectiveSamples).min() ?? effectiveSamples
  }

  /// Whether an n-point estimate may be believed: enough effective samples of its own for its order, or four-point means that are not skewed, and the rules
  /// of the data. `own` are the effective samples where the estimate is itself an observable.
  func reliability(of samples: JackknifeSamples, order: Int, own: Double? = nil, unit: String) -> Reliability {
    let effective = Int(clamping: own ?? effectiveSamples(order: order))
    let needed = SamplingAdequacy.minimumDraws(order: order)
    if effective >= needed { return SamplingAdequacy.reliability(of: samples, unit: unit) }
    var factor = Double(needed) / Double(max(1, effective))
    if order <= 4, let skewness = fourPointSkewness {
      let few = Double(SamplingAdequacy.minimumDraws(order: 2)) / Double(max(1, effective))
      let measured = max(few, Self.skewnessMargin * skewness / SamplingAdequacy.largestSquaredSkewness)
      if measured <= 1 { return SamplingAdequacy.reliability(of: samples, unit: unit) }
      factor = min(factor, measured)
    }
    return .underSampled(
      "\(effective) \(unit) are too few for \(order)-point functions; \(remedy(Self.margin * factor))")
  }

  /// The obstructions, that of the whole run first.
  var obstructions: [String] { obstruction.map { [$0] } ?? rows.compactMap(\.obstruction) }

  /// Why an n-point function of the run may not be believed, or nil.
  func obstruction(order: Int) -> String? {
    obstruction ?? rows.first { $0.name != "S" && $0.order <= max(2, order) && $0.obstruction != nil }?.obstruction
  }

  /// What a table of the observables says of each beside its value: `tau_int`, `ess`, `r_hat`.
  var annotations: [MeasuredTable.Annotation] {
    [
      MeasuredTable.Annotation(
        Column("tau_int", .number), rows.map { $0.autocorrelationTime.map { .number($0) } ?? .missing }),
      MeasuredTable.Annotation(Column("ess", .number), rows.map { .number($0.effectiveSamples) }),
      MeasuredTable.Annotation(
        Column("r_hat", .number), rows.map { $0.splitRHat.map { $0.isFinite ? .number($0) : .missing } ?? .missing }),
    ]
  }

  /// Of an interacting run.
  init(_ run: InteractingRun) {
    self.init(
      run.records, run.dependence, chains: run.records.map { $0.series! }, exchange: run.exchange, samples: run.samples,
      leastEffectiveSamples: run.plan.settings.leastEffectiveSamples)
  }

  /// Of units, `samples` draws in all, of which `least` must count; `chains` are the series of the units, joined where a chain is cut into several.
  init(
    _ records: [UnitRecord], _ dependence: SampleDependence, chains series: [WeightedSeries],
    exchange: InteractingRun.Exchange? = nil, samples planned: Int, leastEffectiveSamples floor: Double,
    remedy: (@Sendable (_ factor: Double) -> String)? = nil,
    tooFew: (_ effective: Double, _ draws: Int, _ floor: Double) -> String = {
      SamplingError.tooFewEffectiveSamples($0, of: $1, floor: $2).description
    }
  ) {
    let remedy = remedy ?? { "a run of --draws \(Self.rounded(Double(planned) * $0)) would suffice" }
    self.remedy = remedy
    let names = series[0].names
    let bins = BinnedMeans(records) { $0.series!.means }
    let means = names.indices.map { dependence.isWeighted ? bins.mean($0).biasCorrected : bins.mean($0) }
    let brief = InteractingRun.brief
    var reason: String?

    if let exchange, reason == nil {
      if exchange.leastSwapRate < Self.leastSwapRate {
        reason =
          "two neighbours of the ladder of couplings swap \(brief(100 * exchange.leastSwapRate)) % of the time, less than "
          + "\(Int(100 * Self.leastSwapRate)) %; use kind = \"smc\", or moves that travel farther"
      } else if exchange.roundTrips < Self.leastRoundTrips {
        reason =
          "states made \(brief(exchange.roundTrips)) round trips a ladder between full and no coupling, fewer than "
          + "\(Int(Self.leastRoundTrips)); use more draws or thinning"
      }
    }
    if !dependence.isWeighted {
      let replicas = series.map { ReplicaSeries($0.values) }
      let length = Double(series.map(\.count).min()!)
      rows = names.indices.map { index in
        let gamma = GammaMethod(replicas, primary: index)
        let values = series.map { $0.values[index] }
        let agreement = ChainAgreement(values)
        let time = gamma.autocorrelationTime
        let factor = Self.margin * max(Self.leastLength * time / length, floor / gamma.effectiveSamples)
        var obstruction: String?
        if !agreement.isFound {
          obstruction =
            "the chains disagree on \(names[index]) (p = \(Float(agreement.spread)) for the spread of their means, \(Float(agreement.drift)) for a drift); "
            + "warm up longer, use moves that travel farther, or more draws or thinning"
        } else if case .underSampled(let why) = gamma.reliability {
          obstruction = "\(names[index]): \(why)"
        } else if length < Self.leastLength * time {
          obstruction =
            "chains of \(Int(clamping: length)) measurements are shorter than 50 autocorrelation times of \(names[index]) (tau_int = \(brief(time))); \(remedy(factor))"
        } else if gamma.effectiveSamples < floor {
          obstruction =
            "\(names[index]) has \(Int(clamping: gamma.effectiveSamples)) effective samples, fewer than \(Int(clamping: floor)); \(remedy(factor))"
        }
        return Row(
          name: names[index], autocorrelationTime: time, effectiveSamples: gamma.effectiveSamples,
          splitRHat: ChainDiagnostics.splitRHat(values), agreement: agreement, obstruction: obstruction)
      }
      fourPointSkewness = Self.fourPointSkewness(series)
      let slowest = rows.max { $0.autocorrelationTime! < $1.autocorrelationTime! }!
      summary =
        "checked: chains agree (p = \(Float(rows.map { $0.agreement!.pValue }.min()!)), least \(Float(ChainAgreement.falseAlarm))), chains of 50 tau_int"
        + (exchange == nil
          ? "; " : ", swap rates >= \(Int(100 * Self.leastSwapRate)) %, \(Int(Self.leastRoundTrips)) round trips a ladder; ")
        + "slowest observable \(slowest.name): tau_int = \(brief(slowest.autocorrelationTime!)) measurements, "
        + "\(Int(clamping: slowest.effectiveSamples)) effective samples; largest split R-hat \(rows.allSatisfy { $0.splitRHat!.isFinite } ? brief(rows.map { $0.splitRHat! }.max()!) : "infinite"); "
        + "warm-up still seen in \(names[0] == "S" ? "the action" : names[0]): \(ChainDiagnostics.warmUp(series.map { $0.values[0] })) measurements"
    } else if dependence == .population {
      fourPointSkewness = nil
      let populations = WeightedMeans(
        logWeights: records.map { $0.logWeight! }, primaries: records.map { _ in [] }, bins: records.count)
      let counting = populations.total.effectiveSamples
      let samples = Double(planned)
      let squares = BinnedMeans(records) { unit in
        let series = unit.series!
        let w = series.logWeights.map { exp($0) }
        let total = w.reduce(0, +)
        return series.values.map { values in zip(values, w).reduce(0) { $0 + $1.0 * $1.0 * $1.1 } / total }
      }
      rows = names.indices.map { index in
        let (mean, error) = (means[index].value, means[index].error)
        let variance = max(0, squares.mean(index).value - mean * mean)
        let spread = variance.squareRoot() / error
        let ratio = error > 0 ? spread * spread : samples
        let effective = min(samples, ratio.isFinite ? ratio : 0)
        return Row(
          name: names[index], autocorrelationTime: nil, effectiveSamples: effective, splitRHat: nil,
          obstruction: effective < floor
            ? "\(names[index]) has \(Int(effective)) effective samples, fewer than \(Int(floor)); use more particles" : nil)
      }
      if reason == nil, counting < Double(records.count) / 2 {
        reason =
          "of \(records.count) populations \(brief(counting)) count; use more particles, or a larger conditional_ess"
      }
      summary =
        "of \(records.count) populations \(brief(counting)) count; least effective samples \(Int(clamping: rows.map(\.effectiveSamples).min()!))"
    } else {
      fourPointSkewness = nil
      let total = WeightedMeans(records.map { $0.weights! }).total
      let tail = ParetoTail(logWeights: series.flatMap(\.logWeights))
      rows = names.map { Row(name: $0, autocorrelationTime: nil, effectiveSamples: total.effectiveSamples, splitRHat: nil) }
      if reason == nil, total.effectiveSamples < floor {
        reason = tooFew(total.effectiveSamples, total.draws, floor)
      } else if reason == nil, case .underSampled(let why) = tail.reliability {
        reason = why
      }
      summary =
        "\(Int(clamping: total.effectiveSamples)) effective samples of \(total.draws) draws, largest share \(Float(total.largestShare)), "
        + "Pareto k = \(tail.shape.map(brief) ?? "not measurable")"
    }
    obstruction = reason
  }

  /// Two digits, rounded up: what is recommended should be easy to read and suffice.
  private static func rounded(_ draws: Double) -> Int {
    let unit = pow(10, max(0, floor(log10(max(1, draws))) - 1))
    return Int(count: (draws / unit).rounded(.up) * unit, atMost: Int.max / 2) ?? Int.max / 2
  }

  /// The largest γ²/n of what connected four-point functions average to first order: `φ⁴ − 6<φ²>φ²` of site averages and of the zero mode, and
  /// `Φ⁴ − 2(<Φ⁴>/<Φ²>)Φ²` of the Binder cumulant, with effective samples of their own; nil where an observable is missing.
  private static func fourPointSkewness(_ series: [WeightedSeries]) -> Double? {
    let names = series[0].names
    guard let second = names.firstIndex(of: "phi^2"), let fourth = names.firstIndex(of: "phi^4"),
      let mode = names.firstIndex(of: "Phi^2/V")
    else { return nil }
    func mean(_ value: (WeightedSeries, Int) -> Double) -> Double {
      series.reduce(0) { sum, chain in (0..<chain.count).reduce(sum) { $0 + value(chain, $1) } }
        / Double(series.reduce(0) { $0 + $1.count })
    }
    let square = mean { $0.values[second][$1] }
    let modeSquare = mean { $0.values[mode][$1] }
    let modeFourth = mean { $0.values[mode][$1] * $0.values[mode][$1] }
    let functions: [(WeightedSeries, Int) -> Double] = [
      { $0.values[fourth][$1] - 6 * square * $0.values[second][$1] },
      { ($0.values[mode][$1] - 6 * modeSquare) * $0.values[mode][$1] },
      { ($0.values[mode][$1] - 2 * modeFourth / modeSquare) * $0.values[mode][$1] },
    ]
    let measured = functions.map { function in
      let chains = series.map { chain in (0..<chain.count).map { function(chain, $0) } }
      let values = ScaledNumbers(chains.flatMap { $0 }).values
      let centre = values.reduce(0, +) / Double(values.count)
      let (two, three) = values.reduce((0.0, 0.0)) { sums, value in
        let d = value - centre
        return (sums.0 + d * d, sums.1 + d * d * d)
      }
      let n = Double(values.count)
      let skewness = two > 0 ? (three / n) * (three / n) / ((two / n) * (two / n) * (two / n)) : 0
      return skewness / GammaMethod(chains.map { ReplicaSeries([$0]) }).effectiveSamples
    }
    return measured.allSatisfy(\.isFinite) ? measured.max() : nil
  }
}
