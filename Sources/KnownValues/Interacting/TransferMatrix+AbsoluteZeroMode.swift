// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import NumericalKernels

extension TransferMatrix {
  /// `<|Φ|>` of the zero mode `Φ = a Σ_x φ(x)` of a ring, with or without a source.
  ///
  /// On |Φ| ≤ P/2 the modulus is its Fourier series, so that the characteristic function at odd multiples of 2π/P gives its mean,
  ///
  ///     <|Φ|> = P/4 − (2P/π²) Σ_{n = 1, 3, …} Re <e^{2πinΦ/P}>/n²,      <e^{ikΦ}> = Tr (T^{1/2} e^{ikaφ} T^{1/2})^L/Tr T^L
  ///
  /// The series ends where the characteristic function has fallen to its rounding, 1e-12. P/2 is the greatest Φ of the grid, without a source at most 9.5 standard
  /// deviations: tails of Φ lie below those of a Gaussian variable of its variance (Newman, Z. Wahrscheinlichkeitstheorie 33 (1975) 75). Accuracy 1e-12 of
  /// P. A grid of step h gives `e^{ikφ}` up to k = π/h; where that does not suffice, for few sites, it is made finer. Cost: 4 log2 L matrix products a term, some tens
  /// of terms; nil on the infinite line.
  public var absoluteZeroMode: Double? { absoluteZeroMode(refinement: 1) }

  private func absoluteZeroMode(refinement: Double) -> Double? {
    guard let sites else { return nil }
    let step = fields[1] - fields[0]
    let farthest = spacing * Double(sites) * reach
    let half = source == 0 ? min(farthest, 9.5 * zeroModeMoments(order: 2)[1].squareRoot()) : farthest
    var (sum, quiet, n) = (0.0, 0, 1)
    // A double well makes it oscillate: several values in turn must be small.
    while quiet < 6 {
      let k = .pi * Double(n) / half
      guard k * spacing * step < .pi else {
        guard refinement < 16 else { return nil }
        return TransferMatrix(
          potential, sites: sites, spacing: spacing, linkStrength: linkStrength, source: source, refinement: 2 * refinement
        ).absoluteZeroMode(refinement: 2 * refinement)
      }
      let value = characteristicFunction(k, sites)
      sum += value / Double(n * n)
      quiet = abs(value) < 1e-12 ? quiet + 1 : 0
      n += 2
    }
    return half / 2 - 4 * half / (.pi * .pi) * sum
  }

  /// `Re <e^{ikΦ}>`.
  private func characteristicFunction(_ k: Double, _ sites: Int) -> Double {
    let count = stateCount
    let root = logRatios.map { exp($0 / 2) }
    func step(_ f: (Double) -> Double) -> [Double] {
      var result = matrix(f)
      for m in 0..<count { for n in 0..<count { result[m * count + n] *= root[m] * root[n] } }
      return result
    }
    let one = (real: step { cos(k * spacing * $0) }, imaginary: step { sin(k * spacing * $0) })
    // Powers of one symmetric matrix, so products are symmetric.
    var power = one
    for bit in (0..<(Int.bitWidth - sites.leadingZeroBitCount - 1)).reversed() {
      power = product(power, power)
      if sites >> bit & 1 == 1 { power = product(power, one) }
    }
    return (0..<count).reduce(0) { $0 + power.real[$1 * count + $1] } / excitations
  }

  /// The product of two complex symmetric matrices that commute.
  private func product(_ a: (real: [Double], imaginary: [Double]), _ b: (real: [Double], imaginary: [Double])) -> (
    real: [Double], imaginary: [Double]
  ) {
    let count = stateCount
    func multiply(_ a: [Double], _ b: [Double], into sum: inout [Double]) {
      MatrixProduct.multiplyTransposed(
        rows: count, columns: count, inner: count, a: a, aStride: count, b: b, bStride: count, beta: 1, c: &sum, cStride: count)
    }
    var (real, imaginary) = ([Double](repeating: 0, count: count * count), [Double](repeating: 0, count: count * count))
    multiply(a.imaginary, b.imaginary, into: &real)
    for i in real.indices { real[i] = -real[i] }
    multiply(a.real, b.real, into: &real)
    multiply(a.real, b.imaginary, into: &imaginary)
    multiply(a.imaginary, b.real, into: &imaginary)
    return (real, imaginary)
  }
}
