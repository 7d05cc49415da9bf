// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif

/// The error of Gaussian-process regression on P data, averaged over data sets, from the spectrum of its kernel and the power of the target in each
/// mode: four theories of one curve. T is the ridge, `s²` the variance of noise on the labels; test errors include that noise.
///
/// Sources: C. E. Rasmussen, C. K. I. Williams (2006), sec. 7.1 (equivalent kernel); A. Canatar et al., Nature Communications 12 (2021) 2914 and
/// J. B. Simon et al., arXiv:2110.03922 (effective ridge); docs/physics/learning-exact.md.
public struct LearningCurve: Sendable {
  /// Modes of one eigenvalue, and the power of the target in all of them together.
  public struct Mode: Sendable, Hashable {
    /// The eigenvalue λ.
    public let eigenvalue: Double
    /// How many there are.
    public let degeneracy: Double
    /// `Σ y_k²` over them.
    public let power: Double

    /// `degeneracy` modes of eigenvalue λ with this power.
    public init(eigenvalue: Double, degeneracy: Double, power: Double) {
      (self.eigenvalue, self.degeneracy, self.power) = (eigenvalue, degeneracy, power)
    }
  }

  /// What a theory says.
  public struct Prediction: Sendable, Hashable {
    /// `κ`: a mode is learnt where its eigenvalue is larger.
    public let threshold: Double
    /// `L = λ/(λ + κ)`, mode by mode.
    public let learnabilities: [Double]
    /// `E_0 = P/(P − Σ L²)`, by how much fluctuations between data sets raise the error; one where a theory has none.
    public let overfitting: Double
    /// The mean squared error on new noisy labels.
    public let testError: Double
    /// The same on the data; nil where a theory has none.
    public let trainError: Double?
  }

  /// The spectrum with the target.
  public let modes: [Mode]
  /// The ridge T: the variance of the noise that regression assumes.
  public let ridge: Double
  /// The label noise s².
  public let labelNoise: Double

  /// A spectrum, a target and noises; T ≥ 0.
  public init(modes: [Mode], ridge: Double, labelNoise: Double = 0) {
    precondition(ridge >= 0 && labelNoise >= 0)
    (self.modes, self.ridge, self.labelNoise) = (modes, ridge, labelNoise)
  }

  /// A target of the power `powers[k]` in the k-th entry of a spectrum; none beyond.
  public init(_ spectrum: MercerSpectrum, powers: [Double], ridge: Double, labelNoise: Double = 0) {
    self.init(
      modes: spectrum.modes.enumerated().map { k, mode in
        Mode(eigenvalue: mode.eigenvalue, degeneracy: mode.degeneracy, power: k < powers.count ? powers[k] : 0)
      }, ridge: ridge, labelNoise: labelNoise)
  }

  /// A target drawn from the prior, with labels of noise T: the test error is then P κ exactly (Nishimori).
  public init(targetFromPrior spectrum: MercerSpectrum, ridge: Double) {
    self.init(
      modes: spectrum.modes.map {
        Mode(eigenvalue: $0.eigenvalue, degeneracy: $0.degeneracy, power: $0.degeneracy * $0.eigenvalue)
      }, ridge: ridge, labelNoise: ridge)
  }

  private func learnabilities(_ threshold: Double) -> [Double] {
    modes.map { $0.eigenvalue == 0 ? 0 : $0.eigenvalue / ($0.eigenvalue + threshold) }
  }

  private func bias(_ learnabilities: [Double]) -> Double {
    zip(modes, learnabilities).reduce(0) { $0 + (1 - $1.1) * (1 - $1.1) * $1.0.power }
  }

  /// The equivalent kernel, valid where T is much larger than the posterior variance: `κ = T/P`, `test = Σ (1 − L)² y²` of the mean predictor.
  /// Wrong by orders of magnitude at small T.
  public func equivalentKernel(_ count: Double) -> Prediction {
    let learnt = learnabilities(ridge / count)
    return Prediction(
      threshold: ridge / count, learnabilities: learnt, overfitting: 1, testError: bias(learnt) + labelNoise, trainError: nil)
  }

