// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import Draws
import ErrorAnalysis

@testable import ParameterSampling

/// Chains, analysed.
enum MarkovChains {
  static func run(_ plan: ChainPlan, observables: Observables, threads: Int) throws -> ChainAnalysis {
    ChainAnalysis(try plan.series(observables, threads: threads))
  }

  static func run<Recorder: SampleRecorder>(
    _ plan: ChainPlan, threads: Int, recorder: @escaping @Sendable (_ chain: Int) -> Recorder
  ) throws -> [GeneratedUnit<Recorder.Summary>] { try plan.recorded(threads: threads, recorder: recorder) }
}

/// Ladders of chains, analysed.
enum ParallelTempering {
  static func exchange(
    _ walkers: inout [Walker], _ ladder: [Double], first: Int, _ random: inout WalkerRandomness
  ) -> [(low: Int, isAccepted: Bool)] { TemperingPlan.exchange(&walkers, ladder, first: first, &random) }

  static func run(
    _ plan: TemperingPlan, observables: Observables, threads: Int
  ) throws -> (analysis: ChainAnalysis, swaps: [[Double]]) {
    let units = try plan.series(observables, threads: threads)
    return (ChainAnalysis(units), units.map { $0.totals.exchange!.swaps })
  }
}

/// Populations, analysed.
enum SequentialMonteCarlo {
  static func run(_ plan: PopulationPlan, observables: Observables, threads: Int) throws -> PopulationAnalysis {
    PopulationAnalysis(try plan.series(observables, threads: threads))
  }
}

/// Weighted draws, analysed.
enum Reweighting {
  static func run(_ plan: ReweightingPlan, observables: Observables, threads: Int) -> WeightedAnalysis {
    WeightedAnalysis(run(plan, threads: threads) { _ in SeriesRecorder(observables) })
  }

  static func run<Recorder: SampleRecorder>(
    _ plan: ReweightingPlan, threads: Int, recorder: @escaping @Sendable (_ bin: Int) -> Recorder
  ) -> [Recorder.Summary] {
    do { return try plan.recorded(threads: threads, recorder: recorder).map(\.summary) } catch { preconditionFailure("\(error)") }
  }
}

/// What chains say about observables: Γ-method errors, and whether the chains agree.
struct ChainAnalysis: Sendable {
  /// The observables.
  let names: [String]
  /// One replica a chain.
  let replicas: [ReplicaSeries]
  /// Acceptances and settings of every chain's kernels.
  let kernels: [[KernelReport]]

  init(_ units: [GeneratedUnit<WeightedSeries>]) {
    names = units[0].summary.names
    replicas = units.map { ReplicaSeries($0.summary.values) }
    kernels = units.map(\.totals.moves)
  }

  /// The largest split-R̂ above which chains are said to disagree (Vehtari, Gelman, Simpson, Carpenter, Bürkner,
  /// arXiv:1903.08008).
  static let largestRHat = 1.01

  /// Value, Γ-method error, τ_int and effective samples of an observable.
  func gamma(_ name: String) -> GammaMethod { GammaMethod(replicas, primary: index(name)) }

  /// Value and Γ-method error of a function of the means.
  func gamma(of function: ([Double]) -> Double) -> GammaMethod { GammaMethod(replicas, of: function) }

  /// Split-R̂ of an observable.
  func splitRHat(_ name: String) -> Double {
    ChainDiagnostics.splitRHat(replicas.map { $0.primaries[index(name)] })
  }

  /// An observable's estimate; under-sampled also where the chains disagree.
  func estimate(_ name: String) -> Estimate {
    var result = Estimate(gamma(name))
    let rHat = splitRHat(name)
    if result.reliability == .sound, rHat > Self.largestRHat {
      result.reliability = .underSampled(
        "the chains disagree (split R-hat = \((rHat * 1000).rounded() / 1000)); run them longer, or warm up longer")
    }
    return result
  }

  private func index(_ name: String) -> Int {
    guard let index = names.firstIndex(of: name) else { preconditionFailure("ChainAnalysis: no observable \(name)") }
    return index
  }
}

