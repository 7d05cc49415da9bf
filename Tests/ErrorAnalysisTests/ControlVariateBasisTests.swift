// SPDX-License-Identifier: GPL-3.0-or-later

import ErrorAnalysis
import NNFTTestSupport
import NumericalKernels
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Control variates between bins: values that stay, errors that shrink and are true.
@Suite struct ControlVariateBasisTests {
  private static func normals(_ count: Int, trial: UInt64, block: UInt32) -> ([Double], [Double]) {
    let a = AlignedBuffer<Double>(count: count, repeating: 0)
    let b = AlignedBuffer<Double>(count: count, repeating: 0)
    RandomStream(seed: 11, stream: "control variates").normalPairs(
      use: .phase, draw: trial, block: block, count: count, first: a.pointer, second: b.pointer)
    return (a.array, b.array)
  }

  /// Bins of `a = 1 + z1 + noise` of width `noise` that grows with z1, and controls: z1 skewed, z2 unrelated, z1 + z2 redundant, z4 unrelated; all of
  /// weighted mean zero.
  private static func data(
    _ trial: UInt64, bins: Int, noise: Double, isWeighted: Bool = false, shift: Double = 0
  ) -> (a: BinnedMeans, z: BinnedMeans) {
    let ((x, y), (e, u)) = (normals(bins, trial: trial, block: 0), normals(bins, trial: trial, block: 1))
    let (v, _) = normals(bins, trial: trial, block: 2)
    var (a, z) = (BinnedMeans(primaryCount: 1), BinnedMeans(primaryCount: 4))
    for bin in 0..<bins {
      let first = x[bin] + 0.2 * (x[bin] * x[bin] - 1)
      let weight = isWeighted ? exp(0.15 * u[bin]) : 1
      let value = 1 + first + noise * (1 + 0.3 * abs(first)) * e[bin]
      a.append(means: [value], weight: weight, samples: 1)
      z.append(means: [first + shift, y[bin], first + y[bin] + shift, v[bin]], weight: weight, samples: 1)
    }
    return (a, z)
  }

  @Test func whatTheControlsSayIsTakenOutExactly() {
    for isWeighted in [false, true] {
      let (a, z) = Self.data(0, bins: 48, noise: 0, isWeighted: isWeighted)
      let basis = ControlVariateBasis(z)
      #expect(basis.chosen == [0, 1, 3])
      let corrected = basis.correct(a)
      #expect(corrected.weights == a.weights)
      // a − 1 is a control; with unequal weights the constant is none of them.
      if !isWeighted { for bin in 0..<48 { #expect(abs(corrected[bin, 0] - 1) < 1e-12) } }
      #expect(corrected.mean(0).error < 0.2 * a.mean(0).error)
    }
  }

  @Test func fewBinsAllowFewControls() {
    #expect(ControlVariateBasis(Self.data(0, bins: 16, noise: 1).z).chosen == [0, 1])
    #expect(ControlVariateBasis(Self.data(0, bins: 5, noise: 1).z).count == 0)
    // A control that one bin carries, one that stands still, and one that is no number.
    var z = BinnedMeans(primaryCount: 4)
    for bin in 0..<32 { z.append(means: [bin == 7 ? 1e6 : Double(bin % 3), 2, .nan, Double(bin % 5)], weight: 1) }
    let basis = ControlVariateBasis(z)
    #expect(basis.chosen == [3])
    let (a, _) = Self.data(0, bins: 32, noise: 1)
    #expect((0..<32).allSatisfy { basis.correct(a)[$0, 0].isFinite })
  }

  /// Controls whose tails the draws leave open are not taken, and make room for those after them.
  @Test func openTailsAreLeftOut() {
    let z = Self.data(0, bins: 16, noise: 1).z
    let bound = SamplingAdequacy.largestSquaredSkewness
    #expect(ControlVariateBasis(z) { $0 == 0 ? 1.01 * bound : 0.99 * bound }.chosen == [1, 2])
    #expect(ControlVariateBasis(z) { _ in .infinity }.count == 0)
    #expect(ControlVariateBasis(z) { _ in .nan }.count == 0)
  }

  /// Means are unbiased and errors true: coverage of one and two sigma by Student's t, and for products between bins. False alarm 1e-6.
  @Test(arguments: [false, true]) func coverage(isWeighted: Bool) {
    let trials = 4000
    let bins = 40
    var (pulls, deviations, squares, gain): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
    for trial in 0..<trials {
      let (a, z) = Self.data(UInt64(trial), bins: bins, noise: 0.2, isWeighted: isWeighted)
      let basis = ControlVariateBasis(z)
      let corrected = basis.correct(a)
      var mean = corrected.mean(0).withFittedCoefficients(basis.count)
      if isWeighted { mean = mean.biasCorrected }
      #expect(mean.degreesOfFreedom == bins - 1 - basis.count)
      pulls.append((mean.value - 1) / mean.error)
      deviations.append(mean.value - 1)
      squares.append(corrected.product(0, 0).value - 1)
      gain.append(mean.error / a.mean(0).error)
    }
    // P(|t| < 1) and P(|t| < 2) of 36 degrees of freedom.
    for (bound, expected) in [(1.0, 0.6760), (2.0, 0.9469)] {
      let count = Double(pulls.count { abs($0) < bound })
      let width = (expected * (1 - expected) * Double(trials)).squareRoot()
      let z = (count - expected * Double(trials)) / width
      #expect(
        abs(z) < StatisticalChecks.normalBound(comparisons: 4),
        "within \(bound): \(count / Double(trials)), weighted \(isWeighted)")
    }
    for values in [deviations, squares] where !isWeighted || values == deviations {
      let mean = values.reduce(0, +) / Double(trials)
      let error = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(trials * (trials - 1))).squareRoot()
      #expect(abs(mean) < StatisticalChecks.normalBound(comparisons: 4) * error, "bias \(mean)(\(error)), weighted \(isWeighted)")
    }
    #expect(gain.reduce(0, +) / Double(trials) < (isWeighted ? 0.5 : 0.3))
  }

