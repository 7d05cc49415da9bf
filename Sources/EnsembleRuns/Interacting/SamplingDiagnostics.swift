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
/// Chains must agree (split R̂ ≤ 1.01), be 50 autocorrelation times long, and count as `least_ess` samples; weights must count as `least_ess` draws
/// with a tail of finite variance; half of the populations must count. Ladders of tempering must, besides what chains must, swap neighbours 5 % of the
/// time and make two round trips each, on average: a ladder that does not carry states cannot join wells.
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

  /// The largest split R-hat above which chains are said to disagree (Vehtari, Gelman, Simpson, Carpenter, Bürkner, arXiv:1903.08008).
  static let largestRHat = 1.01
  /// Least share of accepted swaps between neighbours of a ladder.
  static let leastSwapRate = 0.05
  /// Least mean number of round trips a ladder: with fewer, its chain at full coupling has hardly met an independent state.
  static let leastRoundTrips = 2.0
  /// Length of a chain in autocorrelation times below which errors are not believed.
  static let leastLength = 50.0

  /// The effective samples of the slowest observable.
  var effectiveSamples: Double { rows.map(\.effectiveSamples).min() ?? 0 }

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
    tooFew: (_ effective: Double, _ draws: Int, _ floor: Double) -> String = {
      SamplingError.tooFewEffectiveSamples($0, of: $1, floor: $2).description
    }
  ) {
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
        let rHat = ChainDiagnostics.splitRHat(series.map { $0.values[index] })
        let time = gamma.autocorrelationTime
        var obstruction: String?
        if !(rHat <= Self.largestRHat) {
          obstruction =
            "the chains disagree on \(names[index]) (split R-hat = \(rHat.isFinite ? brief(rHat) : "infinite")); warm up longer, or use more draws or thinning"
        } else if case .underSampled(let why) = gamma.reliability {
          obstruction = "\(names[index]): \(why)"
        } else if length < Self.leastLength * time {
          obstruction =
            "chains of \(Int(clamping: length)) measurements are shorter than 50 autocorrelation times of \(names[index]) (tau_int = \(brief(time))); use more draws or thinning"
        } else if gamma.effectiveSamples < floor {
          obstruction =
            "\(names[index]) has \(Int(clamping: gamma.effectiveSamples)) effective samples, fewer than \(Int(clamping: floor)); use more draws"
        }
        return Row(
          name: names[index], autocorrelationTime: time, effectiveSamples: gamma.effectiveSamples, splitRHat: rHat,
          obstruction: obstruction)
      }
      let slowest = rows.max { $0.autocorrelationTime! < $1.autocorrelationTime! }!
      summary =
        "checked: split R-hat <= \(Self.largestRHat), chains of 50 tau_int"
        + (exchange == nil
          ? "; " : ", swap rates >= \(Int(100 * Self.leastSwapRate)) %, \(Int(Self.leastRoundTrips)) round trips a ladder; ")
        + "slowest observable \(slowest.name): tau_int = \(brief(slowest.autocorrelationTime!)) measurements, "
        + "\(Int(clamping: slowest.effectiveSamples)) effective samples; largest split R-hat \(rows.allSatisfy { $0.splitRHat!.isFinite } ? brief(rows.map { $0.splitRHat! }.max()!) : "infinite"); "
        + "warm-up still seen in \(names[0] == "S" ? "the action" : names[0]): \(ChainDiagnostics.warmUp(series.map { $0.values[0] })) measurements"
    } else if dependence == .population {
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
}
