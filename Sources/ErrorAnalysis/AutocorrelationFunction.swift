// SPDX-License-Identifier: GPL-3.0-or-later

import NumericalKernels

/// `Γ(t)`, the autocovariance of a projected observable, from all pairs of measurements t lags apart in all replicas.
struct AutocorrelationFunction {
  /// `Γ(t)`, 0 ≤ t < lags.
  let covariance: [Double]
  /// Number of pairs behind `Γ(t)`.
  let pairs: [Double]
  /// Chain steps per lag.
  let stepsPerLag: Int

  /// `Γ(t) = Σ_r Σ_i δ_r(i) δ_r(i+t) / (number of pairs)`, δ_r one fluctuation a measurement of replica r; t below half the
  /// longest chain. A lag without a pair has Γ = 0. Cost O(n log n).
  init(_ replicas: [ReplicaSeries], fluctuations: [[Double]]) {
    let gap = replicas.reduce(0) { ReplicaSeries.greatestCommonDivisor($0, $1.spacing) }
    let lags = replicas.map { $0.length(gap: gap) }.max()! / 2
    var sums = [Double](repeating: 0, count: lags)
    var pairs = sums
    for (replica, fluctuation) in zip(replicas, fluctuations) {
      let regular = replica.expanded(fluctuation, gap: gap)
      let isFull = regular.count == replica.count
      let occupied =
        isFull ? nil : replica.expanded([Double](repeating: 1, count: replica.count), gap: gap)
      let products = Self.laggedSums(regular, lags: lags)
      let counts =
        occupied.map { Self.laggedSums($0, lags: lags).map { $0.rounded() } }
        ?? (0..<lags).map { Double(max(0, regular.count - $0)) }
      for t in 0..<lags {
        sums[t] += products[t]
        pairs[t] += counts[t]
      }
    }
    covariance = zip(sums, pairs).map { $0 / max(1, $1) }
    self.pairs = pairs
    stepsPerLag = gap
  }

  /// `Σ_i x_i x_{i+t}` for 0 ≤ t < lags; 0 where t ≥ the length of x. By a transform padded against wrapping round.
  static func laggedSums(_ x: [Double], lags: Int) -> [Double] {
    let transform = RealFourierTransform(
      shape: RealFourierTransform.paddedShape([x.count + min(x.count, lags)]))
    let real = AlignedBuffer<Double>(count: transform.realCount, repeating: 0)
    let modes = AlignedBuffer<ComplexDouble>(count: transform.complexCount, repeating: .zero)
    real.pointer.update(from: x, count: x.count)
    transform.forward(real.pointer, modes.pointer)
    let norm = 1 / Double(transform.realCount)
    for k in 0..<modes.count {
      let z = modes[k]
      modes[k] = ComplexDouble((z.real * z.real + z.imaginary * z.imaginary) * norm, 0)
    }
    transform.backward(modes.pointer, real.pointer)
    return (0..<lags).map { $0 < x.count ? real[$0] : 0 }
  }
}