  /// Bins of draws φ ~ N(0, 1) with weights `e^{−φ²/2}`: `a = φ² + noise` of mean 1/2, and `z = 1 − 2 φ²`, of weighted mean zero, explains all but the
  /// noise. `fixedCentre` is the jackknife that refits with `W (a − c)`, c the plain mean of a over all bins.
  private static func reweighted(_ trial: UInt64, bins: Int) -> (corrected: JackknifeSamples, fixedCentre: Double) {
    let draws = 8
    let ((x, y), (e, u)) = (normals(bins * draws, trial: trial, block: 3), normals(bins, trial: trial, block: 4))
    var (a, z) = (BinnedMeans(primaryCount: 1), BinnedMeans(primaryCount: 1))
    for bin in 0..<bins {
      let squares = (bin * draws..<(bin + 1) * draws).map { (x[$0] * x[$0], y[$0] * y[$0]) }.flatMap { [$0.0, $0.1] }
      let weight = squares.reduce(0) { $0 + exp(-$1 / 2) }
      let mean = squares.reduce(0) { $0 + exp(-$1 / 2) * $1 } / weight
      a.append(means: [mean + 0.001 * (e[bin] + u[bin])], weight: weight, samples: 1)
      z.append(means: [1 - 2 * mean], weight: weight, samples: 1)
    }
    let total = a.weights.reduce(0, +) / Double(bins)
    let w = a.weights.map { $0 / total }
    let centre = (0..<bins).reduce(0) { $0 + w[$1] * a[$1, 0] } / Double(bins)
    func intercept(without left: Int?) -> Double {
      let taken = (0..<bins).filter { $0 != left }
      let (values, controls) = (taken.map { w[$0] * (a[$0, 0] - centre) }, taken.map { w[$0] * z[$0, 0] })
      func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
      let (p, q) = (mean(values), mean(controls))
      let slope =
        zip(values, controls).reduce(0) { $0 + ($1.0 - p) * ($1.1 - q) } / controls.reduce(0) { $0 + ($1 - q) * ($1 - q) }
      return p - slope * q
    }
    let others = (0..<bins).reduce(0) { $0 + intercept(without: $1) } / Double(bins)
    let corrected = ControlVariateBasis(z).correct(a).mean(0).withFittedCoefficients(1).biasCorrected
    return (corrected, centre + Double(bins) * intercept(without: nil) - Double(bins - 1) * others)
  }

  /// Weights that go with the observable: the mean is unbiased and its error true. The control: fits about the plain mean are biased. False alarm 1e-6.
  @Test func weightsThatGoWithTheObservable() {
    let (trials, bins) = (2000, 40)
    let runs = (0..<trials).map { Self.reweighted(UInt64($0), bins: bins) }
    func deviation(_ values: [Double]) -> Double {
      let mean = values.reduce(0, +) / Double(trials)
      return (mean - 0.5) / (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(trials * (trials - 1))).squareRoot()
    }
    let bound = StatisticalChecks.normalBound(comparisons: 3)
    #expect(abs(deviation(runs.map(\.corrected.value))) < bound)
    #expect(abs(deviation(runs.map(\.fixedCentre))) > 2 * bound)
    // P(|t| < 2) of 38 degrees of freedom.
    let covered = Double(runs.count { abs($0.corrected.value - 0.5) < 2 * $0.corrected.error })
    #expect(abs(covered - 0.9473 * Double(trials)) < bound * (0.9473 * 0.0527 * Double(trials)).squareRoot(), "\(covered)")
  }

  /// The control: observables whose mean is not zero shift the result by many errors.
  @Test func controlsOfAnotherTheoryAreSeen() {
    let (a, z) = Self.data(1, bins: 64, noise: 0.2, shift: 0.5)
    let mean = ControlVariateBasis(z).correct(a).mean(0)
    #expect(abs(mean.value - 1) > 8 * mean.error)
  }
}