/// Weighted samples in independent units (bins of draws, or populations of sequential Monte Carlo): ratio estimators with
/// jackknife errors over the units, and what the weights are worth.
struct WeightedAnalysis: Sendable {
  /// The observables.
  let names: [String]
  /// Sums over the units.
  let means: WeightedMeans
  /// The tail of the weights.
  let tail: ParetoTail

  /// From the series of the units.
  init(_ units: [WeightedSeries]) {
    names = units[0].names
    means = WeightedMeans(
      units.map { unit in
        var bin = WeightedBin(primaryCount: unit.names.count)
        for i in 0..<unit.count { bin.add(logWeight: unit.logWeights[i], primaries: unit.values.map { $0[i] }) }
        return bin
      })
    tail = ParetoTail(logWeights: units.flatMap(\.logWeights))
  }

  /// Kish's effective number of samples.
  var effectiveSamples: Double { means.total.effectiveSamples }
  /// The same as a fraction of the draws.
  var effectiveFraction: Double { effectiveSamples / Double(max(1, means.total.draws)) }
  /// Share of the heaviest draw.
  var largestShare: Double { means.total.largestShare }
  /// `ln <e^{−S}> = ln Z/Z(0)` and its error.
  var logPartitionRatio: Estimate { Estimate(means.logMeanWeight.biasCorrected) }

  /// Refuses weights that do not support averages: fewer effective samples than `floor`, or a tail without variance.
  func require(effectiveSamples floor: Double) throws(SamplingError) {
    // A tail that is too heavy makes the measured number of effective samples itself too large.
    guard effectiveSamples >= floor, case .sound = tail.reliability else {
      throw .tooFewEffectiveSamples(effectiveSamples, of: means.total.draws, floor: floor)
    }
  }

  /// The mean of an observable, bias removed, with error and reliability for an n-point function.
  func estimate(_ name: String, order: Int = 2) -> Estimate {
    guard let index = names.firstIndex(of: name) else { preconditionFailure("WeightedAnalysis: no observable \(name)") }
    let samples = means.mean(index).biasCorrected
    return Estimate(samples, reliability: means.reliability(of: samples, order: order, tail: tail))
  }
}

/// What populations say: averages within a population by its weights, across populations by their estimates of Z.
struct PopulationAnalysis: Sendable {
  /// The observables.
  let names: [String]
  /// Mean of every observable in each population.
  let means: [[Double]]
  /// ln Z/Z(0) of each population.
  let logZ: [Double]
  /// Steps in the coupling of each population.
  let steps: [Int]
  /// Acceptances and settings.
  let kernels: [[KernelReport]]

  init(_ units: [GeneratedUnit<WeightedSeries>]) {
    names = units[0].summary.names
    logZ = units.map { $0.totals.logWeight! }
    steps = units.map { $0.totals.steps! }
    kernels = units.map(\.totals.moves)
    means = units.map { result in
      let weights = result.summary.logWeights.map { exp($0) }
      let total = weights.reduce(0, +)
      return result.summary.values.map { series in zip(series, weights).reduce(0) { $0 + $1.0 * $1.1 } / total }
    }
  }

  private var weighted: WeightedMeans {
    WeightedMeans(logWeights: logZ, primaries: means, bins: logZ.count)
  }

  /// `ln Z/Z(0)`: the logarithm of the mean of the populations' Z, bias removed, error by the jackknife over populations.
  var logPartitionRatio: Estimate { Estimate(weighted.logMeanWeight.biasCorrected, reliability: reliability) }

  /// The mean of an observable over populations weighted with their Z.
  func estimate(_ name: String) -> Estimate {
    guard let index = names.firstIndex(of: name) else { preconditionFailure("PopulationAnalysis: no observable \(name)") }
    return Estimate(weighted.mean(index).biasCorrected, reliability: reliability)
  }

  /// Fewest populations for an error bar, and the fewest that must count.
  static let minimumPopulations = 4

  private var reliability: Reliability {
    let effective = weighted.total.effectiveSamples
    guard logZ.count >= Self.minimumPopulations, effective >= Double(logZ.count) / 2 else {
      return .underSampled(
        "of \(logZ.count) populations \((effective * 10).rounded() / 10) count; use more particles, or smaller steps in the coupling"
      )
    }
    return .sound
  }
}
