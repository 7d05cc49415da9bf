// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif

/// Loss of a learner of power-law modes per sample: the squared mean discrepancies (bias) and the variances, summed over modes.
public struct ModeLoss: Sendable {
  /// `Σ <Δ_k>²`.
  public let bias: Double
  /// `Σ Var Δ_k`.
  public let variance: Double

  /// Of means and variances.
  init(bias: Double, variance: Double) { (self.bias, self.variance) = (bias, variance) }

  /// Of a solved net.
  public init(_ net: ModeNet) {
    self.init(bias: net.means.reduce(0) { $0 + $1 * $1 }, variance: net.variances.reduce(0, +))
  }
}

extension ModeNetFlow {
  /// The Gaussian process of ridge r: `Σ [a y/(a + r)]²` and `Σ 1/(a + r)` over the modes 1 … `count`.
  public func loss(count: Int, ridge: Double) -> ModeLoss {
    var (bias, variance) = (0.0, 0.0)
    for k in (1...count).reversed().map(Double.init) {
      let inverse = 1 / (stiffness(k) + ridge)
      let mean = stiffness(k) * target(k) * inverse
      bias += mean * mean
      variance += inverse
    }
    return ModeLoss(bias: bias, variance: variance)
  }

  /// The same as integrals over k from ½ to `count` + ½, the scale from which power laws follow; by Simpson's rule in ln k, to 1e-12. At the exponents of the literature the cutoffs
  /// matter by factors of two.
  public func continuumLoss(count: Int, ridge: Double) -> ModeLoss {
    let (lower, upper) = (log(0.5), log(Double(count) + 0.5))
    let intervals = 2 * max(2000, Int((upper - lower) * 400))
    let step = (upper - lower) / Double(intervals)
    var (bias, variance) = (0.0, 0.0)
    for i in 0...intervals {
      let k = exp(lower + step * Double(i))
      let weight = step / 3 * (i == 0 || i == intervals ? 1 : i % 2 == 1 ? 4 : 2) * k
      let inverse = 1 / (stiffness(k) + ridge)
      let mean = stiffness(k) * target(k) * inverse
      bias += weight * mean * mean
      variance += weight * inverse
    }
    return ModeLoss(bias: bias, variance: variance)
  }

  /// Without cutoffs: `r^{−β/n} Γ(2−β/n) Γ(β/n)/n` and `r^{−α/n} (π/n)/sin(π/n)`, n = 1 + α: pure powers of the number of data. Nil unless α > 0 and 0 < β < 2n.
  public func scalingLoss(ridge r: Double) -> ModeLoss? {
    let n = 1 + alpha
    guard alpha > 0, beta > 0, beta < 2 * n, r > 0 else { return nil }
    return ModeLoss(
      bias: pow(r, -beta / n) * tgamma(2 - beta / n) * tgamma(beta / n) / n,
      variance: pow(r, -alpha / n) * (.pi / n) / sin(.pi / n))
  }

  /// `r_eff = r + U ρ(r_eff)`, ρ the whole ``continuumLoss(count:ridge:)``: the Hartree ridge of the interacting learner, in the continuum of modes.
  public func effectiveRidge(count: Int, ridge: Double, coupling: Double) -> Double {
    func excess(_ r: Double) -> Double {
      let loss = continuumLoss(count: count, ridge: r)
      return r - ridge - coupling * (loss.bias + loss.variance)
    }
    var (lower, upper) = (ridge, ridge + 1)
    while excess(upper) < 0 { upper = ridge + 2 * (upper - ridge) }
    for _ in 0..<60 {
      let middle = (lower + upper) / 2
      if middle <= lower || middle >= upper { break }
      if excess(middle) < 0 { lower = middle } else { upper = middle }
    }
    return (lower + upper) / 2
  }
}
