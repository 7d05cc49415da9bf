// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif
import FieldTheories
import LatticeFields

/// A sum of independent neurons under two data of noise T, exact at every width: with c(s_1, s_2) the characteristic function of one neuron,
///
///     p(y) = ∫d²q/(2π)² cos(q·y) e^{−q²T/2} c(q/√N)^N,     ln Z = ln 2πT p(y),
///     <φ_a> = y_a + T ∂_a ln p,     <φ_a φ_b>_c = T δ_ab + T² ∂_a ∂_b ln p,
///
/// by the trapezoidal rule, its step halved until nothing moves. Accuracy 1e-11 of Z; nil where y lies so far out that rounding would take more
/// than five digits. Cost: up to seconds.
public struct TwoDataPosterior: Sendable {
  /// `ln Z = ln <e^{−I_D}>_0`.
  public let logPartition: Double
  /// `<φ_1>, <φ_2>`.
  public let means: [Double]
  /// `<φ_a φ_b>_c`.
  public let covariance: [[Double]]

  /// From the characteristic function of one neuron at the two points; nil where that is nil, or the labels too far out.
  public init?(
    width: Int, noise: Double, labels: (Double, Double), characteristic: ((Double, Double)) -> Double?
  ) {
    precondition(width > 0 && noise > 0)
    let (y1, y2) = labels
    let band = (76 / noise).squareRoot()
    let scale = 1 / Double(width).squareRoot()
    /// p, its gradient and second derivatives, and the sum of the sizes of all terms; times 2π²/h².
    func sums(_ spacing: Double) -> (values: [Double], size: Double)? {
      let count = Int(band / spacing)
      var total = [Double](repeating: 0, count: 6)
      var size = 0.0
      for i in 0...count {
        for j in (i == 0 ? 0 : -count)...count {
          let (q1, q2) = (spacing * Double(i), spacing * Double(j))
          let decay = noise * (q1 * q1 + q2 * q2) / 2
          guard decay < 38 else { continue }
          guard let one = characteristic((q1 * scale, q2 * scale)) else { return nil }
          // One of each pair ±q.
          let value = (i == 0 && j == 0 ? 0.5 : 1) * exp(-decay) * pow(one, Double(width))
          let phase = q1 * y1 + q2 * y2
          let (c, s) = (value * cos(phase), value * sin(phase))
          size += abs(value)
          total[0] += c
          total[1] -= q1 * s
          total[2] -= q2 * s
          total[3] -= q1 * q1 * c
          total[4] -= q1 * q2 * c
          total[5] -= q2 * q2 * c
        }
      }
      return (total, size)
    }
    var spacing = 2 * .pi / (2 * max(abs(y1), abs(y2)) + 10 * noise.squareRoot() + 8)
    guard var (values, size) = sums(spacing) else { return nil }
    for _ in 0..<4 {
      guard let finer = sums(spacing / 2) else { return nil }
      let settled = zip(values, finer.values).allSatisfy { abs($0 - $1 / 4) <= 1e-12 * size }
      (values, size, spacing) = (finer.values, finer.size, spacing / 2)
      if settled { break }
    }
    let p = values[0]
    guard p > 0, 1e-15 * size < 1e-10 * p else { return nil }
    let (first, second) = (values[1] / p, values[2] / p)
    logPartition = log(noise * spacing * spacing / .pi * p)
    means = [y1 + noise * first, y2 + noise * second]
    let mixed = noise * noise * (values[4] / p - first * second)
    covariance = [
      [noise + noise * noise * (values[3] / p - first * first), mixed],
      [mixed, noise + noise * noise * (values[5] / p - second * second)],
    ]
  }

  /// Of a net at two points; nil where the characteristic function of its neurons is not known.
  public init?(_ net: any NeuronSum, at x: (Point, Point), noise: Double, labels: (Double, Double)) {
    self.init(width: net.width, noise: noise, labels: labels) { net.neuronCharacteristic($0, at: x) }
  }
}
