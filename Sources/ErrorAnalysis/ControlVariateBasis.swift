// SPDX-License-Identifier: GPL-3.0-or-later

/// Observables of known mean zero, measured on the same bins as others, taken out of those others by regression (control variates).
///
/// The corrected mean is the intercept of a regression on controls of mean zero,
///
///     M = <a> − s Σ_k β_k <z_k>,        s = max(0, 1 − (K − 2)/(K F)),
///
/// and every bin becomes its pseudo-value, `a′_j = B M − (B − 1) M(without j)`, for which β, s and both means are found anew from the other bins: the
/// jackknife refits. So errors of a′ hold the noise of the coefficients, also where a few bins in the tails of the controls rule both the fit and the
/// means; bins corrected with coefficients of the other bins do not: their errors came out up to 1.7 times too small (docs/decisions/0015). The mean
/// of a′ is free of the bias of order 1/B that a fit has. Refitting costs O(K) a bin by the identity of Sherman and Morrison,
/// `β(without j) = β − g q_j (y_j − q_j·β)/(1 − g q_j²)`, g = B/(B − 1), in controls orthonormal over the bins.
/// Controls whose tails the draws have not resolved are not taken: what a fit leaves of an observable is large there.
/// s shrinks the fit where it explains little (F, its variance ratio, near 1: James and Stein), so that controls that do not help cost little.
/// K coefficients cost K degrees of freedom (``JackknifeSamples/withFittedCoefficients(_:)``).
///
/// Weighted bins enter as `W_j (a_j − c)`, `W_j z_j`, W_j the weight of bin j over the mean weight: `<W z> = 0` holds exactly for weighted draws. The
/// centre c is M itself, found by fitting twice: the error of the plain mean of a, which M lacks, would come back as `c <W z>` times the regression of
/// W on W z, a bias of order 1/B that refits about a fixed centre do not see (0.14 errors where the controls take out all but a fortieth).
/// Source: Lavenberg and Welch, Manag. Sci. 27 (1981) 322; jackknifed controls: Avramidis and Wilson, Oper. Res. 41 (1993) 112; a jackknife of
/// regressions: Hinkley, Technometrics 19 (1977) 285.
public struct ControlVariateBasis: Sendable {
  /// Coefficients a fit has.
  public var count: Int { basis.count }
  /// Which of the offered controls span the basis, in their order.
  public let chosen: [Int]
  /// Orthonormal centred controls, and the same combinations not centred; one entry a bin.
  private let basis: [[Double]]
  private let combinations: [[Double]]
  /// Weights W_j of the bins.
  private let weights: [Double]

  /// Bins a control: fewer, and the fit would be noise.
  public static let binsPerControl = 6
  /// Largest share of a control's variance that one bin may carry.
  private static let largestShare = 0.5
  /// Part of a control, in standard deviations, that the controls before it must leave unexplained.
  private static let leastIndependence = 1e-6

  /// Takes the controls (primaries of mean zero) in order of importance, at most one for every ``binsPerControl`` bins; leaves out those that
  /// others determine, that do not fluctuate, whose variance one bin carries, and whose tails the draws have not resolved: `squaredSkewness` is γ²/n
  /// of every control's mean (``MeanSkewness``), 0 for data known to be light-tailed; at most ``SamplingAdequacy/largestSquaredSkewness``.
  public init(_ controls: BinnedMeans, squaredSkewness: (Int) -> Double = { _ in 0 }) {
    let mean = controls.weights.reduce(0, +) / Double(max(1, controls.binCount))
    let weights = controls.weights.map { mean > 0 ? $0 / mean : 0 }
    let bins = controls.binCount
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    var (basis, combinations, chosen): ([[Double]], [[Double]], [Int]) = ([], [], [])
    for k in 0..<controls.primaryCount where basis.count < bins / Self.binsPerControl {
      guard squaredSkewness(k) <= SamplingAdequacy.largestSquaredSkewness else { continue }
      let raw = ScaledNumbers((0..<bins).map { weights[$0] * controls[$0, k] }).values
      let average = raw.reduce(0, +) / Double(bins)
      var (centred, combination) = (raw.map { $0 - average }, raw)
      let size = dot(centred, centred).squareRoot()
      guard size.isFinite, size > 0 else { continue }
      // Twice, for orthogonality to rounding.
      for _ in 0..<2 {
        for (q, z) in zip(basis, combinations) {
          let overlap = dot(q, centred)
          for j in 0..<bins {
            centred[j] -= overlap * q[j]
            combination[j] -= overlap * z[j]
          }
        }
      }
      let rest = dot(centred, centred).squareRoot()
      guard rest > Self.leastIndependence * size, centred.allSatisfy({ $0 * $0 <= Self.largestShare * rest * rest }) else {
        continue
      }
      basis.append(centred.map { $0 / rest })
      combinations.append(combination.map { $0 / rest })
      chosen.append(k)
    }
    (self.basis, self.combinations, self.chosen, self.weights) = (basis, combinations, chosen, weights)
  }

