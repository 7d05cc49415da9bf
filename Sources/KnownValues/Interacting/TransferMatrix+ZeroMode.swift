// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import NumericalKernels

/// The zero mode `Φ = a Σ_x φ(x)` of a ring.

extension TransferMatrix {
  /// `<Φ^n>`, n = 0, 2, …, `order`.
  ///
  /// `Tr (T^{1/2} e^{aJφ} T^{1/2})^L` expanded in J: matrices whose entries are polynomials truncated at `order`, raised to the power L by
  /// repeated squaring. Cost (order+1)²/2 matrix products for each bit of L.
  public func zeroModeMoments(order: Int) -> [Double] {
    guard let sites else { preconditionFailure("zeroModeMoments: the infinite line has no zero mode") }
    let count = stateCount
    let root = logRatios.map { exp($0 / 2) }
    var factorial = 1.0
    let step = (0...order).map { k -> [Double] in
      factorial *= k == 0 ? 1 : Double(k) / spacing
      var matrix = fieldPower(k)
      for m in 0..<count { for n in 0..<count { matrix[m * count + n] *= root[m] * root[n] / factorial } }
      return matrix
    }
    // Binary powers from the leading bit on; all factors are powers of one matrix, so products are symmetric.
    var power = step
    for bit in (0..<(Int.bitWidth - sites.leadingZeroBitCount - 1)).reversed() {
      power = product(power, power)
      if sites >> bit & 1 == 1 { power = product(power, step) }
    }
    let traces = power.map { matrix in (0..<count).reduce(0) { $0 + matrix[$1 * count + $1] } }
    factorial = 1
    return (0...order).compactMap { k in
      factorial *= k == 0 ? 1 : Double(k)
      return k % 2 == 0 ? factorial * traces[k] / traces[0] : nil
    }
  }

  /// `χ_n = κ_n(Φ)/V` for n = 2, 4, …, `order`.
  public func susceptibilities(order: Int) -> [Double] {
    guard let sites else { preconditionFailure("susceptibilities: the infinite line has no zero mode") }
    let volume = Double(sites) * spacing
    return EvenCumulants.fromMoments(zeroModeMoments(order: order)).map { $0 / volume }
  }

  /// `U = 1 − <Φ⁴>/(3 <Φ²>²)`.
  public var binderCumulant: Double {
    let moments = zeroModeMoments(order: 4)
    return 1 - moments[2] / (3 * moments[1] * moments[1])
  }

  /// `g4(0) = −χ4/χ2⁴`, the 1PI quartic coupling at zero momentum.
  public var quarticCoupling: Double {
    let chi = susceptibilities(order: 4)
    return -chi[1] / (chi[0] * chi[0] * chi[0] * chi[0])
  }

  /// Truncated product of two polynomials of symmetric matrices.
  private func product(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
    let count = stateCount
    return a.indices.map { k in
      var sum = [Double](repeating: 0, count: count * count)
      for i in 0...k {
        MatrixProduct.multiplyTransposed(
          rows: count, columns: count, inner: count, a: a[i], aStride: count, b: b[k - i],
          bStride: count, beta: 1, c: &sum, cStride: count)
      }
      return sum
    }
  }
}

/// Cumulants of an even variable.
enum EvenCumulants {
  /// `κ_2, κ_4, …` from `m_0 = 1, m_2, m_4, …`: `κ_n = m_n − Σ_{k<n} C(n−1, k−1) κ_k m_{n−k}`.
  static func fromMoments(_ moments: [Double]) -> [Double] {
    var cumulants: [Double] = []
    for half in 1..<moments.count {
      var value = moments[half]
      for (index, cumulant) in cumulants.enumerated() {
        let (n, k) = (2 * half - 1, 2 * index + 1)
        let ways = (0..<k).reduce(1.0) { $0 * Double(n - $1) / Double($1 + 1) }
        value -= ways * cumulant * moments[half - index - 1]
      }
      cumulants.append(value)
    }
    return cumulants
  }
}
