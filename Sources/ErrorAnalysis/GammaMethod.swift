// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// Wolff's Γ method: value and error of a function of means measured along Markov chains.
///
///     A = f(a_1, a_2, …),   a_α = Σ_r N_r ā_α^r / N                      (all replicas r, N = Σ N_r)
///     δ_r(i) = Σ_α (∂f/∂a_α) (a_α^r(i) − ā_α^r)                           (projected fluctuations about the replica's own mean)
///     ρ(t) = Γ(t)/Γ(0),  Γ(t) = mean of δ_r(i) δ_r(i+t) over all pairs,   τ_int = 1/2 + Σ_{t=1}^{W} ρ(t)
///     τ_int → τ_int (1 + (2W+1)/N)/(1 + 1/N)                              (bias, eq. 49)
///     σ²(A) = (2 τ_int/N) Γ(0) (1 + 1/N),   δσ = σ √((W+1/2)/N),   δτ_int = 2 τ_int √(|W + 1/2 − τ_int|/N)   (eq. 42)
///
/// Definitions are those of pyerrors 2 (arXiv:2209.14371), with which numbers agree to rounding: several replicas of any
/// lengths, chains with holes (only existing pairs are counted), Wolff's automatic window with S = 2. Times are in lags of
/// ``stepsPerLag`` chain steps. Where distances within a chain have no common spacing pyerrors shifts measurements; here a
/// lag is their greatest common divisor. Cost O(n log n). Source: U. Wolff, Comput. Phys. Commun. 156 (2004) 143,
/// hep-lat/0306017, erratum 176 (2007) 383.
public struct GammaMethod: Sendable {
  /// The value A: the function at the means over all replicas.
  public let value: Double
  /// f of the means of each replica alone; their spread is a check of thermalisation.
  public let replicaValues: [Double]
  /// σ, the standard error of ``value``; infinity where it is undefined.
  public let error: Double
  /// Standard error δσ of ``error``.
  public let errorOfError: Double
  /// τ_int in lags; 1/2 for independent measurements.
  public let autocorrelationTime: Double
  /// Standard error δτ_int of ``autocorrelationTime``, in lags.
  public let autocorrelationTimeError: Double
  /// Window W: the last lag of the sum.
  public let window: Int
  /// ρ(t), 0 ≤ t < half the longest chain; empty where nothing fluctuates.
  public let autocorrelation: [Double]
  /// Chain steps per lag.
  public let stepsPerLag: Int
  /// Number N of measurements in all replicas.
  public let measurements: Int
  /// Whether the error may be believed.
  public let reliability: Reliability

  /// Fewest measurements of a replica.
  public static let minimumMeasurements = 5
  /// Fewest effective samples `N/(2τ_int)`; emcee asks the same of its chains.
  public static let minimumEffectiveSamples = 50.0

  /// `N/(2 τ_int)`: independent measurements that would have the same error.
  public var effectiveSamples: Double { Double(measurements) / (2 * autocorrelationTime) }

  /// Degrees of freedom of ``error`` for Student's t: `N/(2W+1)`, rounded down, at least 1. A χ² of ν degrees has relative
  /// error `1/√(2ν)` of its root; set equal to δσ/σ.
  public var degreesOfFreedom: Int { max(1, measurements / (2 * window + 1)) }

  /// Primary `index` itself.
  public init(_ replicas: [ReplicaSeries], primary index: Int = 0, window: SummationWindow = .automatic()) {
    self.init(replicas, window: window, of: { $0[index] }) { means in
      means.indices.map { $0 == index ? 1 : 0 }
    }
  }