  /// s of a fit to `bins` bins.
  private func shrinkage(explained: Double, unexplained: Double, bins: Int) -> Double {
    guard count > 2, unexplained > 0 else { return 1 }
    guard explained > 0 else { return 0 }
    return max(0, 1 - Double(count - 2) / Double(bins - 1 - count) * unexplained / explained)
  }

  /// The bins with the controls taken out of every primary. Cost O(bins · primaries · controls).
  public func correct(_ bins: BinnedMeans) -> BinnedMeans {
    guard count > 0 else { return bins }
    let (n, width) = (bins.binCount, bins.primaryCount)
    precondition(n == weights.count, "ControlVariateBasis: \(n) bins, not \(weights.count)")
    let g = Double(n) / Double(n - 1)
    let leverage = (0..<n).map { j in min(0.99, g * basis.reduce(0) { $0 + $1[j] * $1[j] }) }
    // Means of the controls, over all bins and without one.
    let sums = combinations.map { $0.reduce(0, +) }
    let others = combinations.indices.map { k in combinations[k].map { (sums[k] - $0) / Double(n - 1) } }
    var rows = (0..<n).map { j in (0..<width).map { bins[j, $0] } }
    var y = [Double](repeating: 0, count: n)
    var explained = y
    // Unequal weights are fitted to `W (a − centre)`: the second time about the corrected mean.
    let passes = weights.allSatisfy { $0 == weights[0] } ? 1 : 2
    for i in 0..<width {
      let mean = (0..<n).reduce(0) { $0 + weights[$1] * bins[$1, i] } / Double(n)
      var (centre, whole) = (mean, 0.0)
      var (slopes, total, unexplained) = ([Double](), 0.0, 0.0)
      var scaled = ScaledNumbers([])
      for pass in 1...passes {
        let offset = mean - centre
        scaled = ScaledNumbers((0..<n).map { weights[$0] * (bins[$0, i] - centre) - offset })
        y = scaled.values
        slopes = basis.map { q in (0..<n).reduce(0) { $0 + q[$1] * y[$1] } }
        for j in 0..<n { explained[j] = zip(slopes, basis).reduce(0) { $0 + $1.0 * $1.1[j] } }
        total = y.reduce(0) { $0 + $1 * $1 }
        unexplained = max(0, total - slopes.reduce(0) { $0 + $1 * $1 })
        let shrunk = shrinkage(explained: total - unexplained, unexplained: unexplained, bins: n)
        whole = shrunk * zip(slopes, sums).reduce(0) { $0 + $1.0 * $1.1 } / Double(n)
        if pass < passes { centre = mean - scaled.restored(whole) }
      }
      guard slopes.allSatisfy(\.isFinite) else { continue }
      let offset = mean - centre
      for j in 0..<n where weights[j] > 0 {
        let residual = y[j] - explained[j]
        let step = g * residual / (1 - leverage[j])
        var correction = 0.0
        for k in slopes.indices { correction += (slopes[k] - step * basis[k][j]) * others[k][j] }
        // Sums of squares without bin j.
        let rest = max(0, unexplained - residual * step)
        let gain = total - g * y[j] * y[j] - rest
        correction *= shrinkage(explained: gain, unexplained: rest, bins: n - 1)
        // y sums to zero: without bin j its mean is −y_j/(B − 1).
        rows[j][i] = centre + (offset + scaled.restored(y[j] + Double(n - 1) * correction - Double(n) * whole)) / weights[j]
      }
    }
    var result = BinnedMeans(primaryCount: width)
    for j in 0..<n { result.append(means: rows[j], weight: bins.weights[j], samples: bins.sampleCounts[j]) }
    return result
  }
}