  /// One iteration of the effective ridge from the equivalent kernel: `P κ = T + Σ λ (T/P)/(λ + T/P)`.
  public func firstCorrection(_ count: Double) -> Prediction {
    let free = ridge / count
    let variance = modes.reduce(0.0) {
      $0 + ($1.eigenvalue == 0 ? 0 : $1.degeneracy * $1.eigenvalue * free / ($1.eigenvalue + free))
    }
    return prediction(count, threshold: (ridge + variance) / count)
  }

  /// The effective ridge, or eigenlearning: `P = T/κ + Σ λ/(λ + κ)`, `test = E_0 [Σ (1 − L)² y² + s²]`, `train = (T/(Pκ))² test`. Asymptotic in
  /// P: off by O(1/P). Nil where T = 0 and there are not more modes than data.
  public func effectiveRidge(_ count: Double) -> Prediction? {
    guard let threshold = effectiveThreshold(count) else { return nil }
    return prediction(count, threshold: threshold)
  }

  /// The effective ridge of the first `kept` entries alone, the rest of the trace taken for noise, `T → T + Σ_{k > kept} λ_k`: what marginalising
  /// unlearnable modes leaves. Their power in the target stays as error.
  public func renormalisedRidge(_ count: Double, keeping kept: Int) -> Prediction? {
    let rest = modes[kept...]
    let noise = rest.reduce(0.0) { $0 + $1.degeneracy * $1.eigenvalue }
    let unlearnt = rest.reduce(0.0) { $0 + $1.power }
    let low = LearningCurve(modes: Array(modes[..<kept]), ridge: ridge + noise, labelNoise: labelNoise + unlearnt)
    guard let prediction = low.effectiveRidge(count) else { return nil }
    return Prediction(
      threshold: prediction.threshold, learnabilities: prediction.learnabilities, overfitting: prediction.overfitting,
      testError: prediction.testError,
      trainError: prediction.testError * pow(ridge / (count * prediction.threshold), 2))
  }

  /// The largest number of entries, in their order, of which each is learnable: `Pλ/(Pλ + T + Σ_{l > k} λ_l) ≥ threshold` for the last.
  public func learnableEntries(_ count: Double, threshold: Double) -> Int {
    var rest = 0.0
    for (k, mode) in modes.enumerated().reversed() {
      let signal = count * mode.eigenvalue
      if mode.eigenvalue > 0, signal >= threshold * (signal + ridge + rest) { return k + 1 }
      rest += mode.degeneracy * mode.eigenvalue
    }
    return 0
  }

  /// κ, by bisection of its logarithm and two steps of Newton: the equation is monotone.
  public func effectiveThreshold(_ count: Double) -> Double? {
    let active = modes.filter { $0.eigenvalue > 0 }
    guard ridge > 0 || active.reduce(0, { $0 + $1.degeneracy }) > count else { return nil }
    /// `T/κ + Σ λ/(λ+κ)` and its derivative by ln κ.
    func sum(_ kappa: Double) -> (value: Double, slope: Double) {
      var (value, slope) = (ridge / kappa, -ridge / kappa)
      for mode in active {
        let learnt = mode.eigenvalue / (mode.eigenvalue + kappa)
        value += mode.degeneracy * learnt
        slope -= mode.degeneracy * learnt * kappa / (mode.eigenvalue + kappa)
      }
      return (value, slope)
    }
    let trace = active.reduce(0) { $0 + $1.degeneracy * $1.eigenvalue }
    var upper = log((trace + ridge) / count)
    var lower = upper - 80
    while sum(exp(lower)).value < count && lower > -700 { lower -= 80 }
    for _ in 0..<50 {
      let middle = (lower + upper) / 2
      if sum(exp(middle)).value > count { lower = middle } else { upper = middle }
    }
    var logarithm = (lower + upper) / 2
    for _ in 0..<2 {
      let here = sum(exp(logarithm))
      logarithm -= (here.value - count) / here.slope
    }
    return exp(logarithm)
  }

  private func prediction(_ count: Double, threshold: Double) -> Prediction {
    let learnt = learnabilities(threshold)
    let squares = zip(modes, learnt).reduce(0.0) { $0 + $1.0.degeneracy * $1.1 * $1.1 }
    let overfitting = count / (count - squares)
    let test = overfitting * (bias(learnt) + labelNoise)
    let shrink = ridge / (count * threshold)
    return Prediction(
      threshold: threshold, learnabilities: learnt, overfitting: overfitting, testError: test, trainError: shrink * shrink * test)
  }
}