  /// A function of the means with its gradient; without `gradient` six-point central differences at steps of a quarter of the
  /// naive standard error of each mean are taken, good to about 1e-16 A/σ.
  public init(
    _ replicas: [ReplicaSeries], window rule: SummationWindow = .automatic(),
    of function: ([Double]) -> Double, gradient: (([Double]) -> [Double])? = nil
  ) {
    precondition(!replicas.isEmpty, "GammaMethod: no replicas")
    let primaries = replicas[0].primaries.count
    precondition(
      replicas.allSatisfy { $0.primaries.count == primaries }, "GammaMethod: replicas of different primaries")
    let count = replicas.reduce(0) { $0 + $1.count }
    let n = Double(count)
    let replicaMeans = replicas.map(\.means)
    let means = (0..<primaries).map { alpha in
      zip(replicas, replicaMeans).reduce(0) { $0 + Double($1.0.count) * $1.1[alpha] } / n
    }
    value = function(means)
    replicaValues = replicaMeans.map(function)
    measurements = count

    func undefined(_ reason: String) -> (WindowedSum, [Double], Int, Double, Reliability) {
      (.independent, [], 1, .infinity, .underSampled(reason))
    }
    let result: (sum: WindowedSum, rho: [Double], gap: Int, error: Double, reliability: Reliability)
    let shortest = replicas.map(\.count).min()!
    if shortest < Self.minimumMeasurements {
      result = undefined("a replica of \(shortest) measurements gives no error; use at least \(Self.minimumMeasurements)")
    } else {
      let slopes =
        gradient?(means)
        ?? CentralDifferences.gradient(
          of: function, at: means, steps: Self.naiveErrors(replicas, replicaMeans).map { $0 / 4 })
      precondition(slopes.count == primaries, "GammaMethod: \(slopes.count) slopes of \(primaries) primaries")
      let scaled = ScaledNumbers(
        zip(replicas, replicaMeans).flatMap { replica, means in
          (0..<replica.count).map { i in
            (0..<primaries).reduce(0) { $0 + slopes[$1] * (replica.primaries[$1][i] - means[$1]) }
          }
        })
      var rest = scaled.values[...]
      let fluctuations = replicas.map { replica in
        defer { rest = rest.dropFirst(replica.count) }
        return Array(rest.prefix(replica.count))
      }
      let gamma = AutocorrelationFunction(replicas, fluctuations: fluctuations)
      let variance = gamma.covariance[0]
      if !variance.isFinite || !value.isFinite {
        result = undefined("the function of the means, or its slope, is not finite there")
      } else if variance <= 0 {
        result = (.independent, [], gamma.stepsPerLag, 0, .sound)
      } else {
        let rho = gamma.covariance.map { $0 / variance }
        let sum = WindowedSum(rho, measurements: n, rule: rule)
        let isIndependent = rule == .uncorrelated
        result = (
          sum, rho, gamma.stepsPerLag,
          scaled.restored((isIndependent ? variance / (n - 1) : 2 * sum.time * variance * (1 + 1 / n) / n).squareRoot()),
          Self.reliability(sum, measurements: n, pairs: gamma.pairs)
        )
      }
    }
    autocorrelation = result.rho
    stepsPerLag = result.gap
    autocorrelationTime = result.sum.time
    autocorrelationTimeError = result.sum.timeError
    window = result.sum.window
    error = result.error
    errorOfError = result.error == 0 ? 0 : result.error * ((Double(window) + 0.5) / n).squareRoot()
    reliability = result.reliability
  }

  private static func reliability(_ sum: WindowedSum, measurements n: Double, pairs: [Double]) -> Reliability {
    let effective = n / (2 * sum.time)
    if let lag = pairs[0...sum.window].firstIndex(of: 0) {
      return .underSampled("no two measurements are \(lag) lags apart; measure at regular steps")
    }
    guard sum.isClosed else {
      return .underSampled("correlations do not die out within half the chain; run longer chains")
    }
    guard effective >= minimumEffectiveSamples else {
      return .underSampled(
        "\(Int(clamping: n)) measurements count as \(Int(clamping: effective)), too few for an error; run longer chains"
      )
    }
    return .sound
  }

  /// `√(Γ_αα(0)/N)` of each primary.
  private static func naiveErrors(_ replicas: [ReplicaSeries], _ means: [[Double]]) -> [Double] {
    let n = Double(replicas.reduce(0) { $0 + $1.count })
    return replicas[0].primaries.indices.map { alpha in
      ScaledNumbers(zip(replicas, means).flatMap { replica, means in replica.primaries[alpha].map { $0 - means[alpha] } }).norm
        / n
    }
  }
}

extension Estimate {
  /// Value and error of a Γ analysis, with its effective degrees of freedom.
  public init(_ gamma: GammaMethod) {
    self.init(
      value: gamma.value, error: gamma.error, degreesOfFreedom: gamma.degreesOfFreedom,
      reliability: gamma.reliability)
  }
}
